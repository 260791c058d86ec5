/* A restart of the sharer's computer: who is asked, who waits how long, and what nobody may say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#include "machine_steps.h"
#include "session/reconnect.h"
#include "wire/control_message.h"

#define NOW 1000

static void sharer_ready(struct sharer_machine *machine)
{
    sharer_controlled(machine);
    machine->core.reconnect_ms = SESSION_RECONNECT_MS;
}

static void helper_ready(struct helper_machine *machine)
{
    helper_viewing(machine);
    machine->core.reconnect_ms = SESSION_RECONNECT_MS;
}

static int ask(struct helper_machine *machine, uint64_t now)
{
    struct session_actions actions;
    return helper_machine_step(machine, &(struct session_event){.type = EVENT_ASK_RESTART}, now,
                               &actions);
}

static int leave(struct sharer_machine *machine, struct session_actions *actions)
{
    return sharer_machine_step(machine, &(struct session_event){.type = EVENT_LEAVE}, NOW, actions);
}

static void allowed(struct sharer_machine *machine)
{
    sharer_ready(machine);
    SHARE(machine, .type = EVENT_RESTART_ASKED);
    struct session_actions actions = answer(machine, QUESTION_RESTART);
    assert_non_null(find(&actions, ACTION_ALLOW_RESTART));
}

static void test_a_question_of_its_own(void **state)
{
    struct sharer_machine machine;
    sharer_ready(&machine);
    struct session_actions actions = SHARE(&machine, .type = EVENT_RESTART_ASKED);
    assert_non_null(find(&actions, ACTION_ASK));
    /* Nobody answers it with the helper's mouse. */
    assert_true(machine.causes & QA_PAUSED_BY_PROMPT);
    assert_int_equal(questions_open(&machine.questions)->permissions, QUESTION_RESTART);
    /* Asked once, however often it comes. */
    SHARE(&machine, .type = EVENT_RESTART_ASKED);
    assert_int_equal(machine.questions.count, 1);
    unsigned granted = machine.granted;
    actions = answer(&machine, QUESTION_RESTART);
    assert_non_null(find(&actions, ACTION_ALLOW_RESTART));
    assert_null(find(&actions, ACTION_SHOW_PERMISSIONS));
    assert_int_equal(machine.granted, granted);
    SHARE(&machine, .type = EVENT_RESTART_ASKED);
    assert_int_equal(machine.questions.count, 0);
}

static void test_no_is_no(void **state)
{
    struct sharer_machine machine;
    struct session_actions actions;
    uint64_t now = NOW;
    sharer_ready(&machine);
    for (int i = 0; i < 3; i++) {
        SHARE_AT(&machine, now, .type = EVENT_RESTART_ASKED);
        actions = answer_at(&machine, now, 0);
        assert_null(find(&actions, ACTION_ALLOW_RESTART));
        assert_int_equal(find(&actions, ACTION_REFUSE_RESTART)->error, QA_EDENIED);
        actions = SHARE_AT(&machine, now, .type = EVENT_RESTART_ASKED);
        assert_null(find(&actions, ACTION_ASK));
        assert_int_equal(find(&actions, ACTION_REFUSE_RESTART)->error,
                         i < 2 ? QA_ERATE : QA_ELIMIT);
        now += 100000;
        SHARE_AT(&machine, now, .type = EVENT_HEARD);
        SHARE_AT(&machine, now, .type = EVENT_TICK);
    }
    assert_int_equal(machine.core.restart_until, 0);
    assert_int_equal(leave(&machine, &actions), QA_ESTATE);
}

static void test_a_flood_is_not_answered(void **state)
{
    struct sharer_machine machine;
    size_t answers = 0;
    sharer_ready(&machine);
    machine.core.reconnect_ms = 0; /* no way back, so no question */
    for (int i = 0; i < 1000; i++) {
        struct session_actions actions = SHARE(&machine, .type = EVENT_RESTART_ASKED);
        assert_null(find(&actions, ACTION_ASK));
        answers += actions.count;
    }
    assert_int_equal(answers, SHARER_REFUSALS_MAX);
}

static void test_before_viewing_nothing(void **state)
{
    struct sharer_machine machine;
    sharer_asking(&machine);
    machine.core.reconnect_ms = SESSION_RECONNECT_MS;
    struct session_actions actions = SHARE(&machine, .type = EVENT_RESTART_ASKED);
    assert_int_equal(actions.count, 0);
    assert_int_equal(questions_permissions(&machine.questions), QA_PERMISSION_VIEW);
}

