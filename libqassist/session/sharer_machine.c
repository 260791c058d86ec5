#include "session/sharer_machine.h"

#include <string.h>

#include "session/reconnect.h"
#include "wire/control_message.h"

void sharer_machine_init(struct sharer_machine *machine)
{
    memset(machine, 0, sizeof *machine);
    machine->question_ms = SHARER_QUESTION_MS;
    machine->control_ms = SHARER_CONTROL_MS;
    machine->refusal_ms = REFUSALS_WAIT_MS;
}

static bool is_sharing(const struct sharer_machine *machine)
{
    return !machine->core.closing &&
           (machine->core.state == QA_STATE_ACTIVE || machine->core.state == QA_STATE_PAUSED);
}

bool sharer_machine_allows(const struct sharer_machine *machine, unsigned permissions)
{
    return is_sharing(machine) && !machine->causes && !(permissions & ~machine->granted);
}

/* Input that is on its way now must not count when the gate opens again. */
static void next_epoch(struct sharer_machine *machine)
{
    machine->epoch = (machine->epoch + 1) % CONTROL_EPOCHS;
}

/* Rounded up, and never so long that it means the whole session. */
static uint32_t seconds_of(uint64_t ms)
{
    uint64_t seconds = (ms + 999) / 1000;
    return seconds < QA_WAIT_SESSION ? (uint32_t)seconds : QA_WAIT_SESSION - 1;
}

/* Why something that was asked for or held is not there. */
struct refusal {
    unsigned permissions;
    int reason;
    uint32_t wait_s; /* asking again before is in vain */
};

static void tell_helper(const struct sharer_machine *machine, struct refusal refusal,
                        struct session_actions *actions)
{
    session_act(actions, (struct session_action){.type = ACTION_SEND_PERMISSIONS,
                                                 .permissions = machine->granted,
                                                 .causes = machine->causes,
                                                 .epoch = machine->epoch,
                                                 .refused = refusal.permissions,
                                                 .error = refusal.reason,
                                                 .seconds = refusal.wait_s});
}

/* Brings the gate in line with the permissions, and tells the helper. */
static void publish(struct sharer_machine *machine, struct refusal refusal,
                    struct session_actions *actions)
{
    session_act(actions, (struct session_action){
                             .type = ACTION_GATE,
                             .yes = sharer_machine_allows(machine, QA_PERMISSION_CONTROL),
                             .epoch = machine->epoch});
    tell_helper(machine, refusal, actions);
}

/* Nothing that the helper holds changes: only this answer goes out. */
static void publish_refusal(struct sharer_machine *machine, struct refusal refusal,
                            struct session_actions *actions)
{
    if (refusal.permissions && machine->refusals_sent++ < SHARER_REFUSALS_MAX)
        publish(machine, refusal, actions);
}

/* Notes a No to these, said or by silence. */
static struct refusal refuse(struct sharer_machine *machine, unsigned permissions, int reason,
                             uint64_t now_ms)
{
    uint64_t wait_ms;
    refusals_add(&machine->refusals, permissions, reason != QA_ETIMEOUT, machine->refusal_ms,
                 now_ms);
    if (!permissions)
        return (struct refusal){0};
    if (refusals_final(&machine->refusals, permissions) == permissions)
        return (struct refusal){permissions, reason, QA_WAIT_SESSION};
    refusals_waiting(&machine->refusals, permissions, now_ms, &wait_ms);
    return (struct refusal){permissions, reason, seconds_of(wait_ms)};
}

static void grant(struct sharer_machine *machine, unsigned permissions, uint32_t seconds,
                  const char *purpose, uint64_t now_ms)
{
    permissions &= ~machine->core.denied;
    const unsigned control = permissions & QA_PERMISSION_CONTROL;
    machine->granted |= permissions;
    refusals_forget(&machine->refusals, permissions);
    limits_set(&machine->limits, permissions, seconds ? now_ms + seconds * UINT64_C(1000) : 0,
               purpose);
    if (!seconds)
        limits_set(&machine->limits, control, now_ms + machine->control_ms, purpose);
    if (control)
        next_epoch(machine);
}

static void show_permissions(const struct sharer_machine *machine, struct session_actions *actions)
{
    session_act(actions, (struct session_action){.type = ACTION_SHOW_PERMISSIONS,
                                                 .permissions = machine->granted});
}

