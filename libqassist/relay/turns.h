/*
 * Whose turn it is: streams that can be read, or that have something to write, get one turn each in
 * a round, in the order in which they came, so that a fast pair leaves room for the others. They
 * are watched by one epoll of their own, on the server's libuv loop.
 */
#ifndef RELAY_TURNS_H
#define RELAY_TURNS_H

#include <uv.h>

#include "relay/stream.h"

struct turns;

/* `turn` is called with a stream whose turn it is; it may close any stream. 0, QA_EIO, QA_ENOMEM.
 */
int turns_new(uv_loop_t *loop, void (*turn)(struct stream *stream), struct turns **out);

/* No more turns; the loop must run once more before turns_free. */
void turns_close(struct turns *turns);
void turns_free(struct turns *turns);

/* For streams: to be watched, or no longer. turns_add: 0 or QA_EIO. */
int turns_add(struct stream *stream);
void turns_remove(struct stream *stream);

/* A turn in the next round. */
void turns_wake(struct stream *stream);

struct stream_scratch *turns_scratch(struct turns *turns);

#endif
