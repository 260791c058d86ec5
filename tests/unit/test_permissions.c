/*
 * Permissions in the session machines: asked one by one or together, granted in part, for a time,
 * taken back, refused and asked again; pauses and their causes.
 */
#include "machine_steps.h"

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
    assert_true(sharer_machine_allows(&machine, QA_PERMISSION_CONTROL));
}

/* Who has control could press the buttons of the dialog. */
static void test_a_helper_in_control_answers_no_question(void **state)
{
    struct sharer_machine machine;
    sharer_controlled(&machine);
    SHARE(&machine, .type = EVENT_ALLOW_PROMPTS, .yes = true);
    unsigned epoch = machine.epoch;
    struct session_actions actions =
        SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CLIPBOARD_TO_HELPER);
    assert_non_null(find(&actions, ACTION_ASK));
    assert_false(find(&actions, ACTION_GATE)->yes);
    assert_int_not_equal(machine.epoch, epoch);
    assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes, QA_PAUSED_BY_PROMPT);
    assert_false(sharer_machine_allows(&machine, QA_PERMISSION_CONTROL));
    SHARE(&machine, .type = EVENT_PROMPT, .yes = true);
    SHARE(&machine, .type = EVENT_PROMPT, .yes = false);
    assert_int_equal(machine.causes, QA_PAUSED_BY_PROMPT);
    actions = answer(&machine, QA_PERMISSION_CLIPBOARD_TO_HELPER);
    assert_int_equal(machine.causes, 0);
    assert_true(sharer_machine_allows(&machine, QA_PERMISSION_CONTROL));

    /* Without control there is nothing to keep away from it. */
    sharer_viewing(&machine);
    actions = SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    assert_int_equal(machine.causes, 0);
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
    actions = help_at(&machine, 1000, pause);
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
    helper_viewing(&machine);
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

static void test_after_a_no_it_has_to_wait(void **state)
{
    const unsigned control = QA_PERMISSION_CONTROL, point = QA_PERMISSION_POINT;
    struct sharer_machine machine;
    sharer_viewing(&machine);
    SHARE(&machine, .type = EVENT_ASKED, .permissions = control);
    struct session_actions actions = answer(&machine, 0);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->seconds, 10);

    /* What was not refused is asked at once. */
    actions = SHARE_AT(&machine, 2500, .type = EVENT_ASKED, .permissions = control | point);
    assert_int_equal(questions_open(&machine.questions)->permissions, point);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->refused, control);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->error, QA_ERATE);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->seconds, 9);
    answer_at(&machine, 2500, point);

    actions = SHARE_AT(&machine, 10999, .type = EVENT_ASKED, .permissions = control);
    assert_null(find(&actions, ACTION_ASK));
    actions = SHARE_AT(&machine, 11000, .type = EVENT_ASKED, .permissions = control);
    assert_non_null(find(&actions, ACTION_ASK));
    actions = answer_at(&machine, 11000, 0);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->seconds, 20);

    SHARE_AT(&machine, 31000, .type = EVENT_ASKED, .permissions = control);
    actions = answer_at(&machine, 31000, 0);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->error, QA_EDENIED);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->seconds, QA_WAIT_SESSION);
    actions = SHARE_AT(&machine, 9999999, .type = EVENT_ASKED, .permissions = control);
    assert_null(find(&actions, ACTION_ASK));
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->error, QA_ELIMIT);
}

