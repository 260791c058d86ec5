/*
 * Encoders: how rectangles of the sent picture become RDP. One table each; the server picks one
 * when it knows what the peer can take, and hands it frame after frame.
 */
#ifndef WORKER_ENCODER_H
#define WORKER_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <freerdp/freerdp.h>
#include <freerdp/server/rdpgfx.h>

#include "worker/moves.h"
#include "worker/tiles.h"

struct encoder_frame {
    const uint8_t *pixels; /* of the whole picture, BGRX; they stand still during the call */
    size_t stride;
    const struct move *moves; /* to be sent first and all of them; already made in `pixels` */
    size_t move_count;
    const struct tiles_rect *rects;
    size_t count;
    bool alone; /* nothing but these is sent: of all else the peer may have other pixels */
    uint32_t id;
    void (*between)(void *user); /* called between pieces of the work */
    void *user;
};

struct encoder {
    /*
     * Sends one frame with the first rectangles of it, as many as fit into `budget` bytes but one
     * at least. Returns how many, -1 on failure.
     */
    ptrdiff_t (*send)(struct encoder *encoder, const struct encoder_frame *frame, size_t budget);
    void (*free)(struct encoder *encoder);
    bool takes_moves; /* else frames have none */
    /*
     * Before `send`: marks of the tiles that were replaced those that the peer has already; they
     * are painted with the next frame, whose rectangles do not hold them. NULL with `hash_keys` for
     * encoders that have no cache.
     */
    void (*recall)(struct encoder *encoder, struct tiles_swap *swaps, size_t count, size_t budget);
    const struct pixel_hash_keys *hash_keys;
    /*
     * How many bytes the frame's rectangles from `from` on take exactly, about; as video it may be
     * less. NULL: all of a frame is sent at once.
     */
    size_t (*estimate)(struct encoder *encoder, const struct encoder_frame *frame, size_t from);

    /*
     * What was sent inexactly is sent again, exactly, when it stands still; NULL for encoders that
     * are always exact. `refine_in` says in how many milliseconds there is something to do, -1 for
     * never; `refine` sends a frame of it (no rectangles are given, the pixels are those of the
     * last frame), about `budget` bytes at most. Returns -1 on failure, 0 when there was nothing to
     * send and the frame's id is still free, 1 when it was sent.
     */
    int (*refine_in)(const struct encoder *encoder);
    int (*refine)(struct encoder *encoder, const struct encoder_frame *frame, size_t budget);
    /*
     * The surface is about to be made anew with this size; what was remembered about it is gone.
     * NULL when there is nothing. False: out of memory or the channel failed.
     */
    bool (*resized)(struct encoder *encoder, int32_t width, int32_t height);
};

struct encoder_peer {
    bool video;       /* takes H.264, and this computer makes it */
    bool small_cache; /* keeps 16 MB at most */
};

/* For the graphics pipeline, onto `surface` of this size. NULL: no memory. */
struct encoder *encoder_graphics_new(RdpgfxServerContext *gfx, uint16_t surface, int32_t width,
                                     int32_t height, const struct encoder_peer *peer);

/* Exact pixels as bitmap updates, for peers without the graphics pipeline. NULL: no memory. */
struct encoder *encoder_classic_new(rdpContext *context);

#endif
