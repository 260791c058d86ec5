/*
 * The helper's worker: an RDP client that decodes straight into the shared picture. client.c is the
 * connection, the loop and the library's messages; the other client_*.c files are one concern each.
 */
#ifndef WORKER_CLIENT_H
#define WORKER_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <freerdp/client.h>
#include <freerdp/client/rdpgfx.h>
#include <freerdp/freerdp.h>

#include "worker/ipc.h"
#include "worker/layer.h"

struct client_video;

struct client {
    struct ipc *ipc;
    struct layer layer;
    uint8_t *picture; /* shared, PICTURE_CAPACITY bytes */
    bool classic_bitmaps;
    bool video_works; /* there is a decoder */
    uint32_t connect_limit_ms;
    bool layer_taken; /* FreeRDP asks again after a failure, in vain */
    rdpContext *context;
    struct client_video *video; /* NULL before the graphics pipeline */

    bool connected;
    struct worker_frame frame; /* what changed so far */
    uint32_t generation;       /* of the picture */
    bool blank;                /* of a new size, and nothing of it was told yet */
    pcRdpgfxResetGraphics reset_graphics;
    bool frame_out;   /* the library looks at the picture; nothing may be decoded */
    bool in_work;     /* a frame is being decoded */
    bool refresh_due; /* asked for meanwhile */
};

/* What FreeRDP's callbacks get. */
struct client_context {
    rdpClientContext base;
    struct client *client;
};

static inline struct client *client_of(rdpContext *context)
{
    return ((struct client_context *)context)->client;
}

/* Everything that opens files or takes time; before the sandbox. */
void client_init(struct client *client, struct ipc *ipc, int stream_fd, uint8_t *picture,
                 const struct worker_hello *hello);
_Noreturn void client_run(struct client *client);

/* Between pieces of long work: what the library sends, input most of all, does not wait for its
 * end. */
void client_attend(struct client *client);

/* client_session.c: FreeRDP's client, its settings and channels. */
void client_session_init(struct client *client);

/* client_output.c: from FreeRDP's drawing to frames. */
bool client_output_init(struct client *client);
void client_output_attach(RdpgfxClientContext *gfx);
/* A part of the picture is new. */
void client_output_painted(struct client *client, int32_t x, int32_t y, int32_t width,
                           int32_t height);
/* What was moved, before anything was painted. False: it is to be told as painted. */
bool client_output_moved(struct client *client, const struct worker_move *moves, size_t count);
/* The picture is one that may be shown; what follows waits until it was looked at. */
void client_output_complete(struct client *client);
/* Sends a frame when something was drawn and the library looks at none. */
void client_output_tell(struct client *client);
/* Sends the whole picture as soon as that may be. False: ask again when the frame is complete. */
bool client_output_refresh(struct client *client);

/* client_cursor.c */
void client_cursor_init(struct client *client);

/* client_input.c */
void client_input_send(struct client *client, const struct worker_input *event);
void client_input_send_epoch(struct client *client, const struct worker_epoch *epoch);

#endif
