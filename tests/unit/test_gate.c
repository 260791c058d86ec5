/* The gate: closed by default, shut at once, and stale input never counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "session/gate.h"

struct recorder {
    struct gate gate;
    struct input *input;
};

static size_t recorded(const struct recorder *recorder)
{
    size_t count;
    input_record_events(recorder->input, &count);
    return count;
}

static void press(struct recorder *recorder, uint32_t scancode)
{
    const qa_input_event event = {
        .size = sizeof event, .type = QA_INPUT_KEY, .scancode = scancode, .pressed = true};
    assert_int_equal(gate_pass(&recorder->gate, &event), 0);
}

static void set_up(struct recorder *recorder)
{
    gate_init(&recorder->gate);
    assert_int_equal(input_record_new(&recorder->input), 0);
    gate_attach(&recorder->gate, recorder->input);
}

static void test_closed_by_default(void **state)
{
    struct recorder recorder;
    set_up(&recorder);
    gate_mark(&recorder.gate, 0);
    press(&recorder, 0x1e);
    assert_int_equal(recorded(&recorder), 0);
    gate_set(&recorder.gate, true, 0);
    press(&recorder, 0x1e);
    assert_int_equal(recorded(&recorder), 1);
    gate_detach(&recorder.gate);
}

static void test_open_without_a_mark_passes_nothing(void **state)
{
    struct recorder recorder;
    set_up(&recorder);
    gate_set(&recorder.gate, true, 0);
    press(&recorder, 0x1e);
    assert_int_equal(recorded(&recorder), 0);
    gate_detach(&recorder.gate);
}

/* Keys of before a revoke that arrive after the next yes are not typed. */
static void test_stale_input_is_dropped(void **state)
{
    struct recorder recorder;
    set_up(&recorder);
    gate_set(&recorder.gate, true, 1);
    gate_mark(&recorder.gate, 1);
    press(&recorder, 0x1e);
    gate_set(&recorder.gate, false, 2);
    size_t after_revoke = recorded(&recorder);
    press(&recorder, 0x1f);
    gate_set(&recorder.gate, true, 3);
    press(&recorder, 0x20);
    assert_int_equal(recorded(&recorder), after_revoke);
    gate_mark(&recorder.gate, 3);
    press(&recorder, 0x21);
    assert_int_equal(recorded(&recorder), after_revoke + 1);
    gate_detach(&recorder.gate);
}

static void test_closing_lets_go_of_held_keys(void **state)
{
    struct recorder recorder;
    set_up(&recorder);
    gate_set(&recorder.gate, true, 1);
    gate_mark(&recorder.gate, 1);
    press(&recorder, 0x2a);
    gate_set(&recorder.gate, false, 2);
    size_t count;
    const qa_input_event *events = input_record_events(recorder.input, &count);
    assert_int_equal(count, 2);
    assert_int_equal(events[1].scancode, 0x2a);
    assert_false(events[1].pressed);
    gate_detach(&recorder.gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_by_default),
        cmocka_unit_test(test_open_without_a_mark_passes_nothing),
        cmocka_unit_test(test_stale_input_is_dropped),
        cmocka_unit_test(test_closing_lets_go_of_held_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
