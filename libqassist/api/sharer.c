/* The sharer's role in a session, and its public calls. */
#include <stdlib.h>
#include <string.h>

#include "api/options.h"
#include "api/policies.h"
#include "api/session_link.h"
#include "api/sharer_private.h"
#include "base/clock.h"

/* ---- the role ---- */

static int sharer_step(struct session *session, const struct session_event *event, uint64_t now_ms,
                       struct session_actions *actions)
{
    struct sharer_machine *machine = &sharer_of(session)->machine;
    if (event->type == EVENT_CHANNEL_UP)
        machine->stranger = session_check_organisation(session) != 0;
    return sharer_machine_step(machine, event, now_ms, actions);
}

static void send_join(qa_sharer *sharer)
{
    struct relay_message message = {.type = RELAY_JOIN, .version = RELAY_PROTOCOL_VERSION};
    memcpy(message.route, sharer->session.code.route, sizeof sharer->session.code.route);
    session_add_pass(&sharer->session, &message);
    session_send_relay(&sharer->session, &message, "the code could not be sent to the relay");
    relay_message_wipe(&message);
}

static void sharer_act(struct session *session, const struct session_action *action)
{
    qa_sharer *sharer = sharer_of(session);
    switch (action->type) {
    case ACTION_SEND_JOIN:
        send_join(sharer);
        break;
    case ACTION_START_SHARING:
        sharer_start_sharing(sharer);
        break;
    case ACTION_WITHDRAW:
        sharer_withdraw(sharer);
        break;
    case ACTION_GATE:
        gate_set(&sharer->gate, action->yes, action->epoch);
        sharer_clipboard_update(sharer);
        break;
    case ACTION_HOLD:
        sharer_hold_pictures(sharer, action->yes);
        break;
    case ACTION_FOLLOW:
        gate_follow(&sharer->gate, action->epoch, &sharer->screens.shown);
        break;
    case ACTION_CHOOSE:
        sharer_choose_screen(sharer, action->screen);
        break;
    case ACTION_ALLOW_RESTART:
        sharer_allow_restart(sharer);
        break;
    case ACTION_REFUSE_RESTART:
        sharer_refuse_restart(sharer, action->error, action->seconds);
        break;
    case ACTION_FORGET_RESTART:
        sharer_forget_restart(sharer);
        break;
    case ACTION_SEND_SCREENS:
        sharer_send_screens(sharer);
        break;
    case ACTION_SEND_PERMISSIONS:
        session_use_features(session, session_features_of(action->permissions));
        session_send_control(session, &(struct control_message){.type = CONTROL_PERMISSIONS,
                                                                .permissions = action->permissions,
                                                                .causes = action->causes,
                                                                .epoch = action->epoch,
                                                                .refused = action->refused,
                                                                .wait_s = action->seconds,
                                                                .error = action->error});
        sharer_overlay_update(sharer);
        break;
    default:
        break; /* the helper's */
    }
}

static void sharer_show(struct session *session, const struct session_action *action)
{
    qa_sharer *sharer = sharer_of(session);
    switch (action->type) {
    case ACTION_SHOW_HELPER:
        TELL_SHARER(sharer, on_helper, session->shown_name, session->organisation);
        break;
    case ACTION_ASK:
        sharer_ask(sharer, action->question);
        break;
    case ACTION_SHOW_STATE:
        TELL_SHARER(sharer, on_state, action->state);
        break;
    case ACTION_SHOW_PERMISSIONS:
        TELL_SHARER(sharer, on_permissions, action->permissions);
        break;
    case ACTION_SHOW_PAUSED:
        TELL_SHARER(sharer, on_paused, action->causes);
        break;
    case ACTION_SHOW_SCREENS:
        sharer_show_screens(sharer);
        break;
    case ACTION_SHOW_RESTART:
        TELL_SHARER(sharer, on_restart, action->seconds, action->error);
        break;
    case ACTION_FINISH:
        session_set_detail(session, action->error ? qa_strerror(action->error) : "ended");
        TELL_SHARER(sharer, on_end, action->error, session->detail);
        break;
    default:
        break; /* the helper's */
    }
}

static void sharer_relay_message(struct session *session, const struct relay_message *message)
{
    struct session_event event = {.type = EVENT_RELAY_ERROR, .error = QA_EPROTO};
    /* A second one must not change the name that the user is about to read. */
    if (message->type == RELAY_JOINED &&
        sharer_of(session)->machine.core.state == QA_STATE_CONNECTING) {
        session_keep_answer(session, message);
        event.type = EVENT_JOINED;
    }
    session_step(session, &event);
}

static void sharer_control_message(struct session *session, const struct control_message *message)
{
    struct session_event event = {.type = EVENT_TUNNEL_FAILED, .error = QA_EPROTO};
    if (message->type == CONTROL_POINT) {
        sharer_take_point(sharer_of(session), &message->point);
        return;
    }
    if (message->type == CONTROL_MARK) {
        sharer_take_mark(sharer_of(session), &message->mark);
        return;
    }
    if (message->type == CONTROL_REQUEST)
        event = (struct session_event){
            .type = EVENT_ASKED, .permissions = message->permissions, .text = message->text};
    else if (message->type == CONTROL_PAUSE)
        event = (struct session_event){.type = EVENT_HELPER_PAUSED, .yes = message->yes};
    else if (message->type == CONTROL_CHOOSE_SCREEN)
        event = (struct session_event){.type = EVENT_CHOSE, .screen = message->id};
    else if (message->type == CONTROL_ASK_RESTART)
        event = (struct session_event){.type = EVENT_RESTART_ASKED};
    session_step(session, &event);
}

