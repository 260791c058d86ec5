#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/motion.h"

static int set_up(void **state)
{
    static struct motion motion;
    *state = &motion;
    return motion_resize(&motion, 1000, 500) ? 0 : -1;
}

static int tear_down(void **state)
{
    motion_free(*state);
    return 0;
}

static const struct tiles_rect part = {.x = 128, .y = 64, .width = 192, .height = 128};
/* The lower right corner: tiles that are cut off. */
static const struct tiles_rect corner = {.x = 960, .y = 448, .width = 40, .height = 52};

static void test_moves_after_three_changes(void **state)
{
    struct motion *motion = *state;
    uint64_t now = 1000;
    for (int i = 1; i <= 5; i++, now += MOTION_GAP_MS) {
        motion_changed(motion, &part, now);
        assert_int_equal(motion_is_moving(motion, &part), i >= MOTION_CHANGES);
    }
    assert_false(motion_is_moving(motion, &corner));
    /* A pause begins the count anew. */
    motion_changed(motion, &part, now + 1);
    assert_false(motion_is_moving(motion, &part));
}

static void test_half_moving_is_moving(void **state)
{
    struct motion *motion = *state;
    struct tiles_rect left = {.x = 0, .y = 0, .width = 128, .height = 64};
    struct tiles_rect wider = {.x = 0, .y = 0, .width = 256, .height = 64};
    struct tiles_rect widest = {.x = 0, .y = 0, .width = 320, .height = 64};
    for (int i = 0; i < MOTION_CHANGES; i++)
        motion_changed(motion, &left, 10);
    assert_true(motion_is_moving(motion, &wider));
    assert_false(motion_is_moving(motion, &widest));
}

static void test_bounds(void **state)
{
    struct motion *motion = *state;
    assert_int_equal(motion_bounds(motion, 10).width, 0);
    for (int i = 0; i < MOTION_CHANGES; i++) {
        motion_changed(motion, &part, 10);
        motion_changed(motion, &corner, 10);
    }
    struct tiles_rect bounds = motion_bounds(motion, 20);
    assert_int_equal(bounds.x, 128);
    assert_int_equal(bounds.y, 64);
    assert_int_equal(bounds.width, 1000 - 128);
    assert_int_equal(bounds.height, 500 - 64);
    assert_int_equal(motion_bounds(motion, 11 + MOTION_GAP_MS).width, 0);
}

static size_t count_due(struct motion *motion, uint64_t now)
{
    size_t from = 0;
    size_t pixels = 0;
    struct tiles_rect rect;
    while (motion_next_still(motion, now, &from, &rect))
        pixels += (size_t)rect.width * (size_t)rect.height;
    return pixels;
}

static void test_sharpens_what_stands_still(void **state)
{
    struct motion *motion = *state;
    assert_int_equal(motion_sharpen_in(motion, 5), -1);
    motion_changed(motion, &part, 990);
    motion_changed(motion, &part, 1000);
    motion_set_inexact(motion, &part, true);
    motion_set_inexact(motion, &part, true);
    assert_int_equal(motion_sharpen_in(motion, 1000), MOTION_STILL_MS);
    assert_int_equal(motion_sharpen_in(motion, 1010), MOTION_STILL_MS - 10);
    assert_int_equal(count_due(motion, 1010), 0);
    assert_int_equal(motion_sharpen_in(motion, 1000 + MOTION_STILL_MS), 0);
    assert_int_equal(count_due(motion, 1000 + MOTION_STILL_MS), 192 * 128);
    motion_set_inexact(motion, &part, false);
    assert_int_equal(motion_sharpen_in(motion, 5000), -1);
    assert_int_equal(count_due(motion, 5000), 0);
}

/* A new page is no film: nothing says that it will change again soon. */
static void test_sharpens_sooner_what_changed_once(void **state)
{
    struct motion *motion = *state;
    motion_changed(motion, &part, 1000);
    motion_set_inexact(motion, &part, true);
    assert_int_equal(motion_sharpen_in(motion, 1000), MOTION_ONCE_MS);
    motion_changed(motion, &part, 1010);
    assert_int_equal(motion_sharpen_in(motion, 1010), MOTION_STILL_MS);
}

static void test_cut_off_tiles(void **state)
{
    struct motion *motion = *state;
    motion_changed(motion, &corner, 1);
    motion_set_inexact(motion, &corner, true);
    assert_int_equal(count_due(motion, 1000), 40 * 52);
}

/* Inexact pixels stay inexact wherever they are copied, if only in a part of a tile. */
static void test_moves_carry_inexactness(void **state)
{
    struct motion *motion = *state;
    motion_changed(motion, &part, 1);
    motion_set_inexact(motion, &part, true);
    struct move away = {
        .source_x = 310, .source_y = 180, .x = 610, .y = 300, .width = 20, .height = 20};
    motion_moved(motion, &away, 900);
    assert_int_equal(motion->inexact, 6 + 1);
    struct move exact = {
        .source_x = 700, .source_y = 0, .x = 0, .y = 400, .width = 50, .height = 50};
    motion_moved(motion, &exact, 900);
    assert_int_equal(motion->inexact, 6 + 1);
    assert_int_equal(count_due(motion, 901), 192 * 128);
    assert_int_equal(count_due(motion, 900 + MOTION_ONCE_MS), 192 * 128 + 64 * 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_moves_after_three_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_moving_is_moving, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sharpens_what_stands_still, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sharpens_sooner_what_changed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_off_tiles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_moves_carry_inexactness, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
