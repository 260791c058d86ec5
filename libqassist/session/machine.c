#include "session/machine.h"

#include "session/reconnect.h"

void session_act(struct session_actions *actions, struct session_action action)
{
    if (actions->count < SESSION_ACTIONS_MAX)
        actions->list[actions->count++] = action;
    else
        actions->overflow = true;
}

void session_enter(struct session_core *core, qa_session_state state,
                   struct session_actions *actions)
{
    if (core->state == state)
        return;
    core->state = state;
    session_act(actions, (struct session_action){.type = ACTION_SHOW_STATE, .state = state});
}

static int session_start(struct session_core *core, uint64_t now_ms,
                         struct session_actions *actions)
{
    if (core->state != QA_STATE_NEW || core->closing)
        return QA_ESTATE;
    if (core->resume_ms) {
        reconnect_resume(core, now_ms, actions);
        return 0;
    }
    session_enter(core, QA_STATE_CONNECTING, actions);
    session_act(actions, (struct session_action){.type = ACTION_CONNECT});
    return 0;
}

void session_begin_pairing(struct session_core *core, uint64_t now_ms,
                           struct session_actions *actions)
{
    core->deadline = now_ms + SESSION_PAIRING_MS;
    session_enter(core, QA_STATE_PAIRING, actions);
    session_act(actions, (struct session_action){.type = ACTION_START_PAIRING});
}

bool session_paired(struct session_core *core, uint64_t now_ms, struct session_actions *actions)
{
    if (core->state != QA_STATE_PAIRING) {
        session_end(core, QA_EPROTO, actions);
        return false;
    }
    core->paired = true;
    core->deadline = 0;
    core->heard = now_ms;
    session_enter(core, QA_STATE_ASKING, actions);
    return true;
}

void session_stop_everything(struct session_actions *actions)
{
    session_act(actions, (struct session_action){.type = ACTION_WITHDRAW});
    session_act(actions, (struct session_action){.type = ACTION_GATE, .yes = false});
    session_act(actions, (struct session_action){.type = ACTION_STOP_PARTS});
}

static void forget_restart(struct session_core *core, struct session_actions *actions)
{
    if (core->restart_until)
        session_act(actions, (struct session_action){.type = ACTION_FORGET_RESTART});
    core->restart_until = 0;
}

static void end_telling(struct session_core *core, int error, int told,
                        struct session_actions *actions)
{
    if (core->closing || core->state == QA_STATE_ENDED)
        return;
    core->closing = true;
    core->end_error = error;
    core->deadline = 0;
    forget_restart(core, actions);
    session_stop_everything(actions);
    if (core->paired)
        session_act(actions, (struct session_action){.type = ACTION_SEND_BYE, .error = told});
    session_act(actions, (struct session_action){.type = ACTION_CLOSE});
}

void session_end(struct session_core *core, int error, struct session_actions *actions)
{
    end_telling(core, error, error, actions);
}

void session_refuse(struct session_core *core, int reason, struct session_actions *actions)
{
    end_telling(core, 0, reason, actions);
}

/*
 * The other side is gone, or spoke nonsense. Before the two codes were found to be the same,
 * whoever it was did not know the secret.
 */
static void fail(struct session_core *core, int error, struct session_actions *actions)
{
    bool pairing = core->state == QA_STATE_PAIRING && core->pairing_error;
    session_end(core, pairing ? core->pairing_error : error, actions);
}

/* The link is gone: whatever was going on is over now. */
static void link_closed(struct session_core *core, int error, struct session_actions *actions)
{
    if (core->state == QA_STATE_ENDED)
        return;
    if (!core->closing) {
        core->end_error = error ? error : QA_ERELAY_LOST;
        forget_restart(core, actions);
        session_stop_everything(actions);
    }
    core->closing = true;
    session_enter(core, QA_STATE_ENDED, actions);
    session_act(actions, (struct session_action){.type = ACTION_FINISH, .error = core->end_error});
}

int session_leave(struct session_core *core, struct session_actions *actions)
{
    if (core->closing || !core->restart_until)
        return QA_ESTATE;
    core->closing = true;
    core->end_error = 0;
    core->deadline = core->restart_until = 0;
    session_stop_everything(actions);
    session_act(actions, (struct session_action){.type = ACTION_ABANDON_LINK});
    return 0;
}

/* Whoever can come back may do so. */
static void lose(struct session_core *core, int error, uint64_t now_ms,
                 struct session_actions *actions)
{
    if (!reconnect_begin(core, error, now_ms, actions))
        fail(core, error, actions);
}

/* Keeps an eye on the state's deadline and on a silent peer. */
static void tick(struct session_core *core, uint64_t now_ms, struct session_actions *actions)
{
    if (core->deadline && now_ms >= core->deadline) {
        fail(core, QA_ETIMEOUT, actions);
        return;
    }
    if (!core->paired)
        return;
    if (now_ms >= core->restart_until)
        forget_restart(core, actions);

    uint64_t silence = now_ms - core->heard;
    if (silence >= SESSION_SILENT_MS) {
        lose(core, QA_EPEER_LOST, now_ms, actions);
    } else if (silence >= SESSION_PING_MS && !core->pinged) {
        core->pinged = true;
        session_act(actions, (struct session_action){.type = ACTION_SEND_PING});
    }
}

static bool is_over(const struct session_core *core)
{
    return core->closing || core->state == QA_STATE_ENDED;
}

bool session_common(struct session_core *core, const struct session_event *event, uint64_t now_ms,
                    struct session_actions *actions, int *result)
{
    *result = 0;
    switch (event->type) {
    case EVENT_START:
        *result = session_start(core, now_ms, actions);
        return true;
    case EVENT_END:
        session_end(core, 0, actions);
        return true;
    default:
        break;
    }
    if (is_over(core)) {
        if (event->type == EVENT_LINK_CLOSED)
            link_closed(core, event->error, actions);
        return event->type >= EVENT_LINK_OPENED;
    }
    if (reconnect_event(core, event, now_ms, actions))
        return true;
    switch (event->type) {
    case EVENT_HEARD:
        core->heard = event->when_ms ? event->when_ms : now_ms;
        core->pinged = false;
        return true;
    case EVENT_LINK_CLOSED:
        if (!reconnect_begin(core, event->error ? event->error : QA_ERELAY_LOST, now_ms, actions))
            link_closed(core, event->error, actions);
        return true;
    case EVENT_PEER_GONE:
        if (event->yes)
            lose(core, QA_EPEER_LOST, now_ms, actions);
        else
            fail(core, QA_EPEER_LOST, actions);
        return true;
    case EVENT_TUNNEL_FAILED:
        fail(core, event->error, actions);
        return true;
    case EVENT_RELAY_ERROR:
        if (event->error != QA_ERELAY_LOST || !reconnect_begin(core, event->error, now_ms, actions))
            session_end(core, event->error, actions);
        return true;
    case EVENT_BYE:
    case EVENT_PART_FAILED:
        session_end(core, event->error, actions);
        return true;
    case EVENT_RETRY:
        return true; /* of a break that is over */
    case EVENT_TICK:
        tick(core, now_ms, actions);
        return is_over(core);
    default:
        return false;
    }
}
