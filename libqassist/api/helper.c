/* The helper's handle: its machine, its worker and its callbacks. */
#include <qassist/helper.h>

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "api/frame.h"
#include "api/options.h"
#include "api/session.h"
#include "base/utf8.h"
#include "session/helper_machine.h"

struct qa_helper {
    struct session session;
    struct helper_machine machine;
    qa_helper_callbacks callbacks;
    void *user_data;
    char token[RELAY_TOKEN_MAX + 1];
    uint32_t expires_s;
    unsigned epoch; /* that input is to be sent under */
    bool epoch_due; /* the worker was not ready, or took no more, when the epoch changed */
};

static qa_helper *of_session(struct session *session)
{
    return (qa_helper *)session;
}

/* Calls the user back where there is such a callback. */
#define TELL(helper, callback, ...)                                                   \
    do {                                                                              \
        if ((helper)->callbacks.callback)                                             \
            (helper)->callbacks.callback((helper), __VA_ARGS__, (helper)->user_data); \
    } while (0)

/* ---- the worker ---- */

/* Marks the input stream before the first input of an epoch. 0, QA_ESTATE, QA_ELIMIT. */
static int mark_epoch(qa_helper *helper)
{
    if (!helper->session.rdp)
        return QA_ESTATE;
    int error = helper->epoch_due ? rdp_input_epoch(helper->session.rdp, helper->epoch) : 0;
    if (!error)
        helper->epoch_due = false;
    return error;
}

static void on_rdp_frame(void *user, const qa_rect *damage, size_t count)
{
    struct session *session = user;
    qa_helper *helper = of_session(session);
    qa_frame *frame = frame_new(&session->picture, damage, count);
    if (!frame) {
        session_part_failed(session, QA_ENOMEM, "out of memory for a frame");
        return;
    }
    session_hold(session);
    context_flush(session->context);
    if (!session->silent && session->rdp && !helper->machine.core.closing) {
        session_lend_picture(session);
        TELL(helper, on_frame, frame);
        session_take_picture_back(session);
    }
    frame_finish(frame);
    if (session->rdp)
        rdp_frame_done(session->rdp);
    session_release(session);
}

static void on_rdp_cursor(void *user, const qa_cursor *cursor)
{
    qa_helper *helper = user;
    session_hold(&helper->session);
    TELL(helper, on_cursor, cursor);
    session_release(&helper->session);
}

static void on_rdp_cursor_position(void *user, int32_t x, int32_t y)
{
    qa_helper *helper = user;
    session_hold(&helper->session);
    TELL(helper, on_cursor_position, x, y);
    session_release(&helper->session);
}

static const struct rdp_events rdp_events = {
    .bytes = session_on_rdp_bytes,
    .consumed = session_on_rdp_consumed,
    .frame = on_rdp_frame,
    .cursor = on_rdp_cursor,
    .cursor_position = on_rdp_cursor_position,
    .failed = session_on_rdp_failed,
};

/* ---- the role ---- */

static int helper_step(struct session *session, const struct session_event *event, uint64_t now_ms,
                       struct session_actions *actions)
{
    return helper_machine_step(&of_session(session)->machine, event, now_ms, actions);
}

static void send_create(qa_helper *helper)
{
    struct relay_message message = {.type = RELAY_CREATE, .version = RELAY_PROTOCOL_VERSION};
    memcpy(message.token, helper->token, sizeof message.token);
    sodium_memzero(helper->token, sizeof helper->token);

    char text[RELAY_MESSAGE_MAX];
    int length = relay_message_encode(&message, text);
    int error = length < 0 ? length : link_send_text(helper->session.link, text, (size_t)length);
    sodium_memzero(text, sizeof text);
    relay_message_wipe(&message);
    if (error)
        session_part_failed(&helper->session, error, "the sign-in could not be sent");
}

