/*
 * The planar codec of RDP 6 (MS-RDPEGDI 2.2.2.5.1), encoding only, exact: red, green and blue each
 * as differences to the row before, in run lengths. FreeRDP's own encoder takes several times as
 * long.
 */
#ifndef WORKER_PLANAR_H
#define WORKER_PLANAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Wider rectangles are not encoded. */
#define PLANAR_WIDTH_MAX 2048

/* The most bytes that a rectangle can take. */
#define PLANAR_BYTES_MAX(width, height) \
    (2 + 3 * (size_t)(height) * ((size_t)(width) + (size_t)(width) / 15 + 1))

/*
 * Encodes BGRX pixels into `out`, which has PLANAR_BYTES_MAX room. `bottom_up` puts the last row
 * first, as bitmap updates want it. Returns the number of bytes.
 */
size_t planar_encode(uint8_t *out, const uint8_t *pixels, size_t stride, int32_t width,
                     int32_t height, bool bottom_up);

#endif
