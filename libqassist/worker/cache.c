#include "worker/cache.h"

#include <stdlib.h>

#define BUCKETS 4096u /* a power of two */

bool cache_init(struct cache *cache, size_t slots)
{
    *cache = (struct cache){.slots = slots};
    cache->entries = calloc(slots + 1, sizeof *cache->entries);
    cache->buckets = calloc(BUCKETS, sizeof *cache->buckets);
    return cache->entries && cache->buckets;
}

void cache_free(struct cache *cache)
{
    free(cache->entries);
    free(cache->buckets);
    *cache = (struct cache){0};
}

void cache_begin_frame(struct cache *cache)
{
    cache->frame++;
}

static uint16_t *bucket_of(const struct cache *cache, const struct pixel_hash *hash)
{
    return &cache->buckets[hash->b & (BUCKETS - 1)];
}

static void take_out_of_order(struct cache *cache, uint16_t slot)
{
    const struct cache_entry *entry = &cache->entries[slot];
    *(entry->newer ? &cache->entries[entry->newer].older : &cache->newest) = entry->older;
    *(entry->older ? &cache->entries[entry->older].newer : &cache->oldest) = entry->newer;
}

static void use(struct cache *cache, uint16_t slot)
{
    struct cache_entry *entry = &cache->entries[slot];
    entry->frame = cache->frame;
    entry->newer = 0;
    entry->older = cache->newest;
    *(cache->newest ? &cache->entries[cache->newest].newer : &cache->oldest) = slot;
    cache->newest = slot;
}

uint16_t cache_find(struct cache *cache, const struct pixel_hash *hash)
{
    uint16_t slot = *bucket_of(cache, hash);
    while (slot && !pixel_hash_equal(&cache->entries[slot].hash, hash))
        slot = cache->entries[slot].next;
    if (slot) {
        take_out_of_order(cache, slot);
        use(cache, slot);
    }
    return slot;
}

static void take_out_of_bucket(struct cache *cache, uint16_t slot)
{
    uint16_t *link = bucket_of(cache, &cache->entries[slot].hash);
    while (*link != slot)
        link = &cache->entries[*link].next;
    *link = cache->entries[slot].next;
}

uint16_t cache_put(struct cache *cache, const struct pixel_hash *hash)
{
    uint16_t slot = cache->oldest;
    if (cache->count < cache->slots) {
        slot = (uint16_t)++cache->count;
    } else if (cache->entries[slot].frame == cache->frame) {
        return 0;
    } else {
        take_out_of_order(cache, slot);
        take_out_of_bucket(cache, slot);
    }
    uint16_t *bucket = bucket_of(cache, hash);
    cache->entries[slot] = (struct cache_entry){.hash = *hash, .next = *bucket};
    *bucket = slot;
    use(cache, slot);
    return slot;
}
