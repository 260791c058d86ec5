/*
 * The session machines: the promises about consent, revoke, pause and the end, checked on every
 * path through random events and on the paths that matter one by one.
 */
#include <string.h>

#include "machine_steps.h"

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

    SHARE_AT(&machine, 60000, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
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
        help_at(&machine, 1000, breaks[i]);
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
    actions = help_at(&machine, 1000, request);
    assert_non_null(find(&actions, ACTION_SEND_REQUEST));
    assert_int_equal(helper_machine_step(&machine, &request, 0, &actions), QA_ESTATE);

    actions = HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW,
                   .refused = QA_PERMISSION_CONTROL, .error = QA_EDENIED);
    assert_null(find(&actions, ACTION_START_VIEWING));
    assert_int_equal(find(&actions, ACTION_SHOW_PERMISSIONS)->error, QA_EDENIED);
    help_at(&machine, 1000, request);
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

static void test_another_screen_starts_a_new_epoch(void **state)
{
    struct sharer_machine machine;
    sharer_controlled(&machine);
    unsigned before = machine.epoch;
    /* The list alone changes nothing of that. */
    struct session_actions actions = SHARE(&machine, .type = EVENT_SCREENS);
    assert_non_null(find(&actions, ACTION_SEND_SCREENS));
    assert_non_null(find(&actions, ACTION_SHOW_SCREENS));
    assert_null(find(&actions, ACTION_GATE));
    assert_int_equal(machine.epoch, before);

    actions = SHARE(&machine, .type = EVENT_SCREENS, .shown = SHOWN_OTHER);
    const struct session_action *said = find(&actions, ACTION_SEND_SCREENS);
    const struct session_action *counts = find(&actions, ACTION_SEND_PERMISSIONS);
    /* The helper knows that its picture is old before its input counts again. */
    assert_true(said && counts && said < counts);
    assert_int_not_equal(counts->epoch, before);
    assert_true(find(&actions, ACTION_GATE)->yes);
    assert_int_equal(find(&actions, ACTION_GATE)->epoch, counts->epoch);
    assert_null(find(&actions, ACTION_SHOW_PERMISSIONS));

    /* Of the helper's own choice: what was on its way is not lost. */
    before = machine.epoch;
    actions = SHARE(&machine, .type = EVENT_SCREENS, .shown = SHOWN_CHOSEN);
    assert_null(find(&actions, ACTION_GATE));
    assert_int_equal(find(&actions, ACTION_FOLLOW)->epoch, machine.epoch);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->epoch, machine.epoch);
    assert_int_not_equal(machine.epoch, before);
}

static void test_a_screen_is_chosen_only_while_sharing_and_not_endlessly(void **state)
{
    struct sharer_machine machine;
    sharer_asking(&machine);
    struct session_actions actions = SHARE(&machine, .type = EVENT_CHOSE, .screen = 7);
    assert_null(find(&actions, ACTION_CHOOSE));

    sharer_viewing(&machine);
    for (int second = 0; second < 3; second++) {
        for (uint32_t i = 0; i < SHARER_CHOICES_MAX; i++) {
            actions = SHARE(&machine, .type = EVENT_CHOSE, .screen = i);
            assert_int_equal(find(&actions, ACTION_CHOOSE)->screen, i);
        }
        if (second < 2)
            SHARE(&machine, .type = EVENT_TICK);
    }
    assert_false(machine.core.closing);
    actions = SHARE(&machine, .type = EVENT_CHOSE, .screen = 7);
    assert_null(find(&actions, ACTION_CHOOSE));
    assert_int_equal(machine.core.end_error, QA_EPROTO);
}

static void test_screens_before_viewing_are_refused(void **state)
{
    struct helper_machine machine;
    helper_pairing(&machine);
    HELP(&machine, .type = EVENT_CHANNEL_UP);
    struct session_actions actions = HELP(&machine, .type = EVENT_SCREENS_SAID);
    assert_null(find(&actions, ACTION_SHOW_SCREENS));
    assert_int_equal(machine.core.end_error, QA_EPROTO);

    helper_pairing(&machine);
    HELP(&machine, .type = EVENT_CHANNEL_UP);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
    actions = HELP(&machine, .type = EVENT_SCREENS_SAID);
    assert_non_null(find(&actions, ACTION_SHOW_SCREENS));
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
        cmocka_unit_test(test_another_screen_starts_a_new_epoch),
        cmocka_unit_test(test_a_screen_is_chosen_only_while_sharing_and_not_endlessly),
        cmocka_unit_test(test_screens_before_viewing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
