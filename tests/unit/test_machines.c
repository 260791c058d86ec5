/*
 * The session machines: the promises about consent, revoke, pause and the end, checked on every
 * path through random events and on the paths that matter one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/helper_machine.h"
#include "session/sharer_machine.h"

static const struct session_action *find(const struct session_actions *actions,
                                         enum session_action_type type)
{
    for (size_t i = 0; i < actions->count; i++)
        if (actions->list[i].type == type)
            return &actions->list[i];
    return NULL;
}

static struct session_actions share(struct sharer_machine *machine, struct session_event event)
{
    struct session_actions actions;
    assert_int_equal(sharer_machine_step(machine, &event, 1000, &actions), 0);
    return actions;
}

static struct session_actions help(struct helper_machine *machine, struct session_event event)
{
    struct session_actions actions;
    assert_int_equal(helper_machine_step(machine, &event, 1000, &actions), 0);
    return actions;
}

#define SHARE(machine, ...) share(machine, (struct session_event){__VA_ARGS__})
#define HELP(machine, ...)  help(machine, (struct session_event){__VA_ARGS__})

/* The answer to the open question. */
static struct session_actions answer(struct sharer_machine *machine, unsigned permissions)
{
    const struct question *question = questions_open(&machine->questions);
    assert_non_null(question);
    return SHARE(machine, .type = EVENT_ANSWER, .question = question->number,
                 .permissions = permissions);
}

static struct session_actions sharer_asking(struct sharer_machine *machine)
{
    sharer_machine_init(machine);
    SHARE(machine, .type = EVENT_START);
    SHARE(machine, .type = EVENT_LINK_OPENED);
    SHARE(machine, .type = EVENT_JOINED);
    return SHARE(machine, .type = EVENT_CHANNEL_UP);
}

static void sharer_viewing(struct sharer_machine *machine)
{
    sharer_asking(machine);
    answer(machine, QA_PERMISSION_VIEW);
}

static void sharer_controlled(struct sharer_machine *machine)
{
    sharer_viewing(machine);
    SHARE(machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    answer(machine, QA_PERMISSION_CONTROL);
}

static void test_view_is_shared_only_after_yes(void **state)
{
    struct sharer_machine machine;
    struct session_actions actions = sharer_asking(&machine);
    assert_non_null(find(&actions, ACTION_SHOW_HELPER));
    assert_non_null(find(&actions, ACTION_ASK));
    assert_int_equal(questions_open(&machine.questions)->permissions, QA_PERMISSION_VIEW);
    assert_null(find(&actions, ACTION_START_SHARING));

    actions = answer(&machine, QA_PERMISSION_VIEW);
    assert_non_null(find(&actions, ACTION_START_SHARING));
    assert_false(find(&actions, ACTION_GATE)->yes);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->permissions, QA_PERMISSION_VIEW);
}

static void test_no_to_viewing_ends_in_order_and_says_why(void **state)
{
    struct sharer_machine machine;
    sharer_asking(&machine);
    struct session_actions actions = answer(&machine, 0);
    assert_null(find(&actions, ACTION_START_SHARING));
    assert_int_equal(find(&actions, ACTION_SEND_BYE)->error, QA_EDENIED);
    actions = SHARE(&machine, .type = EVENT_LINK_CLOSED);
    assert_int_equal(find(&actions, ACTION_FINISH)->error, 0);
}

static void test_control_needs_its_own_yes(void **state)
{
    struct sharer_machine machine;
    sharer_viewing(&machine);
    struct session_actions actions =
        SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    assert_non_null(find(&actions, ACTION_ASK));
    assert_int_equal(questions_open(&machine.questions)->permissions, QA_PERMISSION_CONTROL);
    assert_null(find(&actions, ACTION_GATE));
    /* Asking again while the question is open asks nothing. */
    actions = SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    assert_int_equal(actions.count, 0);

    actions = answer(&machine, 0);
    assert_false(find(&actions, ACTION_GATE)->yes);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->error, QA_EDENIED);
    assert_int_equal(machine.core.state, QA_STATE_ACTIVE);
    assert_int_equal(machine.granted, QA_PERMISSION_VIEW);

    SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    actions = answer(&machine, QA_PERMISSION_CONTROL);
    assert_true(find(&actions, ACTION_GATE)->yes);
}

