/* The helper's role in a session, and its public calls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "api/helper_private.h"
#include "api/options.h"
#include "api/policies.h"
#include "api/session_link.h"
#include "base/clock.h"
#include "wire/printable.h"

/* ---- the role ---- */

static int helper_step(struct session *session, const struct session_event *event, uint64_t now_ms,
                       struct session_actions *actions)
{
    qa_helper *helper = helper_of(session);
    int result = helper_machine_step(&helper->machine, event, now_ms, actions);
    helper_follow_drawing(helper);
    return result;
}

static void send_create(qa_helper *helper)
{
    struct relay_message message = {.type = RELAY_CREATE, .version = RELAY_PROTOCOL_VERSION};
    memcpy(message.token, helper->token, sizeof message.token);
    session_add_pass(&helper->session, &message);
    session_send_relay(&helper->session, &message, "the sign-in could not be sent");
    relay_message_wipe(&message);
}

static void send_request(qa_helper *helper, unsigned permissions)
{
    struct control_message message = {.type = CONTROL_REQUEST, .permissions = permissions};
    strcpy(message.text, helper->purpose);
    session_send_control(&helper->session, &message);
}

static void helper_act(struct session *session, const struct session_action *action)
{
    qa_helper *helper = helper_of(session);
    switch (action->type) {
    case ACTION_SEND_CREATE:
        send_create(helper);
        break;
    case ACTION_START_VIEWING:
        helper_start_viewing(helper);
        break;
    case ACTION_SHOW_PICTURE:
        helper_show_picture(helper);
        break;
    case ACTION_MARK_EPOCH:
        helper->epoch_due = true;
        helper->epoch = action->epoch;
        break;
    case ACTION_SEND_REQUEST:
        send_request(helper, action->permissions);
        break;
    case ACTION_SEND_PAUSE:
        session_send_control(session,
                             &(struct control_message){.type = CONTROL_PAUSE, .yes = action->yes});
        break;
    case ACTION_SEND_ASK_RESTART:
        session_send_control(session, &(struct control_message){.type = CONTROL_ASK_RESTART});
        break;
    case ACTION_FORGET_RESTART:
        session_forget_offer(session);
        break;
    default:
        break; /* the sharer's */
    }
}

static void helper_show(struct session *session, const struct session_action *action)
{
    qa_helper *helper = helper_of(session);
    char code[CODE_TEXT_SIZE];
    switch (action->type) {
    case ACTION_SHOW_CODE:
        code_format(&session->code, code);
        TELL_HELPER(helper, on_code, code, helper->expires_s, session->shown_name,
                    session->organisation);
        sodium_memzero(code, sizeof code);
        break;
    case ACTION_SHOW_PEER:
        if (helper->callbacks.on_peer)
            helper->callbacks.on_peer(helper, helper->user_data);
        break;
    case ACTION_SHOW_NOTICE:
        TELL_HELPER(helper, on_notice, QA_NOTICE_CODE_TRIED_AGAIN);
        break;
    case ACTION_SHOW_STATE:
        TELL_HELPER(helper, on_state, action->state);
        break;
    case ACTION_SHOW_PERMISSIONS:
        TELL_HELPER(helper, on_permissions, action->permissions, action->error);
        break;
    case ACTION_SHOW_REFUSED:
        TELL_HELPER(helper, on_refused, action->refused, action->error, action->seconds);
        break;
    case ACTION_SHOW_PAUSED:
        TELL_HELPER(helper, on_paused, action->causes);
        break;
    case ACTION_SHOW_RESTART:
        TELL_HELPER(helper, on_restart, action->seconds, action->error);
        break;
    case ACTION_SHOW_SCREENS:
        helper_show_screens(helper);
        break;
    case ACTION_FINISH:
        session_set_detail(session, action->error ? qa_strerror(action->error) : "ended");
        TELL_HELPER(helper, on_end, action->error, session->detail);
        break;
    default:
        break; /* the sharer's */
    }
}

static void helper_relay_message(struct session *session, const struct relay_message *message)
{
    qa_helper *helper = helper_of(session);
    struct session_event event = {.type = EVENT_RELAY_ERROR, .error = QA_EPROTO};
    if (message->type == RELAY_CREATED && helper->machine.core.state == QA_STATE_CONNECTING) {
        session_keep_answer(session, message);
        sodium_memzero(helper->token, sizeof helper->token); /* no node wants it any more */
        helper->expires_s = message->expires_s;
        if (session_check_organisation(session))
            event.error = QA_EPOLICY;
        else if (!code_draw(message->route, &session->code))
            event.type = EVENT_CREATED;
    } else if (message->type == RELAY_TRIED) {
        event.type = EVENT_TRIED_AGAIN;
    }
    session_step(session, &event);
}

/* For the sharer after its restart; it was asked for, or the session would be over. */
static void keep_offer(struct session *session, const struct control_restart *restart)
{
    session->offer.there = true;
    memcpy(session->offer.seal, restart->seal, sizeof session->offer.seal);
    memcpy(session->offer.key, restart->key, sizeof session->offer.key);
}

