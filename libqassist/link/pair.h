/*
 * Two links joined in memory on one loop, for tests: what one sends the other receives, in order,
 * from the loop. A tap may look at and change the bytes between them, as a hostile relay would.
 * When one end is closed or destroyed, the other gets what was sent, then the text "peer_gone" and
 * `closed` with QA_ERELAY_LOST, as from a relay. The memory goes when both are destroyed and the
 * loop has run once more.
 */
#ifndef LINK_PAIR_H
#define LINK_PAIR_H

#include <uv.h>

#include "link/link.h"

/*
 * Called for each binary message; may change, swallow or multiply it by calling `deliver` as often
 * as it likes. from: 0 the first end, 1 the second.
 */
typedef void (*pair_tap)(void *user, int from, const uint8_t *data, size_t length,
                         void (*deliver)(void *cookie, int to, const uint8_t *data, size_t length),
                         void *cookie);

/* Text goes to `text_sink` of the same end, for a test to play the relay; may be NULL. */
struct pair_options {
    pair_tap tap;
    void (*text_sink)(void *user, int from, const char *data, size_t length);
    void *user;
};

/* Makes both ends; each gets `opened` from the loop once its events are set. 0 or QA_ENOMEM. */
int link_pair_new(uv_loop_t *loop, const struct pair_options *options, struct link *ends[2]);

/* Gives an end its receiver. */
void link_pair_set_events(struct link *end, const struct link_events *events, void *user);

/* Plays the relay: a text message for one end. */
void link_pair_text(struct link *end, const char *data, size_t length);

#endif
