#include "session/sharer_machine.h"

#include <string.h>

#include "wire/control_message.h"

void sharer_machine_init(struct sharer_machine *machine)
{
    memset(machine, 0, sizeof *machine);
}

static bool is_sharing(const struct sharer_machine *machine)
{
    return !machine->core.closing &&
           (machine->core.state == QA_STATE_ACTIVE || machine->core.state == QA_STATE_PAUSED);
}

/* Input that is on its way now must not count when the gate opens again. */
static void next_epoch(struct sharer_machine *machine)
{
    machine->epoch = (machine->epoch + 1) % CONTROL_EPOCHS;
}

/* Brings the gate in line with the permissions, and tells both users and the helper. */
static void publish(struct sharer_machine *machine, int reason, struct session_actions *actions)
{
    bool paused = machine->core.state == QA_STATE_PAUSED;
    bool control = (machine->granted & QA_PERMISSION_CONTROL) && !paused;
    session_act(actions, (struct session_action){
                             .type = ACTION_GATE, .yes = control, .epoch = machine->epoch});
    session_act(actions, (struct session_action){.type = ACTION_SEND_PERMISSIONS,
                                                 .permissions = machine->granted,
                                                 .yes = paused,
                                                 .epoch = machine->epoch,
                                                 .error = reason});
    session_act(actions, (struct session_action){.type = ACTION_SHOW_PERMISSIONS,
                                                 .permissions = machine->granted});
}

static void ask(struct sharer_machine *machine, unsigned permission,
                struct session_actions *actions)
{
    machine->asking |= permission;
    session_act(actions, (struct session_action){.type = ACTION_ASK, .permissions = permission});
}

static int on_answer(struct sharer_machine *machine, const struct session_event *event,
                     struct session_actions *actions)
{
    if (event->permissions != QA_PERMISSION_VIEW && event->permissions != QA_PERMISSION_CONTROL)
        return QA_EINVAL;
    if (!(machine->asking & event->permissions) || machine->core.closing)
        return QA_ESTATE;
    machine->asking &= ~event->permissions;

    if (event->permissions == QA_PERMISSION_VIEW) {
        if (!event->yes) {
            session_refuse(&machine->core, QA_EDENIED, actions);
            return 0;
        }
        machine->granted = QA_PERMISSION_VIEW;
        session_enter(&machine->core, QA_STATE_ACTIVE, actions);
        session_act(actions, (struct session_action){.type = ACTION_START_SHARING});
        publish(machine, 0, actions);
        return 0;
    }
    if (event->yes) {
        machine->granted |= event->permissions;
        next_epoch(machine);
    }
    publish(machine, event->yes ? 0 : QA_EDENIED, actions);
    return 0;
}

static int on_revoke(struct sharer_machine *machine, unsigned permissions,
                     struct session_actions *actions)
{
    if (!is_sharing(machine))
        return QA_ESTATE;
    if (!permissions || (permissions & ~(QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL)))
        return QA_EINVAL;
    if (permissions & QA_PERMISSION_VIEW) {
        session_refuse(&machine->core, QA_ENOTALLOWED, actions);
        return 0;
    }
    /* A question that is still open is answered by taking back what it asks for. */
    if (machine->asking & permissions) {
        machine->asking &= ~permissions;
        session_act(actions, (struct session_action){.type = ACTION_WITHDRAW});
    }
    machine->granted &= ~permissions;
    next_epoch(machine);
    publish(machine, QA_ENOTALLOWED, actions);
    return 0;
}

static int on_pause(struct sharer_machine *machine, bool pause, struct session_actions *actions)
{
    if (machine->core.closing || machine->core.state != (pause ? QA_STATE_ACTIVE : QA_STATE_PAUSED))
        return QA_ESTATE;
    session_enter(&machine->core, pause ? QA_STATE_PAUSED : QA_STATE_ACTIVE, actions);
    session_act(actions, (struct session_action){.type = ACTION_HOLD, .yes = pause});
    next_epoch(machine);
    publish(machine, 0, actions);
    return 0;
}

/* The helper asks: what it has or what is being asked already is not asked again. */
static void on_asked(struct sharer_machine *machine, unsigned permissions,
                     struct session_actions *actions)
{
    if (!is_sharing(machine))
        return;
    if ((permissions & QA_PERMISSION_CONTROL) &&
        !((machine->granted | machine->asking) & QA_PERMISSION_CONTROL))
        ask(machine, QA_PERMISSION_CONTROL, actions);
}

static int on_user_event(struct sharer_machine *machine, const struct session_event *event,
                         struct session_actions *actions)
{
    switch (event->type) {
    case EVENT_START:
        return session_start(&machine->core, actions);
    case EVENT_END:
        session_end(&machine->core, 0, actions);
        return 0;
    case EVENT_ANSWER:
        return on_answer(machine, event, actions);
    case EVENT_REVOKE:
        return on_revoke(machine, event->permissions, actions);
    case EVENT_PAUSE:
        return on_pause(machine, true, actions);
    case EVENT_RESUME:
        return on_pause(machine, false, actions);
    default:
        return QA_EINVAL;
    }
}

/* What the relay and the peer say; before the state for it, it breaks the protocol. */
static void on_remote_event(struct sharer_machine *machine, const struct session_event *event,
                            uint64_t now_ms, struct session_actions *actions)
{
    struct session_core *core = &machine->core;
    switch (event->type) {
    case EVENT_LINK_OPENED:
        if (core->state != QA_STATE_CONNECTING)
            break;
        core->deadline = now_ms + SESSION_ANSWER_MS;
        session_act(actions, (struct session_action){.type = ACTION_SEND_JOIN});
        break;
    case EVENT_JOINED:
        if (core->state == QA_STATE_CONNECTING)
            session_begin_pairing(core, now_ms, actions);
        else
            session_end(core, QA_EPROTO, actions);
        break;
    case EVENT_CHANNEL_UP:
        if (!session_paired(core, now_ms, actions))
            break;
        session_act(actions, (struct session_action){.type = ACTION_SHOW_HELPER});
        ask(machine, QA_PERMISSION_VIEW, actions);
        break;
    case EVENT_HEARD:
        core->heard = now_ms;
        core->pinged = false;
        break;
    case EVENT_ASKED:
        on_asked(machine, event->permissions, actions);
        break;
    case EVENT_PEER_GONE:
        session_end(core, QA_EPEER_LOST, actions);
        break;
    case EVENT_BYE:
    case EVENT_RELAY_ERROR:
    case EVENT_TUNNEL_FAILED:
    case EVENT_PART_FAILED:
        session_end(core, event->error, actions);
        break;
    default:
        session_end(core, QA_EPROTO, actions);
        break;
    }
}

int sharer_machine_step(struct sharer_machine *machine, const struct session_event *event,
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
            session_end(&machine->core, QA_ETIMEOUT, actions);
    } else if (!machine->core.closing && machine->core.state != QA_STATE_ENDED) {
        on_remote_event(machine, event, now_ms, actions);
    }
    if (machine->core.closing)
        machine->granted = machine->asking = 0;
    return result;
}
