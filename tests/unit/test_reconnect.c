/* The session machines when the connection breaks off: what stops, what goes on, and until when. */
#include <stdlib.h>

#include <qassist/errors.h>

#include "machine_steps.h"
#include "session/reconnect.h"

#define START 1000u /* as machine_steps.h has it */

static void sharer_asked(struct sharer_machine *machine)
{
    sharer_asking(machine);
    machine->core.reconnect_ms = SESSION_RECONNECT_MS;
}

static struct session_actions answer_all(struct sharer_machine *machine, uint64_t now)
{
    const struct question *question = questions_open(&machine->questions);
    assert_non_null(question);
    return answer_at(machine, now, question->permissions);
}

static void sharer_ready(struct sharer_machine *machine)
{
    sharer_asked(machine);
    answer_all(machine, START);
    SHARE(machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL, .text = "why");
    answer_all(machine, START);
    assert_int_equal(machine->granted, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL);
}

static void helper_ready(struct helper_machine *machine)
{
    helper_viewing(machine);
    machine->core.reconnect_ms = SESSION_RECONNECT_MS;
    HELP(machine, .type = EVENT_PERMISSIONS,
         .permissions = QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL);
}

/* The way back as far as the channel. */
static struct session_actions sharer_back(struct sharer_machine *machine, uint64_t now)
{
    struct session_actions actions = SHARE_AT(machine, now, .type = EVENT_RETRY);
    assert_non_null(find(&actions, ACTION_CONNECT));
    actions = SHARE_AT(machine, now, .type = EVENT_LINK_OPENED);
    assert_non_null(find(&actions, ACTION_SEND_REJOIN));
    SHARE_AT(machine, now, .type = EVENT_REJOINED);
    actions = SHARE_AT(machine, now, .type = EVENT_PEER);
    assert_non_null(find(&actions, ACTION_START_AGAIN));
    return SHARE_AT(machine, now, .type = EVENT_CHANNEL_UP);
}

static const struct session_event breaks[] = {
    {.type = EVENT_LINK_CLOSED, .error = QA_ERELAY_LOST},
    {.type = EVENT_PEER_GONE, .yes = true},
    {.type = EVENT_RELAY_ERROR, .error = QA_ERELAY_LOST},
};

static void test_a_break_stops_everything_and_tries_again(void **state)
{
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        struct sharer_machine machine;
        sharer_ready(&machine);
        struct session_actions actions = share_at(&machine, START + 1, breaks[i]);
        assert_non_null(find(&actions, ACTION_STOP_PARTS));
        assert_false(find(&actions, ACTION_GATE)->yes);
        assert_int_equal(find(&actions, ACTION_SHOW_STATE)->state, QA_STATE_RECONNECTING);
        assert_int_equal(find(&actions, ACTION_SHOW_PERMISSIONS)->permissions, 0);
        assert_non_null(find(&actions, ACTION_DROP_LINK));
        assert_int_equal(find(&actions, ACTION_RETRY)->pause_ms, RECONNECT_PAUSE_MS);
        assert_null(find(&actions, ACTION_FINISH));
        assert_int_equal(machine.granted, 0);
        assert_false(sharer_machine_allows(&machine, 0));
    }
}

static void test_silence_is_a_break(void **state)
{
    struct helper_machine machine;
    helper_ready(&machine);
    struct session_actions actions =
        HELP_AT(&machine, START + SESSION_SILENT_MS, .type = EVENT_TICK);
    assert_int_equal(find(&actions, ACTION_SHOW_STATE)->state, QA_STATE_RECONNECTING);
    assert_int_equal(find(&actions, ACTION_SHOW_PERMISSIONS)->permissions, 0);
    assert_int_equal(machine.granted, 0);
}

static void test_ends_that_are_no_breaks(void **state)
{
    const struct session_event ends[] = {
        {.type = EVENT_PEER_GONE},
        {.type = EVENT_BYE},
        {.type = EVENT_TUNNEL_FAILED, .error = QA_ETAMPERED},
        {.type = EVENT_RELAY_ERROR, .error = QA_ELIMIT},
        {.type = EVENT_RELAY_ERROR, .error = QA_EAUTH},
        {.type = EVENT_PART_FAILED, .error = QA_EWORKER},
        {.type = EVENT_END},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct sharer_machine machine;
        sharer_ready(&machine);
        struct session_actions actions = share_at(&machine, START + 1, ends[i]);
        assert_non_null(find(&actions, ACTION_CLOSE));
        assert_null(find(&actions, ACTION_RETRY));
    }
}

