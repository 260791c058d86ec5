/*
 * Stamp: a number that a program paints into its picture and another reads from the screen of a
 * remote viewer, after whatever the way in between did to the colours.
 *
 * A row of blocks: two coloured ones to find it by, 24 bits of the number, 8 bits of its check sum.
 */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_BLOCK  16
#define STAMP_BITS   32
#define STAMP_WIDTH  ((2 + STAMP_BITS) * STAMP_BLOCK)
#define STAMP_HEIGHT STAMP_BLOCK
#define STAMP_MAX    0xffffffu

enum stamp_kind { STAMP_FRAME, STAMP_KEY };

/* BGRX pixels, `stride` in pixels. */
struct stamp_image {
    uint32_t *pixels;
    int width;
    int height;
    int stride;
};

/* The colour of block `index` (0 .. STAMP_BITS + 1). */
uint32_t stamp_colour(enum stamp_kind kind, uint32_t number, int index);

/* Paints the stamp with its top left corner at x, y, `height` pixels high. */
void stamp_paint(const struct stamp_image *image, int x, int y, int height, enum stamp_kind kind,
                 uint32_t number);

/*
 * Reads the stamp whose blocks begin at x; `y` is the first of four rows around their middle.
 * Returns the number, or -1 when no whole stamp is there.
 */
int64_t stamp_read(const struct stamp_image *image, int x, int y, enum stamp_kind kind);

/* The next stamp in reading order from *x, *y on, which become its corner. False: none. */
bool stamp_find(const struct stamp_image *image, int *x, int *y, enum stamp_kind *kind);

#endif
