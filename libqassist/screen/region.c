#include "screen/region.h"

#include <stdlib.h>

void region_clear(struct region *region)
{
    region->count = 0;
}

void region_set_whole(struct region *region, int32_t width, int32_t height)
{
    region->rects[0] = (qa_rect){.width = width, .height = height};
    region->count = 1;
}

static int64_t clamp(int64_t value, int64_t most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

static bool clip(const qa_rect *rect, int32_t width, int32_t height, qa_rect *out)
{
    int64_t left = clamp(rect->x, width);
    int64_t top = clamp(rect->y, height);
    int64_t right = clamp((int64_t)rect->x + rect->width, width);
    int64_t bottom = clamp((int64_t)rect->y + rect->height, height);
    *out = (qa_rect){.x = (int32_t)left,
                     .y = (int32_t)top,
                     .width = (int32_t)(right - left),
                     .height = (int32_t)(bottom - top)};
    return right > left && bottom > top;
}

static bool contains(const qa_rect *outer, const qa_rect *inner)
{
    return inner->x >= outer->x && inner->y >= outer->y &&
           inner->x + inner->width <= outer->x + outer->width &&
           inner->y + inner->height <= outer->y + outer->height;
}

static qa_rect bounds_of(const qa_rect *a, const qa_rect *b)
{
    int32_t left = a->x < b->x ? a->x : b->x;
    int32_t top = a->y < b->y ? a->y : b->y;
    int32_t right = a->x + a->width > b->x + b->width ? a->x + a->width : b->x + b->width;
    int32_t bottom = a->y + a->height > b->y + b->height ? a->y + a->height : b->y + b->height;
    return (qa_rect){.x = left, .y = top, .width = right - left, .height = bottom - top};
}

void region_add(struct region *region, const qa_rect *rect, int32_t width, int32_t height)
{
    qa_rect clipped;
    if (!clip(rect, width, height, &clipped))
        return;
    size_t kept = 0;
    for (size_t i = 0; i < region->count; i++) {
        if (contains(&region->rects[i], &clipped))
            return;
        if (!contains(&clipped, &region->rects[i]))
            region->rects[kept++] = region->rects[i];
    }
    region->count = kept;
    if (region->count == REGION_RECTS_MAX) {
        for (size_t i = 1; i < region->count; i++)
            region->rects[0] = bounds_of(&region->rects[0], &region->rects[i]);
        region->rects[0] = bounds_of(&region->rects[0], &clipped);
        region->count = 1;
        return;
    }
    region->rects[region->count++] = clipped;
}

static int by_top(const void *a, const void *b)
{
    const struct band *first = a;
    const struct band *second = b;
    return (first->top > second->top) - (first->top < second->top);
}

size_t region_bands(const struct region *region, int32_t gap, struct band bands[REGION_RECTS_MAX])
{
    for (size_t i = 0; i < region->count; i++)
        bands[i] = (struct band){.top = region->rects[i].y,
                                 .bottom = region->rects[i].y + region->rects[i].height};
    qsort(bands, region->count, sizeof *bands, by_top);
    size_t count = 0;
    for (size_t i = 0; i < region->count; i++) {
        if (count && bands[i].top <= bands[count - 1].bottom + gap) {
            if (bands[i].bottom > bands[count - 1].bottom)
                bands[count - 1].bottom = bands[i].bottom;
        } else {
            bands[count++] = bands[i];
        }
    }
    return count;
}
