/*
 * What a tile looks like, as a number: two polynomials over its pixels modulo 2^61 - 1 at points
 * that nobody else knows. Two different tiles, whoever made them, have the same one with a
 * probability below 2^-98, so that a tile can be known again without keeping its pixels.
 */
#ifndef WORKER_PIXEL_HASH_H
#define WORKER_PIXEL_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both 0: not known. */
struct pixel_hash {
    uint64_t a;
    uint64_t b;
};

struct pixel_hash_keys {
    uint64_t a;
    uint64_t b;
};

/* False: the kernel has no random numbers. */
bool pixel_hash_draw_keys(struct pixel_hash_keys *keys);

/* Of BGRX pixels and their size; the fourth byte does not count. Never 0. */
struct pixel_hash pixel_hash_of(const struct pixel_hash_keys *keys, const uint8_t *pixels,
                                size_t stride, int32_t width, int32_t height);

static inline bool pixel_hash_is_known(const struct pixel_hash *hash)
{
    return hash->a || hash->b;
}

static inline bool pixel_hash_equal(const struct pixel_hash *a, const struct pixel_hash *b)
{
    return a->a == b->a && a->b == b->b;
}

#endif
