#include "worker/gfx_cache.h"

#include <stdlib.h>

/* Of 16 KiB each. The protocol allows 100 MB, or 16 where the peer wants little. */
#define SLOTS_MIN   ((size_t)2048)
#define SLOTS_MAX   ((size_t)4096)
#define SLOTS_SMALL ((size_t)960)
/* Several screens full of tiles. */
#define SCREENS 3

bool gfx_cache_init(struct gfx_cache *cache, int32_t width, int32_t height, bool is_small)
{
    *cache = (struct gfx_cache){0};
    size_t tiles = (((size_t)width + TILE_SIDE - 1) / TILE_SIDE) *
                   (((size_t)height + TILE_SIDE - 1) / TILE_SIDE);
    size_t slots = tiles * SCREENS < SLOTS_MAX ? tiles * SCREENS : SLOTS_MAX;
    slots = slots > SLOTS_MIN ? slots : SLOTS_MIN;
    cache->keeps = calloc(tiles, sizeof *cache->keeps);
    cache->recalls = calloc(tiles, sizeof *cache->recalls);
    return cache->keeps && cache->recalls && pixel_hash_draw_keys(&cache->keys) &&
           cache_init(&cache->cache, is_small ? SLOTS_SMALL : slots);
}

void gfx_cache_free(struct gfx_cache *cache)
{
    cache_free(&cache->cache);
    free(cache->keeps);
    free(cache->recalls);
    *cache = (struct gfx_cache){0};
}

static bool is_exact(const struct motion *motion, const struct tiles_area *area)
{
    struct tiles_rect rect = {
        .x = area->x, .y = area->y, .width = area->width, .height = area->height};
    return !motion_inexact_in(motion, &rect).width;
}

static void plan_recall(struct gfx_cache *cache, struct tiles_swap *swap)
{
    uint16_t slot = pixel_hash_is_known(&swap->after) ? cache_find(&cache->cache, &swap->after) : 0;
    swap->recalled = slot;
    if (slot)
        cache->recalls[cache->recall_count++] =
            (struct gfx_cache_command){.area = swap->area, .slot = slot};
}

static void plan_keep(struct gfx_cache *cache, const struct tiles_swap *swap)
{
    if (cache_find(&cache->cache, &swap->before))
        return;
    uint16_t slot = cache_put(&cache->cache, &swap->before);
    if (slot)
        cache->keeps[cache->keep_count++] =
            (struct gfx_cache_command){.area = swap->area, .slot = slot, .key = swap->before.a};
}

void gfx_cache_plan(struct gfx_cache *cache, const struct motion *motion, struct tiles_swap *swaps,
                    size_t count, size_t bytes)
{
    size_t keeps_max = bytes / GFX_COMMAND_BYTES;
    cache->keep_count = cache->recall_count = 0;
    cache_begin_frame(&cache->cache);
    /* First what is wanted, so that nothing takes its slot. */
    for (size_t i = 0; i < count; i++)
        plan_recall(cache, &swaps[i]);
    for (size_t i = 0; i < count && cache->keep_count < keeps_max; i++)
        if (pixel_hash_is_known(&swaps[i].before) && is_exact(motion, &swaps[i].area))
            plan_keep(cache, &swaps[i]);
}

bool gfx_cache_keep(struct gfx_cache *cache, struct gfx_paint *paint)
{
    for (size_t i = 0; i < cache->keep_count; i++) {
        const struct gfx_cache_command *keep = &cache->keeps[i];
        const struct tiles_area *area = &keep->area;
        RDPGFX_SURFACE_TO_CACHE_PDU pdu = {.surfaceId = paint->surface,
                                           .cacheKey = keep->key,
                                           .cacheSlot = keep->slot,
                                           .rectSrc = {(UINT16)area->x, (UINT16)area->y,
                                                       (UINT16)(area->x + area->width),
                                                       (UINT16)(area->y + area->height)}};
        paint->bytes += GFX_COMMAND_BYTES;
        if (paint->gfx->SurfaceToCache(paint->gfx, &pdu) != CHANNEL_RC_OK)
            return false;
    }
    cache->keep_count = 0;
    return true;
}

bool gfx_cache_recall(struct gfx_cache *cache, struct gfx_paint *paint, struct motion *motion)
{
    for (size_t i = 0; i < cache->recall_count; i++) {
        const struct gfx_cache_command *recall = &cache->recalls[i];
        RDPGFX_POINT16 to = {(UINT16)recall->area.x, (UINT16)recall->area.y};
        RDPGFX_CACHE_TO_SURFACE_PDU pdu = {.cacheSlot = recall->slot,
                                           .surfaceId = paint->surface,
                                           .destPtsCount = 1,
                                           .destPts = &to};
        paint->bytes += GFX_COMMAND_BYTES;
        if (paint->gfx->CacheToSurface(paint->gfx, &pdu) != CHANNEL_RC_OK)
            return false;
        motion_sharpened(motion, &recall->area);
    }
    cache->recall_count = 0;
    return true;
}
