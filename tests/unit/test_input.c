/* Input without a display: what is valid, what is held, what the app and record kinds hand on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "input/input.h"
#include "input/scancode.h"

static qa_input_event key(uint32_t scancode, bool pressed)
{
    return (qa_input_event){.size = sizeof(qa_input_event),
                            .type = QA_INPUT_KEY,
                            .scancode = scancode,
                            .pressed = pressed};
}

static qa_input_event button(uint32_t number, bool pressed, int32_t x, int32_t y)
{
    return (qa_input_event){.size = sizeof(qa_input_event),
                            .type = QA_INPUT_BUTTON,
                            .x = x,
                            .y = y,
                            .button = number,
                            .pressed = pressed};
}

static qa_input_event text(uint32_t codepoint)
{
    return (qa_input_event){
        .size = sizeof(qa_input_event), .type = QA_INPUT_TEXT, .codepoint = codepoint};
}

static int inject(struct input *input, qa_input_event event)
{
    return input->ops->inject(input, &event);
}

static void test_record_keeps_events_and_releases(void **state)
{
    struct input *input;
    assert_int_equal(input_record_new(&input), 0);
    for (unsigned i = 0; i < 200; i++)
        assert_int_equal(inject(input, text(0x400 + i)), 0);
    assert_int_equal(inject(input, key(0x2a, true)), 0);
    assert_int_equal(inject(input, key(0x10, true)), 0);
    assert_int_equal(inject(input, key(0x10, false)), 0);
    assert_int_equal(inject(input, button(QA_BUTTON_FORWARD, true, 7, 8)), 0);
    input->ops->release_all(input);
    input->ops->release_all(input);

    size_t count;
    const qa_input_event *events = input_record_events(input, &count);
    assert_int_equal(count, 206);
    assert_int_equal(events[199].codepoint, 0x400 + 199);
    assert_int_equal(events[204].scancode, 0x2a);
    assert_false(events[204].pressed);
    assert_int_equal(events[205].button, QA_BUTTON_FORWARD);
    assert_false(events[205].pressed);
    assert_int_equal(events[205].x, 7);
    assert_int_equal(events[205].y, 8);
    input->ops->destroy(input);
}

static void test_nonsense_is_refused(void **state)
{
    struct input *input;
    assert_int_equal(input_record_new(&input), 0);
    const qa_input_event bad[] = {
        {.type = 0},
        {.type = 6},
        {.type = QA_INPUT_MOVE, .x = -1},
        {.type = QA_INPUT_MOVE, .y = 32768},
        {.type = QA_INPUT_WHEEL, .x = INT32_MIN},
        button(0, true, 0, 0),
        button(4, true, 0, 0),
        button(10, true, 0, 0),
        button(UINT32_MAX, true, 0, 0),
        key(0, true),
        key(0x55, true),
        key(0x100, true),
        key(0x15e, true), /* the power key is nobody else's */
        key(0x200, true),
        key(UINT32_MAX, true),
        text(0),
        text('\r'),
        text(0x1b),
        text(0x7f),
        text(0x9f),
        text(0xd800),
        text(0xdfff),
        text(0x110000),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(inject(input, bad[i]), QA_EINVAL);
    const qa_input_event good[] = {text('\t'), text('\n'),      text(' '),    text(0xa0),
                                   text('~'),  text(0x10ffff),  text(0xd7ff), key(0x7e, true),
                                   key(1, 1),  key(0x15d, true)};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(inject(input, good[i]), 0);
    size_t count;
    input_record_events(input, &count);
    assert_int_equal(count, sizeof good / sizeof *good);
    input->ops->destroy(input);
}

struct app_test {
    struct input *input;
    unsigned calls;
    qa_input_event last;
    bool destroy_inside;
};

static void on_input(void *user, const qa_input_event *event)
{
    struct app_test *test = user;
    test->calls++;
    test->last = *event;
    bool destroy = test->destroy_inside;
    test->destroy_inside = false;
    if (destroy)
        test->input->ops->destroy(test->input);
}

static void test_app_gets_events_and_releases(void **state)
{
    struct app_test test = {0};
    assert_int_equal(input_app_new(on_input, &test, &test.input), 0);
    assert_int_equal(inject(test.input, text(0x1f600)), 0);
    assert_int_equal(test.last.codepoint, 0x1f600);
    assert_int_equal(inject(test.input, key(0x1d, true)), 0);
    assert_int_equal(test.calls, 2);
    test.input->ops->destroy(test.input);
    assert_int_equal(test.calls, 3);
    assert_int_equal(test.last.scancode, 0x1d);
    assert_false(test.last.pressed);
}

static void test_app_may_be_destroyed_inside_its_event(void **state)
{
    struct app_test test = {0};
    assert_int_equal(input_app_new(on_input, &test, &test.input), 0);
    assert_int_equal(inject(test.input, key(0x1d, true)), 0);
    test.destroy_inside = true;
    assert_int_equal(inject(test.input, key(0x10, true)), 0);
    /* Both keys were let go of on the way. */
    assert_int_equal(test.calls, 4);
}

static void test_scancodes_have_names(void **state)
{
    assert_string_equal(scancode_key_name(0x10), "AD01");
    assert_int_equal(scancode_evdev_keycode(0x10), 24);
    assert_string_equal(scancode_key_name(0x56), "LSGT");
    assert_string_equal(scancode_key_name(0x11c), "KPEN");
    assert_string_equal(scancode_key_name(0x11d), "RCTL");
    assert_string_equal(scancode_key_name(0x138), "RALT");
    assert_string_equal(scancode_key_name(0x148), "UP");
    assert_int_equal(scancode_evdev_keycode(0x148), 111);
    assert_string_equal(scancode_key_name(0x15b), "LWIN");
    assert_string_equal(scancode_key_name(0x137), "PRSC");
    assert_string_equal(scancode_key_name(0x146), "PAUS");
    assert_string_equal(scancode_key_name(0x122), "I172");
    for (uint32_t scancode = 0; scancode < SCANCODE_END + 10; scancode++) {
        const char *name = scancode_key_name(scancode);
        assert_int_equal(name != NULL, scancode_evdev_keycode(scancode) != 0);
        assert_true(!name || (strlen(name) >= 2 && strlen(name) <= 4));
        assert_true(scancode_evdev_keycode(scancode) < 256);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_keeps_events_and_releases),
        cmocka_unit_test(test_nonsense_is_refused),
        cmocka_unit_test(test_app_gets_events_and_releases),
        cmocka_unit_test(test_app_may_be_destroyed_inside_its_event),
        cmocka_unit_test(test_scancodes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
