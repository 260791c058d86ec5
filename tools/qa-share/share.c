#include "qa-share/share.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "common/signals.h"
#include "common/text.h"
#include "qa-share/share_state.h"
#include "qa-share/terminal.h"

void share_say(struct share *share, const char *format, ...)
{
    if (events_enabled())
        return;
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    terminal_say(text);
    share_draw_status(share);
}

void share_draw_status(struct share *share)
{
    if (share->asked != ASKED_PERSON || share->question || !share->view_since)
        return;
    struct status_line status = {
        .name = share->name,
        .control = share->permissions & QA_PERMISSION_CONTROL,
        .paused = share->paused,
        .seconds = (loop_now() - share->view_since) / 1000,
    };
    char text[512];
    status_line_format(&status, terminal_columns() - 1, text, sizeof text);
    terminal_status(text);
    loop_timer_set(&share->status_timer, 1000);
}

static void on_status_timer(void *user)
{
    share_draw_status(user);
}

void share_end(struct share *share)
{
    if (share->sharer) {
        qa_sharer_end(share->sharer);
        return;
    }
    share->exit_code = EXIT_ENDED;
    loop_stop(&share->loop);
}

static void on_helper(qa_sharer *sharer, const char *shown_name, const char *organisation,
                      void *user)
{
    struct share *share = user;
    text_safe(shown_name, share->name, sizeof share->name);
    text_safe(organisation, share->organisation, sizeof share->organisation);
    cJSON *event = events_new("helper");
    cJSON_AddStringToObject(event, "shown_name", share->name);
    cJSON_AddStringToObject(event, "organisation", share->organisation);
    events_send(event);
    if (*share->organisation)
        share_say(share, _("Your helper is %s from %s (confirmed by %s). Is this who you called?"),
                  share->name, share->organisation, share->relay_host);
    else
        share_say(share, _("Your helper is %s (confirmed by %s). Is this who you called?"),
                  share->name, share->relay_host);
}

static void on_consent(qa_sharer *sharer, qa_consent *consent, void *user)
{
    ask_open(user, consent);
}

static void say_state(struct share *share, qa_session_state state)
{
    switch (state) {
    case QA_STATE_CONNECTING:
        share_say(share, _("Connecting to %s…"), share->relay_host);
        break;
    case QA_STATE_PAIRING:
        share_say(share, _("Checking the code with your helper…"));
        break;
    case QA_STATE_PAUSED:
        share_say(share, _("Paused. %s sees nothing new and can do nothing."), share->name);
        break;
    default:
        break;
    }
}

static void on_state(qa_sharer *sharer, qa_session_state state, void *user)
{
    struct share *share = user;
    bool resumed = share->paused && state == QA_STATE_ACTIVE;
    share->paused = state == QA_STATE_PAUSED;
    events_state(state);
    say_state(share, state);
    if (resumed)
        share_say(share, _("Going on. %s sees your screen again."), share->name);
    share_draw_status(share);
}

static void on_permissions(qa_sharer *sharer, unsigned permissions, void *user)
{
    struct share *share = user;
    unsigned gained = permissions & ~share->permissions, lost = share->permissions & ~permissions;
    share->permissions = permissions;
    events_permissions(permissions, 0);
    if (gained & QA_PERMISSION_VIEW) {
        share->view_since = loop_now();
        share_say(share,
                  share->asked == ASKED_PERSON
                      ? _("%s sees your screen now. Press e to end at any time.")
                      : _("%s sees your screen now."),
                  share->name);
    }
    if (gained & QA_PERMISSION_CONTROL)
        share_say(share,
                  share->asked == ASKED_PERSON
                      ? _("%s controls your mouse and keyboard now. Press t to take it back.")
                      : _("%s controls your mouse and keyboard now."),
                  share->name);
    if (lost & QA_PERMISSION_CONTROL && permissions & QA_PERMISSION_VIEW)
        share_say(share, _("You took back control. %s still sees your screen."), share->name);
    share_draw_status(share);
}

static void finish(struct share *share, int error, const char *detail)
{
    ask_close(share);
    share->view_since = 0;
    loop_timer_clear(&share->status_timer);
    if (share->asked == ASKED_PERSON)
        terminal_status("");
    share->exit_code = (int)exit_code_for(error);
    char story[1024];
    exit_story(error, detail, EXIT_ROLE_SHARER, story, sizeof story);
    if (error)
        complain(&share->options->common, "%s", story);
    else
        share_say(share, _("The session is over. Nothing is shared any more."));
    events_end(error, detail, share->exit_code);
    loop_stop(&share->loop);
}

static void on_end(qa_sharer *sharer, int error, const char *detail, void *user)
{
    finish(user, error, detail);
}

static const qa_sharer_callbacks callbacks = {
    .size = sizeof(qa_sharer_callbacks),
    .on_helper = on_helper,
    .on_consent = on_consent,
    .on_state = on_state,
    .on_permissions = on_permissions,
    .on_end = on_end,
};

static void start(struct share *share, const char *code)
{
    qa_sharer_options options = QA_SHARER_OPTIONS_INIT;
    options.code = code;
    options.display = share->options->display;
    int error = qa_sharer_new(share->context, &options, &callbacks, share, &share->sharer);
    if (!error)
        error = qa_sharer_start(share->sharer);
    if (error)
        finish(share, error, "");
}

