#include "worker/pixel_hash.h"

#include <string.h>
#include <sys/random.h>

#define PRIME  (((uint64_t)1 << 61) - 1)
#define COLOUR 0x00ffffffu
/* Of a value below the prime this bit is never set. */
#define KNOWN ((uint64_t)1 << 63)

bool pixel_hash_draw_keys(struct pixel_hash_keys *keys)
{
    if (getrandom(keys, sizeof *keys, 0) != (ssize_t)sizeof *keys)
        return false;
    keys->a %= PRIME;
    keys->b %= PRIME;
    return true;
}

/* (value * key + word) modulo the prime; word has 48 bits at most. */
static uint64_t step(uint64_t value, uint64_t key, uint64_t word)
{
    unsigned __int128 product = (unsigned __int128)value * key + word;
    uint64_t sum = ((uint64_t)product & PRIME) + (uint64_t)(product >> 61);
    return sum >= PRIME ? sum - PRIME : sum;
}

struct pixel_hash pixel_hash_of(const struct pixel_hash_keys *keys, const uint8_t *pixels,
                                size_t stride, int32_t width, int32_t height)
{
    uint64_t size = (uint64_t)width << 16 | (uint64_t)height;
    struct pixel_hash hash = {size, size};
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *row = pixels + (size_t)y * stride;
        for (int32_t x = 0; x < width; x += 2) {
            uint32_t pair[2] = {0, 0};
            memcpy(pair, row + (size_t)x * 4, x + 1 < width ? 8 : 4);
            uint64_t word = (uint64_t)(pair[0] & COLOUR) << 24 | (pair[1] & COLOUR);
            hash.a = step(hash.a, keys->a, word);
            hash.b = step(hash.b, keys->b, word);
        }
    }
    hash.a |= KNOWN;
    return hash;
}