static void test_a_yes_makes_the_noes_before_void(void **state)
{
    struct sharer_machine machine;
    sharer_viewing(&machine);
    uint64_t now = 1000;
    for (int i = 0; i < 10; i++) {
        SHARE_AT(&machine, now, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
        answer_at(&machine, now, 0);
        now += 2 * REFUSALS_WAIT_MS;
        SHARE_AT(&machine, now, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
        answer_at(&machine, now, QA_PERMISSION_CONTROL);
        /* Taking back is a No as well. */
        struct session_actions actions =
            SHARE_AT(&machine, now, .type = EVENT_REVOKE, .permissions = QA_PERMISSION_CONTROL);
        assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->seconds, 10);
        now += REFUSALS_WAIT_MS;
        SHARE_AT(&machine, now, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
        answer_at(&machine, now, QA_PERMISSION_CONTROL);
        SHARE_AT(&machine, now, .type = EVENT_REVOKE, .permissions = QA_PERMISSION_CONTROL);
        now += REFUSALS_WAIT_MS;
    }
}

/* Somebody who went for a coffee has not said no three times. */
static void test_silence_makes_it_wait_but_is_not_final(void **state)
{
    struct sharer_machine machine;
    sharer_viewing(&machine);
    uint64_t now = 1000;
    for (int i = 0; i < 5; i++) {
        SHARE_AT(&machine, now, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
        assert_non_null(questions_open(&machine.questions));
        now += SHARER_QUESTION_MS;
        SHARE_AT(&machine, now, .type = EVENT_HEARD);
        struct session_actions actions = SHARE_AT(&machine, now, .type = EVENT_TICK);
        assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->error, QA_ETIMEOUT);
        assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->seconds, 10 << i);
        now += REFUSALS_WAIT_MS << i;
    }
}

static void test_a_flood_of_requests_is_not_answered_one_by_one(void **state)
{
    struct sharer_machine machine;
    sharer_viewing(&machine);
    SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    answer(&machine, 0);
    for (int tick = 0; tick < 3; tick++) {
        int answers = 0;
        for (int i = 0; i < 100; i++) {
            struct session_actions actions =
                SHARE(&machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
            answers += find(&actions, ACTION_SEND_PERMISSIONS) != NULL;
        }
        assert_int_equal(answers, SHARER_REFUSALS_MAX);
        SHARE(&machine, .type = EVENT_TICK);
    }
    for (int i = 0; i < SHARER_PAUSES_MAX; i++)
        SHARE(&machine, .type = EVENT_HELPER_PAUSED, .yes = i % 2 == 0);
    assert_false(machine.core.closing);
    SHARE(&machine, .type = EVENT_HELPER_PAUSED, .yes = true);
    assert_int_equal(machine.core.end_error, QA_EPROTO);
}

static struct session_actions tick_at(struct sharer_machine *machine, uint64_t now_ms)
{
    SHARE_AT(machine, now_ms, .type = EVENT_HEARD);
    return SHARE_AT(machine, now_ms, .type = EVENT_TICK);
}

static void test_control_ends_with_its_time_and_is_asked_again(void **state)
{
    const unsigned view = QA_PERMISSION_VIEW, control = QA_PERMISSION_CONTROL,
                   point = QA_PERMISSION_POINT;
    struct sharer_machine machine;
    sharer_viewing(&machine);
    SHARE(&machine, .type = EVENT_ASKED, .text = "to fix it", .permissions = control | point);
    answer(&machine, control | point);
    unsigned epoch = machine.epoch;
    assert_int_equal(limits_left(&machine.limits, control, 2000), SHARER_CONTROL_MS - 1000);
    assert_int_equal(limits_left(&machine.limits, point, 2000), 0);
    struct session_actions actions = tick_at(&machine, 999 + SHARER_CONTROL_MS);
    assert_int_equal(actions.count, 0);

    actions = tick_at(&machine, 1000 + SHARER_CONTROL_MS);
    assert_false(find(&actions, ACTION_GATE)->yes);
    assert_int_not_equal(machine.epoch, epoch);
    assert_int_equal(machine.granted, view | point);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->refused, control);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->error, QA_EEXPIRED);
    assert_non_null(find(&actions, ACTION_SHOW_PERMISSIONS));
    assert_non_null(find(&actions, ACTION_ASK));
    const struct question *question = questions_open(&machine.questions);
    assert_int_equal(question->permissions, control);
    assert_true(question->renews);
    assert_string_equal(question->purpose, "to fix it");

    actions = answer_at(&machine, 2000 + SHARER_CONTROL_MS, control);
    assert_true(find(&actions, ACTION_GATE)->yes);
    tick_at(&machine, 1999 + 2 * SHARER_CONTROL_MS);
    assert_int_equal(machine.granted, view | control | point);
    tick_at(&machine, 2000 + 2 * SHARER_CONTROL_MS);
    assert_int_equal(machine.granted, view | point);
}