static void toggle_pause(struct share *share)
{
    int error = share->paused ? qa_sharer_resume(share->sharer) : qa_sharer_pause(share->sharer);
    if (error && events_enabled())
        events_refused(qa_strerror(error));
}

static void take_back(struct share *share)
{
    int error = qa_sharer_revoke(share->sharer, QA_PERMISSION_CONTROL);
    if (error && events_enabled())
        events_refused(qa_strerror(error));
}

static void take_keys(struct share *share, const char *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!key_is_plain(&share->key_state, keys[i]))
            continue;
        switch (keys[i]) {
        case 'p':
        case 'P':
            toggle_pause(share);
            break;
        case 't':
        case 'T':
            take_back(share);
            break;
        case 'e':
        case 'E':
            share_end(share);
            break;
        default:
            break;
        }
    }
}

static void on_typed(void *user)
{
    struct share *share = user;
    char bytes[256];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count <= 0) { /* the terminal is gone: nobody could take anything back any more */
        loop_unwatch(&share->loop, STDIN_FILENO);
        share_end(share);
    } else if (share->question) {
        ask_typed(share, bytes, (size_t)count);
    } else {
        take_keys(share, bytes, (size_t)count);
    }
}

static const char *string_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void take_answer(struct share *share, const char *answer, const char *permission)
{
    bool allow = strcmp(answer, "allow") == 0;
    if (!allow && strcmp(answer, "deny") != 0)
        events_refused("an answer is \"allow\" or \"deny\"");
    else if (!share->question)
        events_refused("there is no open question");
    else if (permission && strcmp(permission, events_permission_name(
                                                  qa_consent_permissions(share->question))) != 0)
        events_refused("the open question is about another permission");
    else
        ask_answer(share, allow);
}

static void take_command(struct share *share, const char *command)
{
    if (strcmp(command, "end") == 0)
        share_end(share);
    else if (!share->sharer)
        events_refused("not possible before the code");
    else if (strcmp(command, share->paused ? "resume" : "pause") == 0)
        toggle_pause(share);
    else if (strcmp(command, "take-back") == 0)
        take_back(share);
    else
        events_refused("not a command, or not one for this state");
}

static void take_code(struct share *share, const char *code)
{
    int error = qa_code_check(code);
    if (share->sharer)
        events_refused("there is a code already");
    else if (error)
        finish(share, error, "");
    else
        start(share, code);
}

static void take_object(struct share *share, const cJSON *object)
{
    const char *answer = string_of(object, "answer");
    const char *command = string_of(object, "command");
    const char *code = string_of(object, "code");
    if (answer)
        take_answer(share, answer, string_of(object, "permission"));
    else if (command)
        take_command(share, command);
    else if (code)
        take_code(share, code);
    else
        events_refused("expected an object with \"answer\", \"command\" or \"code\"");
}

/* Nobody is left to answer: what is asked now or later is answered no. */
static void on_input_end(struct share *share)
{
    share->asked = ASKED_NOBODY;
    if (!share->sharer)
        finish(share, QA_ECODE_FORMAT, "no code was given");
    else if (share->question)
        ask_answer(share, false);
}

static void on_line(void *user, const char *line, bool broken)
{
    if (!line) {
        on_input_end(user);
        return;
    }
    cJSON *object = cJSON_ParseWithOpts(line, NULL, true);
    if (broken || cJSON_IsObject(object) || line[strspn(line, " \t")])
        take_object(user, object);
    cJSON_Delete(object);
}

static void on_context(void *user)
{
    struct share *share = user;
    qa_context_dispatch(share->context);
}

static void on_signal(void *user)
{
    if (signals_take())
        share_end(user);
}

static void listen_to_user(struct share *share)
{
    if (events_enabled()) {
        share->asked = ASKED_PROGRAM;
        line_input_start(&share->input, &share->loop, on_line, share);
    } else if (terminal_present() && terminal_start()) {
        share->asked = ASKED_PERSON;
        loop_watch(&share->loop, STDIN_FILENO, on_typed, share);
    } else {
        share->asked = ASKED_NOBODY;
    }
}

int share_run(const struct share_options *options, const char *code)
{
    struct share share = {.options = options, .exit_code = EXIT_INTERNAL};
    relay_url_host(options->common.relay, share.relay_host);
    loop_init(&share.loop);
    loop_timer_init(&share.loop, &share.status_timer, on_status_timer, &share);
    int error = common_context_new(&options->common, &share.context);
    if (error) {
        complain(&options->common, "%s. %s", error_text(error),
                 exit_advice(error, EXIT_ROLE_SHARER));
        events_end(error, "", (int)exit_code_for(error));
        return (int)exit_code_for(error);
    }
    loop_watch(&share.loop, qa_context_get_fd(share.context), on_context, &share);
    loop_watch(&share.loop, signals_start(), on_signal, &share);
    listen_to_user(&share);
    if (code)
        start(&share, code);
    loop_run(&share.loop);
    terminal_restore();
    qa_sharer_unref(share.sharer);
    qa_context_unref(share.context);
    return share.exit_code;
}
