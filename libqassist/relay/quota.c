#include "relay/quota.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "base/clock.h"

#define MINUTE_MS     60000u
#define SLOTS         16384u /* a power of two */
#define ADDRESSES_MAX 65536u

/* Tries left, refilled evenly over a minute. Counted in thousandths. */
struct bucket {
    uint64_t thousandths;
    uint64_t at_ms;
};

struct address_entry {
    struct address_entry *chain;
    struct address_entry *older, *younger; /* by last use */
    struct quota_address address;
    enum quota_kind kind;
    struct bucket bucket;
};

struct quota {
    struct quota_options options;
    uint8_t key[crypto_shorthash_KEYBYTES]; /* nobody outside can aim at one slot */
    struct address_entry *slots[SLOTS];
    struct address_entry *oldest, *youngest;
    size_t count;
    struct bucket all_joins;
    uint64_t minute; /* misses are counted by whole minutes */
    unsigned misses, misses_before;
};

int quota_new(const struct quota_options *options, struct quota **out)
{
    struct quota *quota = calloc(1, sizeof *quota);
    *out = quota;
    if (!quota)
        return QA_ENOMEM;
    quota->options = *options;
    quota->all_joins.thousandths = (uint64_t)options->joins_per_minute_total * 1000;
    randombytes_buf(quota->key, sizeof quota->key);
    return 0;
}

void quota_address_from(const struct sockaddr *socket_address, struct quota_address *out)
{
    memset(out, 0, sizeof *out);
    if (socket_address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, socket_address, sizeof v4);
        out->family = 4;
        memcpy(out->bytes, &v4.sin_addr, 4);
    } else if (socket_address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, socket_address, sizeof v6);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            out->family = 4;
            memcpy(out->bytes, v6.sin6_addr.s6_addr + 12, 4);
        } else {
            out->family = 6;
            memcpy(out->bytes, v6.sin6_addr.s6_addr, 8);
        }
    }
}

/* ---- addresses, the longest unused one first ---- */

static struct address_entry **slot_of(struct quota *quota, enum quota_kind kind,
                                      const struct quota_address *address)
{
    uint8_t input[sizeof address->bytes + 2], hash[crypto_shorthash_BYTES];
    memcpy(input, address->bytes, sizeof address->bytes);
    input[sizeof address->bytes] = address->family;
    input[sizeof address->bytes + 1] = (uint8_t)kind;
    crypto_shorthash(hash, input, sizeof input, quota->key);
    uint32_t number;
    memcpy(&number, hash, sizeof number);
    return &quota->slots[number & (SLOTS - 1)];
}

static void unlink_age(struct quota *quota, struct address_entry *entry)
{
    if (entry->older)
        entry->older->younger = entry->younger;
    else
        quota->oldest = entry->younger;
    if (entry->younger)
        entry->younger->older = entry->older;
    else
        quota->youngest = entry->older;
}

static void link_youngest(struct quota *quota, struct address_entry *entry)
{
    entry->older = quota->youngest;
    entry->younger = NULL;
    if (quota->youngest)
        quota->youngest->younger = entry;
    else
        quota->oldest = entry;
    quota->youngest = entry;
}

static void forget(struct quota *quota, struct address_entry *entry)
{
    struct address_entry **at = slot_of(quota, entry->kind, &entry->address);
    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    unlink_age(quota, entry);
    quota->count--;
    free(entry);
}

void quota_free(struct quota *quota)
{
    if (!quota)
        return;
    while (quota->oldest)
        forget(quota, quota->oldest);
    free(quota);
}

