#include "api/session.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "api/session_link.h"
#include "api/session_tunnel.h"
#include "base/clock.h"

#define TICK_MS 1000

/* An action to show, or an event to step, that waits in the context's queue. */
struct queued {
    struct deferred deferred;
    struct session *session;
    bool is_event;
    union {
        struct session_action action;
        struct session_event event;
    };
};

static void run_queued(struct deferred *self)
{
    struct queued *queued = (struct queued *)self;
    struct session *session = queued->session;
    if (queued->is_event)
        session_step(session, &queued->event);
    else if (!session->silent)
        session->role->show(session, &queued->action);
    free(queued);
    session_release(session);
}

static void enqueue(struct session *session, const struct queued *what)
{
    struct queued *queued = malloc(sizeof *queued);
    if (!queued) {
        /* The user would miss something, so the session cannot go on; the next tick ends it. */
        session->out_of_memory = true;
        return;
    }
    *queued = *what;
    queued->deferred.run = run_queued;
    queued->deferred.owner = session;
    queued->session = session;
    session_hold(session);
    context_defer(session->context, &queued->deferred);
}

void session_post(struct session *session, const struct session_event *event)
{
    enqueue(session, &(struct queued){.is_event = true, .event = *event});
}

void session_show(struct session *session, const struct session_action *action)
{
    enqueue(session, &(struct queued){.action = *action});
}

static void wipe_keys(struct session *session)
{
    code_wipe(&session->code); /* where it did not come to pairing */
    sodium_memzero(session->key, sizeof session->key);
    sodium_memzero(session->ticket, sizeof session->ticket);
    session_forget_offer(session);
}

void session_forget_offer(struct session *session)
{
    sodium_memzero(&session->offer, sizeof session->offer);
    if (session->invitation)
        sodium_memzero(session->invitation, sizeof *session->invitation);
    free(session->invitation);
    session->invitation = NULL;
}

static void run_finish(struct deferred *self)
{
    struct session *session =
        (struct session *)((char *)self - offsetof(struct session, finish_task));
    wipe_keys(session);
    if (!session->silent)
        session->role->show(session, &session->finish);
    session_release(session);
}

/* The last word needs no memory: it is always said. */
static void finish_later(struct session *session, const struct session_action *action)
{
    session->finish = *action;
    session->finish_task.run = run_finish;
    session->finish_task.owner = session;
    session_hold(session);
    context_defer(session->context, &session->finish_task);
}

void session_set_detail(struct session *session, const char *detail)
{
    if (!session->detail[0] && detail)
        snprintf(session->detail, sizeof session->detail, "%s", detail);
}

void session_part_failed(struct session *session, int error, const char *detail)
{
    session_set_detail(session, detail);
    session_post(session, &(struct session_event){.type = EVENT_PART_FAILED, .error = error});
}

void session_send_control(struct session *session, const struct control_message *message)
{
    if (!session->tunnel)
        return;
    char text[CONTROL_MESSAGE_MAX];
    int length = control_message_encode(message, text);
    int error = length < 0 ? length : tunnel_send_control(session->tunnel, text, (size_t)length);
    if (length > 0)
        sodium_memzero(text, (size_t)length);
    /* QA_ESTATE: the tunnel failed and has said so itself. */
    if (error && error != QA_ESTATE)
        session_part_failed(session, error, "a control message could not be sent");
}

/* ---- the worker ---- */

int session_start_worker(struct session *session, enum rdp_role role,
                         const struct rdp_events *events)
{
    const struct rdp_options options = {
        .role = role,
        .worker_path = session->context->worker_path,
        .log = &session->context->log,
    };
    int error = picture_init(&session->picture);
    if (!error)
        error = rdp_start(&session->context->loop, &options, &session->picture, events, session,
                          &session->rdp);
    if (!error)
        session_update_reading(session);
    return error;
}

void session_lend_picture(struct session *session)
{
    session->picture_lent = true;
}

static void drop_picture(struct session *session)
{
    if (session->held)
        frame_adopt(session->held, &session->picture);
    else
        picture_free(&session->picture);
    session->held = NULL;
}

static void on_held_released(void *user)
{
    struct session *session = user;
    session->held = NULL;
    if (!session->rdp)
        return;
    rdp_frame_done(session->rdp);
    context_wake(session->context);
}

void session_take_picture_back(struct session *session, qa_frame *frame)
{
    session->picture_lent = false;
    if (frame_is_held(frame)) {
        session->held = frame;
        frame_set_released(frame, on_held_released, session);
    } else if (session->rdp) {
        rdp_frame_done(session->rdp);
    }
    if (!session->rdp)
        drop_picture(session);
}

void session_on_rdp_bytes(void *user, const uint8_t *data, size_t length)
{
    struct session *session = user;
    int error = tunnel_send_rdp(session->tunnel, data, length);
    if (error && error != QA_ESTATE)
        session_part_failed(session, error, "RDP bytes could not be sent");
    session_update_reading(session);
}

void session_on_rdp_consumed(void *user, size_t length)
{
    struct session *session = user;
    tunnel_rdp_consumed(session->tunnel, length);
}

void session_on_rdp_failed(void *user, int error, const char *detail)
{
    session_part_failed(user, error, detail);
}

static void stop_parts(struct session *session)
{
    if (session->tunnel)
        tunnel_hold_rdp(session->tunnel, true);
    session->role->stop_parts(session);
    /* What was written in vain is said again after a break. */
    if (session->core->closing || session->silent)
        talk_free(&session->talk);
    else
        talk_part(&session->talk);
    if (session->rdp)
        rdp_stop(session->rdp, NULL, NULL);
    session->rdp = NULL;
    if (!session->picture_lent)
        drop_picture(session);
}

