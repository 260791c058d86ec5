/*
 * What clients of the relay ask for: a helper creates a route, a sharer joins it, and from then on
 * the two are a pair until one leaves. How they come back is comeback.h.
 */
#ifndef RELAY_RENDEZVOUS_H
#define RELAY_RENDEZVOUS_H

#include "relay/connection.h"

/* A whole text message came. */
void rendezvous_text(struct connection *connection, const char *text, size_t length);

/* A piece of a binary message came; LWS_PRE bytes of room before it. */
void rendezvous_binary(struct connection *connection, uint8_t *data, size_t length);

/*
 * The connection has no part in anything any more; a peer gets what is queued for it. `lost`: it
 * did not say good-bye, and may come back to its session.
 */
void rendezvous_leave(struct connection *connection, bool lost);

/* Its close frame came; libwebsockets answers it, and nothing may be written any more. */
void rendezvous_said_goodbye(struct connection *connection);

/* For moving.h: draws the helper's route, gives it out, claims a sharer's here. */
void rendezvous_draw(struct connection *helper);
void rendezvous_give(struct connection *helper);
void rendezvous_claim(struct connection *sharer, const char *route);
/* The route was claimed before, by whoever that was: the helper hears of it. */
void rendezvous_tried(struct connection *sharer, const char *route);

/* A helper's route ran out (for directory_expire). */
void rendezvous_expired(void *owner);

#endif
