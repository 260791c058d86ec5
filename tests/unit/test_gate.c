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

/* An input that keeps the part of the display which each event was for. */
struct placed {
    struct input input; /* first */
    int32_t x;          /* of the part that is set */
    int32_t at[16];
    size_t count;
};

static int placed_inject(struct input *input, const qa_input_event *event)
{
    struct placed *placed = (struct placed *)input;
    assert_true(placed->count < 16);
    placed->at[placed->count++] = placed->x;
    return 0;
}

static void placed_set_area(struct input *input, const qa_rect *area)
{
    ((struct placed *)input)->x = area->x;
}

static void placed_nothing(struct input *input)
{
}

static const struct input_ops placed_ops = {.inject = placed_inject,
                                            .set_area = placed_set_area,
                                            .release_all = placed_nothing,
                                            .destroy = placed_nothing};

static void click(struct gate *gate)
{
    const qa_input_event event = {
        .size = sizeof event, .type = QA_INPUT_BUTTON, .button = QA_BUTTON_LEFT, .pressed = true};
    assert_int_equal(gate_pass(gate, &event), 0);
}

static void test_input_lands_on_what_it_was_aimed_at(void **state)
{
    struct gate gate;
    struct placed placed = {.input = {.ops = &placed_ops}};
    gate_init(&gate);
    gate_attach(&gate, &placed.input);
    gate_set_area(&gate, &(qa_rect){0, 0, 900, 900});
    gate_set(&gate, true, 3);
    gate_mark(&gate, 3);
    click(&gate);
    /* The helper chooses; what it sent before is still on its way. */
    gate_follow(&gate, 4, &(qa_rect){500, 0, 400, 900});
    click(&gate);
    gate_set(&gate, true, 4); /* something else is allowed meanwhile */
    click(&gate);
    gate_mark(&gate, 4);
    click(&gate);
    assert_int_equal(placed.count, 4);
    assert_int_equal(placed.at[0], 0);
    assert_int_equal(placed.at[1], 0);
    assert_int_equal(placed.at[2], 0);
    assert_int_equal(placed.at[3], 500);
    /* Nobody goes back to an earlier one. */
    gate_mark(&gate, 3);
    click(&gate);
    assert_int_equal(placed.count, 4);

    /* Several in a row before anything of the stream comes. */
    gate_mark(&gate, 4);
    gate_follow(&gate, 5, &(qa_rect){100, 0, 10, 10});
    gate_follow(&gate, 6, &(qa_rect){200, 0, 10, 10});
    click(&gate);
    gate_mark(&gate, 5);
    click(&gate);
    gate_mark(&gate, 4);
    click(&gate);
    gate_mark(&gate, 6);
    click(&gate);
    assert_int_equal(placed.count, 7);
    assert_int_equal(placed.at[4], 500);
    assert_int_equal(placed.at[5], 100);
    assert_int_equal(placed.at[6], 200);
    /* More than are kept: the oldest are lost, nothing else. */
    for (unsigned i = 0; i < GATE_EARLIER_MAX + 1; i++)
        gate_follow(&gate, (7 + i) % 16, &(qa_rect){200, 0, 10, 10});
    click(&gate);
    assert_int_equal(placed.count, 7);

    /* Control taken back ends it, earlier input included. */
    gate_set(&gate, true, 7);
    gate_mark(&gate, 7);
    gate_follow(&gate, 8, &(qa_rect){300, 0, 10, 10});
    gate_set(&gate, false, 9);
    click(&gate);
    gate_set(&gate, true, 10);
    click(&gate);
    assert_int_equal(placed.count, 7);
    gate_detach(&gate);
}

/* After a break the helper's side begins another stream, without a mark. */
static void test_a_mark_is_of_its_stream(void **state)
{
    struct recorder recorder;
    set_up(&recorder);
    gate_set(&recorder.gate, true, 3);
    gate_mark(&recorder.gate, 3);
    gate_follow(&recorder.gate, 4, &(qa_rect){0, 0, 10, 10});
    gate_detach(&recorder.gate);
    assert_int_equal(input_record_new(&recorder.input), 0);
    gate_attach(&recorder.gate, recorder.input);
    press(&recorder, 0x1e);
    gate_set(&recorder.gate, true, 3);
    press(&recorder, 0x1e);
    assert_int_equal(recorded(&recorder), 0);
    gate_mark(&recorder.gate, 3);
    press(&recorder, 0x1e);
    assert_int_equal(recorded(&recorder), 1);
    gate_detach(&recorder.gate);
}

static void test_choosing_opens_nothing(void **state)
{
    struct gate gate;
    struct placed placed = {.input = {.ops = &placed_ops}};
    gate_init(&gate);
    gate_attach(&gate, &placed.input);
    gate_set(&gate, false, 1);
    gate_mark(&gate, 1);
    gate_follow(&gate, 2, &(qa_rect){500, 0, 400, 900});
    click(&gate);
    gate_mark(&gate, 2);
    click(&gate);
    assert_int_equal(placed.count, 0);
    gate_detach(&gate);
}

static void point(struct recorder *recorder, qa_input_type type, int32_t x, int32_t y, bool pressed)
{
    const qa_input_event event = {.size = sizeof event,
                                  .type = type,
                                  .x = x,
                                  .y = y,
                                  .button = type == QA_INPUT_BUTTON ? QA_BUTTON_LEFT : 0,
                                  .pressed = pressed,
                                  .wheel_y = type == QA_INPUT_WHEEL ? QA_WHEEL_STEP : 0};
    assert_int_equal(gate_pass(&recorder->gate, &event), 0);
}

