/*
 * The relay's directory of routes: which are given out, which were claimed, which ran out. Each is
 * claimed at most once, ever; used and expired ones stay known for a day, so that they are not
 * given out again and whoever types one hears what happened to it. No I/O, no clock: `now` comes
 * in.
 */
#ifndef RELAY_DIRECTORY_H
#define RELAY_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "wire/code.h"

#define DIRECTORY_KEPT_OUT_MS (24u * 3600u * 1000u)
/* Routes known at a time, used and expired ones included; creates fail beyond it. */
#define DIRECTORY_ROUTES_MAX (1u << 20)

struct directory;
struct directory_entry;

/* 0 or QA_ENOMEM. lifetime_ms: how long a route can be claimed. */
int directory_new(uint64_t lifetime_ms, struct directory **out);
void directory_free(struct directory *directory);

/*
 * Gives out a new random route to `owner`: as short as leaves nine of ten routes of its length
 * unused, and `extra_digits` longer. The entry is the owner's handle until directory_release or the
 * expiry. 0, QA_ENOMEM, QA_ELIMIT (too many).
 */
int directory_create(struct directory *directory, uint64_t now, unsigned extra_digits, void *owner,
                     struct directory_entry **out);

const char *directory_route(const struct directory_entry *entry);

/*
 * Claims a route. 0: *owner is whom it was given to. QA_ECODE_UNKNOWN; QA_ECODE_EXPIRED;
 * QA_ECODE_USED, and *owner is whom it was given to if still there, else NULL.
 */
int directory_claim(struct directory *directory, uint64_t now, const char *route, void **owner);

/* Whom a route was given to, if that is still there and the route known; else NULL. */
void *directory_owner(const struct directory *directory, const char *route);

/* The owner leaves: its route is used or expired from now on. The entry is no longer valid. */
void directory_release(struct directory *directory, uint64_t now, struct directory_entry *entry);

/*
 * Lets what is over go. `expired` is called for the owner of each unclaimed route whose time is up;
 * the entry it held is no longer valid then.
 */
void directory_expire(struct directory *directory, uint64_t now, void (*expired)(void *owner));

/* Routes known, and those of them that can still be claimed. */
size_t directory_count(const struct directory *directory);
size_t directory_open_count(const struct directory *directory);

#endif
