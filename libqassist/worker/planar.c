#include "worker/planar.h"

#include <string.h>

/* Bits of the format header. */
#define RUN_LENGTHS 0x10
#define NO_ALPHA    0x20

#define PLANES    3
#define RUN_MIN   3  /* shorter runs cannot be said */
#define RUN_SHORT 15 /* the longest run beside raw bytes */
#define RAW_MAX   15
#define RUN_LONG  47 /* the longest run by itself */
#define ESCAPE_16 1  /* in place of a run length: 16 and the raw count */
#define ESCAPE_32 2  /* 32 and the raw count */

struct image {
    const uint8_t *pixels;
    size_t stride;
    int32_t width;
    int32_t height;
    bool bottom_up;
};

static const uint8_t *row_of(const struct image *image, int32_t row)
{
    int32_t index = image->bottom_up ? image->height - 1 - row : row;
    return image->pixels + (size_t)index * image->stride;
}

static uint8_t control(size_t run, size_t raw)
{
    return (uint8_t)(raw << 4 | run);
}

/* What may be taken of a long run so that the rest is none or can be said too. */
static size_t take_of_run(size_t run, size_t most)
{
    if (run <= most)
        return run;
    return run - most < RUN_MIN ? most - (RUN_MIN - 1) : most;
}

static uint8_t *put_run(uint8_t *out, size_t run)
{
    while (run) {
        size_t part = take_of_run(run, RUN_LONG);
        if (part >= 32)
            *out++ = control(ESCAPE_32, part - 32);
        else if (part >= 16)
            *out++ = control(ESCAPE_16, part - 16);
        else
            *out++ = control(part, 0);
        run -= part;
    }
    return out;
}

/* Raw bytes, then `run` more bytes like the last one. The run is 0 or RUN_MIN at least. */
static uint8_t *put_segment(uint8_t *out, const uint8_t *raw, size_t count, size_t run)
{
    while (count > RAW_MAX) {
        *out++ = control(0, RAW_MAX);
        memcpy(out, raw, RAW_MAX);
        out += RAW_MAX;
        raw += RAW_MAX;
        count -= RAW_MAX;
    }
    if (count) {
        size_t part = take_of_run(run, RUN_SHORT);
        *out++ = control(part, count);
        memcpy(out, raw, count);
        out += count;
        run -= part;
    }
    return put_run(out, run);
}

/* How many bytes from `bytes` on equal `value`. */
static size_t run_length(const uint8_t *bytes, size_t count, uint8_t value)
{
    size_t length = 0;
    uint64_t wanted = value * 0x0101010101010101u;
    while (count - length >= sizeof wanted) {
        uint64_t word;
        memcpy(&word, bytes + length, sizeof word);
        if (word != wanted)
            break;
        length += sizeof word;
    }
    while (length < count && bytes[length] == value)
        length++;
    return length;
}

/* A row starts as if a zero stood before it. */
static uint8_t *put_row(uint8_t *out, const uint8_t *row, size_t width)
{
    uint8_t last = 0;
    size_t raw = 0; /* where the bytes that are not written yet start */
    size_t at = 0;
    while (at < width) {
        size_t run = row[at] == last ? run_length(row + at, width - at, last) : 0;
        if (run >= RUN_MIN) {
            out = put_segment(out, row + raw, at - raw, run);
            at += run;
            raw = at;
            continue;
        }
        at += run;
        if (at < width)
            last = row[at++];
    }
    return put_segment(out, row + raw, width - raw, 0);
}

/* Signed differences, the sign in the lowest bit. The first row stands as it is. */
static void difference(uint8_t *out, const uint8_t *row, const uint8_t *above, size_t width,
                       unsigned channel)
{
    for (size_t i = 0; i < width; i++) {
        int8_t delta = (int8_t)(row[i * 4 + channel] - above[i * 4 + channel]);
        out[i] = (uint8_t)((uint8_t)delta << 1 ^ (uint8_t)(delta >> 7));
    }
}

static void pick(uint8_t *out, const uint8_t *row, size_t width, unsigned channel)
{
    for (size_t i = 0; i < width; i++)
        out[i] = row[i * 4 + channel];
}

static uint8_t *put_plane(uint8_t *out, const struct image *image, unsigned channel)
{
    uint8_t values[PLANAR_WIDTH_MAX];
    size_t width = (size_t)image->width;
    const uint8_t *above = row_of(image, 0);
    pick(values, above, width, channel);
    out = put_row(out, values, width);
    for (int32_t i = 1; i < image->height; i++) {
        const uint8_t *row = row_of(image, i);
        if (width >= RUN_MIN && memcmp(row, above, width * 4) == 0) {
            out = put_run(out, width);
        } else {
            difference(values, row, above, width, channel);
            out = put_row(out, values, width);
        }
        above = row;
    }
    return out;
}

static size_t encode_plain(uint8_t *out, const struct image *image)
{
    uint8_t *end = out;
    *end++ = NO_ALPHA;
    for (unsigned channel = PLANES; channel-- > 0;)
        for (int32_t i = 0; i < image->height; i++) {
            pick(end, row_of(image, i), (size_t)image->width, channel);
            end += image->width;
        }
    *end++ = 0; /* a pad that only this form has */
    return (size_t)(end - out);
}

size_t planar_encode(uint8_t *out, const uint8_t *pixels, size_t stride, int32_t width,
                     int32_t height, bool bottom_up)
{
    const struct image image = {pixels, stride, width, height, bottom_up};
    uint8_t *end = out;
    *end++ = RUN_LENGTHS | NO_ALPHA;
    /* Red, green, blue; blue comes first in memory. */
    for (unsigned channel = PLANES; channel-- > 0;)
        end = put_plane(end, &image, channel);
    size_t length = (size_t)(end - out);
    if (length > PLANES * (size_t)width * (size_t)height + 2)
        return encode_plain(out, &image);
    return length;
}
