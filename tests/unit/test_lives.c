/*
 * Random lives of the session machines: the promises about consent, revoke, pause and the end, on
 * every path that comes up.
 */
#include <stdlib.h>

#include "machine_steps.h"

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
        assert_false(life->gate && questions_open(&machine->questions));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_lives_keep_the_promises),
        cmocka_unit_test(test_the_list_of_actions_is_bounded),
        cmocka_unit_test(test_random_lives_of_a_helper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
