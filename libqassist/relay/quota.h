/*
 * How often an address may do what, and what a flood of guesses does to the routes. Addresses count
 * whole for IPv4 and by their /64 for IPv6. Bounded memory; no I/O, no clock: `now` comes in.
 */
#ifndef RELAY_QUOTA_H
#define RELAY_QUOTA_H

#include <stddef.h>
#include <stdint.h>

struct sockaddr;

/* What is counted as one address. */
struct quota_address {
    uint8_t bytes[8];
    uint8_t family; /* 4 or 6 */
};

enum quota_kind { QUOTA_JOIN, QUOTA_CREATE, QUOTA_REJOIN };

struct quota_options {
    unsigned joins_per_minute;       /* of an address */
    unsigned creates_per_minute;     /* of an address */
    unsigned rejoins_per_minute;     /* of an address */
    unsigned joins_per_minute_total; /* of all together */
    unsigned misses_per_minute;      /* joins of unknown routes; beyond, routes get longer */
};

struct quota;

int quota_new(const struct quota_options *options, struct quota **out);
void quota_free(struct quota *quota);

/* Anything but IPv4 and IPv6 counts as one and the same address. */
void quota_address_from(const struct sockaddr *socket_address, struct quota_address *out);

/* Counts one try. 0: allowed; else the seconds to wait. */
unsigned quota_take(struct quota *quota, uint64_t now, enum quota_kind kind,
                    const struct quota_address *address);

/* A join of a route that nobody was given. */
void quota_miss(struct quota *quota, uint64_t now);

/* Digits to make new routes longer by: 0, 1 or 2. */
unsigned quota_extra_digits(const struct quota *quota, uint64_t now);

/* Addresses remembered. */
size_t quota_count(const struct quota *quota);

#endif
