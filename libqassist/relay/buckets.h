/*
 * How much each of many subjects may still use: a bucket each, refilled evenly over a period.
 * Bounded memory: a subject that was silent for a whole period is forgotten, which costs nothing,
 * for its bucket would be full. No I/O, no clock: `now` comes in.
 */
#ifndef RELAY_BUCKETS_H
#define RELAY_BUCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/address.h"

struct buckets_options {
    uint64_t full; /* units in a full bucket; 0: no limit */
    uint32_t period_ms;
    size_t subjects_max;
    /* More subjects in one period than are remembered: forget the one that is silent for the
     * longest time, or have newcomers wait? */
    bool forget_oldest;
};

struct buckets;

/* 0 or QA_ENOMEM. */
int buckets_new(const struct buckets_options *options, struct buckets **out);
void buckets_free(struct buckets *buckets);

/* Another size from now on. */
void buckets_change(struct buckets *buckets, uint64_t full);

/* Takes so many units, or none: the seconds to wait for them. 0: taken. */
unsigned buckets_take(struct buckets *buckets, uint64_t now, const struct subject *subject,
                      uint64_t units);

/* Takes what was used already. 0: there is something left; else the seconds to wait (buckets_look).
 */
unsigned buckets_spend(struct buckets *buckets, uint64_t now, const struct subject *subject,
                       uint64_t units);

/* Seconds until an empty bucket is a hundredth full again; 0: it is not empty. */
unsigned buckets_look(struct buckets *buckets, uint64_t now, const struct subject *subject);

/* Subjects remembered. */
size_t buckets_count(const struct buckets *buckets);

#endif
