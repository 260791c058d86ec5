#include "qa-help/headless.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/events.h"
#include "common/i18n.h"
#include "common/signals.h"
#include "qa-help/headless_state.h"
#include "qa-help/sign_in.h"

#define STILL_LIMIT 10000 /* milliseconds; a screen that never stands still is taken as it is */

void headless_end_session(struct headless *headless)
{
    headless->phase = PHASE_ENDING;
    headless->own_end = true;
    runner_stop(&headless->runner);
    loop_timer_clear(&headless->phase_timer);
    qa_helper_end(headless->session.helper);
}

static bool save(struct headless *headless, const char *path)
{
    if (!headless->snapshot.pixels)
        return false;
    int error = snapshot_write(&headless->snapshot, path);
    if (error) {
        complain(&headless->options->common, _("cannot save %s: %s."), path, strerror(error));
        return false;
    }
    cJSON *event = events_new("snapshot");
    cJSON_AddStringToObject(event, "file", path);
    cJSON_AddNumberToObject(event, "width", headless->snapshot.width);
    cJSON_AddNumberToObject(event, "height", headless->snapshot.height);
    events_send(event);
    char text[4300];
    snprintf(text, sizeof text, _("Saved the screen in %s (%d x %d)."), path,
             headless->snapshot.width, headless->snapshot.height);
    headless_say(headless, text);
    return true;
}

void headless_save_final(struct headless *headless)
{
    if (!headless->options->snapshot || headless->picture_saved)
        return;
    headless->picture_saved = save(headless, headless->options->snapshot);
    if (!headless->picture_saved && headless->snapshot.pixels && headless->exit_code < 0)
        headless->exit_code = EXIT_INTERNAL;
}

static void enter(struct headless *headless, enum phase phase)
{
    headless->phase = phase;
    headless->phase_since = loop_now();
}

static bool reads_lines(const struct help_options *options)
{
    return options->input && strcmp(options->input, "-") == 0;
}

/* Whether anything on the command line says when to end; else the other side or a signal does. */
static bool ends_by_itself(const struct help_options *options)
{
    return options->snapshot || options->input || options->end_after >= 0;
}

static bool wait_until(struct headless *headless, int64_t due)
{
    int64_t left = due - loop_now();
    if (left > 0)
        loop_timer_set(&headless->phase_timer, left);
    return left > 0;
}

static void advance_still(struct headless *headless)
{
    if (headless->options->snapshot) {
        if (!headless->snapshot.pixels)
            return;
        int64_t since = headless->last_frame > headless->phase_since ? headless->last_frame
                                                                     : headless->phase_since;
        int64_t still = since + headless->options->snapshot_after;
        int64_t limit = headless->phase_since + headless->options->snapshot_after + STILL_LIMIT;
        if (wait_until(headless, still < limit ? still : limit))
            return;
        headless_save_final(headless);
    }
    enter(headless, PHASE_LINGER);
    headless_advance(headless);
}

static void advance_linger(struct headless *headless)
{
    long stay = headless->options->end_after > 0 ? headless->options->end_after : 0;
    if (!ends_by_itself(headless->options) || wait_until(headless, headless->phase_since + stay))
        return;
    headless_save_final(headless);
    headless_end_session(headless);
}

void headless_advance(struct headless *headless)
{
    switch (headless->phase) {
    case PHASE_SCRIPT:
        runner_pump(&headless->runner);
        break;
    case PHASE_STILL:
        advance_still(headless);
        break;
    case PHASE_LINGER:
        advance_linger(headless);
        break;
    case PHASE_ENDING:
        break;
    }
}

static void on_phase_timer(void *user)
{
    headless_advance(user);
}

static bool on_script_snapshot(void *user, const char *path)
{
    return save(user, path);
}

static void on_script_idle(void *user)
{
    struct headless *headless = user;
    if (headless->phase != PHASE_SCRIPT || headless->lines_open)
        return;
    enter(headless, PHASE_STILL);
    headless_advance(headless);
}

static void on_script_end(void *user)
{
    struct headless *headless = user;
    headless_save_final(headless);
    headless_end_session(headless);
}

static void refuse(struct headless *headless, const char *text)
{
    headless->refused = true;
    events_refused(text);
    if (!events_enabled())
        complain(&headless->options->common, "%s", text);
}

/* A script from a file ends with its first failure; whoever writes lines live decides themselves.
 */
