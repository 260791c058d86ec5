#include "session/helper_machine.h"

#include <string.h>

#include "session/reconnect.h"

void helper_machine_init(struct helper_machine *machine)
{
    memset(machine, 0, sizeof *machine);
    /* Whoever it was did not know the secret, and the code is burnt. */
    machine->core.pairing_error = QA_ECODE_WRONG;
}

unsigned helper_machine_causes(const struct helper_machine *machine)
{
    return machine->said_causes | (machine->own_pause ? QA_PAUSED_BY_HELPER : 0u);
}

static bool is_viewing(const struct helper_machine *machine)
{
    return machine->viewing && !machine->core.closing;
}

static unsigned waiting(const struct helper_machine *machine, uint64_t now_ms)
{
    unsigned permissions = 0;
    for (unsigned i = 0; i < QA_PERMISSIONS_COUNT; i++)
        if (now_ms < machine->wait_until[i])
            permissions |= 1u << i;
    return permissions;
}

/* The sharer's side would refuse what is asked again too soon: it is not even sent. */
static int on_request(struct helper_machine *machine, unsigned permissions, uint64_t now_ms,
                      struct session_actions *actions)
{
    if (!permissions || (permissions & ~(QA_PERMISSIONS_ALL & ~QA_PERMISSION_VIEW)))
        return QA_EINVAL;
    permissions &= ~(machine->granted | machine->requested);
    if (!is_viewing(machine) || !permissions)
        return QA_ESTATE;
    permissions &= ~machine->core.denied;
    if (!permissions)
        return QA_EPOLICY;
    permissions &= ~machine->final;
    if (!permissions)
        return QA_ELIMIT;
    permissions &= ~waiting(machine, now_ms);
    if (!permissions)
        return QA_ERATE;
    machine->requested |= permissions;
    session_act(actions,
                (struct session_action){.type = ACTION_SEND_REQUEST, .permissions = permissions});
    return 0;
}

/* Shows what has changed of the pause since the user was told last. */
static void follow_causes(struct helper_machine *machine, struct session_actions *actions)
{
    unsigned causes = helper_machine_causes(machine);
    session_enter(&machine->core, causes ? QA_STATE_PAUSED : QA_STATE_ACTIVE, actions);
    if (causes == machine->shown_causes)
        return;
    machine->shown_causes = causes;
    session_act(actions, (struct session_action){.type = ACTION_SHOW_PAUSED, .causes = causes});
    if (!causes)
        session_act(actions, (struct session_action){.type = ACTION_SHOW_PICTURE});
}

/*
 * A pause counts here at once. Going on counts when the sharer says so: what is sent before would
 * only be dropped there.
 */
static int on_pause(struct helper_machine *machine, bool pause, struct session_actions *actions)
{
    if (!is_viewing(machine) || pause == machine->own_pause)
        return QA_ESTATE;
    machine->own_pause = pause;
    if (!pause)
        machine->said_causes |= QA_PAUSED_BY_HELPER;
    session_act(actions, (struct session_action){.type = ACTION_SEND_PAUSE, .yes = pause});
    follow_causes(machine, actions);
    return 0;
}

static int on_ask_restart(struct helper_machine *machine, uint64_t now_ms,
                          struct session_actions *actions)
{
    if (!is_viewing(machine) || machine->restart_asked || machine->core.restart_until ||
        !machine->core.reconnect_ms)
        return QA_ESTATE;
    if (machine->restart_final)
        return QA_ELIMIT;
    if (now_ms < machine->restart_wait)
        return QA_ERATE;
    machine->restart_asked = true;
    session_act(actions, (struct session_action){.type = ACTION_SEND_ASK_RESTART});
    return 0;
}

static void show_restart(uint32_t seconds, int error, struct session_actions *actions)
{
    session_act(actions, (struct session_action){
                             .type = ACTION_SHOW_RESTART, .seconds = seconds, .error = error});
}

/* Nobody but the sharer says how long, and nobody says it unasked. */
static void on_restart_said(struct helper_machine *machine, const struct session_event *event,
                            uint64_t now_ms, struct session_actions *actions)
{
    if (!machine->restart_asked) {
        session_end(&machine->core, QA_EPROTO, actions);
        return;
    }
    uint64_t most_s = SESSION_RESTART_MS / 1000;
    uint32_t seconds = event->seconds < most_s ? event->seconds : (uint32_t)most_s;
    machine->restart_asked = false;
    if (seconds)
        machine->core.restart_until = now_ms + seconds * UINT64_C(1000);
    else if (event->wait_s >= QA_WAIT_SESSION)
        machine->restart_final = true;
    else
        machine->restart_wait = now_ms + event->wait_s * UINT64_C(1000);
    show_restart(seconds, seconds ? 0 : event->error, actions);
}

static int on_user_event(struct helper_machine *machine, const struct session_event *event,
                         uint64_t now_ms, struct session_actions *actions)
{
    switch (event->type) {
    case EVENT_REQUEST:
        return on_request(machine, event->permissions, now_ms, actions);
    case EVENT_PAUSE:
        return on_pause(machine, true, actions);
    case EVENT_RESUME:
        return on_pause(machine, false, actions);
    case EVENT_ASK_RESTART:
        return on_ask_restart(machine, now_ms, actions);
    default:
        return QA_EINVAL;
    }
}

