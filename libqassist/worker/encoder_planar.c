#include <stdlib.h>

#include <freerdp/codec/color.h>

#include "base/clock.h"
#include "worker/encoder.h"
#include "worker/planar.h"

/* What a rectangle costs besides its pixels. */
#define COMMAND_BYTES 40

_Static_assert(TILES_RECT_WIDTH_MAX <= PLANAR_WIDTH_MAX, "every rectangle can be encoded");

struct planar {
    struct encoder base;
    RdpgfxServerContext *gfx;
    uint16_t surface;
    uint8_t buffer[PLANAR_BYTES_MAX(TILES_RECT_WIDTH_MAX, TILES_RECT_HEIGHT_MAX)];
};

static bool send_solid(struct planar *planar, const struct tiles_rect *rect)
{
    RECTANGLE_16 area = {(UINT16)rect->x, (UINT16)rect->y, (UINT16)(rect->x + rect->width),
                         (UINT16)(rect->y + rect->height)};
    RDPGFX_SOLID_FILL_PDU fill = {.surfaceId = planar->surface,
                                  .fillPixel = {.B = (BYTE)rect->colour,
                                                .G = (BYTE)(rect->colour >> 8),
                                                .R = (BYTE)(rect->colour >> 16),
                                                .XA = 0xff},
                                  .fillRectCount = 1,
                                  .fillRects = &area};
    return planar->gfx->SolidFill(planar->gfx, &fill) == CHANNEL_RC_OK;
}

static bool send_pixels(struct planar *planar, const struct encoder_frame *frame,
                        const struct tiles_rect *rect, size_t *bytes)
{
    const uint8_t *pixels = frame->pixels + (size_t)rect->y * frame->stride + (size_t)rect->x * 4;
    size_t length =
        planar_encode(planar->buffer, pixels, frame->stride, rect->width, rect->height, false);
    RDPGFX_SURFACE_COMMAND command = {.surfaceId = planar->surface,
                                      .codecId = RDPGFX_CODECID_PLANAR,
                                      .format = PIXEL_FORMAT_BGRX32,
                                      .left = (UINT32)rect->x,
                                      .top = (UINT32)rect->y,
                                      .right = (UINT32)(rect->x + rect->width),
                                      .bottom = (UINT32)(rect->y + rect->height),
                                      .width = (UINT32)rect->width,
                                      .height = (UINT32)rect->height,
                                      .length = (UINT32)length,
                                      .data = planar->buffer};
    *bytes += length;
    return planar->gfx->SurfaceCommand(planar->gfx, &command) == CHANNEL_RC_OK;
}

static ptrdiff_t planar_send(struct encoder *encoder, const struct encoder_frame *frame,
                             size_t budget)
{
    struct planar *planar = (struct planar *)encoder;
    RDPGFX_START_FRAME_PDU start = {.timestamp = (UINT32)clock_ms(), .frameId = frame->id};
    RDPGFX_END_FRAME_PDU end = {.frameId = frame->id};
    if (planar->gfx->StartFrame(planar->gfx, &start) != CHANNEL_RC_OK)
        return -1;
    size_t sent = 0;
    for (size_t bytes = 0; sent < frame->count && bytes < budget; sent++) {
        const struct tiles_rect *rect = &frame->rects[sent];
        bool done =
            rect->solid ? send_solid(planar, rect) : send_pixels(planar, frame, rect, &bytes);
        if (!done)
            return -1;
        bytes += COMMAND_BYTES;
    }
    if (planar->gfx->EndFrame(planar->gfx, &end) != CHANNEL_RC_OK)
        return -1;
    return (ptrdiff_t)sent;
}

static void planar_free(struct encoder *encoder)
{
    free(encoder);
}

struct encoder *encoder_planar_new(RdpgfxServerContext *gfx, uint16_t surface)
{
    struct planar *planar = calloc(1, sizeof *planar);
    if (!planar)
        return NULL;
    planar->base = (struct encoder){.send = planar_send, .free = planar_free};
    planar->gfx = gfx;
    planar->surface = surface;
    return &planar->base;
}
