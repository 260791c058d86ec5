/* The app's own pixels and the test pattern: what is copied, what is said, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include <qassist/errors.h>

#include "screen/screen.h"

#define WIDTH  90
#define HEIGHT 70

struct fixture {
    uv_loop_t loop;
    struct picture picture;
    struct screen *screen;
    unsigned resized;
    unsigned damaged;
    unsigned failed;
    qa_rect rects[64];
    size_t rect_count;
    bool destroy_inside;
    unsigned stop_after; /* events */
};

static void after_event(struct fixture *f)
{
    if (f->destroy_inside) {
        f->screen->ops->destroy(f->screen);
        f->screen = NULL;
    }
    if (f->stop_after && f->resized + f->damaged + f->failed >= f->stop_after)
        uv_stop(&f->loop);
}

static void on_resized(void *user)
{
    struct fixture *f = user;
    f->resized++;
    after_event(f);
}

static void on_damaged(void *user, const qa_rect *damage, size_t count)
{
    struct fixture *f = user;
    f->damaged++;
    f->rect_count = count;
    assert_true(count <= 64);
    memcpy(f->rects, damage, count * sizeof *damage);
    after_event(f);
}

static void on_failed(void *user, int error, const char *detail)
{
    struct fixture *f = user;
    assert_int_equal(error, QA_ESCREEN);
    assert_non_null(detail);
    f->failed++;
    after_event(f);
}

static const struct screen_events events = {
    .resized = on_resized, .damaged = on_damaged, .failed = on_failed};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(picture_init(&f->picture), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->screen)
        f->screen->ops->destroy(f->screen);
    f->stop_after = 0;
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    picture_free(&f->picture);
    free(f);
    return 0;
}

static void start_app(struct fixture *f)
{
    assert_int_equal(screen_app_new(&f->loop, &f->picture, &events, f, &f->screen), 0);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
}

static void turn(struct fixture *f)
{
    for (unsigned i = 0; i < 3; i++)
        uv_run(&f->loop, UV_RUN_NOWAIT);
}

static int submit(struct fixture *f, int32_t width, int32_t height, uint8_t value,
                  const qa_rect *damage, size_t count)
{
    size_t stride = (size_t)width * 4 + 12;
    uint8_t *pixels = malloc(stride * (size_t)height);
    assert_non_null(pixels);
    memset(pixels, value, stride * (size_t)height);
    int error = screen_app_submit(f->screen, width, height, stride, pixels, damage, count);
    free(pixels);
    return error;
}

static void expect_pixels(const struct fixture *f, const qa_rect *inside, uint8_t in, uint8_t out)
{
    for (int32_t y = 0; y < f->picture.height; y++) {
        for (int32_t x = 0; x < f->picture.width; x++) {
            bool is_in = x >= inside->x && x < inside->x + inside->width && y >= inside->y &&
                         y < inside->y + inside->height;
            const uint8_t *pixel =
                f->picture.pixels + (size_t)y * picture_stride(&f->picture) + (size_t)x * 4;
            assert_int_equal(pixel[0], is_in ? in : out);
            assert_int_equal(pixel[3], is_in ? in : out);
        }
    }
}

static const qa_rect whole = {.width = WIDTH, .height = HEIGHT};

static void test_only_damage_is_copied_and_said_from_the_loop(void **state)
{
    struct fixture *f = *state;
    start_app(f);
    assert_int_equal(submit(f, WIDTH, HEIGHT, 1, NULL, 0), 0);
    assert_int_equal(f->resized, 0);
    turn(f);
    assert_int_equal(f->resized, 1);
    assert_int_equal(f->damaged, 0);
    expect_pixels(f, &whole, 1, 0);

    const qa_rect part = {.x = 10, .y = 20, .width = 30, .height = 5};
    assert_int_equal(submit(f, WIDTH, HEIGHT, 2, &part, 1), 0);
    assert_int_equal(f->damaged, 0);
    turn(f);
    assert_int_equal(f->damaged, 1);
    assert_int_equal(f->rect_count, 1);
    assert_memory_equal(&f->rects[0], &part, sizeof part);
    expect_pixels(f, &part, 2, 1);

    /* Nothing changed, and nothing is said. */
    assert_int_equal(submit(f, WIDTH, HEIGHT, 3, &part, 0), 0);
    turn(f);
    assert_int_equal(f->damaged, 1);
    expect_pixels(f, &part, 2, 1);
}