static void test_a_break_before_the_channel_stood_is_the_end(void **state)
{
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        struct sharer_machine machine;
        sharer_machine_init(&machine);
        machine.core.reconnect_ms = SESSION_RECONNECT_MS;
        SHARE_AT(&machine, START, .type = EVENT_START);
        SHARE_AT(&machine, START, .type = EVENT_LINK_OPENED);
        SHARE_AT(&machine, START, .type = EVENT_JOINED);
        struct session_actions actions = share_at(&machine, START, breaks[i]);
        assert_null(find(&actions, ACTION_RETRY));
        assert_true(machine.core.closing);
    }
}

static void test_viewing_goes_on_and_control_asks_again(void **state)
{
    struct sharer_machine machine;
    sharer_ready(&machine);
    unsigned epoch = machine.epoch;
    share_at(&machine, START, breaks[0]);
    struct session_actions actions = sharer_back(&machine, START + 5000);
    assert_non_null(find(&actions, ACTION_START_SHARING));
    assert_false(find(&actions, ACTION_GATE)->yes);
    assert_int_equal(find(&actions, ACTION_SHOW_STATE)->state, QA_STATE_ACTIVE);
    const struct session_action *said = find(&actions, ACTION_SEND_PERMISSIONS);
    assert_int_equal(said->permissions, QA_PERMISSION_VIEW);
    assert_int_equal(said->refused, QA_PERMISSION_CONTROL);
    assert_int_equal(said->error, QA_ERELAY_LOST);
    assert_int_not_equal(said->epoch, epoch);
    assert_int_equal(machine.granted, QA_PERMISSION_VIEW);
    assert_non_null(find(&actions, ACTION_ASK));
    assert_int_equal(questions_open(&machine.questions)->permissions, QA_PERMISSION_CONTROL);
    assert_string_equal(questions_open(&machine.questions)->purpose, "why");
    actions = answer_all(&machine, START + 6000);
    assert_true(find(&actions, ACTION_GATE)->yes);
}

static void test_a_pause_stays(void **state)
{
    struct sharer_machine machine;
    sharer_ready(&machine);
    SHARE_AT(&machine, START, .type = EVENT_PAUSE);
    share_at(&machine, START, breaks[1]);
    struct session_event resume = {.type = EVENT_RESUME};
    struct session_actions actions;
    assert_int_equal(sharer_machine_step(&machine, &resume, START, &actions), QA_ESTATE);
    actions = sharer_back(&machine, START + 1000);
    assert_int_equal(find(&actions, ACTION_SHOW_STATE)->state, QA_STATE_PAUSED);
    assert_true(find(&actions, ACTION_HOLD)->yes);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->causes, QA_PAUSED_BY_SHARER);
}

/* Whatever paused when it broke off and does not any more: told when sharing goes on, not before.
 */
static void test_a_pause_that_is_over_is_told(void **state)
{
    const struct session_event pauses[] = {
        {.type = EVENT_PROMPT, .yes = true},
        {.type = EVENT_RESTART_ASKED},
        {.type = EVENT_ASKED, .permissions = QA_PERMISSION_POINT, .text = ""},
    };
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        struct sharer_machine machine;
        sharer_ready(&machine);
        struct session_actions actions = share_at(&machine, START, pauses[i]);
        assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes, QA_PAUSED_BY_PROMPT);
        actions = share_at(&machine, START, breaks[0]);
        assert_null(find(&actions, ACTION_SHOW_PAUSED));
        actions = SHARE_AT(&machine, START, .type = EVENT_PROMPT);
        assert_null(find(&actions, ACTION_SHOW_PAUSED));
        assert_int_equal(machine.causes, 0);
        actions = sharer_back(&machine, START + 1000);
        assert_int_equal(find(&actions, ACTION_SHOW_STATE)->state, QA_STATE_ACTIVE);
        assert_null(find(&actions, ACTION_HOLD));
        assert_non_null(find(&actions, ACTION_SHOW_PAUSED));
        assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes, 0);
        /* Said once. */
        share_at(&machine, START + 2000, breaks[0]);
        actions = sharer_back(&machine, START + 3000);
        assert_null(find(&actions, ACTION_SHOW_PAUSED));
    }
}

static void test_the_relay_listens_again(void **state)
{
    for (int peer = 0; peer < 2; peer++) {
        struct sharer_machine machine;
        sharer_ready(&machine);
        share_at(&machine, START, breaks[1]);
        SHARE_AT(&machine, START, .type = EVENT_RETRY);
        assert_false(machine.core.admitted);
        /* The relay looks whether the one in our place is alive. */
        SHARE_AT(&machine, START, .type = EVENT_LINK_OPENED);
        assert_false(machine.core.admitted);
        SHARE_AT(&machine, START, .type = peer ? EVENT_PEER : EVENT_REJOINED);
        assert_true(machine.core.admitted);
        SHARE_AT(&machine, START, .type = EVENT_LINK_CLOSED, .error = QA_ERELAY_LOST);
        assert_false(machine.core.admitted);
    }
}