static void test_leaving_is_no_end(void **state)
{
    struct sharer_machine machine;
    struct session_actions actions;
    allowed(&machine);
    assert_int_equal(leave(&machine, &actions), 0);
    assert_non_null(find(&actions, ACTION_STOP_PARTS));
    assert_non_null(find(&actions, ACTION_ABANDON_LINK));
    assert_null(find(&actions, ACTION_SEND_BYE));
    assert_null(find(&actions, ACTION_CLOSE));
    assert_null(find(&actions, ACTION_FORGET_RESTART));
    assert_int_equal(machine.granted, 0);
    assert_int_equal(leave(&machine, &actions), QA_ESTATE);
    /* What was said is on its way out until the link is closed. */
    assert_null(find(&actions, ACTION_FINISH));
    sharer_machine_step(&machine, &(struct session_event){.type = EVENT_LINK_CLOSED}, NOW,
                        &actions);
    assert_int_equal(find(&actions, ACTION_FINISH)->error, 0);
    assert_null(find(&actions, ACTION_FORGET_RESTART));
}

static void test_every_end_voids_it(void **state)
{
    const struct session_event ends[] = {{.type = EVENT_END},
                                         {.type = EVENT_BYE},
                                         {.type = EVENT_PEER_GONE},
                                         {.type = EVENT_TUNNEL_FAILED, .error = QA_ETAMPERED},
                                         {.type = EVENT_PART_FAILED, .error = QA_EWORKER}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct sharer_machine machine;
        allowed(&machine);
        struct session_actions actions = share_at(&machine, NOW, ends[i]);
        assert_non_null(find(&actions, ACTION_FORGET_RESTART));
        assert_int_equal(machine.core.restart_until, 0);
    }
}

static void test_twenty_minutes(void **state)
{
    struct sharer_machine machine;
    struct session_actions actions;
    allowed(&machine);
    /* Heard all the time. */
    SHARE_AT(&machine, NOW + SESSION_RESTART_MS - 1, .type = EVENT_HEARD);
    actions = SHARE_AT(&machine, NOW + SESSION_RESTART_MS - 1, .type = EVENT_TICK);
    assert_null(find(&actions, ACTION_FORGET_RESTART));
    actions = SHARE_AT(&machine, NOW + SESSION_RESTART_MS, .type = EVENT_TICK);
    assert_non_null(find(&actions, ACTION_FORGET_RESTART));
    assert_int_equal(leave(&machine, &actions), QA_ESTATE);
}

static void test_the_disk_is_full(void **state)
{
    struct sharer_machine machine;
    allowed(&machine);
    struct session_actions actions = SHARE(&machine, .type = EVENT_RESTART_FAILED, .error = QA_EIO);
    assert_int_equal(find(&actions, ACTION_REFUSE_RESTART)->error, QA_EIO);
    assert_int_equal(leave(&machine, &actions), QA_ESTATE);
}

static void test_the_sharer_after_its_restart(void **state)
{
    struct sharer_machine machine;
    sharer_machine_init(&machine);
    machine.core.reconnect_ms = SESSION_RECONNECT_MS;
    machine.core.resume_ms = 60000;
    struct session_actions actions = SHARE(&machine, .type = EVENT_START);
    assert_int_equal(find(&actions, ACTION_SHOW_STATE)->state, QA_STATE_RECONNECTING);
    assert_non_null(find(&actions, ACTION_CONNECT));
    actions = SHARE(&machine, .type = EVENT_LINK_OPENED);
    assert_non_null(find(&actions, ACTION_SEND_REJOIN));
    assert_null(find(&actions, ACTION_SEND_JOIN));
    actions = SHARE(&machine, .type = EVENT_PEER);
    assert_non_null(find(&actions, ACTION_START_AGAIN));
    actions = SHARE(&machine, .type = EVENT_CHANNEL_UP);
    assert_non_null(find(&actions, ACTION_SHOW_HELPER));
    assert_null(find(&actions, ACTION_START_SHARING));
    assert_int_equal(machine.core.state, QA_STATE_ASKING);
    assert_int_equal(questions_open(&machine.questions)->permissions, QA_PERMISSION_VIEW);
    /* From here on a break is one like any other. */
    actions = SHARE(&machine, .type = EVENT_PEER_GONE, .yes = true);
    assert_non_null(find(&actions, ACTION_RETRY));
    assert_int_equal(machine.core.break_ms, SESSION_RECONNECT_MS);
}

