/* Monitors of a real X server that come, go and move, and displays that change their size. */
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

static void test_the_chosen_one_is_unplugged(void **state)
{
    struct fixture *f = *state;
    start_with_three(f, 3);
    uint32_t id = choose(f, "MIDDLE");
    expect_shown(f, id, middle);
    unplug(f, "MIDDLE");
    expect_shown(f, 0, whole);
    assert_int_equal(f->list.count, 2);
    /* Plugged in again it is the same one, and is not shown before somebody asks for it. */
    plug(f, "MIDDLE", middle, false);
    expect_count(f, 3);
    assert_int_equal(by_name(f, "MIDDLE")->id, id);
    assert_int_equal(f->list.chosen, 0);
    expect_shown(f, choose(f, "MIDDLE"), middle);
}

static void test_another_one_is_unplugged(void **state)
{
    struct fixture *f = *state;
    start_with_three(f, 4);
    uint32_t id = choose(f, "RIGHT");
    expect_shown(f, id, right);
    unsigned before = f->resized;
    unplug(f, "MIDDLE");
    expect_count(f, 2);
    expect_shown(f, id, right);
    /* Its own place taken away, the server's monitor is back. */
    unplug(f, "LEFT");
    x_sync(f->xcb);
    expect_shown(f, id, right);
    assert_int_equal(f->resized, before);
}

static void test_the_chosen_one_moves(void **state)
{
    struct fixture *f = *state;
    add_mode(f, "320x300");
    set_crtc(f, "320x300", 10, 0);
    paint_screen(f, 5);
    start(f);
    uint32_t id = choose(f, "screen");
    expect_shown(f, id, (qa_rect){10, 0, 320, 300});
    unsigned before = f->resized;
    const qa_rect moved = {600, 90, 320, 300};
    set_crtc(f, "320x300", 600, 90);
    while (memcmp(&f->list.shown, &moved, sizeof moved) != 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    expect_shown(f, id, moved);
    assert_int_equal(f->resized, before); /* it is the same one, of the same size */
    add_mode(f, "200x100");
    set_crtc(f, "200x100", 700, 90);
    while (f->list.shown.width != 200)
        uv_run(&f->loop, UV_RUN_ONCE);
    expect_shown(f, id, (qa_rect){700, 90, 200, 100});
}

static void test_without_monitors_all_is_shown(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 10);
    start(f);
    expect_shown(f, choose(f, "screen"), whole);
    xrandr(f, (const char *[]){"--fb", "960x400", "--output", "screen", "--off", NULL});
    expect_count(f, 0);
    assert_int_equal(f->list.chosen, 0);
    assert_int_equal(f->screen->ops->choose(f->screen, 1), QA_EINVAL);
    xrandr(f, (const char *[]){"--output", "screen", "--auto", NULL});
    expect_count(f, 1);
    expect_shown(f, 0, whole);
}

static void test_the_display_changes_its_size(void **state)
{
    struct fixture *f = *state;
    start_with_three(f, 11);
    uint32_t id = choose(f, "MIDDLE");
    expect_shown(f, id, middle);
    add_mode(f, "500x300");
    xrandr(f, (const char *[]){"--output", "screen", "--mode", "500x300", NULL});
    xrandr(f, (const char *[]){"--fb", "500x300", NULL});
    while (f->list.shown.width == middle.width)
        uv_run(&f->loop, UV_RUN_ONCE);
    paint_screen(f, 12);
    expect_shown(f, id, (qa_rect){320, 40, 180, 260});
    assert_int_equal(f->list.count, 2); /* nothing is left of the right one */
    expect_shown(f, choose(f, NULL), (qa_rect){0, 0, 500, 300});
}

