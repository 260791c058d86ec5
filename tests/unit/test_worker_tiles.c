/* What the server's tiles hand out to be sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/tiles.h"

struct fixture {
    struct tiles tiles;
    uint8_t *picture;
};

static struct fixture make(int32_t width, int32_t height)
{
    struct fixture fixture = {0};
    fixture.picture = calloc((size_t)width * (size_t)height, 4);
    assert_non_null(fixture.picture);
    assert_true(tiles_resize(&fixture.tiles, width, height));
    return fixture;
}

static void drop(struct fixture *fixture)
{
    tiles_free(&fixture->tiles);
    free(fixture->picture);
}

static void set(struct fixture *fixture, int32_t x, int32_t y, uint32_t value)
{
    memcpy(fixture->picture + ((size_t)y * (size_t)fixture->tiles.width + (size_t)x) * 4, &value,
           4);
}

static void damage_all(struct fixture *fixture)
{
    tiles_mark_damage(&fixture->tiles,
                      &(struct worker_rect){0, 0, fixture->tiles.width, fixture->tiles.height});
}

static void collect(struct fixture *fixture)
{
    tiles_look(&fixture->tiles, fixture->picture);
    tiles_gather(&fixture->tiles);
}

static void assert_rect(const struct tiles_rect *rect, int32_t x, int32_t y, int32_t width,
                        int32_t height)
{
    assert_int_equal(rect->x, x);
    assert_int_equal(rect->y, y);
    assert_int_equal(rect->width, width);
    assert_int_equal(rect->height, height);
}

static void assert_changed(const struct tiles_rect *rect, int32_t x, int32_t y, int32_t width,
                           int32_t height)
{
    assert_int_equal(rect->changed.x, x);
    assert_int_equal(rect->changed.y, y);
    assert_int_equal(rect->changed.width, width);
    assert_int_equal(rect->changed.height, height);
}

static void test_first_is_all(void **state)
{
    struct fixture fixture = make(200, 100);
    assert_int_equal(fixture.tiles.waiting, 4 * 2);
    collect(&fixture);
    assert_int_equal(fixture.tiles.rect_count, 1);
    assert_rect(&fixture.tiles.rects[0], 0, 0, 200, 100);
    assert_true(fixture.tiles.rects[0].solid);
    assert_int_equal(fixture.tiles.waiting, 0);
    drop(&fixture);
}

static void test_only_what_changed(void **state)
{
    struct fixture fixture = make(300, 300);
    collect(&fixture);
    set(&fixture, 70, 70, 0xff);
    set(&fixture, 299, 299, 0xff00);
    damage_all(&fixture);
    collect(&fixture);
    assert_int_equal(fixture.tiles.rect_count, 2);
    assert_rect(&fixture.tiles.rects[0], 64, 64, 64, 64);
    assert_rect(&fixture.tiles.rects[1], 256, 256, 44, 44);
    /* The copy holds what is sent, and nothing is left to say. */
    damage_all(&fixture);
    collect(&fixture);
    assert_int_equal(fixture.tiles.rect_count, 0);
    drop(&fixture);
}

static void test_fourth_byte_is_no_change(void **state)
{
    struct fixture fixture = make(64, 64);
    collect(&fixture);
    set(&fixture, 1, 1, 0x77000000);
    damage_all(&fixture);
    collect(&fixture);
    assert_int_equal(fixture.tiles.rect_count, 0);
    drop(&fixture);
}

static void test_change_without_damage_waits(void **state)
{
    struct fixture fixture = make(128, 64);
    collect(&fixture);
    set(&fixture, 1, 1, 1);
    set(&fixture, 65, 1, 1);
    tiles_mark_damage(&fixture.tiles, &(struct worker_rect){65, 1, 1, 1});
    collect(&fixture);
    assert_int_equal(fixture.tiles.rect_count, 1);
    assert_rect(&fixture.tiles.rects[0], 64, 0, 64, 64);
    drop(&fixture);
}

static void test_unsent_is_sent_again(void **state)
{
    struct fixture fixture = make(256, 128);
    collect(&fixture);
    tiles_mark_unsent(&fixture.tiles, 100, -50, 1000, 60);
    collect(&fixture);
    assert_int_equal(fixture.tiles.rect_count, 1);
    assert_rect(&fixture.tiles.rects[0], 64, 0, 192, 64);
    tiles_mark_unsent(&fixture.tiles, 256, 0, 10, 10);
    tiles_mark_unsent(&fixture.tiles, -10, -10, 10, 10);
    assert_int_equal(fixture.tiles.waiting, 0);
    drop(&fixture);
}

