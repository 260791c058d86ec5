#include "qa-help/headless.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/events.h"
#include "common/i18n.h"
#include "common/loop.h"
#include "common/permission_words.h"
#include "common/signals.h"
#include "common/text.h"
#include "qa-help/code_panel.h"
#include "qa-help/help_session.h"
#include "qa-help/live_input.h"
#include "qa-help/runner.h"
#include "qa-help/sign_in.h"
#include "qa-help/snapshot.h"

#define STILL_LIMIT 10000 /* milliseconds; a screen that never stands still is taken as it is */

/* What is left to do after the first picture; each phase leads to the next. */
enum phase { PHASE_SCRIPT, PHASE_STILL, PHASE_LINGER, PHASE_ENDING };

struct headless {
    const struct help_options *options;
    struct help_session session;
    bool token_refused;
    struct loop loop;
    struct loop_timer phase_timer;
    struct loop_timer countdown;
    struct live_input live;
    bool lines_open; /* more may come */
    bool refused;    /* one of them could not be run */
    struct runner runner;
    struct snapshot snapshot;
    unsigned permissions;
    enum phase phase;
    int64_t phase_since;
    int64_t code_expires;
    int64_t last_frame;
    bool screens_said;  /* there were several */
    bool picture_saved; /* as it is now */
    bool line_open;     /* the countdown stands on an unfinished line */
    bool broken_off;    /* the session is reconnecting */
    bool own_end;       /* this side ended it */
    int exit_code;      /* -1: the session's error decides */
};

static void close_line(struct headless *headless)
{
    if (headless->line_open)
        putchar('\n');
    headless->line_open = false;
    fflush(stdout);
}

/* Words for a person; programs that asked for JSON get these as events. */
static void say(struct headless *headless, const char *text)
{
    close_line(headless);
    if (!events_enabled())
        text_wrap(stdout, text, text_width(stdout));
    fflush(stdout);
}

static void end_session(struct headless *headless)
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
    say(headless, text);
    return true;
}

static void save_final(struct headless *headless)
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

static void advance(struct headless *headless);

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
        save_final(headless);
    }
    enter(headless, PHASE_LINGER);
    advance(headless);
}

static void advance_linger(struct headless *headless)
{
    long stay = headless->options->end_after > 0 ? headless->options->end_after : 0;
    if (!ends_by_itself(headless->options) || wait_until(headless, headless->phase_since + stay))
        return;
    save_final(headless);
    end_session(headless);
}

static void advance(struct headless *headless)
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
    advance(user);
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
    advance(headless);
}

static void on_script_end(void *user)
{
    struct headless *headless = user;
    save_final(headless);
    end_session(headless);
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
    save_final(headless);
    end_session(headless);
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

static void draw_countdown(void *user)
{
    struct headless *headless = user;
    int64_t left = (headless->code_expires - loop_now() + 999) / 1000;
    if (left < 0)
        left = 0;
    char text[32];
    code_panel_time_left((unsigned)left, text, sizeof text);
    fputs("\r   ", stdout);
    printf(_("Valid for %s."), text);
    fputs("  ", stdout);
    fflush(stdout);
    headless->line_open = true;
    if (left)
        loop_timer_set(&headless->countdown, 1000);
}

static void face_code(void *user, const char *code, unsigned seconds_left, const char *shown_name,
                      const char *organisation)
{
    struct headless *headless = user;
    if (events_enabled())
        return;
    bool terminal = isatty(STDOUT_FILENO);
    bool unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    char left[32], text[1024];
    if (terminal)
        code_panel_draw(stdout, code, text_width(stdout), unicode);
    else
        printf("%s: %s\n", _("Security code"), code);
    if (*organisation)
        snprintf(text, sizeof text,
                 _("Call the person you help, read them this code, and ask them to type it into "
                   "qa-share. They will see you as %s from %s."),
                 shown_name, organisation);
    else
        snprintf(text, sizeof text,
                 _("Call the person you help, read them this code, and ask them to type it into "
                   "qa-share. They will see you as %s."),
                 shown_name);
    text_wrap(stdout, text, text_width(stdout));
    headless->code_expires = loop_now() + (int64_t)seconds_left * 1000;
    if (terminal) {
        draw_countdown(headless);
    } else {
        code_panel_time_left(seconds_left, left, sizeof left);
        printf(_("Valid for %s."), left);
        putchar('\n');
    }
    fflush(stdout);
}

static void face_state(void *user, qa_session_state state)
{
    struct headless *headless = user;
    bool is_back = headless->broken_off && state == QA_STATE_ACTIVE;
    headless->broken_off = state == QA_STATE_RECONNECTING;
    if (headless->broken_off)
        runner_on_hidden(&headless->runner);
    if (state != QA_STATE_WAITING)
        loop_timer_clear(&headless->countdown);
    /* The countdown and the end have words of their own. */
    if (is_back)
        say(headless, _("You are back in the session and see the screen."));
    else if (state == QA_STATE_ACTIVE)
        say(headless, _("The sharer shows the screen. Ctrl+C ends the session."));
    else if (state != QA_STATE_WAITING && state != QA_STATE_PAUSED && state != QA_STATE_ENDED)
        say(headless, help_session_wait_text(&headless->session, state));
    advance(headless);
}

static void face_permissions(void *user, unsigned permissions, int reason)
{
    struct headless *headless = user;
    char words[256], text[512];
    unsigned gained = permissions & ~headless->permissions & ~(unsigned)QA_PERMISSION_VIEW;
    headless->permissions = permissions;
    if (gained) {
        permissions_in_words(gained, words, sizeof words);
        snprintf(text, sizeof text, _("The sharer allowed: %s."), words);
        say(headless, text);
    }
    runner_on_permissions(&headless->runner, permissions, reason);
}

static void face_refused(void *user, unsigned permissions, int reason, unsigned wait_seconds)
{
    char text[512];
    help_session_refusal_text(permissions, reason, text, sizeof text);
    say(user, text);
}

/* What the sharer hides is not kept either. */
static void face_paused(void *user, unsigned causes)
{
    struct headless *headless = user;
    if (causes & (QA_PAUSED_BY_SHARER | QA_PAUSED_BY_PROMPT)) {
        snapshot_free(&headless->snapshot);
        runner_on_hidden(&headless->runner);
    }
    if (causes)
        say(headless, paused_words_helper(causes));
    runner_pump(&headless->runner);
}

static void face_chat(void *user, const char *text)
{
    char line[4300];
    /* Written a line after the other, as it was typed. */
    for (const char *at = text, *end; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, '\n');
        if (at == text)
            snprintf(line, sizeof line, _("The sharer writes: %.*s"), (int)(end - at), at);
        else
            snprintf(line, sizeof line, "  %.*s", (int)(end - at), at);
        say(user, line);
    }
}

