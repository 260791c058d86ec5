#include <stdlib.h>

#include <freerdp/codec/color.h>
#include <freerdp/codec/planar.h>

#include "base/clock.h"
#include "worker/encoder.h"

/* Format header, and for each of three planes at worst one control byte to 15 raw bytes. */
#define ENCODED_MAX                                          \
    (1 + 3 * (TILES_RECT_WIDTH_MAX * TILES_RECT_HEIGHT_MAX + \
              (TILES_RECT_WIDTH_MAX / 15 + 1) * TILES_RECT_HEIGHT_MAX))
/* What a rectangle costs besides its pixels. */
#define COMMAND_BYTES 40

struct planar {
    struct encoder base;
    RdpgfxServerContext *gfx;
    uint16_t surface;
    BITMAP_PLANAR_CONTEXT *packed; /* run lengths */
    BITMAP_PLANAR_CONTEXT *plain;  /* for what does not pack */
    BYTE *buffer;
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

/* Returns the number of bytes, 0 on failure. */
static UINT32 encode(struct planar *planar, const struct encoder_frame *frame,
                     const struct tiles_rect *rect)
{
    const BYTE *pixels = frame->pixels + (size_t)rect->y * frame->stride + (size_t)rect->x * 4;
    UINT32 length = 0;
    BITMAP_PLANAR_CONTEXT *contexts[] = {planar->packed, planar->plain};
    for (size_t i = 0; i < 2; i++)
        if (freerdp_bitmap_compress_planar(contexts[i], pixels, PIXEL_FORMAT_BGRX32,
                                           (UINT32)rect->width, (UINT32)rect->height,
                                           (UINT32)frame->stride, planar->buffer, &length))
            return length;
    return 0;
}

static bool send_pixels(struct planar *planar, const struct encoder_frame *frame,
                        const struct tiles_rect *rect, size_t *bytes)
{
    UINT32 length = encode(planar, frame, rect);
    if (!length)
        return false;
    RDPGFX_SURFACE_COMMAND command = {.surfaceId = planar->surface,
                                      .codecId = RDPGFX_CODECID_PLANAR,
                                      .format = PIXEL_FORMAT_BGRX32,
                                      .left = (UINT32)rect->x,
                                      .top = (UINT32)rect->y,
                                      .right = (UINT32)(rect->x + rect->width),
                                      .bottom = (UINT32)(rect->y + rect->height),
                                      .width = (UINT32)rect->width,
                                      .height = (UINT32)rect->height,
                                      .length = length,
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
    struct planar *planar = (struct planar *)encoder;
    freerdp_bitmap_planar_context_free(planar->packed);
    freerdp_bitmap_planar_context_free(planar->plain);
    free(planar->buffer);
    free(planar);
}

static BITMAP_PLANAR_CONTEXT *new_context(DWORD flags)
{
    BITMAP_PLANAR_CONTEXT *context = freerdp_bitmap_planar_context_new(
        PLANAR_FORMAT_HEADER_NA | flags, TILES_RECT_WIDTH_MAX, TILES_RECT_HEIGHT_MAX);
    if (context)
        freerdp_planar_topdown_image(context, TRUE);
    return context;
}

struct encoder *encoder_planar_new(RdpgfxServerContext *gfx, uint16_t surface)
{
    struct planar *planar = calloc(1, sizeof *planar);
    if (!planar)
        return NULL;
    planar->base = (struct encoder){.send = planar_send, .free = planar_free};
    planar->gfx = gfx;
    planar->surface = surface;
    planar->packed = new_context(PLANAR_FORMAT_HEADER_RLE);
    planar->plain = new_context(0);
    planar->buffer = malloc(ENCODED_MAX);
    if (!planar->packed || !planar->plain || !planar->buffer) {
        planar_free(&planar->base);
        return NULL;
    }
    return &planar->base;
}