static void test_in_vain_after_the_restart(void **state)
{
    for (int late = 0; late < 2; late++) {
        struct sharer_machine machine;
        sharer_machine_init(&machine);
        machine.core.resume_ms = 60000;
        SHARE(&machine, .type = EVENT_START);
        SHARE(&machine, .type = EVENT_LINK_OPENED);
        if (late)
            SHARE(&machine, .type = EVENT_REJOINED);
        if (late)
            SHARE_AT(&machine, NOW + 60000, .type = EVENT_TICK);
        else
            SHARE(&machine, .type = EVENT_RELAY_ERROR, .error = QA_EAUTH);
        assert_true(machine.core.closing);
        assert_int_equal(machine.core.end_error, QA_EPEER_LOST);
    }
}

/* ---- the helper ---- */

static void told(struct helper_machine *machine)
{
    helper_ready(machine);
    assert_int_equal(ask(machine, NOW), 0);
    struct session_actions actions =
        HELP(machine, .type = EVENT_RESTART_SAID, .seconds = SESSION_RESTART_MS / 1000);
    assert_int_equal(find(&actions, ACTION_SHOW_RESTART)->seconds, SESSION_RESTART_MS / 1000);
}

static void test_the_helper_waits_longer(void **state)
{
    struct helper_machine machine;
    told(&machine);
    assert_int_equal(ask(&machine, NOW), QA_ESTATE);
    HELP(&machine, .type = EVENT_PEER_GONE, .yes = true);
    HELP(&machine, .type = EVENT_RETRY);
    HELP(&machine, .type = EVENT_LINK_OPENED);
    HELP(&machine, .type = EVENT_REJOINED);
    HELP_AT(&machine, NOW + SESSION_RESTART_MS - 1, .type = EVENT_TICK);
    assert_false(machine.core.closing);
    HELP_AT(&machine, NOW + SESSION_RESTART_MS, .type = EVENT_TICK);
    assert_true(machine.core.closing);
    assert_int_equal(machine.core.end_error, QA_EPEER_LOST);
}

static void test_the_helper_after_it(void **state)
{
    struct helper_machine machine;
    told(&machine);
    machine.final = QA_PERMISSION_CONTROL;
    HELP(&machine, .type = EVENT_PEER_GONE, .yes = true);
    HELP(&machine, .type = EVENT_RETRY);
    HELP(&machine, .type = EVENT_PEER);
    struct session_actions actions = HELP(&machine, .type = EVENT_CHANNEL_UP, .yes = true);
    assert_int_equal(find(&actions, ACTION_SHOW_STATE)->state, QA_STATE_ASKING);
    assert_non_null(find(&actions, ACTION_FORGET_RESTART));
    assert_int_equal(machine.core.restart_until, 0);
    assert_int_equal(machine.final, 0);
}

/* It was paused before, and is not after it: the user is told so. */
static void test_the_helper_paused_before_it(void **state)
{
    struct helper_machine machine;
    told(&machine);
    struct session_actions actions =
        HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW,
             .causes = QA_PAUSED_BY_SHARER);
    assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes, QA_PAUSED_BY_SHARER);
    HELP(&machine, .type = EVENT_PEER_GONE, .yes = true);
    HELP(&machine, .type = EVENT_RETRY);
    HELP(&machine, .type = EVENT_PEER);
    actions = HELP(&machine, .type = EVENT_CHANNEL_UP, .yes = true);
    assert_null(find(&actions, ACTION_SHOW_PAUSED));
    actions = HELP(&machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
    assert_non_null(find(&actions, ACTION_SHOW_PAUSED));
    assert_int_equal(find(&actions, ACTION_SHOW_PAUSED)->causes, 0);
    assert_non_null(find(&actions, ACTION_SHOW_PICTURE));
}

static void test_what_nobody_asked_for(void **state)
{
    struct helper_machine machine;
    helper_ready(&machine);
    HELP(&machine, .type = EVENT_RESTART_SAID, .seconds = 1200);
    assert_true(machine.core.closing);
    assert_int_equal(machine.core.end_error, QA_EPROTO);
    assert_int_equal(machine.core.restart_until, 0);
    /* And no longer than is usual, whatever is said. */
    helper_ready(&machine);
    ask(&machine, NOW);
    HELP(&machine, .type = EVENT_RESTART_SAID, .seconds = UINT32_MAX);
    assert_int_equal(machine.core.restart_until, NOW + SESSION_RESTART_MS);
    /* Said twice. */
    HELP(&machine, .type = EVENT_RESTART_SAID, .seconds = 1200);
    assert_int_equal(machine.core.end_error, QA_EPROTO);
}