static void ask_next(struct sharer_machine *machine, uint64_t now_ms,
                     struct session_actions *actions)
{
    const struct question *question =
        questions_next(&machine->questions, now_ms + machine->question_ms);
    if (question)
        session_act(actions,
                    (struct session_action){.type = ACTION_ASK, .question = question->number});
}

static void show_causes(struct sharer_machine *machine, struct session_actions *actions)
{
    machine->shown_causes = machine->causes;
    session_act(actions,
                (struct session_action){.type = ACTION_SHOW_PAUSED, .causes = machine->causes});
}

/*
 * The screen is shared from here on, paused or not. Told before may be a cause that ended with a
 * break.
 */
static void start_sharing(struct sharer_machine *machine, struct refusal refusal,
                          struct session_actions *actions)
{
    session_enter(&machine->core, machine->causes ? QA_STATE_PAUSED : QA_STATE_ACTIVE, actions);
    session_act(actions, (struct session_action){.type = ACTION_START_SHARING});
    if (machine->causes)
        session_act(actions, (struct session_action){.type = ACTION_HOLD, .yes = true});
    if (machine->causes || machine->shown_causes)
        show_causes(machine, actions);
    publish(machine, refusal, actions);
    show_permissions(machine, actions);
}

static void refuse_restart(int reason, uint32_t wait_s, struct session_actions *actions)
{
    session_act(actions, (struct session_action){
                             .type = ACTION_REFUSE_RESTART, .error = reason, .seconds = wait_s});
}

static void settle_restart(struct sharer_machine *machine, bool yes, int reason, uint64_t now_ms,
                           struct session_actions *actions)
{
    if (!yes) {
        struct refusal refusal = refuse(machine, QUESTION_RESTART, reason, now_ms);
        refuse_restart(reason, refusal.wait_s, actions);
        return;
    }
    refusals_forget(&machine->refusals, QUESTION_RESTART);
    machine->core.restart_until = now_ms + SESSION_RESTART_MS;
    session_act(actions, (struct session_action){.type = ACTION_ALLOW_RESTART});
}

/*
 * The open question is settled: these of its permissions are allowed for so long (0: the usual),
 * the others are not, because of `reason`.
 */
static void settle(struct sharer_machine *machine, unsigned allowed, uint32_t seconds, int reason,
                   uint64_t now_ms, struct session_actions *actions)
{
    const struct question question = *questions_open(&machine->questions);
    unsigned refused = question.permissions & ~allowed;
    questions_close(&machine->questions);
    if (question.permissions & QUESTION_RESTART) {
        settle_restart(machine, allowed, reason, now_ms, actions);
        ask_next(machine, now_ms, actions);
        return;
    }
    if (refused & QA_PERMISSION_VIEW) {
        session_refuse(&machine->core, reason, actions);
        return;
    }
    grant(machine, allowed, seconds, question.purpose, now_ms);
    if (question.permissions & QA_PERMISSION_VIEW) {
        start_sharing(machine, (struct refusal){0}, actions);
    } else {
        publish(machine, refuse(machine, refused, reason, now_ms), actions);
        if (allowed)
            show_permissions(machine, actions);
    }
    ask_next(machine, now_ms, actions);
}

static int on_answer(struct sharer_machine *machine, const struct session_event *event,
                     uint64_t now_ms, struct session_actions *actions)
{
    const struct question *question = questions_open(&machine->questions);
    if (machine->core.closing || !question || question->number != event->question)
        return QA_ESTATE;
    if (event->permissions & ~question->permissions)
        return QA_EINVAL;
    settle(machine, event->permissions, event->seconds, QA_EDENIED, now_ms, actions);
    return 0;
}

/* The sharer called the helper: the question itself comes now, with all of its time. */
static int on_called(struct sharer_machine *machine, const struct session_event *event,
                     uint64_t now_ms, struct session_actions *actions)
{
    if (machine->core.closing ||
        !questions_restart(&machine->questions, event->question, now_ms + machine->question_ms))
        return QA_ESTATE;
    session_act(actions, (struct session_action){.type = ACTION_ASK, .question = event->question});
    return 0;
}

