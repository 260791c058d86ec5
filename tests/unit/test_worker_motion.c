#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
    /* What moves and is sent exactly needs no video. */
    assert_int_equal(motion_bounds(motion, 20).width, 0);
    motion_blurred(motion, &part);
    motion_blurred(motion, &corner);
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
    struct tiles_area area;
    while (motion_next_still(motion, now, &from, &area))
        pixels += (size_t)area.width * (size_t)area.height;
    return pixels;
}

static void test_sharpens_what_stands_still(void **state)
{
    struct motion *motion = *state;
    assert_int_equal(motion_sharpen_in(motion, 5), -1);
    motion_changed(motion, &part, 990);
    motion_changed(motion, &part, 1000);
    motion_blurred(motion, &part);
    motion_blurred(motion, &part);
    assert_int_equal(motion_sharpen_in(motion, 1000), MOTION_STILL_MS);
    assert_int_equal(motion_sharpen_in(motion, 1010), MOTION_STILL_MS - 10);
    assert_int_equal(count_due(motion, 1010), 0);
    assert_int_equal(motion_sharpen_in(motion, 1000 + MOTION_STILL_MS), 0);
    assert_int_equal(count_due(motion, 1000 + MOTION_STILL_MS), 192 * 128);
    motion_sharpened(motion, &(struct tiles_area){120, 60, 210, 140});
    assert_int_equal(motion_sharpen_in(motion, 5000), -1);
    assert_int_equal(count_due(motion, 5000), 0);
}

/* A new page is no film: nothing says that it will change again soon. */
static void test_sharpens_sooner_what_changed_once(void **state)
{
    struct motion *motion = *state;
    motion_changed(motion, &part, 1000);
    motion_blurred(motion, &part);
    assert_int_equal(motion_sharpen_in(motion, 1000), MOTION_ONCE_MS);
    motion_changed(motion, &part, 1010);
    assert_int_equal(motion_sharpen_in(motion, 1010), MOTION_STILL_MS);
}

static void test_cut_off_tiles(void **state)
{
    struct motion *motion = *state;
    motion_changed(motion, &corner, 1);
    motion_blurred(motion, &corner);
    assert_int_equal(count_due(motion, 1000), 40 * 52);
}

/* Inexact pixels stay inexact wherever they are copied, if only in a part of a tile. */
static void test_moves_carry_inexactness(void **state)
{
    struct motion *motion = *state;
    motion_changed(motion, &part, 1);
    motion_blurred(motion, &part);
    struct move away = {
        .source_x = 310, .source_y = 180, .x = 610, .y = 300, .width = 20, .height = 20};
    motion_moved(motion, &away, 900);
    assert_int_equal(motion->inexact, 6 + 1);
    assert_int_equal(count_due(motion, 901), 192 * 128);
    assert_int_equal(count_due(motion, 900 + MOTION_ONCE_MS), 192 * 128 + 10 * 12);
    struct move exact = {
        .source_x = 700, .source_y = 0, .x = 0, .y = 400, .width = 50, .height = 50};
    motion_moved(motion, &exact, 900);
    assert_int_equal(motion->inexact, 6 + 1);
    /* What came from an exact place is exact. */
    struct move over = {
        .source_x = 800, .source_y = 0, .x = 600, .y = 300, .width = 60, .height = 60};
    motion_moved(motion, &over, 900);
    assert_int_equal(motion->inexact, 6);
}

/* Pixel by pixel: whatever is inexact is in the boxes, however it is moved and sharpened. */
static void test_boxes_hold_all_that_is_inexact(void **state)
{
    static uint8_t inexact[500][1000], before[500][1000];
    struct motion *motion = *state;
    uint32_t random = 1;
    memset(inexact, 0, sizeof inexact);
    for (int round = 0; round < 400; round++) {
        int32_t value[6];
        for (int i = 0; i < 6; i++)
            value[i] = (int32_t)((random = random * 1664525u + 1013904223u) >> 8);
        int32_t width = 1 + value[0] % 400, height = 1 + value[1] % 200;
        int32_t x = value[2] % (1001 - width), y = value[3] % (501 - height);
        memcpy(before, inexact, sizeof before);
        if (round % 8 == 0) {
            struct tiles_rect rect = {x / 64 * 64, y / 64 * 64, 64, 64, {0}, false, 0, 0};
            motion_blurred(motion, &rect);
            for (int32_t i = rect.y; i < rect.y + 64 && i < 500; i++)
                for (int32_t j = rect.x; j < rect.x + 64 && j < 1000; j++)
                    inexact[i][j] = 1;
        } else if (round % 2) {
            struct move move = {
                value[4] % (1001 - width), value[5] % (501 - height), x, y, width, height};
            motion_moved(motion, &move, 1);
            for (int32_t i = 0; i < height; i++)
                memcpy(&inexact[y + i][x], &before[move.source_y + i][move.source_x],
                       (size_t)width);
        } else {
            motion_sharpened(motion, &(struct tiles_area){x, y, width, height});
            for (int32_t i = 0; i < height; i++)
                memset(&inexact[y + i][x], 0, (size_t)width);
        }
        memcpy(before, inexact, sizeof before);
        size_t from = 0;
        struct tiles_area area;
        while (motion_next_inexact(motion, &from, &area)) {
            assert_true(area.x >= 0 && area.y >= 0 && area.x + area.width <= 1000 &&
                        area.y + area.height <= 500);
            for (int32_t i = 0; i < area.height; i++)
                memset(&before[area.y + i][area.x], 0, (size_t)area.width);
        }
        for (size_t i = 0; i < 500; i++)
            for (size_t j = 0; j < 1000; j++)
                assert_false(before[i][j]);
    }
}

static void test_what_it_takes_exactly(void **state)
{
    struct motion *motion = *state;
    struct tiles_rect changed = part;
    changed.changed = (struct tiles_area){128, 70, 192, 10};
    motion_changed(motion, &changed, 1);
    assert_int_equal(motion_exact_bytes(motion, &changed), 0);
    motion_measured(motion, &changed, 640, 1280);
    size_t bytes = motion_exact_bytes(motion, &changed);
    assert_in_range(bytes, 192 * 10 / 2, 192 * 10 / 2 + 192 * 10 / 32);
    assert_int_equal(motion_exact_bytes(motion, &corner), 0);
    /* It is measured again after a pause, and now and then while it moves on. */
    motion_changed(motion, &changed, 2);
    assert_int_equal(motion_exact_bytes(motion, &changed), bytes);
    motion_changed(motion, &changed, 3 + MOTION_GAP_MS);
    assert_int_equal(motion_exact_bytes(motion, &changed), 0);
    motion_measured(motion, &changed, 640, 1280);
    uint64_t now = 10 + MOTION_GAP_MS;
    while (motion_exact_bytes(motion, &changed)) {
        assert_true(now < 1000);
        motion_changed(motion, &changed, now++);
    }
    assert_true(now > 20 + MOTION_GAP_MS);
    assert_true(motion_is_moving(motion, &changed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_moves_after_three_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_moving_is_moving, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sharpens_what_stands_still, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sharpens_sooner_what_changed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_boxes_hold_all_that_is_inexact, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_it_takes_exactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_off_tiles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_moves_carry_inexactness, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
