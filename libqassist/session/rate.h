/*
 * How often something may happen: `burst` times at once, then once every so many milliseconds. The
 * receiving side of a rate is more generous than the sending one: what was sent apart may arrive
 * together.
 */
#ifndef SESSION_RATE_H
#define SESSION_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
    uint32_t every_ms;
    uint64_t most_ms;   /* burst * every_ms */
    uint64_t credit_ms; /* of which each time takes every_ms */
    uint64_t last_ms;
};

struct rate rate_make(uint32_t burst, uint32_t every_ms);

/* False when it is too often; then nothing is taken. */
bool rate_take(struct rate *rate, uint64_t now_ms);

#endif
