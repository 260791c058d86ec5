/* The planar encoder against a decoder written from the specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/planar.h"

struct input {
    const uint8_t *bytes;
    size_t length;
    size_t at;
};

static uint8_t take(struct input *input)
{
    assert_true(input->at < input->length);
    return input->bytes[input->at++];
}

/* One row of one plane, still as differences. */
static void decode_row(struct input *input, uint8_t *row, size_t width)
{
    uint8_t last = 0;
    size_t x = 0;
    while (x < width) {
        uint8_t control = take(input);
        size_t run = control & 15, raw = control >> 4;
        if (run == 1 || run == 2) {
            run = run * 16 + raw;
            raw = 0;
        }
        assert_true(raw || run);
        assert_true(x + raw + run <= width);
        while (raw--)
            row[x++] = last = take(input);
        while (run--)
            row[x++] = last;
    }
}

static void decode_plane(struct input *input, uint8_t *plane, size_t width, size_t height)
{
    for (size_t y = 0; y < height; y++) {
        uint8_t *row = plane + y * width;
        decode_row(input, row, width);
        for (size_t x = 0; y > 0 && x < width; x++) {
            int delta = row[x] & 1 ? -(row[x] / 2) - 1 : row[x] / 2;
            row[x] = (uint8_t)(row[x - width] + delta);
        }
    }
}

static void check(const uint8_t *pixels, size_t stride, int32_t width, int32_t height,
                  bool bottom_up)
{
    size_t count = (size_t)width * (size_t)height;
    size_t room = PLANAR_BYTES_MAX(width, height);
    uint8_t *out = malloc(room);
    uint8_t *planes = calloc(3, count);
    assert_non_null(out);
    assert_non_null(planes);
    struct input input = {.bytes = out};
    input.length = planar_encode(out, pixels, stride, width, height, bottom_up);
    assert_true(input.length <= room && input.length <= 3 * count + 2);
    uint8_t header = take(&input);
    if (header == 0x30) {
        for (size_t i = 0; i < 3; i++)
            decode_plane(&input, planes + i * count, (size_t)width, (size_t)height);
    } else {
        assert_int_equal(header, 0x20);
        for (size_t i = 0; i < 3 * count; i++)
            planes[i] = take(&input);
        assert_int_equal(take(&input), 0);
    }
    assert_int_equal(input.at, input.length);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            const uint8_t *pixel = pixels + (size_t)y * stride + (size_t)x * 4;
            size_t row = (size_t)(bottom_up ? height - 1 - y : y);
            size_t at = row * (size_t)width + (size_t)x;
            assert_int_equal(planes[at], pixel[2]);
            assert_int_equal(planes[count + at], pixel[1]);
            assert_int_equal(planes[2 * count + at], pixel[0]);
        }
    free(planes);
    free(out);
}

static uint32_t random_state = 7;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* Stretches of one colour, of lengths around those that the format treats apart. */
static void fill_stretches(uint8_t *pixels, size_t count)
{
    static const uint32_t lengths[] = {1, 2, 3, 4, 14, 15, 16, 17, 18, 31, 32, 47, 48, 49, 50, 97};
    size_t at = 0;
    while (at < count) {
        uint32_t colour = next_random();
        uint32_t length = lengths[next_random() % (sizeof lengths / sizeof *lengths)];
        for (uint32_t i = 0; i < length && at < count; i++, at++)
            memcpy(pixels + at * 4, &colour, 4);
    }
}

static void fill_noise(uint8_t *pixels, size_t count)
{
    for (size_t i = 0; i < count * 4; i++)
        pixels[i] = (uint8_t)next_random();
}

static void test_all_sizes(void **state)
{
    enum { STRIDE_PIXELS = 70, ROWS = 20 };
    static uint8_t pixels[STRIDE_PIXELS * ROWS * 4];
    for (int32_t width = 1; width <= STRIDE_PIXELS; width++)
        for (int32_t height = 1; height <= ROWS; height += 1 + height / 4) {
            fill_stretches(pixels, STRIDE_PIXELS * ROWS);
            check(pixels, STRIDE_PIXELS * 4, width, height, width % 2);
            fill_noise(pixels, STRIDE_PIXELS * ROWS);
            check(pixels, STRIDE_PIXELS * 4, width, height, width % 2);
            memset(pixels, (int)next_random(), sizeof pixels);
            check(pixels, STRIDE_PIXELS * 4, width, height, width % 2);
        }
}

static void test_widest(void **state)
{
    size_t count = (size_t)PLANAR_WIDTH_MAX * 256;
    uint8_t *pixels = malloc(count * 4);
    assert_non_null(pixels);
    fill_noise(pixels, count);
    check(pixels, (size_t)PLANAR_WIDTH_MAX * 4, PLANAR_WIDTH_MAX, 256, false);
    fill_stretches(pixels, count);
    check(pixels, (size_t)PLANAR_WIDTH_MAX * 4, PLANAR_WIDTH_MAX, 256, false);
    memset(pixels, 0x55, count * 4);
    check(pixels, (size_t)PLANAR_WIDTH_MAX * 4, PLANAR_WIDTH_MAX, 256, true);
    free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sizes),
        cmocka_unit_test(test_widest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
