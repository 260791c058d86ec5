#include "relay/buckets.h"

#include <stdlib.h>
#include <sys/queue.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "base/clock.h"

#define SLOTS 8192u /* a power of two */
/* An empty bucket counts as empty until that part of it is there again. */
#define LEAST_PART 100

struct bucket {
    struct bucket *chain;
    TAILQ_ENTRY(bucket) age; /* by last use */
    struct subject subject;
    uint64_t left, at_ms;
    bool empty;
};

struct buckets {
    struct buckets_options options;
    uint8_t key[crypto_shorthash_KEYBYTES]; /* nobody outside can aim at one slot */
    struct bucket *slots[SLOTS];
    TAILQ_HEAD(, bucket) by_age; /* the longest unused one first */
    size_t count;
};

int buckets_new(const struct buckets_options *options, struct buckets **out)
{
    struct buckets *buckets = calloc(1, sizeof *buckets);
    *out = buckets;
    if (!buckets)
        return QA_ENOMEM;
    buckets->options = *options;
    TAILQ_INIT(&buckets->by_age);
    randombytes_buf(buckets->key, sizeof buckets->key);
    return 0;
}

/* ---- subjects ---- */

static struct bucket **slot_of(struct buckets *buckets, const struct subject *subject)
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, (const uint8_t *)subject, sizeof *subject, buckets->key);
    return &buckets->slots[(hash[0] | hash[1] << 8) & (SLOTS - 1)];
}

static void forget(struct buckets *buckets, struct bucket *bucket)
{
    struct bucket **at = slot_of(buckets, &bucket->subject);
    while (*at != bucket)
        at = &(*at)->chain;
    *at = bucket->chain;
    TAILQ_REMOVE(&buckets->by_age, bucket, age);
    buckets->count--;
    free(bucket);
}

void buckets_free(struct buckets *buckets)
{
    if (!buckets)
        return;
    while (!TAILQ_EMPTY(&buckets->by_age))
        forget(buckets, TAILQ_FIRST(&buckets->by_age));
    free(buckets);
}

static void forget_silent(struct buckets *buckets, uint64_t now)
{
    for (int i = 0; i < 4; i++) {
        struct bucket *oldest = TAILQ_FIRST(&buckets->by_age);
        if (!oldest || clock_since(now, oldest->at_ms) < buckets->options.period_ms)
            return;
        forget(buckets, oldest);
    }
}

static struct bucket *find(struct buckets *buckets, const struct subject *subject)
{
    struct bucket *bucket = *slot_of(buckets, subject);
    while (bucket && !subject_same(&bucket->subject, subject))
        bucket = bucket->chain;
    return bucket;
}

/* NULL: more than are remembered, or no memory. */
static struct bucket *add(struct buckets *buckets, uint64_t now, const struct subject *subject)
{
    if (buckets->count >= buckets->options.subjects_max) {
        if (!buckets->options.forget_oldest)
            return NULL;
        forget(buckets, TAILQ_FIRST(&buckets->by_age));
    }
    struct bucket *bucket = calloc(1, sizeof *bucket);
    if (!bucket)
        return NULL;
    struct bucket **slot = slot_of(buckets, subject);
    bucket->subject = *subject;
    bucket->left = buckets->options.full;
    bucket->at_ms = now;
    bucket->chain = *slot;
    *slot = bucket;
    TAILQ_INSERT_TAIL(&buckets->by_age, bucket, age);
    buckets->count++;
    return bucket;
}

static void refill(const struct buckets *buckets, struct bucket *bucket, uint64_t now)
{
    const struct buckets_options *options = &buckets->options;
    uint64_t passed = clock_since(now, bucket->at_ms);
    if (passed >= options->period_ms) {
        bucket->left = options->full;
    } else {
        /* As a product of whole numbers a day of terabytes would not fit. */
        uint64_t added = (uint64_t)((double)passed * (double)options->full / options->period_ms);
        /* Too little to count yet: the time stays due, however often somebody asks. */
        if (!added)
            return;
        bucket->left += added;
        if (bucket->left > options->full)
            bucket->left = options->full;
    }
    bucket->at_ms = now;
}

static struct bucket *use(struct buckets *buckets, uint64_t now, const struct subject *subject)
{
    forget_silent(buckets, now);
    struct bucket *bucket = find(buckets, subject);
    if (!bucket)
        return add(buckets, now, subject);
    refill(buckets, bucket, now);
    TAILQ_REMOVE(&buckets->by_age, bucket, age);
    TAILQ_INSERT_TAIL(&buckets->by_age, bucket, age);
    return bucket;
}

/* ---- taking ---- */

static unsigned seconds_for(const struct buckets *buckets, uint64_t units)
{
    const struct buckets_options *options = &buckets->options;
    double ms = (double)units * options->period_ms / (double)options->full;
    return (unsigned)(ms / 1000) + 1;
}

/* Until its bucket is refilled a subject may have more than fits now. */
void buckets_change(struct buckets *buckets, uint64_t full)
{
    buckets->options.full = full;
}

unsigned buckets_take(struct buckets *buckets, uint64_t now, const struct subject *subject,
                      uint64_t units)
{
    if (!buckets->options.full)
        return 0;
    struct bucket *bucket = use(buckets, now, subject);
    if (!bucket)
        return buckets->options.period_ms / 1000;
    if (bucket->left < units)
        return seconds_for(buckets, units - bucket->left);
    bucket->left -= units;
    return 0;
}

static unsigned wait_of(const struct buckets *buckets, struct bucket *bucket)
{
    uint64_t least = buckets->options.full / LEAST_PART + 1;
    bucket->empty = bucket->empty ? bucket->left < least : !bucket->left;
    return bucket->empty ? seconds_for(buckets, least - bucket->left) : 0;
}

unsigned buckets_spend(struct buckets *buckets, uint64_t now, const struct subject *subject,
                       uint64_t units)
{
    if (!buckets->options.full)
        return 0;
    struct bucket *bucket = use(buckets, now, subject);
    if (!bucket)
        return buckets->options.period_ms / 1000;
    bucket->left -= units < bucket->left ? units : bucket->left;
    return wait_of(buckets, bucket);
}

unsigned buckets_look(struct buckets *buckets, uint64_t now, const struct subject *subject)
{
    struct bucket *bucket = buckets->options.full ? find(buckets, subject) : NULL;
    if (!bucket)
        return 0;
    refill(buckets, bucket, now);
    return wait_of(buckets, bucket);
}

size_t buckets_count(const struct buckets *buckets)
{
    return buckets->count;
}
