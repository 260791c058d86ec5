/*
 * What sessions may use: how many at once of an account, an address and in all, and how many bytes
 * each may move. Nobody shall have the relay as a tunnel for something else: a pair that never
 * shows a screen ends after little, any other after much, and a day has its end, too.
 */
#ifndef RELAY_USAGE_H
#define RELAY_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/connection.h"
#include "relay/meetings.h"

/* Bytes of a connection that are looked at together. */
#define USAGE_SLICE (256u * 1024u)

struct relay_server;

/* Why somebody must wait: an error, and for how many seconds. */
struct usage_refusal {
    int error;
    unsigned wait_s;
    const char *why; /* NULL: the error's own text */
};

/* A helper with an account may have a code; counts it. */
bool usage_may_create(struct connection *helper, struct usage_refusal *refusal);

/* Whoever is at this address may be a session's end. */
bool usage_may_join(const struct connection *connection, struct usage_refusal *refusal);

/* The code became a session: what counted for the one counts for the other. */
void usage_began(struct connection *helper, struct meeting *meeting);

/* A connection is a session's end now, and where the meeting was not counted yet, it is. */
void usage_is_end(struct connection *connection, struct meeting *meeting);

void usage_over(struct relay_server *server, struct meeting *meeting);

/* The helper leaves, with a code or without. */
void usage_left(struct connection *connection);

/* Counts what a connection moved so far. False: too much, and its session is ended. */
bool usage_settle(struct connection *connection);

static inline bool usage_moved(struct connection *connection, size_t length)
{
    connection->moved += length;
    return connection->moved < USAGE_SLICE || usage_settle(connection);
}

/* The same at a connection's end, when there is nothing to be ended. */
void usage_note(struct connection *connection, struct meeting *meeting);

/* True when these two have been together for too long without showing anything. */
bool usage_is_idle_talk(const struct relay_server *server, const struct meeting *meeting,
                        uint64_t now);

#endif