static void face_chat_delivered(void *user, uint32_t id)
{
    say(user, _("(Your message arrived.)"));
}

static void face_clipboard(void *user, const char *text)
{
    say(user, _("The sharer copied a text; --json shows it."));
}

static void face_restart(void *user, uint32_t seconds, int reason)
{
    struct headless *headless = user;
    say(headless, help_session_restart_text(seconds, reason));
    runner_on_restart(&headless->runner);
}

static void face_screens(void *user, const struct screen_list *screens)
{
    struct headless *headless = user;
    char text[2048];
    if (screens->count > 1 || headless->screens_said) {
        screen_list_words(screens, text, sizeof text);
        say(headless, text);
        headless->screens_said = true;
    }
    runner_on_screens(&headless->runner, screens);
}

static void face_notice(void *user, qa_notice notice)
{
    say(user, help_session_notice_text(notice));
}

static void face_frame(void *user, qa_frame *frame)
{
    struct headless *headless = user;
    headless->last_frame = loop_now();
    headless->picture_saved = false;
    if (!snapshot_update(&headless->snapshot, frame)) {
        complain(&headless->options->common, _("out of memory."));
        headless->exit_code = EXIT_INTERNAL;
        end_session(headless);
        return;
    }
    runner_on_frame(&headless->runner);
    if (headless->phase == PHASE_STILL)
        advance(headless);
}

static void face_cursor(void *user, const qa_cursor *cursor)
{
}

static void face_cursor_position(void *user, int32_t x, int32_t y)
{
}

static void face_token_refused(void *user)
{
    struct headless *headless = user;
    headless->token_refused = true;
    loop_stop(&headless->loop);
}

static int face_end(void *user, int error, const char *text)
{
    struct headless *headless = user;
    loop_timer_clear(&headless->countdown);
    save_final(headless);
    if (!error && !headless->own_end && runner_unfinished(&headless->runner)) {
        headless->exit_code = EXIT_SCRIPT;
        complain(&headless->options->common,
                 _("the sharer ended the session before the script did."));
    }
    if (headless->exit_code < 0)
        headless->exit_code = !error && headless->refused ? EXIT_SCRIPT : (int)exit_code_for(error);
    if (error) {
        close_line(headless);
        complain(&headless->options->common, "%s", text);
    } else {
        say(headless, text);
    }
    loop_stop(&headless->loop);
    return headless->exit_code;
}

static const struct help_face face = {
    .screens = face_screens,
    .code = face_code,
    .state = face_state,
    .permissions = face_permissions,
    .notice = face_notice,
    .paused = face_paused,
    .refused = face_refused,
    .chat = face_chat,
    .chat_delivered = face_chat_delivered,
    .clipboard = face_clipboard,
    .restart = face_restart,
    .frame = face_frame,
    .cursor = face_cursor,
    .cursor_position = face_cursor_position,
    .token_refused = face_token_refused,
    .end = face_end,
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
    save_final(headless);
    end_session(headless);
}

static void on_live_steps(void *user)
{
    struct headless *headless = user;
    runner_pump(&headless->runner);
}

static void on_live_end(void *user)
{
    end_session(user);
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
        events_end(error, "", 0, face_end(headless, error, error_text(error)));
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
        .session = {.options = options, .token = token, .face = &face},
        .exit_code = -1,
    };
    headless.session.face_user = &headless;
    loop_init(&headless.loop);
    loop_timer_init(&headless.loop, &headless.phase_timer, on_phase_timer, &headless);
    loop_timer_init(&headless.loop, &headless.countdown, draw_countdown, &headless);
    runner_init(&headless.runner, &headless.loop, &runner_events, &headless);
    int code = read_script(&headless) ? run(&headless) : EXIT_USAGE;
    runner_free(&headless.runner);
    snapshot_free(&headless.snapshot);
    return code;
}