static void test_asking_before_viewing_is_no_question(void **state)
{
    struct sharer_machine machine;
    sharer_asking(&machine);
    struct session_actions actions =
        SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    assert_int_equal(actions.count, 0);
    struct session_event answers = {.type = EVENT_ANSWER,
                                    .question = questions_open(&machine.questions)->number,
                                    .permissions = QA_PERMISSION_CONTROL};
    assert_int_equal(sharer_machine_step(&machine, &answers, 0, &actions), QA_EINVAL);
    answers.permissions |= QA_PERMISSION_VIEW;
    assert_int_equal(sharer_machine_step(&machine, &answers, 0, &actions), QA_EINVAL);
}

static void test_revoke_and_pause_start_a_new_epoch(void **state)
{
    struct sharer_machine machine;
    sharer_controlled(&machine);
    unsigned epoch = machine.epoch;
    struct session_actions actions =
        SHARE(&machine, .type = EVENT_REVOKE, .permissions = QA_PERMISSION_CONTROL);
    assert_false(find(&actions, ACTION_GATE)->yes);
    assert_int_not_equal(machine.epoch, epoch);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->permissions, QA_PERMISSION_VIEW);

    sharer_controlled(&machine);
    epoch = machine.epoch;
    actions = SHARE(&machine, .type = EVENT_PAUSE);
    assert_true(find(&actions, ACTION_HOLD)->yes);
    assert_false(find(&actions, ACTION_GATE)->yes);
    actions = SHARE(&machine, .type = EVENT_RESUME);
    assert_false(find(&actions, ACTION_HOLD)->yes);
    assert_true(find(&actions, ACTION_GATE)->yes);
    assert_int_not_equal(find(&actions, ACTION_GATE)->epoch, epoch);
    assert_int_equal(machine.granted, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL);
}

static void test_a_yes_while_paused_opens_nothing(void **state)
{
    struct sharer_machine machine;
    sharer_viewing(&machine);
    SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    SHARE(&machine, .type = EVENT_PAUSE);
    struct session_actions actions = answer(&machine, QA_PERMISSION_CONTROL);
    assert_false(find(&actions, ACTION_GATE)->yes);
    actions = SHARE(&machine, .type = EVENT_RESUME);
    assert_true(find(&actions, ACTION_GATE)->yes);
}

static void test_silence_ends(void **state)
{
    struct sharer_machine machine;
    sharer_viewing(&machine);
    struct session_actions actions;
    const struct session_event tick = {.type = EVENT_TICK};
    sharer_machine_step(&machine, &tick, 1000 + SESSION_PING_MS, &actions);
    assert_non_null(find(&actions, ACTION_SEND_PING));
    sharer_machine_step(&machine, &tick, 1001 + SESSION_PING_MS, &actions);
    assert_int_equal(actions.count, 0);
    sharer_machine_step(&machine, &tick, 1000 + SESSION_SILENT_MS, &actions);
    assert_non_null(find(&actions, ACTION_STOP_PARTS));
    assert_int_equal(machine.core.end_error, QA_EPEER_LOST);
}

