/*
 * Damage: a bounded set of rectangles within the picture. When it is full it becomes its bounding
 * box, so that it may grow too large but never misses anything.
 */
#ifndef SCREEN_REGION_H
#define SCREEN_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qassist/picture.h>

#define REGION_RECTS_MAX 64

struct region {
    qa_rect rects[REGION_RECTS_MAX];
    size_t count;
};

/* Rows from top up to, not including, bottom. */
struct band {
    int32_t top;
    int32_t bottom;
};

void region_clear(struct region *region);

/* Makes it the whole of a width x height picture. */
void region_set_whole(struct region *region, int32_t width, int32_t height);

/* Adds what of the rectangle, any rectangle, is within a width x height picture. */
void region_add(struct region *region, const qa_rect *rect, int32_t width, int32_t height);

/*
 * The rows that the region touches, from the top, as bands that are more than `gap` rows apart; at
 * most REGION_RECTS_MAX. Returns their number.
 */
size_t region_bands(const struct region *region, int32_t gap, struct band bands[REGION_RECTS_MAX]);

#endif