static void sharer_stop_parts(struct session *session)
{
    sharer_stop_screen(sharer_of(session));
    sharer_clipboard_stop(sharer_of(session));
}

/* With the copies of its options. */
static void discard(qa_sharer *sharer)
{
    free(sharer->state_directory);
    free(sharer->display);
    free(sharer->prompt_classes);
    free(sharer->warning);
    sharer_overlay_free(sharer);
    free(sharer);
}

static void sharer_free(struct session *session)
{
    qa_sharer *sharer = sharer_of(session);
    sharer_withdraw(sharer);
    sharer_forget_restart(sharer);
    discard(sharer);
}

static const struct session_role sharer_role = {
    .pake = PAKE_SHARER,
    .step = sharer_step,
    .act = sharer_act,
    .show = sharer_show,
    .relay_message = sharer_relay_message,
    .control_message = sharer_control_message,
    .stop_parts = sharer_stop_parts,
    .free = sharer_free,
    .talk = &sharer_talk_role,
};

/* ---- public ---- */

int qa_code_check(const char *code)
{
    struct code parsed;
    int error = code_parse(code ? code : "", &parsed);
    code_wipe(&parsed);
    return error;
}

/* NULL stays NULL; false when memory is out. */
static bool copy_string(const char *string, char **out)
{
    *out = string ? strdup(string) : NULL;
    return *out || !string;
}

int qa_sharer_new(qa_context *context, const qa_sharer_options *options,
                  const qa_sharer_callbacks *callbacks, void *user_data, qa_sharer **out)
{
    qa_sharer_options known = {0};
    qa_sharer_callbacks known_callbacks = {0};
    if (!context || !out || options_read(&known, sizeof known, options) ||
        options_read(&known_callbacks, sizeof known_callbacks, callbacks) ||
        (!known.code && !known.resume) ||
        (known.screen != QA_SCREEN_X11 && known.screen != QA_SCREEN_APP))
        return QA_EINVAL;
    qa_sharer *sharer = calloc(1, sizeof *sharer);
    if (!sharer)
        return QA_ENOMEM;
    int error = known.resume ? 0 : code_parse(known.code, &sharer->session.code);
    if (!error && !(copy_string(known.state_directory, &sharer->state_directory) &&
                    copy_string(known.display, &sharer->display) &&
                    copy_string(known.prompt_classes, &sharer->prompt_classes) &&
                    copy_string(known.warning, &sharer->warning)))
        error = QA_ENOMEM;
    if (!error)
        error = sharer_overlay_options(sharer, &known);
    if (error) {
        code_wipe(&sharer->session.code);
        discard(sharer);
        return error;
    }
    sharer_machine_init(&sharer->machine);
    session_init(&sharer->session, &sharer_role, &sharer->machine.core, context,
                 known.reconnect_seconds);
    gate_init(&sharer->gate);
    sharer_clipboard_init(sharer);
    sharer->callbacks = known_callbacks;
    sharer->user_data = user_data;
    sharer->screen_kind = known.screen;
    sharer->ask_called = known.ask_called;
    sharer->resume = known.resume;
    if (known.question_seconds)
        sharer->machine.question_ms = known.question_seconds * UINT64_C(1000);
    if (known.control_seconds)
        sharer->machine.control_ms = known.control_seconds * UINT64_C(1000);
    if (known.refusal_seconds)
        sharer->machine.refusal_ms = known.refusal_seconds * UINT64_C(1000);
    *out = sharer;
    return 0;
}

static int user_step(qa_sharer *sharer, const struct session_event *event)
{
    if (!sharer)
        return QA_EINVAL;
    return session_step(&sharer->session, event);
}

int qa_sharer_revoke(qa_sharer *sharer, unsigned permissions)
{
    return user_step(sharer,
                     &(struct session_event){.type = EVENT_REVOKE, .permissions = permissions});
}

int qa_sharer_pause(qa_sharer *sharer)
{
    return user_step(sharer, &(struct session_event){.type = EVENT_PAUSE});
}

int qa_sharer_resume(qa_sharer *sharer)
{
    return user_step(sharer, &(struct session_event){.type = EVENT_RESUME});
}

int qa_sharer_allow_prompts(qa_sharer *sharer, bool allowed)
{
    return user_step(sharer, &(struct session_event){.type = EVENT_ALLOW_PROMPTS, .yes = allowed});
}

unsigned qa_sharer_permissions(const qa_sharer *sharer)
{
    return sharer ? sharer->machine.granted : 0;
}

uint32_t qa_sharer_seconds_left(const qa_sharer *sharer, unsigned permission)
{
    if (!sharer || !(sharer->machine.granted & permission))
        return 0;
    return (uint32_t)((limits_left(&sharer->machine.limits, permission, clock_ms()) + 999) / 1000);
}

uint32_t qa_sharer_retry_seconds(const qa_sharer *sharer)
{
    return sharer ? sharer->session.retry_s : 0;
}

unsigned qa_sharer_paused(const qa_sharer *sharer)
{
    return sharer ? sharer->machine.causes : 0;
}

qa_session_state qa_sharer_state(const qa_sharer *sharer)
{
    return sharer ? sharer->machine.core.state : QA_STATE_ENDED;
}

void qa_sharer_end(qa_sharer *sharer)
{
    user_step(sharer, &(struct session_event){.type = EVENT_END});
}

qa_sharer *qa_sharer_ref(qa_sharer *sharer)
{
    session_user_ref(&sharer->session);
    return sharer;
}

void qa_sharer_unref(qa_sharer *sharer)
{
    if (sharer)
        session_user_unref(&sharer->session);
}
