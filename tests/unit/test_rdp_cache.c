/* What comes back comes from the peer's cache through both workers: exact, and for few bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rdp_pair.h"
#include "worker/tiles.h"

static const qa_rect window = {100, 70, 400, 300};

/* Shows one of several contents of the window and waits until the peer has it; returns the bytes.
 */
static size_t show(struct pair *pair, const qa_rect *area, uint32_t content)
{
    size_t before = pair->server.bytes;
    pair_paint(&pair->server.picture, PATTERN_NOISE, content, area);
    assert_int_equal(rdp_damage(pair->server.rdp, area, 1), 0);
    pair_wait(pair, pair_equal);
    /* It comes to rest, and is seen to have. */
    pair_run(pair, 2 * TILES_REST_MS);
    return pair->server.bytes - before;
}

static void test_window_toggles(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    size_t first = show(pair, &window, 1);
    (void)show(pair, &window, 2);
    for (uint32_t i = 0; i < 6; i++) {
        size_t again = show(pair, &window, 1 + i % 2);
        /* All of it but tiles at its edges, whose other part is the same: those, too. */
        assert_true(again < first / 8);
    }
}

static void test_random_windows(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    uint32_t random = 11;
    for (int i = 0; i < 24; i++) {
        random = random * 1664525u + 1013904223u;
        qa_rect area = {(int32_t)(random >> 8) % 4 * 90, (int32_t)(random >> 12) % 4 * 55, 250,
                        200};
        (void)show(pair, &area, (random >> 20) % 3);
    }
}

/* A new size starts over: nothing is taken from what was kept before it. */
static void test_after_a_new_size(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    (void)show(pair, &window, 1);
    (void)show(pair, &window, 2);
    (void)show(pair, &window, 1);
    pair_resize(pair, 700, 400, PATTERN_TEXT, 3);
    pair_wait(pair, pair_equal);
    for (uint32_t i = 0; i < 6; i++)
        (void)show(pair, &window, 1 + i % 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_window_toggles),
        PAIR_TEST(test_random_windows),
        PAIR_TEST(test_after_a_new_size),
    };
    cmocka_set_test_filter(getenv("RDP_TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
