#include "worker/client_cache.h"

#include <stddef.h>
#include <stdint.h>

#include "worker/quit.h"

#define SLOTS     25600
#define BYTES_MAX ((size_t)100 * 1000 * 1000)

static struct {
    size_t all;
    uint32_t bytes[SLOTS + 1];
    pcRdpgfxSurfaceToCache surface_to_cache;
    pcRdpgfxEvictCacheEntry evict_cache_entry;
} cache;

static void set_bytes(uint16_t slot, uint32_t bytes)
{
    if (slot > SLOTS)
        return; /* which FreeRDP refuses */
    cache.all += bytes;
    cache.all -= cache.bytes[slot];
    cache.bytes[slot] = bytes;
}

static UINT on_surface_to_cache(RdpgfxClientContext *gfx, const RDPGFX_SURFACE_TO_CACHE_PDU *pdu)
{
    const RECTANGLE_16 *rect = &pdu->rectSrc;
    if (rect->left > rect->right || rect->top > rect->bottom)
        return ERROR_INVALID_DATA;
    uint32_t bytes = (uint32_t)(rect->right - rect->left) * (uint32_t)(rect->bottom - rect->top);
    bytes = bytes < UINT32_MAX / 4 ? bytes * 4 : UINT32_MAX;
    if (cache.all + bytes > BYTES_MAX)
        quit(WORKER_EXIT_PEER, "the peer's bitmap cache is too large");
    UINT error = cache.surface_to_cache(gfx, pdu);
    if (!error)
        set_bytes(pdu->cacheSlot, bytes);
    return error;
}

static UINT on_evict_cache_entry(RdpgfxClientContext *gfx, const RDPGFX_EVICT_CACHE_ENTRY_PDU *pdu)
{
    UINT error = cache.evict_cache_entry(gfx, pdu);
    if (!error)
        set_bytes(pdu->cacheSlot, 0);
    return error;
}

void client_cache_attach(RdpgfxClientContext *gfx)
{
    cache.surface_to_cache = gfx->SurfaceToCache;
    cache.evict_cache_entry = gfx->EvictCacheEntry;
    gfx->SurfaceToCache = on_surface_to_cache;
    gfx->EvictCacheEntry = on_evict_cache_entry;
}