static void test_the_helper_is_told_no(void **state)
{
    struct helper_machine machine;
    helper_ready(&machine);
    ask(&machine, NOW);
    struct session_actions actions =
        HELP(&machine, .type = EVENT_RESTART_SAID, .error = QA_EDENIED, .wait_s = 10);
    assert_int_equal(find(&actions, ACTION_SHOW_RESTART)->error, QA_EDENIED);
    assert_int_equal(ask(&machine, NOW + 9999), QA_ERATE);
    assert_int_equal(ask(&machine, NOW + 10000), 0);
    HELP(&machine, .type = EVENT_RESTART_SAID, .error = QA_EDENIED, .wait_s = QA_WAIT_SESSION);
    assert_int_equal(ask(&machine, NOW + 100000000), QA_ELIMIT);
    /* A break takes the question away. */
    helper_ready(&machine);
    ask(&machine, NOW);
    actions = HELP(&machine, .type = EVENT_PEER_GONE, .yes = true);
    assert_int_equal(find(&actions, ACTION_SHOW_RESTART)->error, QA_ERELAY_LOST);
    /* And without a way back it is not asked. */
    helper_viewing(&machine);
    assert_int_equal(ask(&machine, NOW), QA_ESTATE);
}

/* ---- the message ---- */

static void test_the_message(void **state)
{
    static const struct control_message messages[] = {
        {.type = CONTROL_ASK_RESTART},
        {.type = CONTROL_RESTART, .error = QA_EDENIED, .wait_s = 10},
        {.type = CONTROL_RESTART, .restart = {.seconds = 1200, .seal = {1, 2}, .key = {0xff, 3}}},
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        char text[CONTROL_MESSAGE_MAX];
        struct control_message read;
        int length = control_message_encode(&messages[i], text);
        assert_true(length > 0);
        assert_int_equal(control_message_decode(text, (size_t)length, &read), 0);
        assert_int_equal(read.type, messages[i].type);
        assert_int_equal(read.error, messages[i].error);
        assert_int_equal(read.wait_s, messages[i].wait_s);
        assert_memory_equal(&read.restart, &messages[i].restart, sizeof read.restart);
    }
}

static void test_what_is_no_message(void **state)
{
    static const char digits[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const struct {
        const char *seconds, *seal, *key;
        int cut; /* digits left out at the end of the seal */
    } cases[] = {
        {"1200", digits, "00", 0},       {"1200", digits, digits, 1}, {"1200", digits, digits, 2},
        {"-1", digits, digits, 0},       {"1.5", digits, digits, 0},  {"86401", digits, digits, 0},
        {"\"1200\"", digits, digits, 0}, {"null", digits, digits, 0},
    };
    struct control_message read;
    char text[512];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text,
                 "{\"type\":\"restart\",\"reason\":\"OK\",\"wait_s\":0,\"seconds\":%s,"
                 "\"seal\":\"%.*s\",\"key\":\"%s\"}",
                 cases[i].seconds, (int)strlen(digits) - cases[i].cut, cases[i].seal, cases[i].key);
        assert_int_equal(control_message_decode(text, strlen(text), &read), QA_EPROTO);
    }
    static const char *const others[] = {
        "{\"type\":\"restart\"}",
        "{\"type\":\"restart\",\"seconds\":0,\"wait_s\":0}",
        "{\"type\":\"restart\",\"seconds\":0,\"reason\":\"OK\"}",
        "{\"type\":\"restart\",\"seconds\":1200,\"reason\":\"OK\",\"wait_s\":0}",
        "{\"type\":\"restart\",\"seconds\":1200,\"reason\":\"OK\",\"wait_s\":0,\"seal\":1,\"key\":"
        "2}",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(control_message_decode(others[i], strlen(others[i]), &read), QA_EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_question_of_its_own),
        cmocka_unit_test(test_no_is_no),
        cmocka_unit_test(test_a_flood_is_not_answered),
        cmocka_unit_test(test_before_viewing_nothing),
        cmocka_unit_test(test_leaving_is_no_end),
        cmocka_unit_test(test_every_end_voids_it),
        cmocka_unit_test(test_twenty_minutes),
        cmocka_unit_test(test_the_disk_is_full),
        cmocka_unit_test(test_the_sharer_after_its_restart),
        cmocka_unit_test(test_in_vain_after_the_restart),
        cmocka_unit_test(test_the_helper_waits_longer),
        cmocka_unit_test(test_the_helper_after_it),
        cmocka_unit_test(test_the_helper_paused_before_it),
        cmocka_unit_test(test_what_nobody_asked_for),
        cmocka_unit_test(test_the_helper_is_told_no),
        cmocka_unit_test(test_the_message),
        cmocka_unit_test(test_what_is_no_message),
    };
    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