static void test_a_relay_that_never_answers_is_given_up(void **state)
{
    const struct session_event tick = {.type = EVENT_TICK};
    struct session_actions actions;
    struct sharer_machine sharer;
    sharer_machine_init(&sharer);
    SHARE(&sharer, .type = EVENT_START);
    SHARE(&sharer, .type = EVENT_LINK_OPENED);
    sharer_machine_step(&sharer, &tick, 999 + SESSION_ANSWER_MS, &actions);
    assert_int_equal(actions.count, 0);
    sharer_machine_step(&sharer, &tick, 1000 + SESSION_ANSWER_MS, &actions);
    assert_non_null(find(&actions, ACTION_CLOSE));
    assert_int_equal(sharer.core.end_error, QA_ETIMEOUT);

    struct helper_machine helper;
    helper_machine_init(&helper);
    HELP(&helper, .type = EVENT_START);
    HELP(&helper, .type = EVENT_LINK_OPENED);
    helper_machine_step(&helper, &tick, 1000 + SESSION_ANSWER_MS, &actions);
    assert_non_null(find(&actions, ACTION_CLOSE));
    assert_int_equal(helper.core.end_error, QA_ETIMEOUT);

    /* With an answer, the code may wait for its sharer as long as the relay lets it. */
    helper_machine_init(&helper);
    HELP(&helper, .type = EVENT_START);
    HELP(&helper, .type = EVENT_LINK_OPENED);
    HELP(&helper, .type = EVENT_CREATED);
    helper_machine_step(&helper, &tick, 1000 + 2 * SESSION_ANSWER_MS, &actions);
    assert_int_equal(actions.count, 0);
}

static void helper_pairing(struct helper_machine *machine)
{
    helper_machine_init(machine);
    HELP(machine, .type = EVENT_START);
    HELP(machine, .type = EVENT_LINK_OPENED);
    HELP(machine, .type = EVENT_CREATED);
    HELP(machine, .type = EVENT_PEER);
}

static void test_whatever_breaks_the_pairing_burns_the_code(void **state)
{
    const struct session_event breaks[] = {
        {.type = EVENT_PEER_GONE},
        {.type = EVENT_TUNNEL_FAILED, .error = QA_ECODE_WRONG},
        {.type = EVENT_TUNNEL_FAILED, .error = QA_EPROTO},
        {.type = EVENT_TUNNEL_FAILED, .error = QA_ETAMPERED},
    };
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        struct helper_machine machine;
        helper_pairing(&machine);
        help(&machine, breaks[i]);
        struct session_actions actions = HELP(&machine, .type = EVENT_LINK_CLOSED);
        assert_int_equal(find(&actions, ACTION_FINISH)->error, QA_ECODE_WRONG);
    }
    struct helper_machine machine;
    helper_pairing(&machine);
    struct session_actions actions;
    const struct session_event tick = {.type = EVENT_TICK};
    helper_machine_step(&machine, &tick, 1000 + SESSION_PAIRING_MS, &actions);
    assert_int_equal(machine.core.end_error, QA_ECODE_WRONG);
}

static void test_the_helper_asks_once_and_follows_the_sharer(void **state)
{
    struct helper_machine machine;
    helper_pairing(&machine);
    struct session_event request = {.type = EVENT_REQUEST, .permissions = QA_PERMISSION_CONTROL};
    struct session_actions actions;
    assert_int_equal(helper_machine_step(&machine, &request, 0, &actions), QA_ESTATE);
    HELP(&machine, .type = EVENT_CHANNEL_UP);
    assert_int_equal(helper_machine_step(&machine, &request, 0, &actions), QA_ESTATE);

    actions = HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
    assert_non_null(find(&actions, ACTION_START_VIEWING));
    actions = help(&machine, request);
    assert_non_null(find(&actions, ACTION_SEND_REQUEST));
    assert_int_equal(helper_machine_step(&machine, &request, 0, &actions), QA_ESTATE);

    actions = HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW,
                   .refused = QA_PERMISSION_CONTROL, .error = QA_EDENIED);
    assert_null(find(&actions, ACTION_START_VIEWING));
    assert_int_equal(find(&actions, ACTION_SHOW_PERMISSIONS)->error, QA_EDENIED);
    help(&machine, request);
    actions = HELP(&machine, .type = EVENT_PERMISSIONS, .epoch = 1,
                   .permissions = QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL);
    assert_int_equal(find(&actions, ACTION_MARK_EPOCH)->epoch, 1);
    assert_int_equal(machine.granted, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL);
}

