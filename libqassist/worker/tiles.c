#include "worker/tiles.h"

#include <stdlib.h>
#include <string.h>

#define OPAQUE 0xff000000u

struct tile {
    bool damaged;
    bool unsent;
    bool send; /* of this collection: */
    bool solid;
    uint32_t colour;
};

static int32_t min_int32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t max_int32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

bool tiles_resize(struct tiles *tiles, int32_t width, int32_t height)
{
    free(tiles->copy);
    free(tiles->tile);
    free(tiles->rects);
    *tiles = (struct tiles){.width = width, .height = height};
    tiles->columns = ((size_t)width + TILE_SIDE - 1) / TILE_SIDE;
    tiles->rows = ((size_t)height + TILE_SIDE - 1) / TILE_SIDE;
    size_t count = tiles->columns * tiles->rows;
    tiles->copy = calloc((size_t)width * (size_t)height, 4);
    tiles->tile = calloc(count, sizeof *tiles->tile);
    tiles->rects = calloc(count, sizeof *tiles->rects);
    if (!tiles->copy || !tiles->tile || !tiles->rects)
        return false;
    tiles_mark_all_unsent(tiles);
    return true;
}

static void mark(struct tiles *tiles, int32_t x, int32_t y, int32_t width, int32_t height,
                 bool unsent)
{
    int64_t right = (int64_t)x + width;
    int64_t bottom = (int64_t)y + height;
    int32_t left = max_int32(x, 0);
    int32_t top = max_int32(y, 0);
    if (right > tiles->width)
        right = tiles->width;
    if (bottom > tiles->height)
        bottom = tiles->height;
    if (left >= right || top >= bottom)
        return;
    for (size_t row = (size_t)top / TILE_SIDE; row <= (size_t)(bottom - 1) / TILE_SIDE; row++)
        for (size_t column = (size_t)left / TILE_SIDE; column <= (size_t)(right - 1) / TILE_SIDE;
             column++) {
            struct tile *tile = &tiles->tile[row * tiles->columns + column];
            tiles->waiting += !tile->damaged && !tile->unsent;
            if (unsent)
                tile->unsent = true;
            else
                tile->damaged = true;
        }
}

void tiles_mark_damage(struct tiles *tiles, const struct worker_rect *rect)
{
    mark(tiles, rect->x, rect->y, rect->width, rect->height, false);
}

void tiles_mark_unsent(struct tiles *tiles, int32_t x, int32_t y, int32_t width, int32_t height)
{
    mark(tiles, x, y, width, height, true);
}

void tiles_mark_all_unsent(struct tiles *tiles)
{
    mark(tiles, 0, 0, tiles->width, tiles->height, true);
}

/* Copies a tile out of the picture, the fourth byte made one value. */
static void fetch(uint32_t *fetched, const uint8_t *source, size_t stride, int32_t width,
                  int32_t height)
{
    for (int32_t row = 0; row < height; row++) {
        memcpy(fetched, source + (size_t)row * stride, (size_t)width * 4);
        for (int32_t i = 0; i < width; i++)
            fetched[i] |= OPAQUE;
        fetched += width;
    }
}

static bool store(uint8_t *copy, size_t stride, const uint32_t *fetched, int32_t width,
                  int32_t height)
{
    bool changed = false;
    size_t length = (size_t)width * 4;
    for (int32_t row = 0; row < height; row++) {
        if (memcmp(copy, fetched, length) != 0) {
            memcpy(copy, fetched, length);
            changed = true;
        }
        copy += stride;
        fetched += width;
    }
    return changed;
}

static bool is_solid(const uint32_t *fetched, int32_t width, int32_t height)
{
    for (int32_t i = 1; i < width; i++)
        if (fetched[i] != fetched[0])
            return false;
    for (int32_t row = 1; row < height; row++)
        if (memcmp(fetched + (size_t)row * (size_t)width, fetched, (size_t)width * 4) != 0)
            return false;
    return true;
}

