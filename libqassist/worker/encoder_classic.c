#include <stdlib.h>
#include <string.h>

#include <freerdp/settings.h>
#include <freerdp/update.h>

#include "worker/encoder.h"
#include "worker/planar.h"

#define BATCH_MAX 32
/* MS-RDPBCGR 2.2.9.1.1.3.1.2.2, flags of a bitmap; FreeRDP keeps the name to itself. */
#define BITMAP_IS_COMPRESSED 0x0001
/* Headers of an update and of each of its bitmaps. */
#define UPDATE_HEADER_BYTES 64
#define BITMAP_HEADER_BYTES 32

struct classic {
    struct encoder base;
    rdpContext *context;
    BITMAP_DATA bitmaps[BATCH_MAX];
    BYTE data[BATCH_MAX][PLANAR_BYTES_MAX(TILE_SIDE, TILE_SIDE)];
    UINT32 count;
    size_t batch_bytes;
    size_t batch_limit;
};

static bool flush_batch(struct classic *classic)
{
    if (!classic->count)
        return true;
    BITMAP_UPDATE update = {
        .number = classic->count, .rectangles = classic->bitmaps, .skipCompression = TRUE};
    classic->count = 0;
    classic->batch_bytes = UPDATE_HEADER_BYTES;
    return classic->context->update->BitmapUpdate(classic->context, &update);
}

static UINT32 round_up_to_4(int32_t value)
{
    return ((UINT32)value + 3) & ~3u;
}

/* A tile's width on the wire is a multiple of four; what is beyond its edge is never shown. */
static void fetch_padded(BYTE *tile, const struct encoder_frame *frame,
                         const struct tiles_rect *rect, UINT32 padded)
{
    memset(tile, 0, (size_t)padded * (size_t)rect->height * 4);
    for (int32_t row = 0; row < rect->height; row++)
        memcpy(tile + (size_t)row * padded * 4,
               frame->pixels + (size_t)(rect->y + row) * frame->stride + (size_t)rect->x * 4,
               (size_t)rect->width * 4);
}

/* Adds a tile to the batch; returns its bytes, 0 on failure. */
static size_t add_tile(struct classic *classic, const struct encoder_frame *frame,
                       const struct tiles_rect *rect)
{
    BYTE tile[TILE_SIDE * TILE_SIDE * 4];
    UINT32 padded = round_up_to_4(rect->width);
    fetch_padded(tile, frame, rect, padded);
    BYTE *out = classic->data[classic->count];
    UINT32 length =
        (UINT32)planar_encode(out, tile, padded * 4, (int32_t)padded, rect->height, true);
    size_t bytes = length + BITMAP_HEADER_BYTES;
    if (classic->count && classic->batch_bytes + bytes > classic->batch_limit) {
        if (!flush_batch(classic))
            return 0;
        memcpy(classic->data[0], out, length);
        out = classic->data[0];
    }
    classic->bitmaps[classic->count++] =
        (BITMAP_DATA){.destLeft = (UINT32)rect->x,
                      .destTop = (UINT32)rect->y,
                      .destRight = (UINT32)(rect->x + rect->width - 1),
                      .destBottom = (UINT32)(rect->y + rect->height - 1),
                      .width = padded,
                      .height = (UINT32)rect->height,
                      .bitsPerPixel = 32,
                      .flags = BITMAP_IS_COMPRESSED,
                      .bitmapLength = length,
                      .cbCompMainBodySize = length,
                      .cbScanWidth = padded * 4,
                      .cbUncompressedSize = padded * (UINT32)rect->height * 4,
                      .bitmapDataStream = out,
                      .compressed = TRUE};
    classic->batch_bytes += bytes;
    if (classic->count == BATCH_MAX && !flush_batch(classic))
        return 0;
    return bytes;
}

/* Cuts a rectangle, which lies on the grid of tiles, into its tiles. */
static size_t add_rect(struct classic *classic, const struct encoder_frame *frame,
                       const struct tiles_rect *rect)
{
    size_t total = 0;
    for (int32_t y = rect->y; y < rect->y + rect->height; y += TILE_SIDE)
        for (int32_t x = rect->x; x < rect->x + rect->width; x += TILE_SIDE) {
            int32_t width = rect->x + rect->width - x;
            int32_t height = rect->y + rect->height - y;
            struct tiles_rect tile = {.x = x,
                                      .y = y,
                                      .width = width < TILE_SIDE ? width : TILE_SIDE,
                                      .height = height < TILE_SIDE ? height : TILE_SIDE};
            size_t bytes = add_tile(classic, frame, &tile);
            if (!bytes)
                return 0;
            total += bytes;
        }
    return total;
}

static bool mark_frame(struct classic *classic, UINT32 action, UINT32 id)
{
    const rdpSettings *settings = classic->context->settings;
    if (!freerdp_settings_get_bool(settings, FreeRDP_SurfaceFrameMarkerEnabled))
        return true;
    SURFACE_FRAME_MARKER marker = {.frameAction = action, .frameId = id};
    return classic->context->update->SurfaceFrameMarker(classic->context, &marker);
}

static ptrdiff_t classic_send(struct encoder *encoder, const struct encoder_frame *frame,
                              size_t budget)
{
    struct classic *classic = (struct classic *)encoder;
    classic->count = 0;
    classic->batch_bytes = UPDATE_HEADER_BYTES;
    classic->batch_limit =
        freerdp_settings_get_uint32(classic->context->settings, FreeRDP_MultifragMaxRequestSize);
    if (!mark_frame(classic, SURFACECMD_FRAMEACTION_BEGIN, frame->id))
        return -1;
    size_t sent = 0;
    for (size_t bytes = 0; sent < frame->count && bytes < budget; sent++) {
        size_t added = add_rect(classic, frame, &frame->rects[sent]);
        if (!added)
            return -1;
        bytes += added;
    }
    if (!flush_batch(classic) || !mark_frame(classic, SURFACECMD_FRAMEACTION_END, frame->id))
        return -1;
    return (ptrdiff_t)sent;
}

static void classic_free(struct encoder *encoder)
{
    struct classic *classic = (struct classic *)encoder;
    free(classic);
}

struct encoder *encoder_classic_new(rdpContext *context)
{
    struct classic *classic = calloc(1, sizeof *classic);
    if (!classic)
        return NULL;
    classic->base = (struct encoder){.send = classic_send, .free = classic_free};
    classic->context = context;
    return &classic->base;
}
