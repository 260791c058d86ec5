#include "session/helper_machine.h"

#include <string.h>

void helper_machine_init(struct helper_machine *machine)
{
    memset(machine, 0, sizeof *machine);
}

static int on_request(struct helper_machine *machine, unsigned permissions,
                      struct session_actions *actions)
{
    if (permissions != QA_PERMISSION_CONTROL)
        return QA_EINVAL;
    if (machine->core.closing || !machine->viewing ||
        ((machine->granted | machine->requested) & permissions))
        return QA_ESTATE;
    machine->requested |= permissions;
    session_act(actions,
                (struct session_action){.type = ACTION_SEND_REQUEST, .permissions = permissions});
    return 0;
}

static int on_user_event(struct helper_machine *machine, const struct session_event *event,
                         struct session_actions *actions)
{
    switch (event->type) {
    case EVENT_START:
        return session_start(&machine->core, actions);
    case EVENT_END:
        session_end(&machine->core, 0, actions);
        return 0;
    case EVENT_REQUEST:
        return on_request(machine, event->permissions, actions);
    default:
        return QA_EINVAL;
    }
}

static void on_permissions(struct helper_machine *machine, const struct session_event *event,
                           struct session_actions *actions)
{
    if (!machine->core.paired || !(event->permissions & QA_PERMISSION_VIEW)) {
        session_end(&machine->core, QA_EPROTO, actions);
        return;
    }
    if (!machine->viewing) {
        machine->viewing = true;
        session_act(actions, (struct session_action){.type = ACTION_START_VIEWING});
    }
    /* An answer settles the request; a revoke or pause of something else does not. */
    if (event->error || (event->permissions & machine->requested))
        machine->requested = 0;

    unsigned before = machine->granted;
    machine->granted = event->permissions;
    session_enter(&machine->core, event->yes ? QA_STATE_PAUSED : QA_STATE_ACTIVE, actions);
    session_act(actions, (struct session_action){.type = ACTION_MARK_EPOCH, .epoch = event->epoch});
    if (before != machine->granted || event->error)
        session_act(actions, (struct session_action){.type = ACTION_SHOW_PERMISSIONS,
                                                     .permissions = machine->granted,
                                                     .error = event->error});
}

/*
 * The sharer's side is gone, or spoke nonsense, before the two codes were found to be the same:
 * whoever it was did not know the secret, and the code is burnt.
 */
static int pairing_error(const struct helper_machine *machine, int error)
{
    return machine->core.state == QA_STATE_PAIRING ? QA_ECODE_WRONG : error;
}

static void on_remote_event(struct helper_machine *machine, const struct session_event *event,
                            uint64_t now_ms, struct session_actions *actions)
{
    struct session_core *core = &machine->core;
    switch (event->type) {
    case EVENT_LINK_OPENED:
        if (core->state != QA_STATE_CONNECTING)
            break;
        core->deadline = now_ms + SESSION_ANSWER_MS;
        session_act(actions, (struct session_action){.type = ACTION_SEND_CREATE});
        break;
    case EVENT_CREATED:
        if (core->state != QA_STATE_CONNECTING) {
            session_end(core, QA_EPROTO, actions);
            break;
        }
        core->deadline = 0;
        session_enter(core, QA_STATE_WAITING, actions);
        session_act(actions, (struct session_action){.type = ACTION_SHOW_CODE});
        break;
    case EVENT_PEER:
        if (core->state == QA_STATE_WAITING)
            session_begin_pairing(core, now_ms, actions);
        else
            session_end(core, QA_EPROTO, actions);
        break;
    case EVENT_TRIED_AGAIN:
        session_act(actions, (struct session_action){.type = ACTION_SHOW_NOTICE});
        break;
    case EVENT_CHANNEL_UP:
        if (session_paired(core, now_ms, actions))
            session_act(actions, (struct session_action){.type = ACTION_SHOW_PEER});
        break;
    case EVENT_HEARD:
        core->heard = now_ms;
        core->pinged = false;
        break;
    case EVENT_PERMISSIONS:
        on_permissions(machine, event, actions);
        break;
    case EVENT_PEER_GONE:
        session_end(core, pairing_error(machine, QA_EPEER_LOST), actions);
        break;
    case EVENT_TUNNEL_FAILED:
        session_end(core, pairing_error(machine, event->error), actions);
        break;
    case EVENT_BYE:
    case EVENT_RELAY_ERROR:
    case EVENT_PART_FAILED:
        session_end(core, event->error, actions);
        break;
    default:
        session_end(core, QA_EPROTO, actions);
        break;
    }
}

int helper_machine_step(struct helper_machine *machine, const struct session_event *event,
                        uint64_t now_ms, struct session_actions *actions)
{
    actions->count = 0;
    int result = 0;
    if (event->type <= EVENT_ANSWER) {
        result = on_user_event(machine, event, actions);
    } else if (event->type == EVENT_LINK_CLOSED) {
        session_link_closed(&machine->core, event->error, actions);
    } else if (event->type == EVENT_TICK) {
        if (session_tick(&machine->core, now_ms, actions))
            session_end(&machine->core, pairing_error(machine, QA_ETIMEOUT), actions);
    } else if (!machine->core.closing && machine->core.state != QA_STATE_ENDED) {
        on_remote_event(machine, event, now_ms, actions);
    }
    if (machine->core.closing)
        machine->granted = machine->requested = 0;
    return result;
}
