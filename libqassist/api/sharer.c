/* The sharer's handle: its machine, its screen, its gate and its callbacks. */
#include <qassist/sharer.h>

#include <stdlib.h>
#include <string.h>

#include "api/consent.h"
#include "api/options.h"
#include "api/session.h"
#include "screen/screen.h"
#include "session/gate.h"
#include "session/sharer_machine.h"

/* One question a permission can be open. */
#define QUESTIONS_MAX 2

struct qa_sharer {
    struct session session;
    struct sharer_machine machine;
    qa_sharer_callbacks callbacks;
    void *user_data;
    qa_screen_kind screen_kind;
    char *display;
    struct screen *screen;
    struct gate gate;
    bool in_gate;                         /* an event of the worker is passing the gate right now */
    qa_consent *questions[QUESTIONS_MAX]; /* the open ones; theirs is the user's reference */
};

/* Input for the app that came up inside a call of its own (held keys let go): told later. */
struct late_input {
    struct deferred deferred;
    qa_sharer *sharer;
    qa_input_event event;
};

static qa_sharer *of_session(struct session *session)
{
    return (qa_sharer *)session;
}

/* Calls the user back where there is such a callback. */
#define TELL(sharer, callback, ...)                                                   \
    do {                                                                              \
        if ((sharer)->callbacks.callback)                                             \
            (sharer)->callbacks.callback((sharer), __VA_ARGS__, (sharer)->user_data); \
    } while (0)

/* ---- input ---- */

static void run_late_input(struct deferred *self)
{
    struct late_input *late = (struct late_input *)self;
    qa_sharer *sharer = late->sharer;
    if (!sharer->session.silent)
        TELL(sharer, on_input, &late->event);
    free(late);
    session_release(&sharer->session);
}

static void on_app_input(void *user, const qa_input_event *event)
{
    qa_sharer *sharer = user;
    if (sharer->in_gate) {
        /* What the callback causes in turn (it may revoke) is told later. */
        sharer->in_gate = false;
        TELL(sharer, on_input, event);
        return;
    }
    struct late_input *late = malloc(sizeof *late);
    if (!late) {
        sharer->session.out_of_memory = true;
        return;
    }
    *late = (struct late_input){.deferred = {.run = run_late_input, .owner = &sharer->session},
                                .sharer = sharer,
                                .event = *event};
    session_hold(&sharer->session);
    context_defer(sharer->session.context, &late->deferred);
}

static void on_rdp_input(void *user, const qa_input_event *event)
{
    qa_sharer *sharer = user;
    session_hold(&sharer->session);
    context_flush(sharer->session.context);
    sharer->in_gate = true;
    int error = gate_pass(&sharer->gate, event);
    sharer->in_gate = false;
    if (error)
        session_part_failed(&sharer->session, error, "the display takes no more input");
    session_release(&sharer->session);
}

static void on_rdp_input_epoch(void *user, unsigned epoch)
{
    qa_sharer *sharer = user;
    gate_mark(&sharer->gate, epoch);
}

static void on_rdp_busy(void *user, bool busy)
{
    qa_sharer *sharer = user;
    if (sharer->screen)
        sharer->screen->ops->set_busy(sharer->screen, busy);
}

static const struct rdp_events rdp_events = {
    .bytes = session_on_rdp_bytes,
    .consumed = session_on_rdp_consumed,
    .input = on_rdp_input,
    .input_epoch = on_rdp_input_epoch,
    .busy = on_rdp_busy,
    .failed = session_on_rdp_failed,
};

/* ---- the screen ---- */

static void check_worker(qa_sharer *sharer, int error)
{
    if (error)
        session_part_failed(&sharer->session, error, "the RDP worker takes no more pictures");
}

static void on_screens(void *user, const struct screen_list *list)
{
    qa_sharer *sharer = user;
    gate_set_area(&sharer->gate, &list->shown);
}

static void on_screen_resized(void *user)
{
    qa_sharer *sharer = user;
    check_worker(sharer, rdp_picture_resized(sharer->session.rdp));
}

static void on_screen_damaged(void *user, const qa_rect *damage, size_t count)
{
    qa_sharer *sharer = user;
    check_worker(sharer, rdp_damage(sharer->session.rdp, damage, count));
}

static void on_screen_cursor(void *user, const qa_cursor *cursor)
{
    qa_sharer *sharer = user;
    check_worker(sharer, rdp_cursor(sharer->session.rdp, cursor));
}

static void on_screen_cursor_position(void *user, int32_t x, int32_t y)
{
    qa_sharer *sharer = user;
    check_worker(sharer, rdp_cursor_position(sharer->session.rdp, x, y));
}

