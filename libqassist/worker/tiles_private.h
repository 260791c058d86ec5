/* What the two halves of tiles.h, looking and gathering, know of each other. */
#ifndef WORKER_TILES_PRIVATE_H
#define WORKER_TILES_PRIVATE_H

#include "worker/tiles.h"

struct tile {
    bool damaged;
    bool unsent;
    bool source_unsent; /* while a move is made */
    uint8_t history;    /* one bit a collection: it changed */
    uint8_t restless;   /* changes since it was at rest, to SETTLING_MAX + 1 */
    uint64_t changed_ms;
    struct pixel_hash hash; /* of the copy; may be unknown */
    bool looked_at;         /* of this collection: */
    bool send;
    bool solid;
    uint32_t colour;
    enum tiles_rank rank;
    struct tiles_area changed;        /* in the picture */
    int32_t left, right, top, bottom; /* of what differs, in the tile; bottom 0: nothing */
};

static inline int32_t min_int32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t max_int32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int64_t area_size(const struct tiles_area *area)
{
    return (int64_t)area->width * area->height;
}

/* Of a tile, in the picture. */
static inline struct tiles_area area_of(const struct tiles *tiles, size_t row, size_t column)
{
    int32_t x = (int32_t)column * TILE_SIDE;
    int32_t y = (int32_t)row * TILE_SIDE;
    return (struct tiles_area){x, y, min_int32(TILE_SIDE, tiles->width - x),
                               min_int32(TILE_SIDE, tiles->height - y)};
}

/*
 * Adds a tile to those from `first` on, in its row; returns how many rectangles there are then.
 */
size_t tiles_add(const struct tiles *tiles, struct tiles_rect *rects, size_t first, size_t count,
                 size_t row, size_t column);

#endif
