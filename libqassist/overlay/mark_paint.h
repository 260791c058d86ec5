/*
 * Marks as pixels. What is drawn has no half-transparent edge, for a window on a display without a
 * compositor cannot have one: each line is smooth against a thin halo of contrast around it, and
 * only the halo's outer edge is cut sharply. So a mark can be seen on any background, too.
 */
#ifndef OVERLAY_MARK_PAINT_H
#define OVERLAY_MARK_PAINT_H

#include <cairo.h>

#include "overlay/marks.h"

/*
 * Draws what of the marks is in `rect` into an ARGB32 image of its size. The pixels' fourth byte is
 * 255 where they belong to a mark, else 0. NULL when out of memory.
 */
cairo_surface_t *mark_paint(const struct marks *marks, const qa_rect *rect);

/* The laser pointer's dot: a square image of the same kind, `size` pixels wide. */
cairo_surface_t *laser_paint(int32_t size);

/*
 * The opaque pixels of such an image as a region, moved by x and y. NULL when out of
 * memory.
 */
cairo_region_t *opaque_region(cairo_surface_t *image, int32_t x, int32_t y);

#endif