static void test_any_permission_may_have_a_limit(void **state)
{
    const unsigned view = QA_PERMISSION_VIEW, control = QA_PERMISSION_CONTROL,
                   draw = QA_PERMISSION_ANNOTATE;
    struct sharer_machine machine;
    sharer_viewing(&machine);
    SHARE(&machine, .type = EVENT_ASKED, .permissions = control | draw);
    SHARE(&machine, .type = EVENT_ANSWER, .seconds = 60, .permissions = control | draw,
          .question = questions_open(&machine.questions)->number);
    SHARE_AT(&machine, 2000, .type = EVENT_REVOKE, .permissions = control);
    struct session_actions actions = tick_at(&machine, 61000);
    /* What was taken back does not come up again by itself. */
    assert_int_equal(questions_open(&machine.questions)->permissions, draw);
    assert_int_equal(find(&actions, ACTION_SEND_PERMISSIONS)->refused, draw);
    assert_int_equal(machine.granted, view);

    sharer_asking(&machine);
    SHARE(&machine, .type = EVENT_ANSWER, .seconds = 5, .permissions = view,
          .question = questions_open(&machine.questions)->number);
    tick_at(&machine, 5999);
    assert_int_equal(machine.core.state, QA_STATE_ACTIVE);
    actions = tick_at(&machine, 6000);
    assert_int_equal(find(&actions, ACTION_SEND_BYE)->error, QA_EEXPIRED);
    assert_non_null(find(&actions, ACTION_STOP_PARTS));
}

static void test_the_helper_knows_when_asking_is_in_vain(void **state)
{
    const unsigned view = QA_PERMISSION_VIEW, control = QA_PERMISSION_CONTROL,
                   point = QA_PERMISSION_POINT;
    struct helper_machine machine;
    helper_viewing(&machine);
    HELP(&machine, .type = EVENT_REQUEST, .permissions = control);
    struct session_actions actions = HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = view,
                                          .refused = control, .error = QA_EDENIED, .seconds = 10);
    assert_int_equal(find(&actions, ACTION_SHOW_REFUSED)->refused, control);
    assert_int_equal(find(&actions, ACTION_SHOW_REFUSED)->error, QA_EDENIED);
    assert_int_equal(find(&actions, ACTION_SHOW_REFUSED)->seconds, 10);

    struct session_event request = {.type = EVENT_REQUEST, .permissions = control};
    assert_int_equal(helper_machine_step(&machine, &request, 10999, &actions), QA_ERATE);
    request.permissions |= point;
    actions = help_at(&machine, 10999, request);
    assert_int_equal(find(&actions, ACTION_SEND_REQUEST)->permissions, point);
    actions = HELP_AT(&machine, 11000, .type = EVENT_REQUEST, .permissions = control);
    assert_int_equal(find(&actions, ACTION_SEND_REQUEST)->permissions, control);

    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = view, .refused = control,
         .error = QA_EDENIED, .seconds = QA_WAIT_SESSION);
    request.permissions = control;
    assert_int_equal(helper_machine_step(&machine, &request, UINT64_C(1) << 40, &actions),
                     QA_ELIMIT);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = view | control);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = view, .refused = control,
         .error = QA_ENOTALLOWED);
    help_at(&machine, 1000, request);
}

static void test_what_expired_is_asked_for_by_itself(void **state)
{
    const unsigned view = QA_PERMISSION_VIEW, control = QA_PERMISSION_CONTROL;
    struct helper_machine machine;
    helper_viewing(&machine);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = view | control);
    struct session_actions actions = HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = view,
                                          .refused = control, .error = QA_EEXPIRED);
    assert_int_equal(find(&actions, ACTION_SHOW_PERMISSIONS)->error, QA_EEXPIRED);
    assert_int_equal(machine.requested, control);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = view | control);
    assert_int_equal(machine.requested, 0);
}

/* ---- what a policy of the device rules out ---- */

