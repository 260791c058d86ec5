/*
 * Until when each permission is granted, and what for: when its time is over it is asked for again
 * with the same purpose.
 */
#ifndef SESSION_LIMITS_H
#define SESSION_LIMITS_H

#include <stdint.h>

#include <qassist/consent.h>

struct limits {
    struct {
        uint64_t until; /* 0: as long as the session */
        char purpose[QA_PURPOSE_MAX + 1];
    } of[QA_PERMISSIONS_COUNT];
};

/* These are granted from now on until then. */
void limits_set(struct limits *limits, unsigned permissions, uint64_t until, const char *purpose);

/* Which of these are over. */
unsigned limits_over(const struct limits *limits, unsigned permissions, uint64_t now_ms);

/* What the first of these was granted for. */
const char *limits_purpose(const struct limits *limits, unsigned permissions);

/* Milliseconds that one permission has left; 0: no limit. */
uint64_t limits_left(const struct limits *limits, unsigned permission, uint64_t now_ms);

#endif