static void on_screen_failed(void *user, int error, const char *detail)
{
    qa_sharer *sharer = user;
    session_part_failed(&sharer->session, error, detail);
}

static const struct screen_events screen_events = {
    .screens = on_screens,
    .resized = on_screen_resized,
    .damaged = on_screen_damaged,
    .cursor = on_screen_cursor,
    .cursor_position = on_screen_cursor_position,
    .failed = on_screen_failed,
};

static int open_x11(qa_sharer *sharer, const char **detail)
{
    struct session *session = &sharer->session;
    int error =
        screen_x11_new(&session->context->loop, sharer->display, &session->picture,
                       &session->context->log, &screen_events, sharer, &sharer->screen, detail);
    if (error)
        return error;
    struct input *input;
    error = input_xtest_new(&session->context->loop, sharer->display, &session->context->log,
                            &input, detail);
    if (!error)
        gate_attach(&sharer->gate, input);
    return error;
}

static int open_app(qa_sharer *sharer)
{
    struct session *session = &sharer->session;
    int error = screen_app_new(&session->context->loop, &session->picture, &screen_events, sharer,
                               &sharer->screen);
    struct input *input;
    if (!error && !(error = input_app_new(on_app_input, sharer, &input)))
        gate_attach(&sharer->gate, input);
    return error;
}

/* The one place where a capture begins: after the yes to viewing. */
static void start_sharing(qa_sharer *sharer)
{
    const char *detail = NULL;
    int error = session_start_worker(&sharer->session, RDP_SERVER, &rdp_events);
    if (!error)
        error = sharer->screen_kind == QA_SCREEN_X11 ? open_x11(sharer, &detail) : open_app(sharer);
    if (!error)
        error = sharer->screen->ops->start(sharer->screen);
    if (error)
        session_part_failed(&sharer->session, error, detail);
}

static void sharer_stop_parts(struct session *session)
{
    qa_sharer *sharer = of_session(session);
    gate_detach(&sharer->gate);
    if (sharer->screen)
        sharer->screen->ops->destroy(sharer->screen);
    sharer->screen = NULL;
}

/* ---- questions ---- */

static size_t question_slot(unsigned permissions)
{
    return permissions == QA_PERMISSION_VIEW ? 0 : 1;
}

static int on_consent_answer(void *asker, unsigned permissions, bool yes)
{
    qa_sharer *sharer = asker;
    sharer->questions[question_slot(permissions)] = NULL;
    return session_step(
        &sharer->session,
        &(struct session_event){.type = EVENT_ANSWER, .permissions = permissions, .yes = yes});
}

static void withdraw_questions(qa_sharer *sharer)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (!sharer->questions[i])
            continue;
        consent_withdraw(sharer->questions[i]);
        sharer->questions[i] = NULL;
    }
}

/* Lends the question to the user: dropped there unanswered, it answers itself with no. */
static void ask(qa_sharer *sharer, unsigned permissions)
{
    if (!(sharer->machine.asking & permissions) || sharer->questions[question_slot(permissions)])
        return; /* void by now, or asked already */
    qa_consent *consent = consent_new(permissions, on_consent_answer, sharer);
    if (!consent) {
        on_consent_answer(sharer, permissions, false);
        return;
    }
    sharer->questions[question_slot(permissions)] = consent;
    TELL(sharer, on_consent, consent);
    qa_consent_unref(consent);
}

/* ---- the role ---- */

static int sharer_step(struct session *session, const struct session_event *event, uint64_t now_ms,
                       struct session_actions *actions)
{
    return sharer_machine_step(&of_session(session)->machine, event, now_ms, actions);
}

static void send_join(qa_sharer *sharer)
{
    struct relay_message message = {.type = RELAY_JOIN, .version = RELAY_PROTOCOL_VERSION};
    memcpy(message.route, sharer->session.code.route, sizeof sharer->session.code.route);
    char text[RELAY_MESSAGE_MAX];
    int length = relay_message_encode(&message, text);
    int error = length < 0 ? length : link_send_text(sharer->session.link, text, (size_t)length);
    relay_message_wipe(&message);
    if (error)
        session_part_failed(&sharer->session, error, "the code could not be sent to the relay");
}

static void hold_pictures(qa_sharer *sharer, bool hold)
{
    if (sharer->screen)
        sharer->screen->ops->set_paused(sharer->screen, hold);
    tunnel_hold_rdp(sharer->session.tunnel, hold);
}

