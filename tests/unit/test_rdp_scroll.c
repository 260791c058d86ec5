/* What scrolls, beside something small that changes seldom: no frame shows half of a step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rdp_pair.h"

#define LINE 16
/* Steps that may be on their way to the peer. */
#define STEPS_BACK 12
#define STEPS      110 /* a fast start is forgotten after two seconds */
/* Frames as on a slow path, so that what is urgent goes by itself. */
#define SLOW_MS 30
/* Where it is enough that some were told as moves. */
#define FEW_STEPS 40

static const qa_rect page = {40, 136, 560, 320};
static const qa_rect letter = {8, 8, 8, 16};
static struct picture shown[STEPS_BACK]; /* the page at the last steps, by step */
static uint32_t steps_shown;

static void scroll(struct picture *picture, uint32_t step)
{
    size_t stride = (size_t)picture->width * 4;
    uint8_t *top = picture->pixels + (size_t)page.y * stride + (size_t)page.x * 4;
    for (int32_t y = 0; y < page.height - LINE; y++)
        memmove(top + (size_t)y * stride, top + (size_t)(y + LINE) * stride,
                (size_t)page.width * 4);
    qa_rect last = {page.x, page.y + page.height - LINE, page.width, LINE};
    pair_paint(picture, PATTERN_TEXT, 1000 + step, &last);
}

/* The next step, beside the picture. */
static void prepare(const struct pair *pair, uint32_t step)
{
    const struct picture *picture = &pair->server.picture;
    const struct picture *before = step ? &shown[(step - 1) % STEPS_BACK] : picture;
    struct picture *next = &shown[step % STEPS_BACK];
    assert_int_equal(picture_resize(next, picture->width, picture->height), 0);
    memcpy(next->pixels, before->pixels, picture_stride(picture) * (size_t)picture->height);
    scroll(next, step);
}

static void publish(struct pair *pair, uint32_t step)
{
    size_t stride = picture_stride(&pair->server.picture);
    for (int32_t y = page.y; y < page.y + page.height; y++) {
        size_t at = (size_t)y * stride + (size_t)page.x * 4;
        memcpy(pair->server.picture.pixels + at, shown[step % STEPS_BACK].pixels + at,
               (size_t)page.width * 4);
    }
}

/* How far the peer's page is from a step's in these rows, as a sum. */
PAIR_PIXELS static uint64_t distance(const struct pair *pair, uint32_t step, int32_t top,
                                     int32_t bottom)
{
    const struct picture *peer = &pair->client.picture;
    size_t stride = (size_t)peer->width * 4;
    uint64_t sum = 0;
    for (int32_t y = top; y < bottom; y++) {
        size_t offset = (size_t)y * stride + (size_t)page.x * 4;
        const uint8_t *a = peer->pixels + offset;
        const uint8_t *b = shown[step % STEPS_BACK].pixels + offset;
        for (int32_t i = 0; i < page.width * 4; i += 4)
            sum += (uint64_t)abs(a[i] - b[i]);
    }
    return sum;
}

/* The step that these rows look most like. */
static uint32_t nearest(const struct pair *pair, uint32_t now, int32_t top, int32_t bottom)
{
    uint32_t best = now;
    for (uint32_t back = 1; back < STEPS_BACK && back <= now; back++)
        if (distance(pair, now - back, top, bottom) < distance(pair, best, top, bottom))
            best = now - back;
    return best;
}

static bool has_frame(struct pair *pair)
{
    assert_false(pair_any_failed(pair));
    return pair->client.frames;
}

static void next_frame(struct pair *pair)
{
    pair_wait(pair, has_frame);
    pair->client.frames = 0;
}

/* The page is of one step, whichever: its last line came into view when the rest went up. */
static void assert_whole(const struct pair *pair, uint32_t now)
{
    int32_t end = page.y + page.height;
    uint32_t upper = nearest(pair, now, page.y, end - LINE);
    uint32_t lower = nearest(pair, now, end - LINE, end);
    assert_int_equal(upper, lower);
}

/*
 * Until then the picture is being looked at, and a new one would be half of each. That may have to
 * wait for frames that are on their way, which nobody else looks at now.
 */
