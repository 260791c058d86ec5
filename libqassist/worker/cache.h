/*
 * Cache: which tiles the peer keeps in the slots of its bitmap cache, by what they look like. The
 * one that was not used for longest makes room. Only keeps the list; what the peer does is the
 * caller's.
 */
#ifndef WORKER_CACHE_H
#define WORKER_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/pixel_hash.h"

struct cache_entry {
    struct pixel_hash hash;
    uint32_t frame; /* it was last used in */
    uint16_t older; /* in the order of use; 0: none */
    uint16_t newer;
    uint16_t next; /* with the same bucket */
};

struct cache {
    struct cache_entry *entries; /* by slot, from 1 on */
    uint16_t *buckets;
    size_t slots;
    size_t count;
    uint16_t newest;
    uint16_t oldest;
    uint32_t frame;
};

/* With 1 to 25600 slots, all free. False: no memory. */
bool cache_init(struct cache *cache, size_t slots);
void cache_free(struct cache *cache);

/* A frame begins; what is found or put in it keeps its slot to the end of it. */
void cache_begin_frame(struct cache *cache);
/* The slot of what looks so; 0: it is in none. */
uint16_t cache_find(struct cache *cache, const struct pixel_hash *hash);
/* A slot for it, which is not in the cache; 0: there is none in this frame. */
uint16_t cache_put(struct cache *cache, const struct pixel_hash *hash);

#endif