static void test_permissions_before_the_channel_are_refused(void **state)
{
    struct helper_machine machine;
    helper_pairing(&machine);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
    assert_true(machine.core.closing);
    assert_false(machine.viewing);
}

/*
 * Random events, ten thousand lives: whatever comes, pictures start only after a yes to viewing,
 * nothing is granted that was not asked and answered with yes, the gate is open only with control
 * granted and nothing that pauses, and after the end there is exactly one FINISH.
 */
struct life {
    struct sharer_machine machine;
    uint64_t now;
    unsigned allowed; /* by answers, less what was taken back */
    unsigned causes;  /* as the last SEND_PERMISSIONS had them */
    bool sharing, hold, gate;
    int finished;
    size_t most; /* actions of a step */
};

static struct session_event random_event(const struct life *life, int step)
{
    const struct question *question = questions_open(&life->machine.questions);
    struct session_event event = {.type = 1 + (unsigned)rand() % EVENT_TICK,
                                  .error = rand() % 3 ? 0 : -(1 + rand() % 29),
                                  .permissions = (unsigned)rand() % 64,
                                  .question = question ? question->number : 0,
                                  .seconds = rand() % 3 ? 0 : (unsigned)rand() % 100,
                                  .text = rand() % 2 ? NULL : "to look at it",
                                  .yes = rand() % 2};
    /* The ends of a life are rarer than its middle. */
    if ((event.type == EVENT_END || event.type >= EVENT_RELAY_ERROR) && rand() % 8) {
        const enum session_event_type middle[] = {EVENT_ASKED, EVENT_ANSWER, EVENT_HELPER_PAUSED,
                                                  EVENT_TICK,  EVENT_PAUSE,  EVENT_RESUME};
        event.type = middle[rand() % 6];
    }
    if (event.type == EVENT_REVOKE && rand() % 4)
        event.permissions &= ~(unsigned)QA_PERMISSION_VIEW;
    if (event.type == EVENT_ANSWER && question && rand() % 4)
        event.permissions &= question->permissions;
    if (event.type == EVENT_ANSWER && rand() % 8 == 0)
        event.question++;
    const enum session_event_type path[] = {EVENT_START, EVENT_LINK_OPENED, EVENT_JOINED,
                                            EVENT_CHANNEL_UP, EVENT_ANSWER};
    if (step < 5 && rand() % 20) {
        event.type = path[step];
        event.permissions = QA_PERMISSION_VIEW;
    }
    return event;
}

static void check_action(struct life *life, const struct session_action *action)
{
    const unsigned control = QA_PERMISSION_CONTROL;
    switch (action->type) {
    case ACTION_START_SHARING:
        assert_true(life->allowed & QA_PERMISSION_VIEW);
        assert_false(life->sharing);
        life->sharing = true;
        break;
    case ACTION_HOLD:
        life->hold = action->yes;
        break;
    case ACTION_GATE:
        life->gate = action->yes;
        assert_true(!life->gate || (life->allowed & control));
        break;
    case ACTION_SEND_PERMISSIONS:
        assert_true(life->sharing);
        assert_false(action->permissions & ~life->allowed);
        assert_false(action->permissions & action->refused);
        life->causes = action->causes;
        break;
    case ACTION_FINISH:
        life->finished++;
        break;
    default:
        break;
    }
}

