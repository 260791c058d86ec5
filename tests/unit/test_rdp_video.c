/* What moves goes as video through both workers: close while it moves, exact when it stopped. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "rdp_pair.h"

#define CLOSE_DB 28.0

/* Soft shapes with some grain, drifting: as a film has it. */
static uint32_t film(int32_t x, int32_t y, uint32_t step)
{
    uint32_t a = (uint32_t)x * 2 + step * 5;
    uint32_t b = (uint32_t)y * 2 + step * 3;
    uint32_t grain = ((uint32_t)x * 7919 ^ (uint32_t)y * 104729 ^ step * 31) >> 3 & 7;
    uint32_t red = (a & 0x100 ? ~a : a) & 0xff;
    uint32_t green = (b & 0x100 ? ~b : b) & 0xff;
    return ((red / 2 + 60 + grain) << 16) | ((green / 2 + 60 + grain) << 8) | (100 + grain);
}

static void paint_film(struct picture *picture, const qa_rect *area, uint32_t step)
{
    uint32_t *pixels = (uint32_t *)picture->pixels;
    for (int32_t y = 0; y < area->height; y++)
        for (int32_t x = 0; x < area->width; x++)
            pixels[(size_t)(area->y + y) * (size_t)picture->width + (size_t)(area->x + x)] =
                film(x, y, step);
}

static double closeness(struct pair *pair, const qa_rect *area)
{
    const struct picture *a = &pair->server.picture;
    const struct picture *b = &pair->client.picture;
    double sum = 0;
    for (int32_t y = area->y; y < area->y + area->height; y++)
        for (int32_t x = 4 * area->x; x < 4 * (area->x + area->width); x++) {
            size_t offset = (size_t)y * (size_t)a->width * 4 + (size_t)x;
            int difference = x % 4 == 3 ? 0 : a->pixels[offset] - b->pixels[offset];
            sum += difference * difference;
        }
    double mean = sum / ((double)area->width * area->height * 3);
    return 10 * log10(255.0 * 255.0 / (mean + 1e-9));
}

static qa_rect moving;

static bool is_close(struct pair *pair)
{
    assert_false(pair_any_failed(pair));
    return closeness(pair, &moving) >= CLOSE_DB;
}

/* Frames of H.264 by their start codes; those cut in two by a read are not seen. */
static size_t video_frames;

static size_t start_code(const uint8_t *data, size_t from, size_t length)
{
    for (size_t i = from; i + 4 < length; i++)
        if (!data[i] && !data[i + 1] && !data[i + 2] && data[i + 3] == 1)
            return i;
    return length;
}

static void count_video_frames(struct pair_end *end, uint8_t *data, size_t length)
{
    for (size_t i = start_code(data, 0, length); i < length; i = start_code(data, i + 4, length))
        video_frames += data[i + 4] == 0x67 || data[i + 4] == 0x41;
}

static void play(struct pair *pair, uint32_t step)
{
    paint_film(&pair->server.picture, &moving, step);
    assert_int_equal(rdp_damage(pair->server.rdp, &moving, 1), 0);
    pair_wait(pair, is_close);
}

/* At the peer's pace, so that the machine's does not matter, until it goes as video. */
static void play_until_video(struct pair *pair)
{
    video_frames = 0;
    for (uint32_t step = 0; !video_frames; step++) {
        assert_true(step < 5000);
        play(pair, step);
    }
    for (uint32_t step = 0; step < 20; step++)
        play(pair, step);
}

static void start_counted(struct pair *pair, int32_t width, int32_t height, qa_rect area)
{
    pair_start(pair, width, height);
    pair->server.spoil = count_video_frames;
    moving = area;
}

static void test_film_in_a_part(void **state)
{
    struct pair *pair = *state;
    start_counted(pair, 1100, 700, (qa_rect){301, 203, 640, 360});
    play_until_video(pair);
    pair_wait(pair, pair_equal);
}

static void test_film_everywhere(void **state)
{
    struct pair *pair = *state;
    start_counted(pair, 651, 483, (qa_rect){0, 0, 651, 483});
    play_until_video(pair);
    pair_wait(pair, pair_equal);
}

/* The other way to the colours, for where there is no libyuv. */
static void test_film_without_libyuv(void **state)
{
    struct pair *pair = *state;
    pair->client.options.worker_path = QASSIST_TEST_WORKER_ESCAPE;
    test_film_everywhere(state);
}

/* The part that moves moves itself, then there are two, then the size changes. */
static void test_film_wanders(void **state)
{
    struct pair *pair = *state;
    start_counted(pair, 1000, 800, (qa_rect){0, 0, 320, 300});
    play_until_video(pair);
    for (uint32_t step = 0; step < 40; step++) {
        moving = (qa_rect){(int32_t)step * 17, (int32_t)step * 11, 320, 300};
        play(pair, step);
    }
    moving = (qa_rect){0, 0, 300, 300};
    play_until_video(pair);
    pair_resize(pair, 900, 500, PATTERN_TEXT, 3);
    moving = (qa_rect){400, 100, 500, 400};
    pair_wait(pair, pair_equal);
    play_until_video(pair);
    pair_wait(pair, pair_equal);
}

