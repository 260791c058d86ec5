/*
 * How often the sharer said no to each permission, and when it may be asked for again: nobody is
 * worn down by the same question over and over.
 */
#ifndef SESSION_REFUSALS_H
#define SESSION_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include <qassist/consent.h>

/* After so many Noes the same is not asked any more in this session. */
#define REFUSALS_MAX 3

/* The wait after the first No; it doubles with each further one. */
#define REFUSALS_WAIT_MS 10000

/* The permissions, and the restart of the sharer's computer, whose bit comes after theirs. */
#define REFUSALS_KINDS (QA_PERMISSIONS_COUNT + 1)

struct refusals {
    struct {
        unsigned noes;    /* said since the last yes */
        unsigned in_vain; /* the same with questions that nobody answered */
        uint64_t until;   /* not asked before */
    } of[REFUSALS_KINDS];
};

/*
 * The sharer said no to these (or, with `said` false, did not answer, which counts for the wait
 * only).
 */
void refusals_add(struct refusals *refusals, unsigned permissions, bool said, uint64_t wait_ms,
                  uint64_t now_ms);

/* The sharer said yes: what was before does not count any more. */
void refusals_forget(struct refusals *refusals, unsigned permissions);

/* Which of these are not to be asked any more in this session. */
unsigned refusals_final(const struct refusals *refusals, unsigned permissions);

/* Which of these are not to be asked just now; *wait_ms is the longest wait among them. */
unsigned refusals_waiting(const struct refusals *refusals, unsigned permissions, uint64_t now_ms,
                          uint64_t *wait_ms);

#endif