static void test_the_first_question_is_asked_anew(void **state)
{
    struct sharer_machine machine;
    sharer_asked(&machine);
    unsigned first = questions_open(&machine.questions)->number;
    struct session_actions actions = share_at(&machine, START, breaks[0]);
    assert_non_null(find(&actions, ACTION_WITHDRAW));
    struct session_event late = {
        .type = EVENT_ANSWER, .question = first, .permissions = QA_PERMISSION_VIEW};
    assert_int_equal(sharer_machine_step(&machine, &late, START, &actions), QA_ESTATE);
    actions = sharer_back(&machine, START + 1000);
    assert_null(find(&actions, ACTION_START_SHARING));
    assert_null(find(&actions, ACTION_SEND_PERMISSIONS));
    assert_non_null(find(&actions, ACTION_ASK));
    actions = answer_all(&machine, START + 2000);
    assert_non_null(find(&actions, ACTION_START_SHARING));
}

static void test_the_helper_sees_when_the_sharer_says_so(void **state)
{
    struct helper_machine machine;
    helper_ready(&machine);
    HELP_AT(&machine, START, .type = EVENT_PAUSE);
    help_at(&machine, START, breaks[0]);
    HELP_AT(&machine, START + 1, .type = EVENT_RETRY);
    HELP_AT(&machine, START + 1, .type = EVENT_LINK_OPENED);
    HELP_AT(&machine, START + 1, .type = EVENT_PEER);
    struct session_actions actions = HELP_AT(&machine, START + 1, .type = EVENT_CHANNEL_UP);
    assert_null(find(&actions, ACTION_START_VIEWING));
    assert_int_equal(machine.core.state, QA_STATE_RECONNECTING);
    /* The pause got lost on the way: it is said again. */
    actions =
        HELP_AT(&machine, START + 2, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW,
                .refused = QA_PERMISSION_CONTROL, .error = QA_ERELAY_LOST);
    assert_non_null(find(&actions, ACTION_START_VIEWING));
    assert_true(find(&actions, ACTION_SEND_PAUSE)->yes);
    assert_int_equal(machine.core.state, QA_STATE_PAUSED);
    assert_int_equal(machine.requested, QA_PERMISSION_CONTROL);
    /* And a second break is a break again. */
    actions = help_at(&machine, START + 3, breaks[1]);
    assert_non_null(find(&actions, ACTION_RETRY));
}

/* Before the sharer's side said what is allowed: it is still viewing that goes on. */
static void test_a_second_break_right_after_the_first(void **state)
{
    struct helper_machine machine;
    helper_ready(&machine);
    for (int i = 0; i < 2; i++) {
        help_at(&machine, START, breaks[0]);
        HELP_AT(&machine, START, .type = EVENT_RETRY);
        HELP_AT(&machine, START, .type = EVENT_LINK_OPENED);
        HELP_AT(&machine, START, .type = EVENT_PEER);
        HELP_AT(&machine, START, .type = EVENT_CHANNEL_UP);
        assert_int_equal(machine.core.state, QA_STATE_RECONNECTING);
    }
    HELP_AT(&machine, START, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
    assert_int_equal(machine.core.state, QA_STATE_ACTIVE);
}

/* A time that the sharer set for viewing is not longer by a break. */
static void test_viewing_that_is_over_by_then_does_not_go_on(void **state)
{
    for (int over = 0; over < 2; over++) {
        struct sharer_machine machine;
        sharer_asked(&machine);
        SHARE_AT(&machine, START, .type = EVENT_ANSWER, .permissions = QA_PERMISSION_VIEW,
                 .question = questions_open(&machine.questions)->number, .seconds = 10);
        share_at(&machine, START + 1000, breaks[0]);
        struct session_actions actions = sharer_back(&machine, START + 9999 + (unsigned)over);
        assert_int_equal(find(&actions, ACTION_START_SHARING) != NULL, !over);
        assert_int_equal(machine.core.closing, over);
        if (over)
            assert_int_equal(find(&actions, ACTION_SEND_BYE)->error, QA_EEXPIRED);
    }
}

/* A relay that says so twice gets no second channel on one connection. */
static void test_the_other_one_comes_back_once_a_try(void **state)
{
    struct sharer_machine machine;
    sharer_ready(&machine);
    share_at(&machine, START, breaks[0]);
    for (int i = 0; i < 3; i++) {
        SHARE_AT(&machine, START, .type = EVENT_RETRY);
        SHARE_AT(&machine, START, .type = EVENT_LINK_OPENED);
        struct session_actions actions = SHARE_AT(&machine, START, .type = EVENT_PEER);
        assert_non_null(find(&actions, ACTION_START_AGAIN));
        actions = SHARE_AT(&machine, START, .type = EVENT_PEER);
        assert_null(find(&actions, ACTION_START_AGAIN));
        assert_non_null(find(&actions, ACTION_DROP_LINK));
        assert_non_null(find(&actions, ACTION_RETRY));
    }
    sharer_back(&machine, START);
    assert_int_equal(machine.granted, QA_PERMISSION_VIEW);
}

static void test_tries_come_less_and_less_often(void **state)
{
    const uint32_t pauses[] = {500, 1000, 2000, 4000, 8000, 8000, 8000};
    struct sharer_machine machine;
    sharer_ready(&machine);
    struct session_actions actions = share_at(&machine, START, breaks[0]);
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        assert_int_equal(find(&actions, ACTION_RETRY)->pause_ms, pauses[i]);
        SHARE_AT(&machine, START, .type = EVENT_RETRY);
        actions = i % 2 ? SHARE_AT(&machine, START, .type = EVENT_LINK_CLOSED, .error = QA_ERELAY)
                        : SHARE_AT(&machine, START + RECONNECT_TRY_MS, .type = EVENT_TICK);
        assert_non_null(find(&actions, ACTION_DROP_LINK));
    }
}

