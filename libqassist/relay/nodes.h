/*
 * This relay as one node of several: what it says of itself in the directory every 1.5 seconds,
 * which others are there, and which of them is to take a new session. How connections get from one
 * to the other is moving.h.
 */
#ifndef RELAY_NODES_H
#define RELAY_NODES_H

#include <stdbool.h>

#include "relay/shared.h"
#include "wire/relay_message.h"

struct relay_server;
struct nodes;

/* One of the nodes, this one included. */
struct node {
    /* Drawn at each start: one that was started again is another. */
    char name[NODE_NAME_DIGITS + 1];
    char url[RELAY_URL_MAX + 1]; /* its own address; empty: the service's */
    uint32_t worker;             /* which process there; 0: there is just one */
    int64_t started;             /* milliseconds since 1970 */
    unsigned load;
    bool draining;
};

/* With the server's options. 0, or QA_EINVAL with a sentence in `why`, QA_ENOMEM. */
int nodes_new(struct relay_server *server, struct nodes **out, char *why, size_t why_size);

/* Takes itself out of the directory: it is about to stop. NULL is allowed. */
void nodes_leave(struct nodes *nodes);

/* What is left goes as the loop turns, then nodes_free. */
void nodes_close(struct nodes *nodes);
void nodes_free(struct nodes *nodes);

struct shared *nodes_shared(struct nodes *nodes);
const struct node *nodes_self(const struct nodes *nodes);

/* One that was heard of lately; while the directory is away, when it was last there. NULL: none. */
const struct node *nodes_find(const struct nodes *nodes, const char *name);

/* Where a new session is to begin: with the least load, draining ones aside. Counts it there. */
const struct node *nodes_choose(struct nodes *nodes);

/* Whether the directory answers. */
bool nodes_up(const struct nodes *nodes);

/* True when a client that asked for this host asked for this very node, past any balancer. */
bool nodes_is_own_host(const struct nodes *nodes, const char *host);

/* Tells the others at once that the load or the draining is another. */
void nodes_tell(struct nodes *nodes);

#endif