static void live_a_step(struct life *life, int step)
{
    struct session_event event = random_event(life, step);
    const struct question *question = questions_open(&life->machine.questions);
    unsigned asked = question ? question->permissions : 0, number = question ? question->number : 0;
    life->now += (unsigned)rand() % 900;
    struct session_actions actions;
    int result = sharer_machine_step(&life->machine, &event, life->now, &actions);
    assert_false(actions.overflow);
    if (result)
        assert_int_equal(actions.count, 0);
    if (!result && event.type == EVENT_ANSWER) {
        assert_int_equal(event.question, number);
        assert_false(event.permissions & ~asked);
        life->allowed |= event.permissions;
    }
    if (!result && event.type == EVENT_REVOKE)
        life->allowed &= ~event.permissions;
    for (size_t i = 0; i < actions.count; i++)
        check_action(life, &actions.list[i]);
    if (actions.count > life->most)
        life->most = actions.count;

    const struct sharer_machine *machine = &life->machine;
    if (machine->core.closing) {
        assert_int_equal(machine->granted, 0);
        assert_false(life->gate);
        assert_null(questions_open(&machine->questions));
    } else if (life->sharing) {
        assert_false(machine->granted & ~life->allowed);
        assert_int_equal(life->causes, machine->causes);
        assert_int_equal(life->hold, machine->causes != 0);
        assert_int_equal(life->gate,
                         (machine->granted & QA_PERMISSION_CONTROL) && !machine->causes);
        assert_int_equal(machine->core.state, machine->causes ? QA_STATE_PAUSED : QA_STATE_ACTIVE);
        assert_false(machine->granted & questions_permissions(&machine->questions));
    } else {
        assert_int_equal(machine->granted, 0);
    }
}

static void test_random_lives_keep_the_promises(void **state)
{
    srand(2);
    size_t most = 0;
    for (int number = 0; number < 10000; number++) {
        struct life life = {0};
        sharer_machine_init(&life.machine);
        for (int step = 0; step < 80; step++)
            live_a_step(&life, step);
        SHARE(&life.machine, .type = EVENT_END);
        struct session_actions actions = SHARE(&life.machine, .type = EVENT_LINK_CLOSED);
        life.finished += find(&actions, ACTION_FINISH) != NULL;
        assert_int_equal(life.finished, 1);
        if (life.most > most)
            most = life.most;
    }
    assert_true(most <= SESSION_ACTIONS_MAX / 2);
}

static void test_the_list_of_actions_is_bounded(void **state)
{
    struct session_actions actions = {0};
    for (int i = 0; i < 2 * SESSION_ACTIONS_MAX; i++)
        session_act(&actions, (struct session_action){.type = ACTION_SEND_PING});
    assert_int_equal(actions.count, SESSION_ACTIONS_MAX);
    assert_true(actions.overflow);
}

/* What a helper is told comes in any order and number; whatever it is, one FINISH ends it. */
static void test_random_lives_of_a_helper(void **state)
{
    srand(3);
    for (int number = 0; number < 3000; number++) {
        struct helper_machine machine;
        helper_machine_init(&machine);
        const enum session_event_type path[] = {EVENT_START, EVENT_LINK_OPENED, EVENT_CREATED,
                                                EVENT_PEER,  EVENT_CHANNEL_UP,  EVENT_PERMISSIONS};
        int finished = 0;
        for (int step = 0; step < 60; step++) {
            struct session_event event = {.type = 1 + (unsigned)rand() % EVENT_TICK,
                                          .permissions = (unsigned)rand() % 64,
                                          .refused = (unsigned)rand() % 64,
                                          .causes = rand() % 2 ? 0 : (unsigned)rand() % 8};
            if (event.type >= EVENT_RELAY_ERROR && rand() % 8)
                event.type = rand() % 2 ? EVENT_PERMISSIONS : EVENT_PAUSE + (unsigned)rand() % 3;
            if (step < 6 && rand() % 20)
                event.type = path[step];
            if (event.type == EVENT_PERMISSIONS && rand() % 16)
                event.permissions |= QA_PERMISSION_VIEW;
            struct session_actions actions;
            int result =
                helper_machine_step(&machine, &event, 1000 + 100 * (uint64_t)step, &actions);
            assert_false(actions.overflow);
            assert_true(!result || !actions.count);
            finished += find(&actions, ACTION_FINISH) != NULL;
            if (machine.viewing && !machine.core.closing) {
                unsigned causes = helper_machine_causes(&machine);
                assert_int_equal(machine.core.state, causes ? QA_STATE_PAUSED : QA_STATE_ACTIVE);
                assert_false(machine.requested & machine.granted);
            }
        }
        HELP(&machine, .type = EVENT_END);
        struct session_actions actions = HELP(&machine, .type = EVENT_LINK_CLOSED);
        finished += find(&actions, ACTION_FINISH) != NULL;
        assert_int_equal(finished, 1);
    }
}

