/*
 * The stream between the two of a pair: what came in one turn goes to the other's socket in as few
 * messages as it fits in, while nothing waits there; else into a bounded queue, and the sender is
 * not read from until the queue is short again.
 */
#ifndef RELAY_FORWARD_H
#define RELAY_FORWARD_H

#include "relay/connection.h"
#include "relay/frames.h"

/* A message, with its WebSocket head, fits one TLS record. */
#define FORWARD_MESSAGE_MAX 16376u
#define FORWARD_HOLD_BACK   (256u * 1024u)
#define FORWARD_READ_ON     (64u * 1024u)
/*
 * What was read in the turn in which the sender was held back comes on top: a batch, and the end of
 * a record of which the batch before had the beginning.
 */
#define FORWARD_QUEUE_MAX (FORWARD_HOLD_BACK + STREAM_BATCH + 32u * 1024u)
/* Messages gathered: a batch is that many at most. */
#define FORWARD_GATHER 6u
/* What comes in pieces of at least that many bytes is not copied to be joined. */
#define FORWARD_DIRECT 12288u

/* The messages made of the bytes of one connection's turn; one for all connections. */
struct forward_gather {
    size_t count, last_length; /* messages, and bytes in the last one of them */
    uint8_t messages[FORWARD_GATHER][FRAME_HEAD_MAX + FORWARD_MESSAGE_MAX];
};

/*
 * Bytes from `from` for its peer; FRAME_HEAD_MAX bytes before them are overwritten. -1 when `from`
 * is to be closed: its queue overflowed in spite of being held back.
 */
int forward_bytes(struct connection *from, uint8_t *data, size_t length);

/* Writes what was gathered of them: after each turn, and before the peer hears anything else. */
void forward_flush(struct connection *from);

/* Writes from the connection's queue. -1 when the socket is broken. */
int forward_write(struct connection *connection);

/* Reads from a connection that was held back again. */
void forward_read_on(struct connection *connection);

#endif