static void expect_last(const struct recorder *recorder, size_t count, int32_t x, int32_t y)
{
    size_t got;
    const qa_input_event *events = input_record_events(recorder->input, &got);
    assert_int_equal(got, count);
    assert_int_equal(events[count - 1].x, x);
    assert_int_equal(events[count - 1].y, y);
}

static void open_guarded(struct recorder *recorder)
{
    set_up(recorder);
    gate_set(&recorder->gate, true, 1);
    gate_mark(&recorder->gate, 1);
    gate_set_area(&recorder->gate, &(qa_rect){1000, 0, 800, 600});
    gate_guard(&recorder->gate, &(qa_rect){1100, 50, 200, 40}); /* 100, 50 of the picture */
}

static void test_no_pointer_goes_to_the_guarded_place(void **state)
{
    struct recorder recorder;
    open_guarded(&recorder);
    point(&recorder, QA_INPUT_MOVE, 100, 50, false);
    point(&recorder, QA_INPUT_MOVE, 299, 89, false);
    point(&recorder, QA_INPUT_BUTTON, 150, 60, true);
    point(&recorder, QA_INPUT_BUTTON, 150, 60, false);
    point(&recorder, QA_INPUT_WHEEL, 150, 60, false);
    size_t count;
    const qa_input_event *events = input_record_events(recorder.input, &count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(events[i].type, QA_INPUT_BUTTON); /* a release, elsewhere */
        assert_false(events[i].pressed);
        assert_true(events[i].x < 100 || events[i].y < 50);
    }
    /* Right beside it is another matter; keys go on. */
    size_t before = recorded(&recorder);
    point(&recorder, QA_INPUT_MOVE, 99, 50, false);
    expect_last(&recorder, before + 1, 99, 50);
    point(&recorder, QA_INPUT_MOVE, 300, 50, false);
    expect_last(&recorder, before + 2, 300, 50);
    point(&recorder, QA_INPUT_MOVE, 150, 90, false);
    expect_last(&recorder, before + 3, 150, 90);
    press(&recorder, 0x1e);
    assert_int_equal(recorded(&recorder), before + 4);
    /* What is out of the picture would go to its edge: the place may be there, too. */
    gate_guard(&recorder.gate, &(qa_rect){1700, 0, 100, 40});
    point(&recorder, QA_INPUT_MOVE, 5000, 20, false);
    point(&recorder, QA_INPUT_BUTTON, 750, -7, true);
    assert_int_equal(recorded(&recorder), before + 4);
    gate_detach(&recorder.gate);
}

static void test_it_is_guarded_in_every_picture(void **state)
{
    struct recorder recorder;
    open_guarded(&recorder);
    point(&recorder, QA_INPUT_MOVE, 20, 20, false);
    /* Another screen is chosen: what was aimed before goes by the picture of its time. */
    gate_follow(&recorder.gate, 2, &(qa_rect){0, 0, 1800, 600});
    point(&recorder, QA_INPUT_MOVE, 150, 60, false);
    point(&recorder, QA_INPUT_BUTTON, 90, 50, true);
    expect_last(&recorder, 2, 90, 50);
    gate_mark(&recorder.gate, 2);
    point(&recorder, QA_INPUT_MOVE, 1150, 60, false);
    assert_int_equal(recorded(&recorder), 2);
    /* The button is let go where the pointer is on the display. */
    point(&recorder, QA_INPUT_BUTTON, 1150, 60, false);
    expect_last(&recorder, 3, 1090, 50);
    point(&recorder, QA_INPUT_MOVE, 150, 60, false);
    expect_last(&recorder, 4, 150, 60);
    gate_detach(&recorder.gate);
}

static void test_a_press_that_ends_there_ends_beside_it(void **state)
{
    struct recorder recorder;
    open_guarded(&recorder);
    point(&recorder, QA_INPUT_BUTTON, 20, 20, true);
    point(&recorder, QA_INPUT_MOVE, 90, 50, false);
    point(&recorder, QA_INPUT_MOVE, 150, 60, false);
    point(&recorder, QA_INPUT_BUTTON, 150, 60, false);
    expect_last(&recorder, 3, 90, 50);
    /* The place comes over the pointer while a button is down. */
    point(&recorder, QA_INPUT_BUTTON, 500, 300, true);
    gate_guard(&recorder.gate, &(qa_rect){1400, 250, 200, 100});
    point(&recorder, QA_INPUT_BUTTON, 500, 300, false);
    expect_last(&recorder, 5, 500, 249);
    point(&recorder, QA_INPUT_BUTTON, 500, 400, true);
    gate_guard(&recorder.gate, &(qa_rect){1400, 0, 200, 450});
    point(&recorder, QA_INPUT_BUTTON, 500, 300, false);
    expect_last(&recorder, 7, 500, 450);
    /* Nothing is guarded any more. */
    gate_guard(&recorder.gate, &(qa_rect){0});
    point(&recorder, QA_INPUT_MOVE, 500, 300, false);
    expect_last(&recorder, 8, 500, 300);
    gate_detach(&recorder.gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_by_default),
        cmocka_unit_test(test_open_without_a_mark_passes_nothing),
        cmocka_unit_test(test_stale_input_is_dropped),
        cmocka_unit_test(test_closing_lets_go_of_held_keys),
        cmocka_unit_test(test_input_lands_on_what_it_was_aimed_at),
        cmocka_unit_test(test_a_mark_is_of_its_stream),
        cmocka_unit_test(test_choosing_opens_nothing),
        cmocka_unit_test(test_no_pointer_goes_to_the_guarded_place),
        cmocka_unit_test(test_a_press_that_ends_there_ends_beside_it),
        cmocka_unit_test(test_it_is_guarded_in_every_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
