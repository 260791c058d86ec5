/*
 * How sessions are spread over nodes: a connection that asks for something is answered here, or
 * sent to the node where it belongs with a pass; and what the directory has to say before that.
 * Only where there are several nodes. Each of these goes on in rendezvous.h or comeback.h.
 */
#ifndef RELAY_MOVING_H
#define RELAY_MOVING_H

#include "relay/connection.h"

/* A helper wants a code: true when it was sent away or refused, and nothing more is to be done. */
bool moving_create(struct connection *helper, const struct relay_message *message);

/* The helper's route is drawn: then rendezvous_give, or rendezvous_draw where another has it. */
void moving_publish(struct connection *helper);

/* The directory is back, and may have forgotten: the codes of all helpers who wait here. */
void moving_publish_again(struct relay_server *server);

/* What the node that sent a sharer here says of the code; the try was counted there. */
enum moving_word {
    MOVING_NONE,    /* nobody sent it */
    MOVING_CLAIMED, /* it is claimed for this one */
    MOVING_TRIED,   /* it was claimed before */
    MOVING_LOST     /* its helper is at a node that is not there any more */
};
enum moving_word moving_word(const struct connection *sharer, const struct relay_message *message);

/* MOVING_LOST: says so. */
void moving_refuse_lost(struct connection *sharer);

/* A sharer typed this route: then rendezvous_claim, or it goes where the helper is. */
void moving_join(struct connection *sharer, const char *route);

/* Somebody with a good ticket: then comeback_admit, or it goes where the session gathers. */
void moving_rejoin(struct connection *comer, const struct relay_message *message,
                   const struct ticket *ticket);

/* The connection waits for no answer any more. */
void moving_abandon(struct connection *connection);

#endif
