/*
 * The sharer's worker: an RDP server with one peer. server.c is the loop and the library's
 * messages; the other server_*.c files are one concern each and know each other through struct
 * server.
 */
#ifndef WORKER_SERVER_H
#define WORKER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <freerdp/channels/wtsvc.h>
#include <freerdp/freerdp.h>
#include <freerdp/peer.h>
#include <freerdp/server/rdpgfx.h>

#include "worker/encoder.h"
#include "worker/ipc.h"
#include "worker/layer.h"
#include "worker/pacing.h"
#include "worker/tiles.h"

struct server_cursor {
    struct worker_cursor shape;
    uint8_t *pixels;
    size_t length;
    size_t received;
    bool shape_waits; /* complete and not sent yet */
    bool position_waits;
    int32_t x;
    int32_t y;
};

struct server_flow {
    uint32_t last_id;        /* of the last frame that was sent */
    bool by_acknowledgement; /* the peer acknowledges; else the byte stream alone paces us */
    bool suspended;          /* the peer does not acknowledge for now */
    struct pacing pacing;
};

/* What is out of date and therefore asked for anew. */
enum renewal {
    RENEWAL_NONE,
    RENEWAL_ASKED,   /* the library has not said anything yet: nothing is looked at */
    RENEWAL_ANSWERED /* it has, and that is looked at in any case */
};

struct server {
    struct ipc *ipc;
    struct layer layer;
    const uint8_t *picture; /* shared; may change at any time */
    struct tiles tiles;     /* 0 x 0 before the library gave a size */
    uint32_t generation;    /* of the picture */

    freerdp_peer *peer;
    HANDLE channels;
    RdpgfxServerContext *gfx;
    bool gfx_wanted; /* the peer speaks dynamic channels and the graphics pipeline */
    bool gfx_opened;
    bool gfx_ready; /* capabilities are agreed */
    bool gfx_surface;
    bool video_works;        /* this computer has an H.264 encoder */
    struct encoder *encoder; /* NULL until it is known which one fits */
    struct server_flow flow;
    struct server_cursor cursor;
    uint16_t high_surrogate; /* text: first half of a pair */

    bool in_work;      /* a frame is being made: the peer may not start over */
    bool active;       /* between activation and reactivation */
    bool suppressed;   /* the peer's window is hidden */
    bool announced;    /* the library knows that pictures flow */
    uint32_t captures; /* sizes and damage that the library said */
    bool taken_due;    /* the library waits until its damage was looked at */
    enum renewal renewal;
    uint64_t heard_us;    /* all that the peer had sent by then was handled */
    uint64_t captured_ms; /* when it last said something */
};

/* What FreeRDP's callbacks get. */
struct server_context {
    rdpContext base;
    struct server *server;
};

static inline struct server *server_of(rdpContext *context)
{
    return ((struct server_context *)context)->server;
}

/* Everything that opens files or takes time; before the sandbox. */
void server_init(struct server *server, struct ipc *ipc, int stream_fd, const uint8_t *picture,
                 bool verbose);
_Noreturn void server_run(struct server *server);

/* server_peer.c: the peer, its settings, its life. */
void server_peer_init(struct server *server);
/* Handles all bytes that wait. */
void server_peer_receive(struct server *server);
/* Between pieces of long work: input does not wait for its end. All else that came does. */
void server_peer_attend(struct server *server);
/* Goes on without the graphics pipeline. */
void server_peer_fall_back(struct server *server);
/* The picture has another size. */
void server_peer_resize(struct server *server);

/* server_gfx.c: the graphics pipeline. */
void server_gfx_init(struct server *server);
/* Brings the channel up and handles its messages. */
void server_gfx_service(struct server *server);
void server_gfx_resize(struct server *server);

/* server_output.c: when to send what. */
void server_output_start(struct server *server, struct encoder *encoder);
void server_output_pump(struct server *server);
/* A picture is to be looked at, or a part of one. */
void server_output_captured(struct server *server);
void server_output_damaged(struct server *server, const struct worker_damage *damage);
/* In how many milliseconds to pump again though nothing happens; -1: never. */
int server_output_timeout(const struct server *server);
void server_output_acknowledge(struct server *server, uint32_t frame_id, bool suspended);
/* The peer starts, or starts over, and knows no frame. */
void server_output_forget(struct server *server, bool by_acknowledgement);

/* server_cursor.c */
void server_cursor_shape(struct server *server, const struct worker_cursor *shape);
void server_cursor_data(struct server *server, const struct worker_cursor_data *data);
void server_cursor_position(struct server *server, const struct worker_position *position);
void server_cursor_send(struct server *server);
/* A peer that was (re)activated knows no shape. */
void server_cursor_forget(struct server *server);

/* server_input.c */
void server_input_init(struct server *server);

#endif
