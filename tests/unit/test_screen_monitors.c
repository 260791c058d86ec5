/* Monitors of a real X server: which there are, and what is shown of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "monitors_fixture.h"

static int setup_without_shm(void **state)
{
    *state = open_server(MONITORS_SCREEN, (const char *[]){"-extension", "MIT-SHM", NULL});
    return 0;
}

static void test_one_monitor_is_listed_and_all_is_shown(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 1);
    start(f);
    assert_int_equal(f->lists, 1);
    assert_int_equal(f->list.count, 1);
    expect_monitor(f, "screen", whole);
    assert_int_equal(f->list.monitors[0].scale_percent, 100);
    assert_int_not_equal(f->list.monitors[0].id, 0);
    expect_shown(f, 0, whole);
}

static void test_each_of_three_can_be_shown_alone(void **state)
{
    struct fixture *f = *state;
    start_with_three(f, 2);
    assert_int_equal(f->list.count, 3);
    expect_monitor(f, "LEFT", left);
    expect_monitor(f, "MIDDLE", middle);
    expect_monitor(f, "RIGHT", right);
    expect_shown(f, 0, whole);
    const struct {
        const char *name;
        qa_rect place;
    } steps[] = {
        {"RIGHT", right}, {"MIDDLE", middle}, {"LEFT", left}, {"RIGHT", right}, {NULL, whole}};
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        unsigned before = f->resized;
        uint32_t id = choose(f, steps[i].name);
        expect_shown(f, id, steps[i].place);
        /* Of the same size or not: nothing of what was seen before counts. */
        assert_int_equal(f->resized, before + 1);
        /* What changes there arrives, in its place. */
        paint_screen(f, 20 + i);
        expect_shown(f, id, steps[i].place);
    }
}

static void start_with(struct fixture *f, const char *name)
{
    const char *detail;
    assert_int_equal(make_screen(f, &detail), 0);
    f->screen->ops->begin_with(f->screen, name);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
    while (!f->resized)
        uv_run(&f->loop, UV_RUN_ONCE);
}

/* As it is after a break: not one picture of the others is said. */
static void test_one_is_shown_from_the_beginning(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    paint_screen(f, 3);
    start_with(f, "MIDDLE");
    assert_int_equal(f->lists, 1);
    assert_int_equal(f->list.count, 3);
    assert_int_equal(f->picture.width, middle.width);
    assert_int_equal(f->picture.height, middle.height);
    expect_shown(f, by_name(f, "MIDDLE")->id, middle);
    assert_int_equal(f->resized, 1);
    /* It was the first choice and no more. */
    expect_shown(f, choose(f, NULL), whole);
}

static void test_one_that_is_gone_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    plug(f, "LEFT", left, true);
    start_with(f, "MIDDLE");
    expect_shown(f, 0, whole);
    plug(f, "MIDDLE", middle, false);
    expect_count(f, 2);
    expect_shown(f, 0, whole);
}

static void test_what_changes_elsewhere_is_not_captured(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    start(f);
    expect_shown(f, choose(f, "RIGHT"), right);
    run_for(&f->loop, 100);
    unsigned before = f->damaged;
    uint64_t asked = requests(f);
    for (unsigned i = 0; i < 20; i++) {
        fill(f, 0, 0, 640, 400, i * 0x010203);
        run_for(&f->loop, 20);
    }
    assert_int_equal(f->damaged, before);
    assert_int_equal(requests(f), asked);
    fill(f, 600, 100, 100, 50, 0x44ee11);
    expect_shown(f, f->list.chosen, right);
}

static void test_clones_and_overlaps_are_monitors_like_others(void **state)
{
    struct fixture *f = *state;
    plug(f, "LEFT", left, true);
    plug(f, "CLONE", left, false);
    const qa_rect over = {200, 100, 300, 200};
    plug(f, "OVER", over, false);
    paint_screen(f, 6);
    start(f);
    assert_int_equal(f->list.count, 3);
    uint32_t one = choose(f, "LEFT");
    expect_shown(f, one, left);
    uint32_t other = choose(f, "CLONE");
    assert_int_not_equal(one, other);
    expect_shown(f, other, left);
    expect_shown(f, choose(f, "OVER"), over);
    paint_screen(f, 7);
    expect_shown(f, f->list.chosen, over);
}

static void test_what_is_outside_of_the_display_is_cut_off(void **state)
{
    struct fixture *f = *state;
    plug(f, "LEFT", left, true);
    plug(f, "CORNER", (qa_rect){900, 350, 320, 400}, false);
    plug(f, "BEFORE", (qa_rect){-100, -50, 200, 100}, false);
    plug(f, "NOWHERE", (qa_rect){2000, 2000, 100, 100}, false);
    paint_screen(f, 8);
    start(f);
    assert_int_equal(f->list.count, 3);
    expect_monitor(f, "CORNER", (qa_rect){900, 350, 60, 50});
    expect_shown(f, choose(f, "CORNER"), (qa_rect){900, 350, 60, 50});
    expect_shown(f, choose(f, "BEFORE"), (qa_rect){0, 0, 100, 50});
    paint_screen(f, 9);
    expect_shown(f, f->list.chosen, (qa_rect){0, 0, 100, 50});
}