static bool same(const struct quota_address *a, const struct quota_address *b)
{
    return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* Who was silent for a minute has all tries back: nothing is lost by forgetting. */
static void forget_silent(struct quota *quota, uint64_t now)
{
    for (int i = 0; i < 4 && quota->oldest; i++) {
        if (clock_since(now, quota->oldest->bucket.at_ms) < MINUTE_MS)
            return;
        forget(quota, quota->oldest);
    }
}

static struct address_entry *find_or_add(struct quota *quota, uint64_t now, enum quota_kind kind,
                                         const struct quota_address *address, unsigned per_minute)
{
    struct address_entry **slot = slot_of(quota, kind, address);
    struct address_entry *entry = *slot;
    while (entry && (entry->kind != kind || !same(&entry->address, address)))
        entry = entry->chain;
    if (entry) {
        unlink_age(quota, entry);
        link_youngest(quota, entry);
        return entry;
    }
    if (quota->count >= ADDRESSES_MAX)
        return NULL;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->address = *address;
    entry->kind = kind;
    entry->bucket.thousandths = (uint64_t)per_minute * 1000;
    entry->bucket.at_ms = now;
    entry->chain = *slot;
    *slot = entry;
    link_youngest(quota, entry);
    quota->count++;
    return entry;
}

/* ---- taking ---- */

static void refill(struct bucket *bucket, uint64_t now, unsigned per_minute)
{
    uint64_t full = (uint64_t)per_minute * 1000;
    uint64_t passed = clock_since(now, bucket->at_ms);
    if (passed >= MINUTE_MS) {
        bucket->thousandths = full;
    } else {
        uint64_t added = passed * per_minute * 1000 / MINUTE_MS;
        /* Too little to count yet: the time stays due, however often somebody asks. */
        if (!added)
            return;
        bucket->thousandths += added;
        if (bucket->thousandths > full)
            bucket->thousandths = full;
    }
    bucket->at_ms = now;
}

/* Seconds until one try is there again. */
static unsigned wait_of(const struct bucket *bucket, unsigned per_minute)
{
    if (bucket->thousandths >= 1000)
        return 0;
    if (!per_minute)
        return MINUTE_MS / 1000;
    uint64_t missing = 1000 - bucket->thousandths;
    uint64_t milliseconds = missing * MINUTE_MS / ((uint64_t)per_minute * 1000);
    return (unsigned)(milliseconds / 1000) + 1;
}

static unsigned limit_of(const struct quota *quota, enum quota_kind kind)
{
    switch (kind) {
    case QUOTA_JOIN:
        return quota->options.joins_per_minute;
    case QUOTA_CREATE:
        return quota->options.creates_per_minute;
    case QUOTA_REJOIN:
        break;
    }
    return quota->options.rejoins_per_minute;
}

unsigned quota_take(struct quota *quota, uint64_t now, enum quota_kind kind,
                    const struct quota_address *address)
{
    unsigned per_minute = limit_of(quota, kind);
    forget_silent(quota, now);
    struct address_entry *entry = find_or_add(quota, now, kind, address, per_minute);
    /* More addresses in one minute than are remembered: a flood, in which newcomers wait. */
    if (!entry)
        return MINUTE_MS / 1000;

    refill(&entry->bucket, now, per_minute);
    unsigned wait = wait_of(&entry->bucket, per_minute);
    if (wait)
        return wait;
    if (kind == QUOTA_JOIN) {
        unsigned total = quota->options.joins_per_minute_total;
        refill(&quota->all_joins, now, total);
        wait = wait_of(&quota->all_joins, total);
        if (wait)
            return wait;
        quota->all_joins.thousandths -= 1000;
    }
    entry->bucket.thousandths -= 1000;
    return 0;
}

/* ---- misses ---- */

void quota_miss(struct quota *quota, uint64_t now)
{
    uint64_t minute = now / MINUTE_MS;
    if (minute != quota->minute) {
        quota->misses_before = minute == quota->minute + 1 ? quota->misses : 0;
        quota->misses = 0;
        quota->minute = minute;
    }
    if (quota->misses < UINT32_MAX)
        quota->misses++;
}

unsigned quota_extra_digits(const struct quota *quota, uint64_t now)
{
    uint64_t minute = now / MINUTE_MS;
    unsigned worst = 0;
    if (minute == quota->minute)
        worst = quota->misses > quota->misses_before ? quota->misses : quota->misses_before;
    else if (minute == quota->minute + 1)
        worst = quota->misses;
    if (worst <= quota->options.misses_per_minute)
        return 0;
    return worst / 10 <= quota->options.misses_per_minute ? 1 : 2;
}

size_t quota_count(const struct quota *quota)
{
    return quota->count;
}
