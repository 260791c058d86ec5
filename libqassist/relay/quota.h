/*
 * How often an address, an account and all together may do what in a minute, how many bytes they
 * may have relayed in a day, and what a flood of guesses does to the routes. Bounded memory; no
 * I/O, no clock: `now` comes in.
 */
#ifndef RELAY_QUOTA_H
#define RELAY_QUOTA_H

#include <stddef.h>
#include <stdint.h>

#include "relay/address.h"

enum quota_kind {
    QUOTA_JOIN,           /* of an address, as the next two */
    QUOTA_CREATE,         /* codes asked for, and sign-ins */
    QUOTA_REJOIN,         /* sessions resumed */
    QUOTA_CREATE_ACCOUNT, /* codes given to an account */
    QUOTA_KINDS
};

enum quota_bytes { QUOTA_BYTES_ADDRESS, QUOTA_BYTES_ACCOUNT, QUOTA_BYTES_ALL, QUOTA_BYTES_KINDS };

/* Everywhere 0 means that there is no such limit. */
struct quota_options {
    unsigned per_minute[QUOTA_KINDS];
    unsigned per_minute_total[QUOTA_KINDS]; /* of all together */
    unsigned misses_per_minute;             /* joins of unknown routes; beyond, routes get longer */
    unsigned mib_per_day[QUOTA_BYTES_KINDS];
};

struct quota;

/* 0 or QA_ENOMEM. */
int quota_new(const struct quota_options *options, struct quota **out);
void quota_free(struct quota *quota);

/* Other limits from now on; what was counted stays. */
void quota_change(struct quota *quota, const struct quota_options *options);

/* Counts one try. 0: allowed; else the seconds to wait. */
unsigned quota_take(struct quota *quota, uint64_t now, enum quota_kind kind,
                    const struct subject *subject);

/* Counts bytes that were relayed. 0, or the seconds after which some more may be. */
unsigned quota_spend(struct quota *quota, uint64_t now, enum quota_bytes kind,
                     const struct subject *subject, uint64_t bytes);

/* The same without counting any. */
unsigned quota_look(struct quota *quota, uint64_t now, enum quota_bytes kind,
                    const struct subject *subject);

/* A join of a route that nobody was given. */
void quota_miss(struct quota *quota, uint64_t now);

/* Digits to make new routes longer by: 0, 1 or 2. */
unsigned quota_extra_digits(const struct quota *quota, uint64_t now);

/* Subjects remembered. */
size_t quota_count(const struct quota *quota);

#endif