static bool is_hidden(void *user)
{
    return !((struct fixture *)user)->shape.width;
}

static bool is_shown_again(void *user)
{
    return ((struct fixture *)user)->shape.width > 0;
}

static bool is_at_10_20(void *user)
{
    const struct fixture *f = user;
    return f->x == 10 && f->y == 20;
}

static void test_the_pointer_is_told_where_it_is_in_the_picture(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    start(f);
    move_pointer(f, 330, 60);
    assert_true(run_until(&f->loop, is_shown_again, f));
    expect_shown(f, choose(f, "MIDDLE"), middle);
    assert_true(run_until(&f->loop, is_at_10_20, f));
    /* Out of the picture it is shown nowhere, and its way there is not told. */
    move_pointer(f, 100, 60);
    assert_true(run_until(&f->loop, is_hidden, f));
    unsigned before = f->places;
    for (int16_t i = 0; i < 10; i++) {
        move_pointer(f, (int16_t)(100 + i * 5), 60);
        run_for(&f->loop, 20);
    }
    assert_int_equal(f->places, before);
    move_pointer(f, 331, 61);
    assert_true(run_until(&f->loop, is_shown_again, f));
    move_pointer(f, 330, 60);
    assert_true(run_until(&f->loop, is_at_10_20, f));
    /* Another part, the same pointer. */
    f->x = f->y = -1;
    expect_shown(f, choose(f, "RIGHT"), right);
    assert_true(run_until(&f->loop, is_hidden, f));
    move_pointer(f, 650, 20);
    assert_true(run_until(&f->loop, is_at_10_20, f));
    assert_true(run_until(&f->loop, is_shown_again, f));
}

static void test_a_choice_while_paused_counts_after_it(void **state)
{
    struct fixture *f = *state;
    start_with_three(f, 13);
    f->screen->ops->set_paused(f->screen, true);
    unsigned lists = f->lists;
    uint32_t id = choose(f, "RIGHT");
    unplug(f, "LEFT");
    run_for(&f->loop, 100);
    assert_int_equal(f->lists, lists);
    f->screen->ops->set_paused(f->screen, false);
    expect_shown(f, id, right);
}

static bool is_answered(void *user)
{
    return ((struct fixture *)user)->lists == 2;
}

static void test_every_choice_is_answered(void **state)
{
    struct fixture *f = *state;
    start(f);
    assert_int_equal(f->lists, 1);
    unsigned before = f->resized;
    choose(f, NULL);
    assert_true(run_until(&f->loop, is_answered, f));
    assert_int_equal(f->resized, before);
    assert_int_equal(f->screen->ops->choose(f->screen, 4711), QA_EINVAL);
}

static void set_resources(struct fixture *f, const char *text)
{
    xcb_change_property(f->xcb, XCB_PROP_MODE_REPLACE, f->root, XCB_ATOM_RESOURCE_MANAGER,
                        XCB_ATOM_STRING, 8, (uint32_t)strlen(text), text);
    x_sync(f->xcb);
}

static void test_the_scale_is_that_of_the_desktop(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *resources;
        unsigned percent;
    } cases[] = {{"XTerm*a: b\nXft.dpi:\t192\nXft.hinting: 1\n", 200},
                 {"Xft.dpi: 144", 150},
                 {"Xft.dpi:\t120\n", 125},
                 {"Xft.dpi:", 100},
                 {"Xft.dpi: 99999999999999999999\n", 100},
                 {"Xft.dpi: x\n", 100},
                 {"NotXft.dpi: 192\n", 100},
                 {"", 100}};
    set_resources(f, cases[0].resources);
    start(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_resources(f, cases[i].resources);
        unsigned lists = f->lists;
        choose(f, NULL);
        while (f->lists == lists)
            uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->list.monitors[0].scale_percent, cases[i].percent);
    }
}

static void test_a_display_without_randr_is_shown_whole(void **state)
{
    struct fixture *f = open_server(MONITORS_SCREEN, (const char *[]){"-extension", "RANDR", NULL});
    paint_screen(f, 14);
    start(f);
    assert_int_equal(f->list.count, 0);
    expect_shown(f, 0, whole);
    close_server(f);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define WITHOUT_SHM(test) cmocka_unit_test_setup_teardown(test, setup_without_shm, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_one_monitor_is_listed_and_all_is_shown),
        WITH_SERVER(test_each_of_three_can_be_shown_alone),
        WITHOUT_SHM(test_each_of_three_can_be_shown_alone),
        WITH_SERVER(test_one_is_shown_from_the_beginning),
        WITH_SERVER(test_one_that_is_gone_is_not_waited_for),
        WITH_SERVER(test_what_changes_elsewhere_is_not_captured),
        WITH_SERVER(test_clones_and_overlaps_are_monitors_like_others),
        WITH_SERVER(test_what_is_outside_of_the_display_is_cut_off),
        WITH_SERVER(test_the_pointer_is_told_where_it_is_in_the_picture),
        WITH_SERVER(test_a_choice_while_paused_counts_after_it),
        WITH_SERVER(test_every_choice_is_answered),
        WITH_SERVER(test_the_scale_is_that_of_the_desktop),
        cmocka_unit_test(test_a_display_without_randr_is_shown_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