/* What is granted for a time ends with it, and the sharer is asked again. */
static void end_limits(struct sharer_machine *machine, uint64_t now_ms,
                       struct session_actions *actions)
{
    unsigned over = limits_over(&machine->limits, machine->granted, now_ms);
    if (!over)
        return;
    if (over & QA_PERMISSION_VIEW) {
        session_refuse(&machine->core, QA_EEXPIRED, actions);
        return;
    }
    machine->granted &= ~over;
    if (over & QA_PERMISSION_CONTROL)
        next_epoch(machine);
    publish(machine, (struct refusal){.permissions = over, .reason = QA_EEXPIRED}, actions);
    show_permissions(machine, actions);
    questions_add(&machine->questions, over, limits_purpose(&machine->limits, over), true);
    ask_next(machine, now_ms, actions);
}

static void on_tick(struct sharer_machine *machine, uint64_t now_ms,
                    struct session_actions *actions)
{
    machine->pauses_seen = machine->choices_seen = machine->refusals_sent = 0;
    const struct question *question = questions_open(&machine->questions);
    if (question && now_ms >= question->deadline) {
        /* No answer in time means no. */
        session_act(actions, (struct session_action){.type = ACTION_WITHDRAW});
        settle(machine, 0, 0, QA_ETIMEOUT, now_ms, actions);
    }
    if (is_sharing(machine))
        end_limits(machine, now_ms, actions);
}

/* What is taken back while it is being asked for is answered by that. */
static int on_revoke(struct sharer_machine *machine, unsigned permissions, uint64_t now_ms,
                     struct session_actions *actions)
{
    if (!is_sharing(machine))
        return QA_ESTATE;
    if (!permissions || (permissions & ~QA_PERMISSIONS_ALL))
        return QA_EINVAL;
    if (permissions & QA_PERMISSION_VIEW) {
        session_refuse(&machine->core, QA_ENOTALLOWED, actions);
        return 0;
    }
    unsigned before = machine->granted;
    unsigned refused = (before | questions_permissions(&machine->questions)) & permissions;
    if (questions_drop(&machine->questions, permissions)) {
        refused |= questions_open(&machine->questions)->permissions;
        questions_close(&machine->questions);
        session_act(actions, (struct session_action){.type = ACTION_WITHDRAW});
    }
    machine->granted &= ~permissions;
    if (permissions & QA_PERMISSION_CONTROL)
        next_epoch(machine);
    publish(machine, refuse(machine, refused, QA_ENOTALLOWED, now_ms), actions);
    if (machine->granted != before)
        show_permissions(machine, actions);
    ask_next(machine, now_ms, actions);
    return 0;
}

/* ---- pauses ---- */

static void set_causes(struct sharer_machine *machine, unsigned causes,
                       struct session_actions *actions)
{
    bool was_paused = machine->causes;
    if (machine->causes == causes)
        return;
    machine->causes = causes;
    if (!is_sharing(machine))
        return; /* counts from the start of the sharing on */
    next_epoch(machine);
    session_enter(&machine->core, causes ? QA_STATE_PAUSED : QA_STATE_ACTIVE, actions);
    if (was_paused != (bool)causes)
        session_act(actions, (struct session_action){.type = ACTION_HOLD, .yes = causes});
    publish(machine, (struct refusal){0}, actions);
    show_causes(machine, actions);
}

static void set_cause(struct sharer_machine *machine, unsigned cause, bool on,
                      struct session_actions *actions)
{
    set_causes(machine, on ? machine->causes | cause : machine->causes & ~cause, actions);
}

static int on_pause(struct sharer_machine *machine, bool pause, struct session_actions *actions)
{
    if (!is_sharing(machine) || pause == (bool)(machine->causes & QA_PAUSED_BY_SHARER))
        return QA_ESTATE;
    set_cause(machine, QA_PAUSED_BY_SHARER, pause, actions);
    return 0;
}

static int on_prompt(struct sharer_machine *machine, const struct session_event *event)
{
    if (machine->core.closing || machine->core.state == QA_STATE_ENDED)
        return QA_ESTATE;
    if (event->type == EVENT_PROMPT)
        machine->prompt_up = event->yes;
    else
        machine->prompts_allowed = event->yes;
    return 0;
}

/*
 * Prompts of the system, and our own questions to the sharer: with control, the helper could press
 * their buttons.
 */