/* What the sharer said no to waits as long as it says; a yes makes that void. */
static void note_refusal(struct helper_machine *machine, const struct session_event *event,
                         uint64_t now_ms)
{
    machine->final &= ~event->permissions;
    if (event->seconds >= QA_WAIT_SESSION)
        machine->final |= event->refused;
    for (unsigned i = 0; i < QA_PERMISSIONS_COUNT; i++) {
        if (event->permissions & 1u << i)
            machine->wait_until[i] = 0;
        else if (event->refused & 1u << i)
            machine->wait_until[i] = now_ms + event->seconds * UINT64_C(1000);
    }
}

static void on_permissions(struct helper_machine *machine, const struct session_event *event,
                           uint64_t now_ms, struct session_actions *actions)
{
    if (!machine->core.paired || !(event->permissions & QA_PERMISSION_VIEW)) {
        session_end(&machine->core, QA_EPROTO, actions);
        return;
    }
    if (!machine->viewing) {
        machine->viewing = machine->viewed = true;
        session_act(actions, (struct session_action){.type = ACTION_START_VIEWING});
        /* A pause, or its end, may have been lost in a break. */
        if (machine->own_pause != (bool)(event->causes & QA_PAUSED_BY_HELPER))
            session_act(actions, (struct session_action){.type = ACTION_SEND_PAUSE,
                                                         .yes = machine->own_pause});
    }
    unsigned before = machine->granted;
    machine->granted = event->permissions & ~machine->core.denied;
    machine->requested &= ~(event->permissions | event->refused);
    /* What expired, or was held before a break, is being asked again. */
    if (event->error == QA_EEXPIRED || event->error == QA_ERELAY_LOST)
        machine->requested |= event->refused & ~event->permissions;
    note_refusal(machine, event, now_ms);
    machine->said_causes = event->causes;
    session_act(actions, (struct session_action){.type = ACTION_MARK_EPOCH, .epoch = event->epoch});
    follow_causes(machine, actions);
    if (event->error && event->refused)
        session_act(actions, (struct session_action){.type = ACTION_SHOW_REFUSED,
                                                     .refused = event->refused,
                                                     .error = event->error,
                                                     .seconds = event->seconds});
    if (before != machine->granted || event->error)
        session_act(actions, (struct session_action){.type = ACTION_SHOW_PERMISSIONS,
                                                     .permissions = machine->granted,
                                                     .error = event->error});
}

/* Nothing is seen and nothing can be done while the two are apart. */
static void break_off(struct helper_machine *machine, struct session_actions *actions)
{
    bool had = machine->granted;
    machine->broken_off = true;
    machine->viewing = false;
    machine->granted = machine->requested = 0;
    if (had)
        session_act(actions, (struct session_action){.type = ACTION_SHOW_PERMISSIONS,
                                                     .error = QA_ERELAY_LOST});
    if (machine->restart_asked)
        show_restart(0, QA_ERELAY_LOST, actions);
    machine->restart_asked = false;
}

/* Whoever sits at the sharer's computer now was not asked anything yet. */
static void forget_before_restart(struct helper_machine *machine, struct session_actions *actions)
{
    machine->viewed = machine->restart_final = false;
    machine->final = machine->said_causes = 0;
    machine->restart_wait = machine->core.restart_until = 0;
    memset(machine->wait_until, 0, sizeof machine->wait_until);
    session_act(actions, (struct session_action){.type = ACTION_FORGET_RESTART});
}

static void on_channel_up(struct helper_machine *machine, bool restarted, uint64_t now_ms,
                          struct session_actions *actions)
{
    if (machine->broken_off) {
        if (restarted)
            forget_before_restart(machine, actions);
        machine->broken_off = false;
        reconnect_done(&machine->core, now_ms);
        /* Where the screen was seen before, nobody is asked, and the word is on its way. */
        if (!machine->viewed)
            session_enter(&machine->core, QA_STATE_ASKING, actions);
    } else if (session_paired(&machine->core, now_ms, actions)) {
        session_act(actions, (struct session_action){.type = ACTION_SHOW_PEER});
    }
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
        on_channel_up(machine, event->yes, now_ms, actions);
        break;
    case EVENT_PERMISSIONS:
        on_permissions(machine, event, now_ms, actions);
        break;
    case EVENT_SCREENS_SAID:
        if (machine->viewing)
            session_act(actions, (struct session_action){.type = ACTION_SHOW_SCREENS});
        else
            session_end(core, QA_EPROTO, actions);
        break;
    case EVENT_RESTART_SAID:
        on_restart_said(machine, event, now_ms, actions);
        break;
    case EVENT_TICK:
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
    actions->overflow = false;
    int result;
    if (!session_common(&machine->core, event, now_ms, actions, &result)) {
        if (event->type < EVENT_LINK_OPENED)
            result = on_user_event(machine, event, now_ms, actions);
        else
            on_remote_event(machine, event, now_ms, actions);
    }
    if (reconnect_is_broken(&machine->core) && !machine->broken_off)
        break_off(machine, actions);
    if (machine->core.closing) {
        machine->granted = machine->requested = machine->said_causes = 0;
        machine->own_pause = machine->restart_asked = false;
    }
    return result;
}
