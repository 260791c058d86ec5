#include "relay/quota.h"

#include <stdbool.h>
#include <stdlib.h>

#include <qassist/errors.h>

#include "relay/buckets.h"

#define MINUTE_MS 60000u
#define DAY_MS    (24u * 3600u * 1000u)
/* Tries are counted in thousandths, so that a part of one comes back in a part of the time. */
#define TRY 1000u
/* Of each kind: about 6 MB when full. */
#define SUBJECTS_MAX 65536u

struct quota {
    struct buckets *tries[QUOTA_KINDS], *all_tries[QUOTA_KINDS];
    struct buckets *bytes[QUOTA_BYTES_KINDS];
    unsigned misses_per_minute;
    uint64_t minute; /* misses are counted by whole minutes */
    unsigned misses, misses_before;
};

static int new_tries(struct buckets **out)
{
    const struct buckets_options options = {.period_ms = MINUTE_MS, .subjects_max = SUBJECTS_MAX};
    return buckets_new(&options, out);
}

/*
 * In a day a large service may serve more subjects than are remembered; they must not be able to
 * lock out each other. Who moved bytes longest ago is forgotten.
 */
static int new_bytes(struct buckets **out)
{
    const struct buckets_options options = {
        .period_ms = DAY_MS, .subjects_max = SUBJECTS_MAX, .forget_oldest = true};
    return buckets_new(&options, out);
}

void quota_change(struct quota *quota, const struct quota_options *options)
{
    quota->misses_per_minute = options->misses_per_minute;
    for (int i = 0; i < QUOTA_KINDS; i++) {
        buckets_change(quota->tries[i], (uint64_t)options->per_minute[i] * TRY);
        buckets_change(quota->all_tries[i], (uint64_t)options->per_minute_total[i] * TRY);
    }
    for (int i = 0; i < QUOTA_BYTES_KINDS; i++)
        buckets_change(quota->bytes[i], (uint64_t)options->mib_per_day[i] << 20);
}

int quota_new(const struct quota_options *options, struct quota **out)
{
    int error = 0;
    struct quota *quota = calloc(1, sizeof *quota);
    *out = quota;
    if (!quota)
        return QA_ENOMEM;
    for (int i = 0; i < QUOTA_KINDS && !error; i++) {
        error = new_tries(&quota->tries[i]);
        if (!error)
            error = new_tries(&quota->all_tries[i]);
    }
    for (int i = 0; i < QUOTA_BYTES_KINDS && !error; i++)
        error = new_bytes(&quota->bytes[i]);
    if (error) {
        quota_free(quota);
        *out = NULL;
        return error;
    }
    quota_change(quota, options);
    return 0;
}

void quota_free(struct quota *quota)
{
    if (!quota)
        return;
    for (int i = 0; i < QUOTA_KINDS; i++) {
        buckets_free(quota->tries[i]);
        buckets_free(quota->all_tries[i]);
    }
    for (int i = 0; i < QUOTA_BYTES_KINDS; i++)
        buckets_free(quota->bytes[i]);
    free(quota);
}

unsigned quota_take(struct quota *quota, uint64_t now, enum quota_kind kind,
                    const struct subject *subject)
{
    /* Who has no tries left takes none from the others. */
    unsigned wait = buckets_take(quota->tries[kind], now, subject, TRY);
    if (wait)
        return wait;
    const struct subject everybody = subject_everybody();
    return buckets_take(quota->all_tries[kind], now, &everybody, TRY);
}

unsigned quota_spend(struct quota *quota, uint64_t now, enum quota_bytes kind,
                     const struct subject *subject, uint64_t bytes)
{
    return buckets_spend(quota->bytes[kind], now, subject, bytes);
}

unsigned quota_look(struct quota *quota, uint64_t now, enum quota_bytes kind,
                    const struct subject *subject)
{
    return buckets_look(quota->bytes[kind], now, subject);
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
    if (!quota->misses_per_minute || worst <= quota->misses_per_minute)
        return 0;
    return worst / 10 <= quota->misses_per_minute ? 1 : 2;
}

size_t quota_count(const struct quota *quota)
{
    size_t count = 0;
    for (int i = 0; i < QUOTA_KINDS; i++)
        count += buckets_count(quota->tries[i]);
    for (int i = 0; i < QUOTA_BYTES_KINDS; i++)
        count += buckets_count(quota->bytes[i]);
    return count;
}