static void follow_prompts(struct sharer_machine *machine, struct session_actions *actions)
{
    bool asking = questions_open(&machine->questions) && (machine->granted & QA_PERMISSION_CONTROL);
    bool prompted = machine->prompt_up && !machine->prompts_allowed;
    set_cause(machine, QA_PAUSED_BY_PROMPT, prompted || asking, actions);
}

/* ---- screens ---- */

/*
 * A click that is on its way was aimed at what was shown before. Where the helper itself chose it
 * is still done there; of what is gone nothing is left to click at.
 */
static void on_screens(struct sharer_machine *machine, enum session_shown shown,
                       struct session_actions *actions)
{
    if (!is_sharing(machine))
        return;
    session_act(actions, (struct session_action){.type = ACTION_SEND_SCREENS});
    if (shown == SHOWN_CHOSEN) {
        next_epoch(machine);
        session_act(actions,
                    (struct session_action){.type = ACTION_FOLLOW, .epoch = machine->epoch});
        tell_helper(machine, (struct refusal){0}, actions);
    } else if (shown == SHOWN_OTHER) {
        next_epoch(machine);
        publish(machine, (struct refusal){0}, actions);
    }
    session_act(actions, (struct session_action){.type = ACTION_SHOW_SCREENS});
}

/* As with pauses: each is told to everybody, and begins with a whole picture. */
static void on_chose(struct sharer_machine *machine, uint32_t screen,
                     struct session_actions *actions)
{
    if (machine->choices_seen++ >= SHARER_CHOICES_MAX)
        session_end(&machine->core, QA_EPROTO, actions);
    else if (is_sharing(machine))
        session_act(actions, (struct session_action){.type = ACTION_CHOOSE, .screen = screen});
}

/* ---- breaks ---- */

/* Nothing is shared while the two are apart. */
static void break_off(struct sharer_machine *machine, struct session_actions *actions)
{
    machine->broken_off = true;
    machine->kept = machine->granted;
    machine->granted = 0;
    machine->questions.count = 0;
    if (machine->kept)
        show_permissions(machine, actions);
}

/* Viewing goes on as it was, paused or not; everything else is asked for again. */
static void come_back(struct sharer_machine *machine, uint64_t now_ms,
                      struct session_actions *actions)
{
    const unsigned again = machine->kept & ~QA_PERMISSION_VIEW & ~machine->core.denied;
    const bool resumed = machine->core.resume_ms;
    machine->broken_off = false;
    reconnect_done(&machine->core, now_ms);
    next_epoch(machine);
    if (machine->stranger) {
        session_end(&machine->core, QA_EPOLICY, actions);
        return;
    }
    if (limits_over(&machine->limits, machine->kept & QA_PERMISSION_VIEW, now_ms)) {
        session_refuse(&machine->core, QA_EEXPIRED, actions);
        return;
    }
    if (machine->kept & QA_PERMISSION_VIEW) {
        machine->granted = QA_PERMISSION_VIEW;
        start_sharing(machine,
                      (struct refusal){.permissions = again, .reason = again ? QA_ERELAY_LOST : 0},
                      actions);
    } else {
        session_enter(&machine->core, QA_STATE_ASKING, actions);
        questions_add(&machine->questions, QA_PERMISSION_VIEW, NULL, false);
    }
    if (resumed)
        session_act(actions, (struct session_action){.type = ACTION_SHOW_HELPER});
    if (again)
        questions_add(&machine->questions, again, limits_purpose(&machine->limits, again), true);
    ask_next(machine, now_ms, actions);
}

/* ---- events ---- */

/*
 * The helper asks: what it has or what is being asked already is not asked again, and what was
 * refused not before its time.
 */
