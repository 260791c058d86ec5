/* Damage regions against a plain bitmap of what was added. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen/region.h"

#define WIDTH  200
#define HEIGHT 120

static void paint(uint8_t map[HEIGHT][WIDTH], const qa_rect *rect)
{
    for (int64_t y = rect->y; y < (int64_t)rect->y + rect->height; y++) {
        for (int64_t x = rect->x; x < (int64_t)rect->x + rect->width; x++) {
            if (x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT)
                map[y][x] = 1;
        }
    }
}

static void check_inside(const struct region *region)
{
    assert_true(region->count <= REGION_RECTS_MAX);
    for (size_t i = 0; i < region->count; i++) {
        const qa_rect *rect = &region->rects[i];
        assert_true(rect->x >= 0 && rect->y >= 0 && rect->width > 0 && rect->height > 0);
        assert_true(rect->x + rect->width <= WIDTH && rect->y + rect->height <= HEIGHT);
    }
}

static void test_nothing_is_missed(void **state)
{
    srand(7);
    for (unsigned round = 0; round < 300; round++) {
        static uint8_t wanted[HEIGHT][WIDTH], got[HEIGHT][WIDTH];
        memset(wanted, 0, sizeof wanted);
        memset(got, 0, sizeof got);
        struct region region;
        region_clear(&region);
        unsigned adds = (unsigned)rand() % 150;
        for (unsigned i = 0; i < adds; i++) {
            qa_rect rect = {.x = rand() % 260 - 30,
                            .y = rand() % 180 - 30,
                            .width = rand() % 20 - 2,
                            .height = rand() % 20 - 2};
            region_add(&region, &rect, WIDTH, HEIGHT);
            if (rect.width > 0 && rect.height > 0)
                paint(wanted, &rect);
        }
        check_inside(&region);
        for (size_t i = 0; i < region.count; i++)
            paint(got, &region.rects[i]);
        for (int i = 0; i < HEIGHT * WIDTH; i++)
            assert_true(got[i / WIDTH][i % WIDTH] >= wanted[i / WIDTH][i % WIDTH]);

        struct band bands[REGION_RECTS_MAX];
        size_t count = region_bands(&region, 5, bands);
        bool rows[HEIGHT] = {false};
        for (size_t i = 0; i < count; i++) {
            assert_true(bands[i].top >= 0 && bands[i].bottom <= HEIGHT);
            assert_true(!i || bands[i].top > bands[i - 1].bottom + 5);
            for (int32_t y = bands[i].top; y < bands[i].bottom; y++)
                rows[y] = true;
        }
        for (int i = 0; i < HEIGHT * WIDTH; i++)
            assert_true(!got[i / WIDTH][i % WIDTH] || rows[i / WIDTH]);
    }
}

static void test_few_rectangles_stay_as_they_are(void **state)
{
    struct region region;
    region_clear(&region);
    const qa_rect small = {.x = 10, .y = 10, .width = 5, .height = 5};
    const qa_rect far = {.x = 100, .y = 100, .width = 5, .height = 5};
    const qa_rect around = {.x = 5, .y = 5, .width = 20, .height = 20};
    region_add(&region, &small, WIDTH, HEIGHT);
    region_add(&region, &far, WIDTH, HEIGHT);
    region_add(&region, &small, WIDTH, HEIGHT);
    assert_int_equal(region.count, 2);
    region_add(&region, &around, WIDTH, HEIGHT);
    assert_int_equal(region.count, 2);
    assert_memory_equal(&region.rects[0], &far, sizeof far);
    assert_memory_equal(&region.rects[1], &around, sizeof around);
}

static void test_extreme_rectangles(void **state)
{
    const qa_rect extremes[] = {{INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX},
                                {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN},
                                {INT32_MIN, 0, INT32_MAX, 10},
                                {0, 0, -1, -1},
                                {0, 0, 0, 5},
                                {WIDTH, 0, 5, 5}};
    struct region region;
    region_clear(&region);
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++)
        region_add(&region, &extremes[i], WIDTH, HEIGHT);
    assert_int_equal(region.count, 0);
    region_add(&region, &(qa_rect){-5, -5, INT32_MAX, INT32_MAX}, WIDTH, HEIGHT);
    assert_int_equal(region.count, 1);
    assert_int_equal(region.rects[0].width, WIDTH);
    assert_int_equal(region.rects[0].height, HEIGHT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_missed),
        cmocka_unit_test(test_few_rectangles_stay_as_they_are),
        cmocka_unit_test(test_extreme_rectangles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
