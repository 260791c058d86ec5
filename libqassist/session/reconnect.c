#include "session/reconnect.h"

/* Lets go of what there is of a connection, and comes again after a pause. */
static void try_later(struct session_core *core, struct session_actions *actions)
{
    uint32_t pause = RECONNECT_PAUSE_MS;
    for (unsigned i = 0; i < core->tries && pause < RECONNECT_PAUSE_MAX_MS; i++)
        pause *= 2;
    core->tries++;
    core->try_deadline = 0;
    core->met = core->admitted = false;
    session_act(actions, (struct session_action){.type = ACTION_DROP_LINK});
    session_act(actions, (struct session_action){.type = ACTION_RETRY, .pause_ms = pause});
}

bool reconnect_begin(struct session_core *core, int error, uint64_t now_ms,
                     struct session_actions *actions)
{
    if (!core->paired || !core->reconnect_ms || core->closing)
        return false;
    core->paired = false;
    core->pinged = false;
    core->break_error = error;
    core->deadline = core->heard + core->reconnect_ms;
    if (core->deadline < core->restart_until)
        core->deadline = core->restart_until;
    core->break_ms = core->deadline - core->heard;
    core->tries = 0;
    session_stop_everything(actions);
    session_enter(core, QA_STATE_RECONNECTING, actions);
    if (now_ms >= core->deadline)
        session_end(core, error, actions); /* this computer slept all that time */
    else
        try_later(core, actions);
    return true;
}

void reconnect_resume(struct session_core *core, uint64_t now_ms, struct session_actions *actions)
{
    core->break_error = QA_ERELAY_LOST;
    core->break_ms = core->resume_ms;
    core->deadline = now_ms + core->resume_ms;
    core->try_deadline = now_ms + RECONNECT_TRY_MS;
    session_enter(core, QA_STATE_RECONNECTING, actions);
    session_act(actions, (struct session_action){.type = ACTION_CONNECT});
}

/* What the relay says no to will not be better the next time. */
static bool is_final(int error)
{
    return error == QA_EAUTH || error == QA_EPEER_LOST || error == QA_EVERSION;
}

static void refused(struct session_core *core, int error, struct session_actions *actions)
{
    if (is_final(error))
        session_end(core, error == QA_EAUTH ? QA_EPEER_LOST : error, actions);
    else
        try_later(core, actions);
}

bool reconnect_is_broken(const struct session_core *core)
{
    return core->state == QA_STATE_RECONNECTING && !core->paired && !core->closing;
}

/* Once a try: there are no two channels on one connection, so somebody meddles. */
static void meet(struct session_core *core, uint64_t now_ms, struct session_actions *actions)
{
    if (core->met) {
        try_later(core, actions);
        return;
    }
    core->met = core->admitted = true;
    core->break_error = QA_EPEER_LOST;
    core->try_deadline = now_ms + RECONNECT_HANDSHAKE_MS;
    session_act(actions, (struct session_action){.type = ACTION_START_AGAIN});
}

bool reconnect_event(struct session_core *core, const struct session_event *event, uint64_t now_ms,
                     struct session_actions *actions)
{
    if (!reconnect_is_broken(core))
        return false;
    switch (event->type) {
    case EVENT_RETRY:
        core->break_error = QA_ERELAY_LOST; /* until the relay answers */
        core->try_deadline = now_ms + RECONNECT_TRY_MS;
        session_act(actions, (struct session_action){.type = ACTION_CONNECT});
        return true;
    case EVENT_LINK_OPENED:
        session_act(actions, (struct session_action){.type = ACTION_SEND_REJOIN});
        return true;
    case EVENT_REJOINED:
        /* The relay is there; from here on it is the other side that is waited for. */
        core->admitted = true;
        core->break_error = QA_EPEER_LOST;
        core->try_deadline = 0;
        return true;
    case EVENT_PEER:
        meet(core, now_ms, actions);
        return true;
    case EVENT_LINK_CLOSED:
        core->break_error = QA_ERELAY_LOST;
        try_later(core, actions);
        return true;
    case EVENT_RELAY_ERROR:
        refused(core, event->error, actions);
        return true;
    case EVENT_PEER_GONE:
        if (event->yes)
            try_later(core, actions);
        else
            session_end(core, QA_EPEER_LOST, actions);
        return true;
    case EVENT_TUNNEL_FAILED:
        /* Whoever was there does not have the key, or somebody meddles: another try. */
        try_later(core, actions);
        return true;
    case EVENT_TICK:
        /* What the last try saw says who is missing. */
        if (now_ms >= core->deadline)
            session_end(core, core->break_error, actions);
        else if (core->try_deadline && now_ms >= core->try_deadline)
            try_later(core, actions);
        return true;
    default:
        return false;
    }
}

void reconnect_done(struct session_core *core, uint64_t now_ms)
{
    core->paired = true;
    core->heard = now_ms;
    core->deadline = core->try_deadline = core->resume_ms = 0;
    core->tries = 0;
}