static void sharer_act(struct session *session, const struct session_action *action)
{
    qa_sharer *sharer = of_session(session);
    switch (action->type) {
    case ACTION_SEND_JOIN:
        send_join(sharer);
        break;
    case ACTION_START_SHARING:
        start_sharing(sharer);
        break;
    case ACTION_WITHDRAW:
        withdraw_questions(sharer);
        break;
    case ACTION_GATE:
        gate_set(&sharer->gate, action->yes, action->epoch);
        break;
    case ACTION_HOLD:
        hold_pictures(sharer, action->yes);
        break;
    case ACTION_SEND_PERMISSIONS:
        session_send_control(session, &(struct control_message){.type = CONTROL_PERMISSIONS,
                                                                .permissions = action->permissions,
                                                                .paused = action->yes,
                                                                .epoch = action->epoch,
                                                                .error = action->error});
        break;
    default:
        break; /* the helper's */
    }
}

static void sharer_show(struct session *session, const struct session_action *action)
{
    qa_sharer *sharer = of_session(session);
    switch (action->type) {
    case ACTION_SHOW_HELPER:
        TELL(sharer, on_helper, session->shown_name, session->organisation);
        break;
    case ACTION_ASK:
        ask(sharer, action->permissions);
        break;
    case ACTION_SHOW_STATE:
        TELL(sharer, on_state, action->state);
        break;
    case ACTION_SHOW_PERMISSIONS:
        TELL(sharer, on_permissions, action->permissions);
        break;
    case ACTION_FINISH:
        session_set_detail(session, action->error ? qa_strerror(action->error) : "ended");
        TELL(sharer, on_end, action->error, session->detail);
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
        of_session(session)->machine.core.state == QA_STATE_CONNECTING) {
        memcpy(session->sid, message->sid, sizeof session->sid);
        memcpy(session->shown_name, message->shown_name, sizeof session->shown_name);
        memcpy(session->organisation, message->organisation, sizeof session->organisation);
        event.type = EVENT_JOINED;
    }
    session_step(session, &event);
}

static void sharer_control_message(struct session *session, const struct control_message *message)
{
    struct session_event event = {.type = EVENT_TUNNEL_FAILED, .error = QA_EPROTO};
    if (message->type == CONTROL_REQUEST)
        event = (struct session_event){.type = EVENT_ASKED, .permissions = message->permissions};
    session_step(session, &event);
}

static void sharer_free(struct session *session)
{
    qa_sharer *sharer = of_session(session);
    withdraw_questions(sharer);
    free(sharer->display);
    free(sharer);
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
};

/* ---- public ---- */

int qa_code_check(const char *code)
{
    struct code parsed;
    int error = code_parse(code ? code : "", &parsed);
    code_wipe(&parsed);
    return error;
}

int qa_sharer_new(qa_context *context, const qa_sharer_options *options,
                  const qa_sharer_callbacks *callbacks, void *user_data, qa_sharer **out)
{
    qa_sharer_options known = {0};
    qa_sharer_callbacks known_callbacks = {0};
    if (!context || !out || options_read(&known, sizeof known, options) ||
        options_read(&known_callbacks, sizeof known_callbacks, callbacks) || !known.code ||
        (known.screen != QA_SCREEN_X11 && known.screen != QA_SCREEN_APP))
        return QA_EINVAL;
    qa_sharer *sharer = calloc(1, sizeof *sharer);
    if (!sharer)
        return QA_ENOMEM;
    int error = code_parse(known.code, &sharer->session.code);
    if (!error && known.display && !(sharer->display = strdup(known.display)))
        error = QA_ENOMEM;
    if (error) {
        code_wipe(&sharer->session.code);
        free(sharer);
        return error;
    }
    session_init(&sharer->session, &sharer_role, context);
    sharer_machine_init(&sharer->machine);
    gate_init(&sharer->gate);
    sharer->callbacks = known_callbacks;
    sharer->user_data = user_data;
    sharer->screen_kind = known.screen;
    *out = sharer;
    return 0;
}

static int user_step(qa_sharer *sharer, const struct session_event *event)
{
    if (!sharer)
        return QA_EINVAL;
    return session_step(&sharer->session, event);
}

int qa_sharer_start(qa_sharer *sharer)
{
    return user_step(sharer, &(struct session_event){.type = EVENT_START});
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

int qa_sharer_submit_frame(qa_sharer *sharer, int32_t width, int32_t height, size_t stride,
                           const uint8_t *pixels, const qa_rect *damage, size_t count)
{
    if (!sharer || !pixels)
        return QA_EINVAL;
    if (sharer->machine.core.closing || sharer->machine.core.state != QA_STATE_ACTIVE ||
        sharer->screen_kind != QA_SCREEN_APP || !sharer->screen)
        return QA_ESTATE;
    int error = screen_app_submit(sharer->screen, width, height, stride, pixels, damage, count);
    context_wake(sharer->session.context);
    return error;
}

unsigned qa_sharer_permissions(const qa_sharer *sharer)
{
    return sharer ? sharer->machine.granted : 0;
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