static void test_a_subset_is_granted_and_one_taken_back(void **state)
{
    const unsigned view = QA_PERMISSION_VIEW, control = QA_PERMISSION_CONTROL,
                   point = QA_PERMISSION_POINT, clipboard = QA_PERMISSION_CLIPBOARD_TO_HELPER;
    struct sharer_machine machine;
    sharer_viewing(&machine);
    struct session_actions actions = SHARE(&machine, .type = EVENT_ASKED, .text = "fix the printer",
                                           .permissions = view | control | point | clipboard);
    const struct question *question = questions_open(&machine.questions);
    assert_int_equal(question->permissions, control | point | clipboard);
    assert_string_equal(question->purpose, "fix the printer");

    actions = answer(&machine, control | point);
    assert_int_equal(machine.granted, view | control | point);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->refused, clipboard);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->error, QA_EDENIED);
    assert_true(find(&actions, ACTION_GATE)->yes);
    unsigned epoch = machine.epoch;

    /* Keys that are on their way now still count. */
    actions = SHARE(&machine, .type = EVENT_REVOKE, .permissions = point);
    assert_true(find(&actions, ACTION_GATE)->yes);
    assert_int_equal(machine.epoch, epoch);
    assert_int_equal(machine.granted, view | control);
    assert_false(sharer_machine_allows(&machine, point));
    assert_true(sharer_machine_allows(&machine, control));

    actions = SHARE(&machine, .type = EVENT_REVOKE, .permissions = view | control);
    assert_int_equal(find(&actions, ACTION_SEND_BYE)->error, QA_ENOTALLOWED);
    assert_int_equal(machine.granted, 0);
}

static void test_questions_come_one_at_a_time(void **state)
{
    struct sharer_machine machine;
    sharer_viewing(&machine);
    struct session_actions actions;
    actions = SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    assert_non_null(find(&actions, ACTION_ASK));
    unsigned first = questions_open(&machine.questions)->number;
    actions = SHARE(&machine, .type = EVENT_ASKED, .text = "to point",
                    .permissions = QA_PERMISSION_CONTROL | QA_PERMISSION_POINT);
    assert_null(find(&actions, ACTION_ASK));
    actions = SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_ANNOTATE);

    actions = answer(&machine, QA_PERMISSION_CONTROL);
    const struct question *question = questions_open(&machine.questions);
    assert_int_equal(find(&actions, ACTION_ASK)->question, question->number);
    assert_int_not_equal(question->number, first);
    assert_int_equal(question->permissions, QA_PERMISSION_POINT);
    assert_string_equal(question->purpose, "to point");

    /* An answer to the one before is none to this one. */
    struct session_event late = {
        .type = EVENT_ANSWER, .question = first, .permissions = QA_PERMISSION_POINT};
    assert_int_equal(sharer_machine_step(&machine, &late, 0, &actions), QA_ESTATE);

    actions = SHARE(&machine, .type = EVENT_REVOKE,
                    .permissions = QA_PERMISSION_POINT | QA_PERMISSION_ANNOTATE);
    assert_non_null(find(&actions, ACTION_WITHDRAW));
    assert_null(find(&actions, ACTION_ASK));
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->refused,
                     QA_PERMISSION_POINT | QA_PERMISSION_ANNOTATE);
    assert_true(find(&actions, ACTION_GATE)->yes);
}