static bool on_script_failed(void *user, int error, const char *text)
{
    struct headless *headless = user;
    if (!headless->options->input || reads_lines(headless->options)) {
        refuse(headless, text);
        return true;
    }
    headless->exit_code = error ? (int)exit_code_for(error) : EXIT_SCRIPT;
    complain(&headless->options->common, "%s. %s", text,
             error ? exit_advice(error, EXIT_ROLE_HELPER) : "");
    headless_save_final(headless);
    headless_end_session(headless);
    return false;
}

static int on_script_chat(void *user, const char *text)
{
    struct headless *headless = user;
    return help_session_chat(&headless->session, text, NULL);
}

static const struct runner_events runner_events = {
    .snapshot = on_script_snapshot,
    .chat = on_script_chat,
    .idle = on_script_idle,
    .end = on_script_end,
    .failed = on_script_failed,
};

static void on_context(void *user)
{
    struct headless *headless = user;
    qa_context_dispatch(headless->session.context);
}

static void on_signal(void *user)
{
    struct headless *headless = user;
    if (!signals_take())
        return;
    headless_save_final(headless);
    headless_end_session(headless);
}

static void on_live_steps(void *user)
{
    struct headless *headless = user;
    runner_pump(&headless->runner);
}

static void on_live_end(void *user)
{
    headless_end_session(user);
}

static void on_live_refused(void *user, const char *why)
{
    refuse(user, why);
}

static void on_live_chat(void *user, const char *text)
{
    struct headless *headless = user;
    int error = help_session_chat(&headless->session, text, NULL);
    if (error)
        refuse(headless, qa_strerror(error));
}

static void on_live_clipboard(void *user, const char *text)
{
    struct headless *headless = user;
    int error = qa_helper_clipboard(headless->session.helper, text);
    if (error)
        refuse(headless, qa_strerror(error));
}

static void on_live_closed(void *user)
{
    struct headless *headless = user;
    headless->lines_open = false;
    runner_pump(&headless->runner);
}

static const struct live_input_events live_events = {
    .steps = on_live_steps,
    .end = on_live_end,
    .chat = on_live_chat,
    .clipboard = on_live_clipboard,
    .refused = on_live_refused,
    .closed = on_live_closed,
};

static bool read_script(struct headless *headless)
{
    const char *name = headless->options->input;
    if (!name || reads_lines(headless->options))
        return true;
    FILE *file = fopen(name, "re");
    if (!file) {
        complain(&headless->options->common, _("cannot open the script %s: %s."), name,
                 strerror(errno));
        return false;
    }
    char error[SCRIPT_ERROR_SIZE];
    bool good = script_parse_file(&headless->runner.script, file, error);
    if (!good)
        complain(&headless->options->common, _("%s, %s. Nothing was started."), name, error);
    fclose(file);
    return good;
}

static void run_session(struct headless *headless)
{
    headless->token_refused = false;
    int error = help_session_start(&headless->session);
    headless->runner.helper = headless->session.helper;
    if (error)
        events_end(error, "", 0, headless_face.end(headless, error, error_text(error)));
    else if (!loop_run(&headless->loop))
        headless->exit_code = EXIT_INTERNAL;
    headless->runner.helper = NULL;
    help_session_drop(&headless->session);
}

static int run(struct headless *headless)
{
    int error = common_context_new(&headless->options->common, &headless->session.context);
    if (error)
        return common_fail(&headless->options->common, error, EXIT_ROLE_HELPER);
    loop_watch(&headless->loop, qa_context_get_fd(headless->session.context), on_context, headless);
    loop_watch(&headless->loop, signals_start(), on_signal, headless);
    headless->lines_open = reads_lines(headless->options);
    if (headless->lines_open || events_enabled())
        live_input_start(&headless->live, &headless->loop, &headless->runner.script,
                         headless->lines_open, events_enabled(), &live_events, headless);
    run_session(headless);
    while (headless->token_refused &&
           !(headless->exit_code = sign_in_again(headless->options, headless->session.token))) {
        headless->exit_code = -1;
        run_session(headless);
    }
    qa_context_unref(headless->session.context);
    return headless->exit_code;
}

int headless_run(const struct help_options *options, struct help_token *token)
{
    struct headless headless = {
        .options = options,
        .session = {.options = options, .token = token, .face = &headless_face},
        .exit_code = -1,
    };
    headless.session.face_user = &headless;
    loop_init(&headless.loop);
    loop_timer_init(&headless.loop, &headless.phase_timer, on_phase_timer, &headless);
    loop_timer_init(&headless.loop, &headless.countdown, headless_draw_countdown, &headless);
    runner_init(&headless.runner, &headless.loop, &runner_events, &headless);
    int code = read_script(&headless) ? run(&headless) : EXIT_USAGE;
    runner_free(&headless.runner);
    snapshot_free(&headless.snapshot);
    return code;
}