static void test_what_the_sharers_policy_denies_is_not_even_asked(void **state)
{
    const unsigned control = QA_PERMISSION_CONTROL, point = QA_PERMISSION_POINT;
    struct sharer_machine machine;
    sharer_viewing(&machine);
    machine.core.denied = control;
    struct session_actions actions = SHARE(&machine, .type = EVENT_ASKED, .permissions = control);
    assert_null(find(&actions, ACTION_ASK));
    const struct session_action *said = find(&actions, ACTION_SEND_PERMISSIONS);
    assert_int_equal(said->refused, control);
    assert_int_equal(said->error, QA_EPOLICY);
    assert_int_equal(said->seconds, QA_WAIT_SESSION);

    /* What comes with it is asked. */
    SHARE(&machine, .type = EVENT_ASKED, .permissions = control | point);
    assert_int_equal(questions_open(&machine.questions)->permissions, point);
    answer(&machine, point);
    assert_int_equal(machine.granted, QA_PERMISSION_VIEW | point);

    /* A policy that came while it was being asked. */
    sharer_viewing(&machine);
    SHARE(&machine, .type = EVENT_ASKED, .permissions = control);
    machine.core.denied = control;
    actions = answer(&machine, control);
    assert_int_equal(machine.granted, QA_PERMISSION_VIEW);
    assert_false(find(&actions, ACTION_GATE)->yes);
}

static void test_strangers_are_turned_away_before_anything_is_asked(void **state)
{
    struct sharer_machine machine;
    sharer_machine_init(&machine);
    SHARE(&machine, .type = EVENT_START);
    SHARE(&machine, .type = EVENT_LINK_OPENED);
    SHARE(&machine, .type = EVENT_JOINED);
    machine.stranger = true;
    struct session_actions actions = SHARE(&machine, .type = EVENT_CHANNEL_UP);
    assert_null(find(&actions, ACTION_SHOW_HELPER));
    assert_null(find(&actions, ACTION_ASK));
    assert_int_equal(find(&actions, ACTION_SEND_BYE)->error, QA_EPOLICY);
    actions = SHARE(&machine, .type = EVENT_LINK_CLOSED);
    assert_int_equal(find(&actions, ACTION_FINISH)->error, QA_EPOLICY);
}

static void test_what_the_helpers_policy_denies_is_neither_asked_for_nor_used(void **state)
{
    const unsigned view = QA_PERMISSION_VIEW, control = QA_PERMISSION_CONTROL;
    struct helper_machine machine;
    struct session_actions actions;
    helper_viewing(&machine);
    machine.core.denied = control;
    struct session_event request = {.type = EVENT_REQUEST, .permissions = control};
    assert_int_equal(helper_machine_step(&machine, &request, 1000, &actions), QA_EPOLICY);
    assert_int_equal(actions.count, 0);
    request.permissions |= QA_PERMISSION_POINT;
    assert_int_equal(helper_machine_step(&machine, &request, 1000, &actions), 0);
    assert_int_equal(find(&actions, ACTION_SEND_REQUEST)->permissions, QA_PERMISSION_POINT);
    HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = view | control);
    assert_int_equal(machine.granted, view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_subset_is_granted_and_one_taken_back),
        cmocka_unit_test(test_questions_come_one_at_a_time),
        cmocka_unit_test(test_a_helper_in_control_answers_no_question),
        cmocka_unit_test(test_no_answer_means_no),
        cmocka_unit_test(test_every_cause_has_to_go),
        cmocka_unit_test(test_a_prompt_from_before_hides_the_first_picture),
        cmocka_unit_test(test_the_helper_pauses_at_once_and_goes_on_when_told),
        cmocka_unit_test(test_one_answer_leaves_the_other_requests_open),
        cmocka_unit_test(test_after_a_no_it_has_to_wait),
        cmocka_unit_test(test_a_yes_makes_the_noes_before_void),
        cmocka_unit_test(test_silence_makes_it_wait_but_is_not_final),
        cmocka_unit_test(test_a_flood_of_requests_is_not_answered_one_by_one),
        cmocka_unit_test(test_control_ends_with_its_time_and_is_asked_again),
        cmocka_unit_test(test_any_permission_may_have_a_limit),
        cmocka_unit_test(test_the_helper_knows_when_asking_is_in_vain),
        cmocka_unit_test(test_what_expired_is_asked_for_by_itself),
        cmocka_unit_test(test_what_the_sharers_policy_denies_is_not_even_asked),
        cmocka_unit_test(test_strangers_are_turned_away_before_anything_is_asked),
        cmocka_unit_test(test_what_the_helpers_policy_denies_is_neither_asked_for_nor_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