static void helper_act(struct session *session, const struct session_action *action)
{
    qa_helper *helper = of_session(session);
    int error;
    switch (action->type) {
    case ACTION_SEND_CREATE:
        send_create(helper);
        break;
    case ACTION_START_VIEWING:
        if ((error = session_start_worker(session, RDP_CLIENT, &rdp_events)))
            session_part_failed(session, error, "the RDP worker could not be started");
        break;
    case ACTION_MARK_EPOCH:
        helper->epoch_due = true;
        helper->epoch = action->epoch;
        break;
    case ACTION_SEND_REQUEST:
        session_send_control(
            session,
            &(struct control_message){.type = CONTROL_REQUEST, .permissions = action->permissions});
        break;
    default:
        break; /* the sharer's */
    }
}

static void helper_show(struct session *session, const struct session_action *action)
{
    qa_helper *helper = of_session(session);
    char code[CODE_TEXT_SIZE];
    switch (action->type) {
    case ACTION_SHOW_CODE:
        code_format(&session->code, code);
        TELL(helper, on_code, code, helper->expires_s, session->shown_name, session->organisation);
        sodium_memzero(code, sizeof code);
        break;
    case ACTION_SHOW_PEER:
        if (helper->callbacks.on_peer)
            helper->callbacks.on_peer(helper, helper->user_data);
        break;
    case ACTION_SHOW_NOTICE:
        TELL(helper, on_notice, QA_NOTICE_CODE_TRIED_AGAIN);
        break;
    case ACTION_SHOW_STATE:
        TELL(helper, on_state, action->state);
        break;
    case ACTION_SHOW_PERMISSIONS:
        TELL(helper, on_permissions, action->permissions, action->error);
        break;
    case ACTION_FINISH:
        session_set_detail(session, action->error ? qa_strerror(action->error) : "ended");
        TELL(helper, on_end, action->error, session->detail);
        break;
    default:
        break; /* the sharer's */
    }
}

static void helper_relay_message(struct session *session, const struct relay_message *message)
{
    qa_helper *helper = of_session(session);
    struct session_event event = {.type = EVENT_RELAY_ERROR, .error = QA_EPROTO};
    if (message->type == RELAY_CREATED && helper->machine.core.state == QA_STATE_CONNECTING) {
        memcpy(session->sid, message->sid, sizeof session->sid);
        memcpy(session->shown_name, message->shown_name, sizeof session->shown_name);
        memcpy(session->organisation, message->organisation, sizeof session->organisation);
        helper->expires_s = message->expires_s;
        if (!code_draw(message->route, &session->code))
            event.type = EVENT_CREATED;
    } else if (message->type == RELAY_PEER) {
        event.type = EVENT_PEER;
    } else if (message->type == RELAY_TRIED) {
        event.type = EVENT_TRIED_AGAIN;
    }
    session_step(session, &event);
}

static void helper_control_message(struct session *session, const struct control_message *message)
{
    struct session_event event = {.type = EVENT_TUNNEL_FAILED, .error = QA_EPROTO};
    if (message->type == CONTROL_PERMISSIONS)
        event = (struct session_event){.type = EVENT_PERMISSIONS,
                                       .permissions = message->permissions,
                                       .yes = message->paused,
                                       .epoch = message->epoch,
                                       .error = message->error};
    session_step(session, &event);
}

static void helper_stop_parts(struct session *session)
{
    /* The worker is the session's. */
}