static void test_who_does_not_have_the_key_is_not_the_end(void **state)
{
    struct helper_machine machine;
    helper_ready(&machine);
    help_at(&machine, START, breaks[1]);
    for (int i = 0; i < 5; i++) {
        HELP_AT(&machine, START, .type = EVENT_RETRY);
        HELP_AT(&machine, START, .type = EVENT_LINK_OPENED);
        HELP_AT(&machine, START, .type = EVENT_PEER);
        struct session_actions actions =
            HELP_AT(&machine, START, .type = EVENT_TUNNEL_FAILED, .error = QA_ETAMPERED);
        assert_non_null(find(&actions, ACTION_RETRY));
        assert_false(machine.core.closing);
    }
}

static void test_it_does_not_last_for_ever(void **state)
{
    struct sharer_machine machine;
    struct session_actions actions;
    /* The relay waits with us: the other one is missing. */
    sharer_ready(&machine);
    share_at(&machine, START + 500, breaks[1]);
    SHARE_AT(&machine, START + 1000, .type = EVENT_RETRY);
    SHARE_AT(&machine, START + 1000, .type = EVENT_LINK_OPENED);
    SHARE_AT(&machine, START + 1000, .type = EVENT_REJOINED);
    actions = SHARE_AT(&machine, START + SESSION_RECONNECT_MS - 1, .type = EVENT_TICK);
    assert_int_equal(actions.count, 0);
    actions = SHARE_AT(&machine, START + SESSION_RECONNECT_MS, .type = EVENT_TICK);
    assert_non_null(find(&actions, ACTION_CLOSE));
    assert_null(find(&actions, ACTION_SEND_BYE));
    assert_int_equal(machine.core.end_error, QA_EPEER_LOST);
    actions = SHARE_AT(&machine, START + SESSION_RECONNECT_MS, .type = EVENT_LINK_CLOSED);
    assert_int_equal(find(&actions, ACTION_FINISH)->error, QA_EPEER_LOST);

    /* The relay is missing. */
    sharer_ready(&machine);
    share_at(&machine, START + 500, breaks[1]);
    SHARE_AT(&machine, START + 1000, .type = EVENT_RETRY);
    SHARE_AT(&machine, START + SESSION_RECONNECT_MS, .type = EVENT_TICK);
    assert_int_equal(machine.core.end_error, QA_ERELAY_LOST);

    /* This computer slept for an hour. */
    sharer_ready(&machine);
    actions = SHARE_AT(&machine, START + 3600000, .type = EVENT_TICK);
    assert_non_null(find(&actions, ACTION_CLOSE));
    assert_null(find(&actions, ACTION_RETRY));
}