static bool was_taken(struct pair *pair)
{
    assert_false(pair_any_failed(pair));
    if (pair->client.hold_frames && pair->client.frames) {
        if (steps_shown > STEPS_BACK)
            assert_whole(pair, steps_shown);
        pair->client.frames = 0;
        rdp_frame_done(pair->client.rdp);
    }
    return pair->server.taken;
}

static void test_no_half_steps(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    for (size_t i = 0; i < STEPS_BACK; i++)
        assert_int_equal(picture_init(&shown[i]), 0);
    pair->client.hold_frames = true;
    pair->client.frames = 0;
    prepare(pair, 0);
    for (uint32_t step = 0; step < STEPS; step++) {
        publish(pair, step);
        steps_shown = step;
        qa_rect damage[] = {page, letter};
        bool urgent = step % 3 == 2, late = step % 3 == 1;
        if (urgent)
            pair_paint(&pair->server.picture, PATTERN_NOISE, step, &letter);
        pair->server.taken = false;
        assert_int_equal(rdp_damage(pair->server.rdp, damage, urgent ? 2 : 1), 0);
        if (late) {
            uv_run(&pair->loop, UV_RUN_NOWAIT);
            pair_paint(&pair->server.picture, PATTERN_NOISE, step, &letter);
            pair->server.taken = false;
            assert_int_equal(rdp_damage(pair->server.rdp, &letter, 1), 0);
        }
        next_frame(pair);
        pair_run(pair, SLOW_MS);
        if (step > STEPS_BACK)
            assert_whole(pair, step);
        prepare(pair, step + 1);
        rdp_frame_done(pair->client.rdp);
        pair_wait(pair, was_taken);
    }
    /* Told as moves, which rdp_pair.c makes for itself and compares. */
    assert_true(pair->client.moved > (int64_t)STEPS * page.width * page.height / 2);
    pair->client.hold_frames = false;
    pair_wait(pair, pair_equal);
    for (size_t i = 0; i < STEPS_BACK; i++)
        picture_free(&shown[i]);
}

/* How many pixels the peer was told to have moved, of a page that scrolls in a picture of a size.
 */
static int64_t moved_of(struct pair *pair, int32_t width, int32_t height)
{
    pair_start(pair, width, height);
    for (uint32_t step = 0; step < FEW_STEPS; step++) {
        scroll(&pair->server.picture, step);
        pair->server.taken = false;
        assert_int_equal(rdp_damage(pair->server.rdp, &page, 1), 0);
        pair_wait(pair, was_taken);
        pair_run(pair, 2);
    }
    pair_wait(pair, pair_equal);
    return pair->client.moved;
}

/* FreeRDP pads the rows of its surfaces there, so that none can be the picture. */
static void test_no_moves_at_other_widths(void **state)
{
    assert_int_equal(moved_of(*state, 1366, 768), 0);
}

static void test_moves_at_other_heights(void **state)
{
    assert_true(moved_of(*state, 640, 473) > 0);
}

/*
 * What is inexact scrolls, and something small that changes all the time overtakes it again and
 * again: in the end every pixel is right.
 */
static void test_overtaking_what_is_inexact(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    const qa_rect film = {104, 200, 160, 120};
    for (uint32_t step = 0; step < STEPS; step++) {
        bool scrolls = step % 4 == 3;
        if (scrolls)
            scroll(&pair->server.picture, step);
        else
            pair_paint(&pair->server.picture, PATTERN_NOISE, step, &film);
        pair->server.taken = false;
        assert_int_equal(rdp_damage(pair->server.rdp, scrolls ? &page : &film, 1), 0);
        for (uint32_t i = 0; i < 3; i++) {
            uv_run(&pair->loop, UV_RUN_NOWAIT);
            pair_paint(&pair->server.picture, PATTERN_TEXT, 7 * step + i, &letter);
            assert_int_equal(rdp_damage(pair->server.rdp, &letter, 1), 0);
        }
        pair_wait(pair, was_taken);
        pair_run(pair, step % 3 * 8);
    }
    pair_wait(pair, pair_equal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_no_half_steps),
        PAIR_TEST(test_overtaking_what_is_inexact),
        PAIR_TEST(test_no_moves_at_other_widths),
        PAIR_TEST(test_moves_at_other_heights),
    };
    cmocka_set_test_filter(getenv("RDP_TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
