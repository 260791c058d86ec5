/*
 * FreeRDP's transport over the inherited byte stream. What the socket does not take at once is kept
 * here, so that FreeRDP never blocks on writing and the roles can see how much waits.
 */
#ifndef WORKER_LAYER_H
#define WORKER_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include <freerdp/freerdp.h>
#include <freerdp/transport_io.h>

#include "base/buffer.h"
#include "worker/ipc.h"

struct layer {
    int fd;
    struct ipc *ipc; /* served while FreeRDP waits */
    struct buffer output;
    uint64_t written;  /* bytes that FreeRDP ever wrote */
    uint64_t first_us; /* when bytes left first since this was made 0 */
    bool corked;
    bool held;         /* nothing is read, as if nothing had come */
    bool watched;      /* what was there when is to be known: */
    uint64_t received; /* bytes that FreeRDP ever read */
    uint64_t there;    /* bytes that were seen to be there, */
    uint64_t there_us; /* the last of them at this time */
    HANDLE event;
    int event_fd;         /* epoll over the stream and the control socket */
    bool would_block;     /* the last read found nothing more */
    uint64_t deadline_ms; /* reading fails from then on; 0: never */
};

void layer_init(struct layer *layer, int fd, struct ipc *ipc);

/* To be attached to `transport`, which then owns it; `layer` must outlive it. */
rdpTransportLayer *layer_transport(struct layer *layer, rdpTransport *transport);

/* What is written in many small pieces, as channels do, goes out in few large ones until uncorked.
 */
void layer_cork(struct layer *layer);
void layer_uncork(struct layer *layer);

/* Writes on; call when the stream is writable. */
void layer_flush(struct layer *layer);

#endif