/* It is sent as it was seen last: what changed since may be half drawn, or held back. */
static void test_unsent_is_not_looked_at(void **state)
{
    struct fixture fixture = make(256, 128);
    collect(&fixture);
    set(&fixture, 10, 10, 0xff);
    set(&fixture, 100, 10, 0xff);
    tiles_mark_unsent(&fixture.tiles, 0, 0, 128, 64);
    tiles_mark_damage(&fixture.tiles, &(struct worker_rect){100, 10, 1, 1});
    collect(&fixture);
    const uint32_t *copy = (const uint32_t *)(const void *)fixture.tiles.copy;
    assert_int_equal(copy[10 * 256 + 10], 0);
    assert_int_equal(copy[10 * 256 + 100], 0xff);
    size_t pixels = 0;
    for (size_t i = 0; i < fixture.tiles.rect_count; i++)
        pixels += (size_t)fixture.tiles.rects[i].width * (size_t)fixture.tiles.rects[i].height;
    assert_int_equal(pixels, 128 * 64);
    /* A new size: nothing was seen of it. */
    assert_true(tiles_resize(&fixture.tiles, 256, 128));
    collect(&fixture);
    copy = (const uint32_t *)(const void *)fixture.tiles.copy;
    assert_int_equal(copy[10 * 256 + 10], 0xff);
    drop(&fixture);
}

/* Neighbours join when they are alike; together the rectangles are the changed tiles, once each. */
static void test_neighbours_join(void **state)
{
    struct fixture fixture = make(64 * 6, 64 * 6);
    collect(&fixture);
    for (int32_t y = 70; y < 320; y++)
        for (int32_t x = 66; x < 256; x++)
            set(&fixture, x, y, 9 + (uint32_t)x % 2);
    damage_all(&fixture);
    collect(&fixture);
    assert_int_equal(fixture.tiles.rect_count, 1);
    assert_rect(&fixture.tiles.rects[0], 64, 64, 192, 256);
    assert_changed(&fixture.tiles.rects[0], 66, 70, 190, 250);
    drop(&fixture);
}

/* But not when that would send much that did not change. */
static void test_little_changes_stay_apart(void **state)
{
    struct fixture fixture = make(64 * 3, 64 * 2);
    collect(&fixture);
    set(&fixture, 5, 5, 9);
    set(&fixture, 64 * 2 - 1, 60, 9); /* far from both others */
    set(&fixture, 64 * 2, 60, 9);
    set(&fixture, 64 * 2 + 20, 70, 9); /* below, and near */
    damage_all(&fixture);
    collect(&fixture);
    assert_int_equal(fixture.tiles.rect_count, 3);
    assert_changed(&fixture.tiles.rects[0], 5, 5, 1, 1);
    assert_changed(&fixture.tiles.rects[1], 127, 60, 2, 1);
    assert_changed(&fixture.tiles.rects[2], 148, 70, 1, 1);
    drop(&fixture);
}

static void test_rectangles_cover_once(void **state)
{
    struct fixture fixture = make(64 * 40 + 3, 64 * 9 + 5);
    struct tiles *tiles = &fixture.tiles;
    uint8_t *seen = calloc(tiles->columns, tiles->rows);
    uint8_t *changed = calloc(tiles->columns, tiles->rows);
    assert_non_null(seen);
    assert_non_null(changed);
    collect(&fixture);
    uint32_t value = 1;
    for (size_t i = 0; i < tiles->columns * tiles->rows; i++) {
        value = value * 1664525u + 1013904223u;
        changed[i] = value >> 30 != 0;
        if (changed[i])
            set(&fixture, (int32_t)(i % tiles->columns) * 64, (int32_t)(i / tiles->columns) * 64,
                value | 1);
    }
    damage_all(&fixture);
    collect(&fixture);
    for (size_t i = 0; i < tiles->rect_count; i++) {
        const struct tiles_rect *rect = &tiles->rects[i];
        assert_true(rect->width <= TILES_RECT_WIDTH_MAX && rect->height <= TILES_RECT_HEIGHT_MAX);
        assert_true(rect->x + rect->width <= tiles->width);
        assert_true(rect->y + rect->height <= tiles->height);
        for (int32_t y = rect->y; y < rect->y + rect->height; y += 64)
            for (int32_t x = rect->x; x < rect->x + rect->width; x += 64)
                seen[(size_t)y / 64 * tiles->columns + (size_t)x / 64]++;
    }
    assert_memory_equal(seen, changed, tiles->columns * tiles->rows);
    free(seen);
    free(changed);
    drop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_is_all),
        cmocka_unit_test(test_only_what_changed),
        cmocka_unit_test(test_fourth_byte_is_no_change),
        cmocka_unit_test(test_change_without_damage_waits),
        cmocka_unit_test(test_unsent_is_sent_again),
        cmocka_unit_test(test_unsent_is_not_looked_at),
        cmocka_unit_test(test_neighbours_join),
        cmocka_unit_test(test_little_changes_stay_apart),
        cmocka_unit_test(test_rectangles_cover_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