static void test_damage_is_clipped(void **state)
{
    struct fixture *f = *state;
    start_app(f);
    assert_int_equal(submit(f, WIDTH, HEIGHT, 1, NULL, 0), 0);
    turn(f);
    const qa_rect wild[] = {{-10, -10, 20, 20},
                            {INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX},
                            {INT32_MAX, 0, INT32_MAX, 1},
                            {0, 0, -5, 3}};
    assert_int_equal(submit(f, WIDTH, HEIGHT, 2, wild, 4), 0);
    turn(f);
    assert_int_equal(f->rect_count, 1);
    expect_pixels(f, &(qa_rect){0, 0, 10, 10}, 2, 1);
}

static void test_bad_arguments(void **state)
{
    struct fixture *f = *state;
    start_app(f);
    uint8_t pixel[64] = {0};
    assert_int_equal(screen_app_submit(f->screen, 0, 1, 4, pixel, NULL, 0), QA_EINVAL);
    assert_int_equal(screen_app_submit(f->screen, 1, -1, 4, pixel, NULL, 0), QA_EINVAL);
    assert_int_equal(screen_app_submit(f->screen, 2, 1, 7, pixel, NULL, 0), QA_EINVAL);
    assert_int_equal(screen_app_submit(f->screen, 2, 1, 8, NULL, NULL, 0), QA_EINVAL);
    assert_int_equal(screen_app_submit(f->screen, 8193, 1, 1 << 20, pixel, NULL, 0), QA_ELIMIT);
    assert_int_equal(screen_app_submit(f->screen, 1, INT32_MAX, 4, pixel, NULL, 0), QA_ELIMIT);
    assert_int_equal(screen_app_submit(f->screen, INT32_MAX, 1, SIZE_MAX, pixel, NULL, 0),
                     QA_ELIMIT);
    turn(f);
    assert_int_equal(f->resized + f->damaged, 0);
}

static void test_nothing_is_copied_while_paused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(screen_app_new(&f->loop, &f->picture, &events, f, &f->screen), 0);
    assert_int_equal(submit(f, WIDTH, HEIGHT, 1, NULL, 0), QA_ESTATE);
    assert_int_equal(f->picture.width, 0);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
    assert_int_equal(submit(f, WIDTH, HEIGHT, 1, NULL, 0), 0);
    turn(f);

    f->screen->ops->set_paused(f->screen, true);
    assert_int_equal(submit(f, WIDTH, HEIGHT, 2, NULL, 0), QA_ESTATE);
    assert_int_equal(submit(f, WIDTH + 1, HEIGHT, 2, NULL, 0), QA_ESTATE);
    turn(f);
    assert_int_equal(f->damaged, 0);
    expect_pixels(f, &whole, 1, 0);

    f->screen->ops->set_paused(f->screen, false);
    turn(f);
    assert_int_equal(f->damaged, 1);
    assert_memory_equal(&f->rects[0], &whole, sizeof whole);
    /* What was missed comes with the next picture, however little of it changed. */
    const qa_rect part = {.x = 1, .y = 1, .width = 1, .height = 1};
    assert_int_equal(submit(f, WIDTH, HEIGHT, 3, &part, 1), 0);
    expect_pixels(f, &whole, 3, 0);
    turn(f);
    assert_int_equal(f->damaged, 2);
    assert_memory_equal(&f->rects[0], &whole, sizeof whole);
}

static void test_damage_is_merged_while_busy(void **state)
{
    struct fixture *f = *state;
    start_app(f);
    assert_int_equal(submit(f, WIDTH, HEIGHT, 1, NULL, 0), 0);
    turn(f);
    f->screen->ops->set_busy(f->screen, true);
    for (int32_t i = 0; i < 200; i++) {
        const qa_rect part = {.x = i % 80, .y = i % 60, .width = 3, .height = 3};
        assert_int_equal(submit(f, WIDTH, HEIGHT, 2, &part, 1), 0);
        turn(f);
    }
    assert_int_equal(f->damaged, 0);
    f->screen->ops->set_busy(f->screen, false);
    turn(f);
    assert_int_equal(f->damaged, 1);
    /* A new size while busy is said later, once. */
    f->screen->ops->set_busy(f->screen, true);
    assert_int_equal(submit(f, 10, 10, 3, NULL, 0), 0);
    assert_int_equal(submit(f, 12, 10, 4, NULL, 0), 0);
    turn(f);
    assert_int_equal(f->resized, 1);
    f->screen->ops->set_busy(f->screen, false);
    turn(f);
    assert_int_equal(f->resized, 2);
    assert_int_equal(f->damaged, 1);
    expect_pixels(f, &(qa_rect){0, 0, 12, 10}, 4, 0);
}

