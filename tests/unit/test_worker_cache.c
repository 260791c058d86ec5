/* What the peer keeps: hashes of tiles, slots, and which tiles were replaced by what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/cache.h"
#include "worker/tiles.h"

static struct pixel_hash numbered(uint64_t number)
{
    return (struct pixel_hash){number + 1, number * 2654435761u};
}

static void test_hash_tells_tiles_apart(void **state)
{
    struct pixel_hash_keys keys;
    assert_true(pixel_hash_draw_keys(&keys));
    static uint32_t pixels[64 * 64];
    const uint8_t *bytes = (const uint8_t *)pixels;
    struct pixel_hash black = pixel_hash_of(&keys, bytes, 256, 64, 64);
    assert_true(pixel_hash_is_known(&black));
    for (size_t i = 0; i < 64 * 64; i += 5) {
        pixels[i] = 0xff000000;
        struct pixel_hash hash = pixel_hash_of(&keys, bytes, 256, 64, 64);
        assert_true(pixel_hash_equal(&hash, &black));
        for (int bit = 0; bit < 24; bit += 23) {
            pixels[i] = 1u << bit;
            hash = pixel_hash_of(&keys, bytes, 256, 64, 64);
            assert_false(pixel_hash_equal(&hash, &black));
        }
        pixels[i] = 0;
    }
    /* Another size is another tile, an odd width is no matter, and other keys say other numbers. */
    struct pixel_hash narrow = pixel_hash_of(&keys, bytes, 256, 63, 64);
    struct pixel_hash low = pixel_hash_of(&keys, bytes, 256, 64, 63);
    assert_false(pixel_hash_equal(&narrow, &black));
    assert_false(pixel_hash_equal(&low, &black));
    assert_false(pixel_hash_equal(&low, &narrow));
    struct pixel_hash_keys others;
    assert_true(pixel_hash_draw_keys(&others));
    struct pixel_hash other = pixel_hash_of(&others, bytes, 256, 64, 64);
    assert_false(pixel_hash_equal(&other, &black));
}

static void test_least_used_makes_room(void **state)
{
    struct cache cache;
    assert_true(cache_init(&cache, 4));
    uint16_t slots[6];
    for (uint64_t i = 0; i < 4; i++) {
        cache_begin_frame(&cache);
        struct pixel_hash hash = numbered(i);
        assert_int_equal(cache_find(&cache, &hash), 0);
        slots[i] = cache_put(&cache, &hash);
        assert_in_range(slots[i], 1, 4);
        assert_int_equal(cache_find(&cache, &hash), slots[i]);
    }
    cache_begin_frame(&cache);
    struct pixel_hash first = numbered(0), second = numbered(1), fifth = numbered(4);
    assert_int_equal(cache_find(&cache, &first), slots[0]);
    assert_int_equal(cache_put(&cache, &fifth), slots[1]);
    assert_int_equal(cache_find(&cache, &second), 0);
    assert_int_equal(cache_find(&cache, &fifth), slots[1]);
    assert_int_equal(cache_find(&cache, &first), slots[0]);
    /* Begun anew, as for a picture of another size, it knows nothing. */
    cache_free(&cache);
    assert_true(cache_init(&cache, 4));
    assert_int_equal(cache_find(&cache, &first), 0);
    cache_free(&cache);
}

/* What a frame takes from a slot is still there when the frame arrives. */
static void test_slots_are_kept_through_the_frame(void **state)
{
    struct cache cache;
    assert_true(cache_init(&cache, 2));
    cache_begin_frame(&cache);
    struct pixel_hash a = numbered(0), b = numbered(1), c = numbered(2);
    assert_int_not_equal(cache_put(&cache, &a), 0);
    assert_int_not_equal(cache_put(&cache, &b), 0);
    assert_int_equal(cache_put(&cache, &c), 0);
    cache_begin_frame(&cache);
    uint16_t slot = cache_find(&cache, &a);
    uint16_t other = cache_put(&cache, &c);
    assert_int_not_equal(other, 0);
    assert_int_not_equal(other, slot);
    assert_int_equal(cache_put(&cache, &b), 0);
    assert_int_equal(cache_find(&cache, &a), slot);
    cache_free(&cache);
}