static void helper_free(struct session *session)
{
    qa_helper *helper = of_session(session);
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
    session_init(&helper->session, &helper_role, context);
    helper_machine_init(&helper->machine);
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

int qa_helper_request(qa_helper *helper, unsigned permissions)
{
    if (!helper)
        return QA_EINVAL;
    return session_step(&helper->session,
                        &(struct session_event){.type = EVENT_REQUEST, .permissions = permissions});
}

/* What every kind of input asks first. */
static int may_send_input(const qa_helper *helper)
{
    if (!helper)
        return QA_EINVAL;
    if (helper->machine.core.closing || helper->machine.core.state != QA_STATE_ACTIVE ||
        !helper->session.rdp)
        return QA_ESTATE;
    return helper->machine.granted & QA_PERMISSION_CONTROL ? 0 : QA_ENOTALLOWED;
}

static int send_input(qa_helper *helper, const qa_input_event *event)
{
    int error = mark_epoch(helper);
    if (!error)
        error = rdp_input(helper->session.rdp, event);
    context_wake(helper->session.context);
    return error;
}

/* Input at a place of the picture. */
static int send_pointer(qa_helper *helper, qa_input_event event)
{
    int error = may_send_input(helper);
    if (error)
        return error;
    const struct picture *picture = &helper->session.picture;
    if (event.x < 0 || event.y < 0 || event.x >= picture->width || event.y >= picture->height)
        return QA_EINVAL;
    event.size = sizeof event;
    return send_input(helper, &event);
}

int qa_helper_pointer_move(qa_helper *helper, int32_t x, int32_t y)
{
    return send_pointer(helper, (qa_input_event){.type = QA_INPUT_MOVE, .x = x, .y = y});
}

int qa_helper_pointer_button(qa_helper *helper, int32_t x, int32_t y, qa_button button,
                             bool pressed)
{
    switch (button) {
    case QA_BUTTON_LEFT:
    case QA_BUTTON_MIDDLE:
    case QA_BUTTON_RIGHT:
    case QA_BUTTON_BACK:
    case QA_BUTTON_FORWARD:
        return send_pointer(
            helper,
            (qa_input_event){
                .type = QA_INPUT_BUTTON, .x = x, .y = y, .button = button, .pressed = pressed});
    }
    return QA_EINVAL;
}

int qa_helper_pointer_wheel(qa_helper *helper, int32_t x, int32_t y, int32_t wheel_x,
                            int32_t wheel_y)
{
    const int32_t most = 100 * QA_WHEEL_STEP;
    if (wheel_x < -most || wheel_x > most || wheel_y < -most || wheel_y > most)
        return QA_EINVAL;
    return send_pointer(
        helper,
        (qa_input_event){
            .type = QA_INPUT_WHEEL, .x = x, .y = y, .wheel_x = wheel_x, .wheel_y = wheel_y});
}

int qa_helper_key(qa_helper *helper, uint32_t scancode, bool pressed)
{
    int error = may_send_input(helper);
    if (error)
        return error;
    uint32_t place = scancode & ~QA_SCANCODE_EXTENDED;
    if (!place || place > 0x7f)
        return QA_EINVAL;
    return send_input(helper, &(qa_input_event){.size = sizeof(qa_input_event),
                                                .type = QA_INPUT_KEY,
                                                .scancode = scancode,
                                                .pressed = pressed});
}

/*
 * The characters of a text, as many as `max`. QA_EINVAL for what is not UTF-8 and for control
 * characters but tab and line feed, and when there are more.
 */
static int read_text(const char *text, uint32_t *out, size_t max)
{
    if (!text)
        return QA_EINVAL;
    size_t count = 0, length;
    for (; *text; text += length) {
        uint32_t character = utf8_decode(text, &length);
        bool is_control = character < 0x20 || (character >= 0x7f && character < 0xa0);
        if (character == UTF8_INVALID || (is_control && character != '\t' && character != '\n'))
            return QA_EINVAL;
        if (count == max)
            return QA_EINVAL;
        out[count++] = character;
    }
    return (int)count;
}

int qa_helper_text(qa_helper *helper, const char *utf8)
{
    int error = may_send_input(helper);
    if (error)
        return error;
    /* All or nothing: looked at whole before the first character goes. */
    uint32_t characters[QA_TEXT_MAX];
    int count = read_text(utf8, characters, QA_TEXT_MAX);
    if (count < 0)
        return count;
    if (rdp_input_room(helper->session.rdp) < (size_t)count + helper->epoch_due)
        return QA_ELIMIT;
    for (int i = 0; i < count && !error; i++)
        error = send_input(helper, &(qa_input_event){.size = sizeof(qa_input_event),
                                                     .type = QA_INPUT_TEXT,
                                                     .codepoint = characters[i]});
    sodium_memzero(characters, sizeof characters);
    return error;
}

unsigned qa_helper_permissions(const qa_helper *helper)
{
    return helper ? helper->machine.granted : 0;
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
