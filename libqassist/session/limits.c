#include "session/limits.h"

#include <stdio.h>

void limits_set(struct limits *limits, unsigned permissions, uint64_t until, const char *purpose)
{
    for (unsigned i = 0; i < QA_PERMISSIONS_COUNT; i++) {
        if (!(permissions & 1u << i))
            continue;
        limits->of[i].until = until;
        snprintf(limits->of[i].purpose, sizeof limits->of[i].purpose, "%s", purpose);
    }
}

unsigned limits_over(const struct limits *limits, unsigned permissions, uint64_t now_ms)
{
    unsigned over = 0;
    for (unsigned i = 0; i < QA_PERMISSIONS_COUNT; i++)
        if (limits->of[i].until && now_ms >= limits->of[i].until)
            over |= 1u << i;
    return over & permissions;
}

const char *limits_purpose(const struct limits *limits, unsigned permissions)
{
    for (unsigned i = 0; i < QA_PERMISSIONS_COUNT; i++)
        if (permissions & 1u << i)
            return limits->of[i].purpose;
    return "";
}

uint64_t limits_left(const struct limits *limits, unsigned permission, uint64_t now_ms)
{
    for (unsigned i = 0; i < QA_PERMISSIONS_COUNT; i++)
        if (permission == 1u << i && limits->of[i].until > now_ms)
            return limits->of[i].until - now_ms;
    return 0;
}