/* Against a list that is searched from end to end. */
static void test_like_a_plain_list(void **state)
{
    enum { SLOTS = 50, KINDS = 120 };
    struct cache cache;
    assert_true(cache_init(&cache, SLOTS));
    uint64_t used[KINDS] = {0};
    uint16_t slot_of[KINDS] = {0};
    uint32_t random = 7;
    for (uint64_t time = 1; time < 20000; time++) {
        random = random * 1664525u + 1013904223u;
        size_t kind = (random >> 8) % KINDS;
        struct pixel_hash hash = numbered(kind * (kind % 3 ? 4096 : 1));
        cache_begin_frame(&cache);
        uint16_t slot = cache_find(&cache, &hash);
        assert_int_equal(slot, slot_of[kind]);
        if (!slot) {
            slot = cache_put(&cache, &hash);
            assert_in_range(slot, 1, SLOTS);
            for (size_t i = 0; i < KINDS; i++)
                if (slot_of[i] == slot) {
                    for (size_t j = 0; j < KINDS; j++)
                        assert_false(slot_of[j] && used[j] < used[i]);
                    slot_of[i] = 0;
                }
            slot_of[kind] = slot;
        }
        used[kind] = time;
    }
    cache_free(&cache);
}

struct screen {
    struct tiles tiles;
    struct pixel_hash_keys keys;
    uint32_t pixels[200 * 100];
};

static void paint(struct screen *screen, uint32_t seed)
{
    for (uint32_t i = 0; i < 200 * 100; i++)
        screen->pixels[i] = (i * 7919 ^ seed) * 2654435761u >> 8;
    tiles_mark_damage(&screen->tiles, &(struct worker_rect){0, 0, 200, 100});
}

static void look(struct screen *screen, uint64_t now_ms)
{
    screen->tiles.hash_keys = &screen->keys;
    screen->tiles.now_ms = now_ms;
    tiles_look(&screen->tiles, (const uint8_t *)screen->pixels);
}

static struct screen *make_screen(uint32_t seed)
{
    struct screen *screen = calloc(1, sizeof *screen);
    assert_non_null(screen);
    assert_true(pixel_hash_draw_keys(&screen->keys));
    assert_true(tiles_resize(&screen->tiles, 200, 100));
    paint(screen, seed);
    look(screen, 1000);
    tiles_gather(&screen->tiles);
    /* What the peer had not got before was replaced by nothing. */
    assert_int_equal(screen->tiles.swap_count, 0);
    return screen;
}

static void test_what_was_replaced(void **state)
{
    struct screen *screen = make_screen(1);
    struct tiles *tiles = &screen->tiles;
    paint(screen, 2);
    look(screen, 2000);
    assert_int_equal(tiles->swap_count, 7); /* the smallest of eight is not worth it */
    struct pixel_hash first = tiles->swaps[0].before, second = tiles->swaps[0].after;
    assert_true(pixel_hash_is_known(&first) && pixel_hash_is_known(&second));
    /* What is recalled is not sent. */
    tiles->swaps[0].recalled = true;
    tiles_gather(tiles);
    int64_t sent = 0;
    for (size_t i = 0; i < tiles->rect_count; i++)
        sent += (int64_t)tiles->rects[i].width * tiles->rects[i].height;
    assert_int_equal(sent, 200 * 100 - 64 * 64);
    paint(screen, 1);
    look(screen, 3000);
    assert_int_equal(tiles->swap_count, 7); /* the smallest of eight is not worth it */
    assert_true(pixel_hash_equal(&tiles->swaps[0].before, &second));
    assert_true(pixel_hash_equal(&tiles->swaps[0].after, &first));
    tiles_gather(tiles);
    /* What is drawn in several goes may end as something known; what is in between is not kept. */
    paint(screen, 3);
    look(screen, 3010);
    assert_false(pixel_hash_is_known(&tiles->swaps[0].before));
    assert_true(pixel_hash_is_known(&tiles->swaps[0].after));
    tiles_gather(tiles);
    /* What goes on changing is looked at no closer; when it rests again it is. */
    for (uint64_t i = 0; i < 6; i++) {
        paint(screen, 4 + (uint32_t)i);
        look(screen, 3020 + i);
        tiles_gather(tiles);
    }
    assert_int_equal(tiles->swap_count, 0);
    paint(screen, 1);
    look(screen, 5000);
    assert_true(pixel_hash_is_known(&tiles->swaps[0].before));
    assert_true(pixel_hash_equal(&tiles->swaps[0].after, &first));
    tiles_gather(tiles);
    /* What the peer has not got it cannot keep. */
    tiles_mark_all_unsent(tiles);
    paint(screen, 2);
    look(screen, 6000);
    assert_int_equal(tiles->swap_count, 0);
    tiles_free(tiles);
    free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_tells_tiles_apart),
        cmocka_unit_test(test_least_used_makes_room),
        cmocka_unit_test(test_slots_are_kept_through_the_frame),
        cmocka_unit_test(test_like_a_plain_list),
        cmocka_unit_test(test_what_was_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
