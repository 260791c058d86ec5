/*
 * The graphics pipeline's bitmap cache, in tiles: what stood still and is replaced is kept by the
 * peer, and what looks as something kept did is taken from there instead of being sent again, as
 * when a menu closes or another window comes up. Only what the peer has exactly is kept.
 */
#ifndef WORKER_GFX_CACHE_H
#define WORKER_GFX_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/cache.h"
#include "worker/gfx_paint.h"
#include "worker/motion.h"
#include "worker/tiles.h"

struct gfx_cache_command {
    struct tiles_area area;
    uint16_t slot;
    uint64_t key;
};

struct gfx_cache {
    struct cache cache;
    struct pixel_hash_keys keys;
    /* Of the next frame. */
    struct gfx_cache_command *keeps;
    struct gfx_cache_command *recalls;
    size_t keep_count;
    size_t recall_count;
};

/* For a picture of this size; `is_small`: the peer keeps 16 MB at most. False: no memory. */
bool gfx_cache_init(struct gfx_cache *cache, int32_t width, int32_t height, bool is_small);
void gfx_cache_free(struct gfx_cache *cache);

/*
 * Marks of the tiles that were replaced those that the peer has, and chooses which to keep, for
 * about `bytes` bytes.
 */
void gfx_cache_plan(struct gfx_cache *cache, const struct motion *motion, struct tiles_swap *swaps,
                    size_t count, size_t bytes);
/* Within the frame: first of all, before anything is painted over; and after the moves. */
bool gfx_cache_keep(struct gfx_cache *cache, struct gfx_paint *paint);
bool gfx_cache_recall(struct gfx_cache *cache, struct gfx_paint *paint, struct motion *motion);

#endif