/* ---- time ---- */

static void on_tick(uv_timer_t *timer)
{
    struct session *session = timer->data;
    bool reconnecting = session->core->state == QA_STATE_RECONNECTING;
    if (session->heard_ms)
        session_step(session,
                     &(struct session_event){.type = EVENT_HEARD, .when_ms = session->heard_ms});
    session->heard_ms = 0;
    if (session->out_of_memory)
        session_step(session,
                     &(struct session_event){.type = EVENT_PART_FAILED, .error = QA_ENOMEM});
    else
        session_step(session, &(struct session_event){.type = EVENT_TICK});
    if (reconnecting && session->core->closing)
        session_explain_break(session);
    talk_pump(session);
}

int session_make_timer(struct session *session, uv_timer_t **out)
{
    *out = malloc(sizeof **out);
    if (!*out)
        return QA_ENOMEM;
    uv_timer_init(&session->context->loop, *out);
    (*out)->data = session;
    return 0;
}

/* With the first connection. */
static void start_timer(struct session *session)
{
    if (session->timer)
        return;
    if (session_make_timer(session, &session->timer))
        session_part_failed(session, QA_ENOMEM, NULL);
    else
        uv_timer_start(session->timer, on_tick, TICK_MS, TICK_MS);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

void session_stop_timer(uv_timer_t **timer)
{
    if (*timer)
        uv_close((uv_handle_t *)*timer, on_timer_closed);
    *timer = NULL;
}

static void stop_timers(struct session *session)
{
    session_stop_timer(&session->timer);
    session_stop_timer(&session->retry);
}

/* ---- the machine ---- */

static void act(struct session *session, const struct session_action *action)
{
    switch (action->type) {
    case ACTION_CONNECT:
        start_timer(session);
        session_connect(session);
        break;
    case ACTION_START_PAIRING:
        session_start_pairing(session);
        break;
    case ACTION_SEND_REJOIN:
        session_send_rejoin(session);
        break;
    case ACTION_START_AGAIN:
        session_start_again(session);
        break;
    case ACTION_ABANDON_LINK:
        session_abandon_link(session);
        break;
    case ACTION_DROP_LINK:
        session_break_link(session);
        break;
    case ACTION_RETRY:
        session_retry_later(session, action->pause_ms);
        break;
    case ACTION_STOP_PARTS:
        stop_parts(session);
        break;
    case ACTION_SEND_BYE:
        session_send_control(
            session, &(struct control_message){.type = CONTROL_BYE, .error = action->error});
        break;
    case ACTION_SEND_PING:
        session_send_control(session, &(struct control_message){.type = CONTROL_PING});
        break;
    case ACTION_CLOSE:
        session_close_link(session);
        break;
    case ACTION_FINISH:
        stop_timers(session);
        finish_later(session, action);
        break;
    case ACTION_SHOW_CODE:
    case ACTION_SHOW_HELPER:
    case ACTION_SHOW_PEER:
    case ACTION_SHOW_NOTICE:
    case ACTION_SHOW_STATE:
    case ACTION_SHOW_PERMISSIONS:
    case ACTION_SHOW_PAUSED:
    case ACTION_SHOW_REFUSED:
    case ACTION_SHOW_SCREENS:
    case ACTION_SHOW_RESTART:
    case ACTION_ASK:
        session_show(session, action);
        break;
    default:
        session->role->act(session, action);
        break;
    }
}

int session_step(struct session *session, const struct session_event *event)
{
    if (session->silent)
        return QA_ESTATE;
    struct session_actions actions;
    session_hold(session);
    int result = session->role->step(session, event, clock_ms(), &actions);
    for (size_t i = 0; i < actions.count; i++)
        act(session, &actions.list[i]);
    if (actions.overflow)
        session_part_failed(session, QA_ELIMIT, "the session had more to do than it can keep");
    context_wake(session->context);
    session_release(session);
    return result;
}

/* ---- memory ---- */

static uint64_t reconnect_ms(int32_t seconds)
{
    if (seconds < 0)
        return 0;
    return seconds ? (uint64_t)seconds * 1000 : SESSION_RECONNECT_MS;
}

void session_init(struct session *session, const struct session_role *role,
                  struct session_core *core, qa_context *context, int32_t reconnect_seconds)
{
    session->role = role;
    session->core = core;
    core->reconnect_ms = reconnect_ms(reconnect_seconds);
    session->context = qa_context_ref(context);
    session->user_refs = 1;
    session->holds = 1;
    session->picture.fd = -1;
    talk_init(&session->talk);
}

void session_hold(struct session *session)
{
    session->holds++;
}

void session_release(struct session *session)
{
    if (--session->holds)
        return;
    qa_context *context = session->context;
    tunnel_free(session->tunnel);
    talk_free(&session->talk);
    tunnel_free(session->retired);
    wipe_keys(session);
    sodium_memzero(&session->code, sizeof session->code);
    session->role->free(session);
    qa_context_unref(context);
}

void session_user_ref(struct session *session)
{
    session->user_refs++;
}

void session_user_unref(struct session *session)
{
    if (--session->user_refs)
        return;
    session->silent = true;
    stop_parts(session);
    stop_timers(session);
    session_leave_link(session);
    /* They hold the session and with it the context, which nobody may ever dispatch again. */
    context_settle(session->context, session);
    context_wake(session->context);
    session_release(session);
}