static void test_many_monitors_and_names_of_any_kind(void **state)
{
    struct fixture *f = *state;
    plug(f, "LEFT", left, true);
    char name[300];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    plug(f, name, middle, false);
    plug(f, "\x1b[31m\xff", right, false);
    start(f);
    assert_int_equal(f->list.count, 3);
    name[SCREEN_NAME_SIZE - 1] = '\0';
    expect_monitor(f, name, middle);
    expect_monitor(f, "\x1b[31m\xff", right);
    /* No more than can be listed; new ones come in as others go; nobody's number is used again. */
    uint32_t first = by_name(f, "LEFT")->id, last = 0;
    for (unsigned i = 0; i < 60; i++) {
        char text[16];
        snprintf(text, sizeof text, "M%u", i);
        plug(f, text, middle, false);
        if (i >= 20) {
            snprintf(text, sizeof text, "M%u", i - 20);
            unplug(f, text);
        }
        run_for(&f->loop, 20);
    }
    run_for(&f->loop, 200);
    assert_int_equal(f->list.count, SCREEN_MONITORS_MAX);
    assert_int_equal(by_name(f, "LEFT")->id, first);
    for (size_t i = 0; i < f->list.count; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(f->list.monitors[i].id, f->list.monitors[j].id);
    last = by_name(f, "M50")->id;
    assert_true(last > SCREEN_MONITORS_MAX);
    expect_shown(f, choose(f, "M50"), middle);
}

static void test_switching_while_everything_moves(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    start(f);
    const char *names[] = {"LEFT", "MIDDLE", "RIGHT", NULL};
    for (unsigned seed = 0; seed < 200; seed++) {
        fill(f, (int16_t)(seed * 7 % 900), (int16_t)(seed * 3 % 350), 60, 60, seed * 0x0f1e2d);
        for (unsigned turns = seed % 7; turns; turns--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        /* The middle one may just be gone. */
        const char *name = names[seed % 4];
        uint32_t id = 0;
        for (size_t i = 0; name && i < f->list.count; i++)
            if (strcmp(f->list.monitors[i].name, name) == 0)
                id = f->list.monitors[i].id;
        f->screen->ops->choose(f->screen, id);
        if (seed % 10 == 3)
            unplug(f, "MIDDLE");
        if (seed % 10 == 7)
            plug(f, "MIDDLE", middle, false);
        for (unsigned turns = seed % 11; turns; turns--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    expect_count(f, 3);
    expect_shown(f, choose(f, "MIDDLE"), middle);
}

static void test_of_too_large_a_display_one_monitor_is_shown(void **state)
{
    struct fixture *f = open_server("9000x200x24", NULL);
    plug(f, "LEFT", (qa_rect){0, 0, 400, 200}, true);
    plug(f, "FAR", (qa_rect){8500, 0, 500, 200}, false);
    fill(f, 8550, 20, 100, 100, 0x0055ff);
    start(f);
    assert_int_equal(f->list.count, 2);
    expect_shown(f, by_name(f, "LEFT")->id, (qa_rect){0, 0, 400, 200});
    expect_shown(f, choose(f, "FAR"), (qa_rect){8500, 0, 500, 200});
    /* All cannot be had. */
    unsigned lists = f->lists;
    choose(f, NULL);
    while (f->lists == lists)
        uv_run(&f->loop, UV_RUN_ONCE);
    expect_shown(f, by_name(f, "LEFT")->id, (qa_rect){0, 0, 400, 200});
    unplug(f, "LEFT");
    unplug(f, "FAR");
    while (!f->failed)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_non_null(strstr(f->detail, "8192"));
    close_server(f);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_the_chosen_one_is_unplugged),
        WITH_SERVER(test_another_one_is_unplugged),
        WITH_SERVER(test_the_chosen_one_moves),
        WITH_SERVER(test_without_monitors_all_is_shown),
        WITH_SERVER(test_the_display_changes_its_size),
        WITH_SERVER(test_switching_while_everything_moves),
        WITH_SERVER(test_many_monitors_and_names_of_any_kind),
        cmocka_unit_test(test_of_too_large_a_display_one_monitor_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