static void test_no_answer_means_no(void **state)
{
    const struct session_event tick = {.type = EVENT_TICK}, heard = {.type = EVENT_HEARD};
    struct session_actions actions;
    struct sharer_machine machine;
    sharer_viewing(&machine);
    machine.question_ms = 7000;
    SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_POINT);
    sharer_machine_step(&machine, &heard, 7999, &actions);
    sharer_machine_step(&machine, &tick, 7999, &actions);
    assert_int_equal(actions.count, 0);
    sharer_machine_step(&machine, &tick, 8000, &actions);
    assert_non_null(find(&actions, ACTION_WITHDRAW));
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->error, QA_ETIMEOUT);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->refused, QA_PERMISSION_CONTROL);
    assert_int_equal(machine.granted, QA_PERMISSION_VIEW);
    /* The next one has its own time. */
    assert_non_null(find(&actions, ACTION_ASK));
    assert_int_equal(questions_open(&machine.questions)->deadline, 15000);

    sharer_asking(&machine);
    sharer_machine_step(&machine, &heard, 1000 + SHARER_QUESTION_MS, &actions);
    sharer_machine_step(&machine, &tick, 1000 + SHARER_QUESTION_MS, &actions);
    assert_int_equal(find(&actions, ACTION_SEND_BYE)->error, QA_ETIMEOUT);
    assert_null(find(&actions, ACTION_START_SHARING));
}

static void test_every_cause_has_to_go(void **state)
{
    struct sharer_machine machine;
    sharer_controlled(&machine);
    SHARE(&machine, .type = EVENT_HELPER_PAUSED, .yes = true);
    struct session_actions actions = SHARE(&machine, .type = EVENT_PAUSE);
    assert_null(find(&actions, ACTION_HOLD));
    assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes,
                     QA_PAUSED_BY_SHARER | QA_PAUSED_BY_HELPER);
    SHARE(&machine, .type = EVENT_PROMPT, .yes = true);
    SHARE(&machine, .type = EVENT_HELPER_PAUSED, .yes = false);
    actions = SHARE(&machine, .type = EVENT_RESUME);
    assert_null(find(&actions, ACTION_HOLD));
    assert_false(find(&actions, ACTION_GATE)->yes);
    assert_int_equal(machine.core.state, QA_STATE_PAUSED);
    struct session_event again = {.type = EVENT_RESUME};
    assert_int_equal(sharer_machine_step(&machine, &again, 0, &actions), QA_ESTATE);

    actions = SHARE(&machine, .type = EVENT_ALLOW_PROMPTS, .yes = true);
    assert_false(find(&actions, ACTION_HOLD)->yes);
    assert_true(find(&actions, ACTION_GATE)->yes);
    actions = SHARE(&machine, .type = EVENT_PROMPT, .yes = false);
    assert_int_equal(actions.count, 0);
    actions = SHARE(&machine, .type = EVENT_PROMPT, .yes = true);
    assert_int_equal(actions.count, 0);
    actions = SHARE(&machine, .type = EVENT_ALLOW_PROMPTS, .yes = false);
    assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes, QA_PAUSED_BY_PROMPT);
}

static void test_a_prompt_from_before_hides_the_first_picture(void **state)
{
    struct sharer_machine machine;
    sharer_asking(&machine);
    struct session_actions actions = SHARE(&machine, .type = EVENT_PROMPT, .yes = true);
    assert_int_equal(actions.count, 0);
    actions = answer(&machine, QA_PERMISSION_VIEW);
    assert_true(find(&actions, ACTION_HOLD) > find(&actions, ACTION_START_SHARING));
    assert_true(find(&actions, ACTION_HOLD)->yes);
    assert_int_equal(machine.core.state, QA_STATE_PAUSED);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->causes, QA_PAUSED_BY_PROMPT);
}