static void look_at(struct tiles *tiles, const uint8_t *picture, size_t row, size_t column)
{
    struct tile *tile = &tiles->tile[row * tiles->columns + column];
    tile->send = false;
    if (!tile->damaged && !tile->unsent)
        return;
    int32_t x = (int32_t)column * TILE_SIDE;
    int32_t y = (int32_t)row * TILE_SIDE;
    int32_t width = min_int32(TILE_SIDE, tiles->width - x);
    int32_t height = min_int32(TILE_SIDE, tiles->height - y);
    size_t stride = (size_t)tiles->width * 4;
    size_t offset = (size_t)y * stride + (size_t)x * 4;
    uint32_t fetched[TILE_SIDE * TILE_SIDE];
    fetched[0] = 0; /* there is one pixel at least, which the compiler cannot know */
    fetch(fetched, picture + offset, stride, width, height);
    bool changed = store(tiles->copy + offset, stride, fetched, width, height);
    tile->send = changed || tile->unsent;
    if (tile->send) {
        tile->solid = is_solid(fetched, width, height);
        tile->colour = fetched[0];
    }
    tile->damaged = false;
    tile->unsent = false;
}

static bool joins(const struct tile *tile, const struct tiles_rect *rect)
{
    return tile->send && tile->solid == rect->solid &&
           (!tile->solid || tile->colour == rect->colour);
}

/* Makes runs of neighbours in a row of tiles; returns the index of the first one. */
static size_t collect_row(struct tiles *tiles, size_t row)
{
    size_t first = tiles->rect_count;
    int32_t y = (int32_t)row * TILE_SIDE;
    int32_t height = min_int32(TILE_SIDE, tiles->height - y);
    for (size_t column = 0; column < tiles->columns; column++) {
        const struct tile *tile = &tiles->tile[row * tiles->columns + column];
        if (!tile->send)
            continue;
        int32_t x = (int32_t)column * TILE_SIDE;
        int32_t width = min_int32(TILE_SIDE, tiles->width - x);
        struct tiles_rect *last =
            tiles->rect_count > first ? &tiles->rects[tiles->rect_count - 1] : NULL;
        if (last && last->x + last->width == x && joins(tile, last) &&
            last->width + width <= TILES_RECT_WIDTH_MAX) {
            last->width += width;
            continue;
        }
        tiles->rects[tiles->rect_count++] = (struct tiles_rect){.x = x,
                                                                .y = y,
                                                                .width = width,
                                                                .height = height,
                                                                .solid = tile->solid,
                                                                .colour = tile->colour};
    }
    return first;
}

static bool stacks(const struct tiles_rect *upper, const struct tiles_rect *lower)
{
    return upper->x == lower->x && upper->width == lower->width &&
           upper->y + upper->height == lower->y && upper->solid == lower->solid &&
           (!upper->solid || upper->colour == lower->colour) &&
           upper->height + lower->height <= TILES_RECT_HEIGHT_MAX;
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
            if (stacks(&tiles->rects[j], &tiles->rects[i]))
                upper = &tiles->rects[j];
        if (upper)
            upper->height += tiles->rects[i].height;
        else
            tiles->rects[kept++] = tiles->rects[i];
    }
    tiles->rect_count = kept;
    while (above < kept && tiles->rects[above].y + tiles->rects[above].height != bottom)
        above++;
    return above;
}

void tiles_collect(struct tiles *tiles, const uint8_t *picture)
{
    size_t above = 0;
    tiles->rect_count = 0;
    for (size_t row = 0; row < tiles->rows; row++) {
        for (size_t column = 0; column < tiles->columns; column++)
            look_at(tiles, picture, row, column);
        size_t first = collect_row(tiles, row);
        above = merge_row(tiles, above, first,
                          min_int32((int32_t)(row + 1) * TILE_SIDE, tiles->height));
    }
    tiles->waiting = 0;
}
