#include "session/refusals.h"

/* Keeps the doubled wait below an hour and a half. */
#define DOUBLINGS_MAX 9

void refusals_add(struct refusals *refusals, unsigned permissions, bool said, uint64_t wait_ms,
                  uint64_t now_ms)
{
    for (unsigned i = 0; i < REFUSALS_KINDS; i++) {
        if (!(permissions & 1u << i))
            continue;
        unsigned doublings = refusals->of[i].in_vain;
        if (doublings < DOUBLINGS_MAX)
            refusals->of[i].in_vain++;
        if (said)
            refusals->of[i].noes++;
        refusals->of[i].until = now_ms + (wait_ms << doublings);
    }
}

void refusals_forget(struct refusals *refusals, unsigned permissions)
{
    for (unsigned i = 0; i < REFUSALS_KINDS; i++) {
        if (!(permissions & 1u << i))
            continue;
        refusals->of[i].noes = refusals->of[i].in_vain = 0;
        refusals->of[i].until = 0;
    }
}

unsigned refusals_final(const struct refusals *refusals, unsigned permissions)
{
    unsigned final = 0;
    for (unsigned i = 0; i < REFUSALS_KINDS; i++)
        if (refusals->of[i].noes >= REFUSALS_MAX)
            final |= 1u << i;
    return final & permissions;
}

unsigned refusals_waiting(const struct refusals *refusals, unsigned permissions, uint64_t now_ms,
                          uint64_t *wait_ms)
{
    unsigned waiting = 0;
    *wait_ms = 0;
    for (unsigned i = 0; i < REFUSALS_KINDS; i++) {
        if (!(permissions & 1u << i) || now_ms >= refusals->of[i].until)
            continue;
        waiting |= 1u << i;
        if (refusals->of[i].until - now_ms > *wait_ms)
            *wait_ms = refusals->of[i].until - now_ms;
    }
    return waiting;
}