static void on_asked(struct sharer_machine *machine, const struct session_event *event,
                     uint64_t now_ms, struct session_actions *actions)
{
    if (!is_sharing(machine))
        return;
    uint64_t wait_ms;
    unsigned known = machine->granted | questions_permissions(&machine->questions);
    unsigned denied = event->permissions & machine->core.denied;
    unsigned wanted = event->permissions & QA_PERMISSIONS_ALL & ~known & ~denied;
    unsigned final = refusals_final(&machine->refusals, wanted);
    unsigned waiting = refusals_waiting(&machine->refusals, wanted & ~final, now_ms, &wait_ms);
    publish_refusal(machine, (struct refusal){denied, QA_EPOLICY, QA_WAIT_SESSION}, actions);
    publish_refusal(machine, (struct refusal){final, QA_ELIMIT, QA_WAIT_SESSION}, actions);
    publish_refusal(machine, (struct refusal){waiting, QA_ERATE, seconds_of(wait_ms)}, actions);
    questions_add(&machine->questions, wanted & ~final & ~waiting, event->text, false);
    ask_next(machine, now_ms, actions);
}

/* One question at a time, and none where there is no way back. */
static void on_restart_asked(struct sharer_machine *machine, uint64_t now_ms,
                             struct session_actions *actions)
{
    uint64_t wait_ms;
    if (!is_sharing(machine) || machine->core.restart_until ||
        questions_permissions(&machine->questions) & QUESTION_RESTART)
        return;
    if (!machine->core.reconnect_ms) {
        refuse_restart(QA_ENOTALLOWED, QA_WAIT_SESSION, actions);
    } else if (refusals_final(&machine->refusals, QUESTION_RESTART)) {
        refuse_restart(QA_ELIMIT, QA_WAIT_SESSION, actions);
    } else if (refusals_waiting(&machine->refusals, QUESTION_RESTART, now_ms, &wait_ms)) {
        refuse_restart(QA_ERATE, seconds_of(wait_ms), actions);
    } else {
        questions_add(&machine->questions, QUESTION_RESTART, NULL, false);
        ask_next(machine, now_ms, actions);
    }
}

/* Each pause is told to everybody: a helper that does nothing else is none. */
static void on_helper_paused(struct sharer_machine *machine, bool paused,
                             struct session_actions *actions)
{
    if (machine->pauses_seen++ < SHARER_PAUSES_MAX)
        set_cause(machine, QA_PAUSED_BY_HELPER, paused, actions);
    else
        session_end(&machine->core, QA_EPROTO, actions);
}

static int on_user_event(struct sharer_machine *machine, const struct session_event *event,
                         uint64_t now_ms, struct session_actions *actions)
{
    switch (event->type) {
    case EVENT_CALLED:
        return on_called(machine, event, now_ms, actions);
    case EVENT_ANSWER:
        return on_answer(machine, event, now_ms, actions);
    case EVENT_REVOKE:
        return on_revoke(machine, event->permissions, now_ms, actions);
    case EVENT_PAUSE:
        return on_pause(machine, true, actions);
    case EVENT_RESUME:
        return on_pause(machine, false, actions);
    case EVENT_PROMPT:
    case EVENT_ALLOW_PROMPTS:
        return on_prompt(machine, event);
    case EVENT_LEAVE:
        return session_leave(&machine->core, actions);
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
        if (machine->broken_off) {
            come_back(machine, now_ms, actions);
            break;
        }
        if (!session_paired(core, now_ms, actions))
            break;
        if (machine->stranger) {
            session_end(core, QA_EPOLICY, actions);
            break;
        }
        session_act(actions, (struct session_action){.type = ACTION_SHOW_HELPER});
        questions_add(&machine->questions, QA_PERMISSION_VIEW, NULL, false);
        ask_next(machine, now_ms, actions);
        break;
    case EVENT_ASKED:
        on_asked(machine, event, now_ms, actions);
        break;
    case EVENT_RESTART_ASKED:
        if (machine->refusals_sent++ < SHARER_REFUSALS_MAX)
            on_restart_asked(machine, now_ms, actions);
        break;
    case EVENT_RESTART_FAILED:
        core->restart_until = 0;
        refuse_restart(event->error, 0, actions);
        break;
    case EVENT_HELPER_PAUSED:
        on_helper_paused(machine, event->yes, actions);
        break;
    case EVENT_CHOSE:
        on_chose(machine, event->screen, actions);
        break;
    case EVENT_SCREENS:
        on_screens(machine, event->shown, actions);
        break;
    case EVENT_TICK:
        on_tick(machine, now_ms, actions);
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
        machine->granted = machine->kept = machine->causes = 0;
        machine->questions.count = 0;
    } else {
        follow_prompts(machine, actions);
    }
    return result;
}
