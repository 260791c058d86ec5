/*
 * The stream between the two of a pair: straight into the other's socket while nothing waits there,
 * else into a bounded queue, and the sender is not read from until the queue is short again.
 */
#ifndef RELAY_FORWARD_H
#define RELAY_FORWARD_H

#include "relay/connection.h"

/* A message, with its WebSocket and TLS heads, fits one TLS record. */
#define FORWARD_MESSAGE_MAX 16376u
#define FORWARD_HOLD_BACK   (256u * 1024u)
#define FORWARD_READ_ON     (64u * 1024u)
/* What libwebsockets had read already when the sender was held back comes on top. */
#define FORWARD_QUEUE_MAX (FORWARD_HOLD_BACK + 64u * 1024u)

/*
 * Bytes from `from` for its peer, with LWS_PRE bytes of room before them. -1 when `from` is to be
 * closed: its queue overflowed in spite of being held back.
 */
int forward_bytes(struct connection *from, uint8_t *data, size_t length);

/* Writes from the connection's queue. -1 when the socket is broken. */
int forward_write(struct connection *connection);

/* Reads from a connection that was held back again. */
void forward_read_on(struct connection *connection);

#endif