static void helper_control_message(struct session *session, const struct control_message *message)
{
    struct session_event event = {.type = EVENT_TUNNEL_FAILED, .error = QA_EPROTO};
    if (message->type == CONTROL_PERMISSIONS)
        event = (struct session_event){.type = EVENT_PERMISSIONS,
                                       .permissions = message->permissions,
                                       .causes = message->causes,
                                       .epoch = message->epoch,
                                       .refused = message->refused,
                                       .seconds = message->wait_s,
                                       .error = message->error};
    if (message->type == CONTROL_SCREENS) {
        helper_take_screens(helper_of(session), &message->screens);
        event = (struct session_event){.type = EVENT_SCREENS_SAID};
    }
    if (message->type == CONTROL_RESTART)
        event = (struct session_event){.type = EVENT_RESTART_SAID,
                                       .seconds = message->restart.seconds,
                                       .wait_s = message->wait_s,
                                       .error = message->error};
    session_step(session, &event);
    if (message->type == CONTROL_RESTART && session->core->restart_until)
        keep_offer(session, &message->restart);
    if (session->rdp)
        rdp_set_peer_paused(session->rdp, helper_of(session)->machine.said_causes != 0);
    talk_pump(session);
}

static void helper_stop_parts(struct session *session)
{
    /* The worker is the session's; what was known of its picture goes with it. */
    qa_helper *helper = helper_of(session);
    helper->screens_known = helper->choice_open = helper->epoch_due = false;
    helper_stop_drawing(helper);
}

static void helper_free(struct session *session)
{
    qa_helper *helper = helper_of(session);
    sodium_memzero(helper->token, sizeof helper->token);
    free(helper);
}

static const struct session_role helper_role = {
    .pake = PAKE_HELPER,
    .step = helper_step,
    .act = helper_act,
    .show = helper_show,
    .relay_message = helper_relay_message,
    .control_message = helper_control_message,
    .stop_parts = helper_stop_parts,
    .free = helper_free,
    .talk = &helper_talk_role,
};

/* ---- public ---- */

/* Printable ASCII without space, as relay_message.h has it. */
static bool is_token(const char *token)
{
    size_t length = token ? strlen(token) : 0;
    if (!length || length > RELAY_TOKEN_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return false;
    return true;
}

int qa_helper_new(qa_context *context, const qa_helper_options *options,
                  const qa_helper_callbacks *callbacks, void *user_data, qa_helper **out)
{
    qa_helper_options known = {0};
    qa_helper_callbacks known_callbacks = {0};
    if (!context || !out || options_read(&known, sizeof known, options) ||
        options_read(&known_callbacks, sizeof known_callbacks, callbacks) || !is_token(known.token))
        return QA_EINVAL;
    qa_helper *helper = calloc(1, sizeof *helper);
    if (!helper)
        return QA_ENOMEM;
    helper_machine_init(&helper->machine);
    session_init(&helper->session, &helper_role, &helper->machine.core, context,
                 known.reconnect_seconds);
    helper->callbacks = known_callbacks;
    helper->user_data = user_data;
    strcpy(helper->token, known.token);
    *out = helper;
    return 0;
}

int qa_helper_start(qa_helper *helper)
{
    if (!helper)
        return QA_EINVAL;
    return session_step(&helper->session, &(struct session_event){.type = EVENT_START});
}

int qa_helper_request(qa_helper *helper, unsigned permissions, const char *purpose)
{
    if (!helper || (purpose && !printable_valid(purpose, QA_PURPOSE_MAX)))
        return QA_EINVAL;
    snprintf(helper->purpose, sizeof helper->purpose, "%s", purpose ? purpose : "");
    return session_step(&helper->session,
                        &(struct session_event){.type = EVENT_REQUEST, .permissions = permissions});
}

int qa_helper_request_restart(qa_helper *helper)
{
    return helper
               ? session_step(&helper->session, &(struct session_event){.type = EVENT_ASK_RESTART})
               : QA_EINVAL;
}

uint32_t qa_helper_restart_seconds(const qa_helper *helper)
{
    uint64_t until = helper ? helper->machine.core.restart_until : 0, now = clock_ms();
    return until > now ? (uint32_t)((until - now + 999) / 1000) : 0;
}

int qa_helper_pause(qa_helper *helper)
{
    return helper ? session_step(&helper->session, &(struct session_event){.type = EVENT_PAUSE})
                  : QA_EINVAL;
}

int qa_helper_resume(qa_helper *helper)
{
    return helper ? session_step(&helper->session, &(struct session_event){.type = EVENT_RESUME})
                  : QA_EINVAL;
}

unsigned qa_helper_permissions(const qa_helper *helper)
{
    return helper ? helper->machine.granted : 0;
}

unsigned qa_helper_requested(const qa_helper *helper)
{
    return helper ? helper->machine.requested : 0;
}

unsigned qa_helper_paused(const qa_helper *helper)
{
    return helper ? helper_machine_causes(&helper->machine) : 0;
}

uint32_t qa_helper_retry_seconds(const qa_helper *helper)
{
    return helper ? helper->session.retry_s : 0;
}

qa_session_state qa_helper_state(const qa_helper *helper)
{
    return helper ? helper->machine.core.state : QA_STATE_ENDED;
}

void qa_helper_end(qa_helper *helper)
{
    if (helper)
        session_step(&helper->session, &(struct session_event){.type = EVENT_END});
}

qa_helper *qa_helper_ref(qa_helper *helper)
{
    session_user_ref(&helper->session);
    return helper;
}

void qa_helper_unref(qa_helper *helper)
{
    if (helper)
        session_user_unref(&helper->session);
}