static void test_what_the_relay_says_no_to(void **state)
{
    const struct {
        int error, end; /* 0: it tries again */
    } cases[] = {{QA_EAUTH, QA_EPEER_LOST},
                 {QA_EPEER_LOST, QA_EPEER_LOST},
                 {QA_EVERSION, QA_EVERSION},
                 {QA_ERATE, 0},
                 {QA_ELIMIT, 0},
                 {QA_ERELAY_LOST, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sharer_machine machine;
        sharer_ready(&machine);
        share_at(&machine, START, breaks[0]);
        SHARE_AT(&machine, START, .type = EVENT_RETRY);
        SHARE_AT(&machine, START, .type = EVENT_LINK_OPENED);
        SHARE_AT(&machine, START, .type = EVENT_RELAY_ERROR, .error = cases[i].error);
        assert_int_equal(machine.core.closing, cases[i].end != 0);
        assert_int_equal(machine.core.end_error, cases[i].end);
    }
}

static void test_ended_while_apart(void **state)
{
    struct helper_machine machine;
    helper_ready(&machine);
    help_at(&machine, START, breaks[0]);
    struct session_actions actions = HELP_AT(&machine, START, .type = EVENT_END);
    assert_non_null(find(&actions, ACTION_CLOSE));
    assert_null(find(&actions, ACTION_SEND_BYE));
    actions = HELP_AT(&machine, START, .type = EVENT_RETRY);
    assert_int_equal(actions.count, 0);
    actions = HELP_AT(&machine, START, .type = EVENT_LINK_CLOSED);
    assert_int_equal(find(&actions, ACTION_FINISH)->error, 0);
}

/* Whatever comes in whatever order: without a channel nothing is granted, shared or let through. */
static void test_random_breaks_keep_the_promises(void **state)
{
    srand(7);
    for (int life = 0; life < 5000; life++) {
        struct sharer_machine machine;
        sharer_ready(&machine);
        bool sharing = true;
        int finished = 0;
        uint64_t now = START;
        for (int step = 0; step < 80; step++) {
            struct session_event event = {
                .type = EVENT_LINK_OPENED + (unsigned)rand() % (EVENT_TICK - EVENT_LINK_OPENED + 1),
                .error = -(1 + rand() % 29),
                .permissions = (unsigned)rand() % 64,
                .yes = rand() % 2};
            const enum session_event_type way[] = {EVENT_RETRY, EVENT_LINK_OPENED, EVENT_PEER,
                                                   EVENT_CHANNEL_UP, EVENT_LINK_CLOSED};
            if (rand() % 3)
                event.type = way[(unsigned)rand() % 5];
            now += (unsigned)rand() % 1500;
            struct session_actions actions;
            sharer_machine_step(&machine, &event, now, &actions);
            assert_false(actions.overflow);
            for (size_t i = 0; i < actions.count; i++) {
                const struct session_action *action = &actions.list[i];
                if (action->type == ACTION_STOP_PARTS)
                    sharing = false;
                if (action->type == ACTION_START_SHARING) {
                    assert_false(sharing);
                    assert_true(machine.core.paired);
                    sharing = true;
                }
                if (action->type == ACTION_GATE && action->yes)
                    assert_true(machine.granted & QA_PERMISSION_CONTROL);
                finished += action->type == ACTION_FINISH;
            }
            if (!machine.core.paired || machine.core.closing)
                assert_int_equal(machine.granted, 0);
            if (!machine.core.paired)
                assert_false(sharing);
        }
        assert_true(finished <= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_break_stops_everything_and_tries_again),
        cmocka_unit_test(test_silence_is_a_break),
        cmocka_unit_test(test_ends_that_are_no_breaks),
        cmocka_unit_test(test_a_break_before_the_channel_stood_is_the_end),
        cmocka_unit_test(test_viewing_goes_on_and_control_asks_again),
        cmocka_unit_test(test_a_pause_stays),
        cmocka_unit_test(test_a_pause_that_is_over_is_told),
        cmocka_unit_test(test_the_relay_listens_again),
        cmocka_unit_test(test_the_first_question_is_asked_anew),
        cmocka_unit_test(test_the_helper_sees_when_the_sharer_says_so),
        cmocka_unit_test(test_a_second_break_right_after_the_first),
        cmocka_unit_test(test_viewing_that_is_over_by_then_does_not_go_on),
        cmocka_unit_test(test_the_other_one_comes_back_once_a_try),
        cmocka_unit_test(test_tries_come_less_and_less_often),
        cmocka_unit_test(test_who_does_not_have_the_key_is_not_the_end),
        cmocka_unit_test(test_it_does_not_last_for_ever),
        cmocka_unit_test(test_what_the_relay_says_no_to),
        cmocka_unit_test(test_ended_while_apart),
        cmocka_unit_test(test_random_breaks_keep_the_promises),
    };
    return cmocka_run_group_tests_name("reconnect", tests, NULL, NULL);
}