/* Whoever was told something that is out of date by now is told the rest, be it nothing. */
static void test_what_is_out_of_date_is_said_anew(void **state)
{
    struct fixture *f = *state;
    start_app(f);
    assert_int_equal(submit(f, WIDTH, HEIGHT, 1, NULL, 0), 0);
    turn(f);
    assert_int_equal(f->resized, 1);
    f->screen->ops->set_busy(f->screen, true);
    const qa_rect part = {.x = 5, .y = 6, .width = 3, .height = 3};
    assert_int_equal(submit(f, WIDTH, HEIGHT, 2, &part, 1), 0);
    turn(f);
    assert_int_equal(f->damaged, 0);
    f->screen->ops->renew(f->screen);
    assert_int_equal(f->damaged, 0);
    turn(f);
    assert_int_equal(f->damaged, 1);
    assert_int_equal(f->rect_count, 1);
    assert_memory_equal(&f->rects[0], &part, sizeof part);
    f->screen->ops->renew(f->screen);
    turn(f);
    assert_int_equal(f->damaged, 2);
    assert_int_equal(f->rect_count, 0);
    /* In a pause after it, and then the whole. */
    f->screen->ops->set_paused(f->screen, true);
    f->screen->ops->renew(f->screen);
    turn(f);
    assert_int_equal(f->damaged, 2);
    f->screen->ops->set_paused(f->screen, false);
    turn(f);
    assert_int_equal(f->damaged, 3);
    assert_memory_equal(&f->rects[0], (&(qa_rect){0, 0, WIDTH, HEIGHT}), sizeof(qa_rect));
}

static void test_the_app_screen_may_be_destroyed_inside_its_event(void **state)
{
    struct fixture *f = *state;
    f->destroy_inside = true;
    start_app(f);
    assert_int_equal(submit(f, WIDTH, HEIGHT, 1, NULL, 0), 0);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_null(f->screen);
}

static void expect_pattern(const struct fixture *f)
{
    const uint32_t *pixels = (const uint32_t *)(const void *)f->picture.pixels;
    uint32_t frame = screen_pattern_frames(f->screen);
    for (int32_t y = 0; y < f->picture.height; y++) {
        for (int32_t x = 0; x < f->picture.width; x++)
            assert_int_equal(pixels[y * f->picture.width + x], screen_pattern_pixel(frame, x, y));
    }
}

static void test_the_pattern_is_as_it_says(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        screen_pattern_new(&f->loop, 320, 200, 500, &f->picture, &events, f, &f->screen), 0);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
    for (f->stop_after = 1; f->stop_after < 40; f->stop_after++) {
        uv_run(&f->loop, UV_RUN_DEFAULT);
        expect_pattern(f);
    }
    assert_int_equal(f->resized, 1);
    assert_true(screen_pattern_frames(f->screen) >= 39);
    assert_int_not_equal(screen_pattern_pixel(1, 20, 20), screen_pattern_pixel(2, 20, 20));
}

static void test_a_pattern_of_no_size_fails(void **state)
{
    struct fixture *f = *state;
    f->destroy_inside = true;
    assert_int_equal(screen_pattern_new(&f->loop, 0, 9000, 10, &f->picture, &events, f, &f->screen),
                     0);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(f->failed, 1);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_only_damage_is_copied_and_said_from_the_loop),
        WITH_LOOP(test_damage_is_clipped),
        WITH_LOOP(test_bad_arguments),
        WITH_LOOP(test_nothing_is_copied_while_paused),
        WITH_LOOP(test_damage_is_merged_while_busy),
        WITH_LOOP(test_what_is_out_of_date_is_said_anew),
        WITH_LOOP(test_the_app_screen_may_be_destroyed_inside_its_event),
        WITH_LOOP(test_the_pattern_is_as_it_says),
        WITH_LOOP(test_a_pattern_of_no_size_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