static void test_the_helper_pauses_at_once_and_goes_on_when_told(void **state)
{
    struct helper_machine machine;
    helper_pairing(&machine);
    struct session_event pause = {.type = EVENT_PAUSE};
    struct session_actions actions;
    assert_int_equal(helper_machine_step(&machine, &pause, 0, &actions), QA_ESTATE);
    HELP(&machine, .type = EVENT_CHANNEL_UP);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
    actions = help(&machine, pause);
    assert_true(find(&actions, ACTION_SEND_PAUSE)->yes);
    assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes, QA_PAUSED_BY_HELPER);
    assert_int_equal(machine.core.state, QA_STATE_PAUSED);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW,
         .causes = QA_PAUSED_BY_HELPER);
    actions = HELP(&machine, .type = EVENT_RESUME);
    assert_false(find(&actions, ACTION_SEND_PAUSE)->yes);
    assert_int_equal(machine.core.state, QA_STATE_PAUSED);
    actions = HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
    assert_int_equal(machine.core.state, QA_STATE_ACTIVE);
    assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes, 0);
    assert_non_null(find(&actions, ACTION_SHOW_PICTURE));
}

static void test_one_answer_leaves_the_other_requests_open(void **state)
{
    struct helper_machine machine;
    helper_pairing(&machine);
    HELP(&machine, .type = EVENT_CHANNEL_UP);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
    HELP(&machine, .type = EVENT_REQUEST, .permissions = QA_PERMISSION_CONTROL);
    struct session_actions actions =
        HELP(&machine, .type = EVENT_REQUEST,
             .permissions = QA_PERMISSION_CONTROL | QA_PERMISSION_POINT);
    assert_int_equal(find(&actions, ACTION_SEND_REQUEST)->permissions, QA_PERMISSION_POINT);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW,
         .refused = QA_PERMISSION_CONTROL, .error = QA_EDENIED);
    assert_int_equal(machine.requested, QA_PERMISSION_POINT);
    HELP(&machine, .type = EVENT_PERMISSIONS,
         .permissions = QA_PERMISSION_VIEW | QA_PERMISSION_POINT);
    assert_int_equal(machine.requested, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view_is_shared_only_after_yes),
        cmocka_unit_test(test_no_to_viewing_ends_in_order_and_says_why),
        cmocka_unit_test(test_control_needs_its_own_yes),
        cmocka_unit_test(test_asking_before_viewing_is_no_question),
        cmocka_unit_test(test_revoke_and_pause_start_a_new_epoch),
        cmocka_unit_test(test_a_yes_while_paused_opens_nothing),
        cmocka_unit_test(test_silence_ends),
        cmocka_unit_test(test_a_relay_that_never_answers_is_given_up),
        cmocka_unit_test(test_whatever_breaks_the_pairing_burns_the_code),
        cmocka_unit_test(test_the_helper_asks_once_and_follows_the_sharer),
        cmocka_unit_test(test_permissions_before_the_channel_are_refused),
        cmocka_unit_test(test_random_lives_keep_the_promises),
        cmocka_unit_test(test_the_list_of_actions_is_bounded),
        cmocka_unit_test(test_random_lives_of_a_helper),
        cmocka_unit_test(test_a_subset_is_granted_and_one_taken_back),
        cmocka_unit_test(test_questions_come_one_at_a_time),
        cmocka_unit_test(test_no_answer_means_no),
        cmocka_unit_test(test_every_cause_has_to_go),
        cmocka_unit_test(test_a_prompt_from_before_hides_the_first_picture),
        cmocka_unit_test(test_the_helper_pauses_at_once_and_goes_on_when_told),
        cmocka_unit_test(test_one_answer_leaves_the_other_requests_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
