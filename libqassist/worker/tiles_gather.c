#include <string.h>

#include "worker/tiles_private.h"

/* Pixels that did not change in one rectangle rather than two. */
#define WASTE_MAX 1024

/* What changed in both is about what changed in their bounds. */
static bool are_dense(const struct tiles_area *a, const struct tiles_area *b)
{
    struct tiles_area both = *a;
    tiles_join_areas(&both, b);
    return area_size(&both) <= area_size(a) + area_size(b) + WASTE_MAX;
}

static bool joins(const struct tile *tile, const struct tiles_rect *rect)
{
    if (tile->rank != rect->rank || tile->solid != rect->solid)
        return false;
    return tile->solid ? tile->colour == rect->colour : are_dense(&tile->changed, &rect->changed);
}

static bool is_small_enough(const struct tiles *tiles, int32_t width, int32_t height)
{
    return width <= TILES_RECT_WIDTH_MAX && height <= TILES_RECT_HEIGHT_MAX &&
           (!tiles->rect_pixels_max || (size_t)width * (size_t)height <= tiles->rect_pixels_max);
}

size_t tiles_add(const struct tiles *tiles, struct tiles_rect *rects, size_t first, size_t count,
                 size_t row, size_t column)
{
    const struct tile *tile = &tiles->tile[row * tiles->columns + column];
    struct tiles_area area = area_of(tiles, row, column);
    struct tiles_rect *last = count > first ? &rects[count - 1] : NULL;
    if (last && last->x + last->width == area.x && joins(tile, last) &&
        is_small_enough(tiles, last->width + area.width, area.height)) {
        last->width += area.width;
        tiles_join_areas(&last->changed, &tile->changed);
        return count;
    }
    rects[count] = (struct tiles_rect){.x = area.x,
                                       .y = area.y,
                                       .width = area.width,
                                       .height = area.height,
                                       .changed = tile->changed,
                                       .rank = tile->rank,
                                       .solid = tile->solid,
                                       .colour = tile->colour};
    return count + 1;
}

/* Makes runs of neighbours in a row of tiles; returns the index of the first one. */
static size_t collect_row(struct tiles *tiles, size_t row)
{
    size_t first = tiles->rect_count;
    for (size_t column = 0; column < tiles->columns; column++)
        if (tiles->tile[row * tiles->columns + column].send)
            tiles->rect_count =
                tiles_add(tiles, tiles->rects, first, tiles->rect_count, row, column);
    return first;
}

static bool stacks(const struct tiles *tiles, const struct tiles_rect *upper,
                   const struct tiles_rect *lower)
{
    return upper->rank == lower->rank && upper->x == lower->x && upper->width == lower->width &&
           upper->y + upper->height == lower->y && upper->solid == lower->solid &&
           (upper->solid ? upper->colour == lower->colour
                         : are_dense(&upper->changed, &lower->changed)) &&
           is_small_enough(tiles, upper->width, upper->height + lower->height);
}

/*
 * Lets the rectangles from `first` on, a new row, grow one of `above` to `first` that they continue
 * exactly. Returns the first rectangle that reaches the row's lower edge.
 */
static size_t merge_row(struct tiles *tiles, size_t above, size_t first, int32_t bottom)
{
    size_t kept = first;
    for (size_t i = first; i < tiles->rect_count; i++) {
        struct tiles_rect *upper = NULL;
        for (size_t j = above; j < first && !upper; j++)
            if (stacks(tiles, &tiles->rects[j], &tiles->rects[i]))
                upper = &tiles->rects[j];
        if (upper) {
            upper->height += tiles->rects[i].height;
            tiles_join_areas(&upper->changed, &tiles->rects[i].changed);
        } else {
            tiles->rects[kept++] = tiles->rects[i];
        }
    }
    tiles->rect_count = kept;
    while (above < kept && tiles->rects[above].y + tiles->rects[above].height != bottom)
        above++;
    return above;
}

static void put_in_order(struct tiles *tiles)
{
    size_t count = tiles->rect_count;
    struct tiles_rect *ordered = tiles->rects + count;
    size_t done = 0;
    for (int rank = TILES_SELDOM; rank <= TILES_MOVING; rank++)
        for (size_t i = 0; i < count; i++)
            if (tiles->rects[i].rank == (enum tiles_rank)rank)
                ordered[done++] = tiles->rects[i];
    memcpy(tiles->rects, ordered, count * sizeof *ordered);
}

void tiles_gather(struct tiles *tiles)
{
    for (size_t i = 0; i < tiles->swap_count; i++) {
        const struct tiles_area *area = &tiles->swaps[i].area;
        if (tiles->swaps[i].recalled)
            tiles->tile[(size_t)area->y / TILE_SIDE * tiles->columns + (size_t)area->x / TILE_SIDE]
                .send = false;
    }
    size_t above = 0;
    tiles->rect_count = 0;
    for (size_t row = 0; row < tiles->rows; row++) {
        size_t first = collect_row(tiles, row);
        above = merge_row(tiles, above, first,
                          min_int32((int32_t)(row + 1) * TILE_SIDE, tiles->height));
    }
    put_in_order(tiles);
}
