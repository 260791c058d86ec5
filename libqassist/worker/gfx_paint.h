/*
 * The graphics pipeline's commands for one frame on one surface: what every encoder of it sends.
 * All answer false when the channel fails.
 */
#ifndef WORKER_GFX_PAINT_H
#define WORKER_GFX_PAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <freerdp/server/rdpgfx.h>

#include "worker/encoder.h"
#include "worker/planar.h"

/* What a command costs besides its pixels, about. */
#define GFX_COMMAND_BYTES 40

_Static_assert(TILES_RECT_WIDTH_MAX <= PLANAR_WIDTH_MAX, "every rectangle can be encoded");

struct gfx_paint {
    RdpgfxServerContext *gfx;
    uint16_t surface;
    size_t bytes; /* of this frame so far */
    uint8_t buffer[PLANAR_BYTES_MAX(TILES_RECT_WIDTH_MAX, TILES_RECT_HEIGHT_MAX)];
};

bool gfx_paint_start(struct gfx_paint *paint, uint32_t frame_id);
bool gfx_paint_end(struct gfx_paint *paint, uint32_t frame_id);

/* Exactly: a fill when it is of one colour, else planar. */
bool gfx_paint_rect(struct gfx_paint *paint, const struct encoder_frame *frame,
                    const struct tiles_rect *rect);
/* How many bytes `*pixels` of the rectangle take exactly, a sample of it; sends nothing. */
size_t gfx_paint_sample(struct gfx_paint *paint, const struct encoder_frame *frame,
                        const struct tiles_area *area, int64_t *pixels);
bool gfx_paint_moves(struct gfx_paint *paint, const struct move *moves, size_t count);
/* From another surface onto this one. */
bool gfx_paint_copy(struct gfx_paint *paint, uint16_t source, const RECTANGLE_16 *from, uint16_t x,
                    uint16_t y);

#endif
