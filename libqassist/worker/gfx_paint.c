#include "worker/gfx_paint.h"

#include <freerdp/codec/color.h>

#include "base/clock.h"

#define SAMPLE_ROWS 8

bool gfx_paint_start(struct gfx_paint *paint, uint32_t frame_id)
{
    RDPGFX_START_FRAME_PDU start = {.timestamp = (UINT32)clock_ms(), .frameId = frame_id};
    paint->bytes = 0;
    return paint->gfx->StartFrame(paint->gfx, &start) == CHANNEL_RC_OK;
}

bool gfx_paint_end(struct gfx_paint *paint, uint32_t frame_id)
{
    RDPGFX_END_FRAME_PDU end = {.frameId = frame_id};
    return paint->gfx->EndFrame(paint->gfx, &end) == CHANNEL_RC_OK;
}

static bool send_solid(struct gfx_paint *paint, const struct tiles_rect *rect)
{
    RECTANGLE_16 area = {(UINT16)rect->x, (UINT16)rect->y, (UINT16)(rect->x + rect->width),
                         (UINT16)(rect->y + rect->height)};
    RDPGFX_SOLID_FILL_PDU fill = {.surfaceId = paint->surface,
                                  .fillPixel = {.B = (BYTE)rect->colour,
                                                .G = (BYTE)(rect->colour >> 8),
                                                .R = (BYTE)(rect->colour >> 16),
                                                .XA = 0xff},
                                  .fillRectCount = 1,
                                  .fillRects = &area};
    return paint->gfx->SolidFill(paint->gfx, &fill) == CHANNEL_RC_OK;
}

static bool send_planar(struct gfx_paint *paint, const struct encoder_frame *frame,
                        const struct tiles_rect *rect)
{
    const uint8_t *pixels = frame->pixels + (size_t)rect->y * frame->stride + (size_t)rect->x * 4;
    size_t length =
        planar_encode(paint->buffer, pixels, frame->stride, rect->width, rect->height, false);
    RDPGFX_SURFACE_COMMAND command = {.surfaceId = paint->surface,
                                      .codecId = RDPGFX_CODECID_PLANAR,
                                      .format = PIXEL_FORMAT_BGRX32,
                                      .left = (UINT32)rect->x,
                                      .top = (UINT32)rect->y,
                                      .right = (UINT32)(rect->x + rect->width),
                                      .bottom = (UINT32)(rect->y + rect->height),
                                      .width = (UINT32)rect->width,
                                      .height = (UINT32)rect->height,
                                      .length = (UINT32)length,
                                      .data = paint->buffer};
    paint->bytes += length;
    return paint->gfx->SurfaceCommand(paint->gfx, &command) == CHANNEL_RC_OK;
}

bool gfx_paint_rect(struct gfx_paint *paint, const struct encoder_frame *frame,
                    const struct tiles_rect *rect)
{
    paint->bytes += GFX_COMMAND_BYTES;
    return rect->solid ? send_solid(paint, rect) : send_planar(paint, frame, rect);
}

size_t gfx_paint_sample(struct gfx_paint *paint, const struct encoder_frame *frame,
                        const struct tiles_area *area, int64_t *pixels)
{
    int32_t rows = area->height < SAMPLE_ROWS ? area->height : SAMPLE_ROWS;
    int32_t top = area->y + (area->height - rows) / 2;
    *pixels = (int64_t)area->width * rows;
    return planar_encode(paint->buffer,
                         frame->pixels + (size_t)top * frame->stride + (size_t)area->x * 4,
                         frame->stride, area->width, rows, false);
}

bool gfx_paint_copy(struct gfx_paint *paint, uint16_t source, const RECTANGLE_16 *from, uint16_t x,
                    uint16_t y)
{
    RDPGFX_POINT16 to = {x, y};
    RDPGFX_SURFACE_TO_SURFACE_PDU copy = {.surfaceIdSrc = source,
                                          .surfaceIdDest = paint->surface,
                                          .rectSrc = *from,
                                          .destPtsCount = 1,
                                          .destPts = &to};
    paint->bytes += GFX_COMMAND_BYTES;
    return paint->gfx->SurfaceToSurface(paint->gfx, &copy) == CHANNEL_RC_OK;
}

bool gfx_paint_moves(struct gfx_paint *paint, const struct move *moves, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct move *move = &moves[i];
        RECTANGLE_16 from = {(UINT16)move->source_x, (UINT16)move->source_y,
                             (UINT16)(move->source_x + move->width),
                             (UINT16)(move->source_y + move->height)};
        if (!gfx_paint_copy(paint, paint->surface, &from, (uint16_t)move->x, (uint16_t)move->y))
            return false;
    }
    return true;
}