/* Nothing that video can show well; it is exact in the end all the same. */
static void test_noise_everywhere(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    qa_rect all = pair_all(&pair->server.picture);
    for (uint32_t i = 0; i < 60; i++) {
        pair_paint(&pair->server.picture, PATTERN_NOISE, i, &all);
        assert_int_equal(rdp_damage(pair->server.rdp, &all, 1), 0);
        pair_run(pair, 20);
    }
    pair_wait(pair, pair_equal);
}

/* What is small and seldom changes is never blurred: whatever frame shows it shows it exactly. */
static bool letter_is_exact(struct pair *pair)
{
    assert_false(pair_any_failed(pair));
    return closeness(pair, &moving) > 90;
}

static void test_typing_is_exact(void **state)
{
    struct pair *pair = *state;
    start_counted(pair, 800, 600, (qa_rect){0, 0, 8, 16});
    video_frames = 0;
    for (uint32_t i = 0; i < 90; i++) {
        moving = (qa_rect){(int32_t)(i % 90) * 8, 160, 8, 16};
        pair_paint(&pair->server.picture, PATTERN_TEXT, i + 5, &moving);
        assert_int_equal(rdp_damage(pair->server.rdp, &moving, 1), 0);
        pair_wait(pair, letter_is_exact);
    }
    assert_int_equal(video_frames, 0);
}

/* A picture that goes on moving here does not keep what stands still there from being exact. */
static bool still_part_is_exact(struct pair *pair)
{
    static const qa_rect still = {0, 0, 900, 200};
    static uint32_t step;
    assert_false(pair_any_failed(pair));
    paint_film(&pair->server.picture, &moving, ++step);
    assert_int_equal(rdp_damage(pair->server.rdp, &moving, 1), 0);
    return closeness(pair, &still) > 90;
}

static void test_still_part_beside_film(void **state)
{
    struct pair *pair = *state;
    start_counted(pair, 900, 600, (qa_rect){0, 0, 900, 600});
    play_until_video(pair);
    moving = (qa_rect){100, 260, 400, 320};
    pair_wait(pair, still_part_is_exact);
    pair_wait(pair, pair_equal);
}

static uint64_t random_state;

static uint32_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33);
}

/* Spoils what follows start codes of H.264, and so almost nothing else. */
static void spoil_video(struct pair_end *end, uint8_t *data, size_t length)
{
    count_video_frames(end, data, length);
    uint32_t bits = 1 + next_random() % 24;
    for (size_t i = start_code(data, 0, length); i < length; i = start_code(data, i + 4, length)) {
        size_t room = length - i - 4;
        for (uint32_t j = 0; j < bits; j++)
            data[i + 4 + next_random() % (room < 60 ? room : 60)] ^=
                (uint8_t)(1u << next_random() % 8);
    }
}

static void spoiled_round(struct pair *pair, uint32_t seed)
{
    random_state = seed;
    pair->server.bytes = pair->client.bytes = 0;
    pair->server.waiting = pair->client.waiting = 0;
    pair->server.spoil = NULL;
    moving = (qa_rect){64, 64, 400, 300};
    pair_start(pair, 640, 480);
    pair->server.spoil = spoil_video;
    for (uint32_t step = 0; step < 40 && !pair_any_failed(pair); step++) {
        paint_film(&pair->server.picture, &moving, step);
        (void)rdp_damage(pair->server.rdp, &moving, 1);
        pair_run(pair, 10);
    }
    struct pair_end *ends[] = {&pair->server, &pair->client};
    for (size_t i = 0; i < 2; i++) {
        int error = ends[i]->error;
        if (error && error != QA_EPROTO && error != QA_EWORKER)
            fail_msg("error %d: %s", error, ends[i]->detail);
        rdp_stop(ends[i]->rdp, NULL, NULL);
        ends[i]->rdp = NULL;
        ends[i]->error = 0;
        ends[i]->ready = false;
    }
}

static void test_spoiled_video(void **state)
{
    struct pair *pair = *state;
    video_frames = 0;
    for (uint32_t seed = 1; seed <= 16; seed++)
        spoiled_round(pair, seed);
    assert_true(video_frames > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_film_in_a_part),         PAIR_TEST(test_film_everywhere),
        PAIR_TEST(test_film_without_libyuv),    PAIR_TEST(test_film_wanders),
        PAIR_TEST(test_noise_everywhere),       PAIR_TEST(test_typing_is_exact),
        PAIR_TEST(test_still_part_beside_film), PAIR_TEST(test_spoiled_video),
    };
    cmocka_set_test_filter(getenv("RDP_TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
