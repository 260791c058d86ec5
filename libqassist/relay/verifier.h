/*
 * Verifies tokens on libuv's worker threads: few at a time, since each takes 64 MB, and a bounded
 * number waiting. A token that was found right not long ago is known again by a keyed hash, so that
 * a helper's next code costs next to nothing.
 */
#ifndef RELAY_VERIFIER_H
#define RELAY_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#define VERIFIER_AT_A_TIME 2
#define VERIFIER_WAITING   64

struct verifier;
struct verifier_job;

int verifier_new(uv_loop_t *loop, struct verifier **out);

/* All jobs must be done: verifier_busy false. */
void verifier_free(struct verifier *verifier);

/* `done` runs from the loop. 0, QA_ELIMIT (too many wait), QA_ENOMEM. */
int verifier_submit(struct verifier *verifier, const char *token, const char *hash,
                    void (*done)(void *user, bool valid), void *user, struct verifier_job **out);

/* `done` will not be called for this one any more. */
void verifier_abandon(struct verifier_job *job);

bool verifier_busy(const struct verifier *verifier);

#endif
