#include "worker/video_region.h"

#include <stdlib.h>

#include <freerdp/codec/color.h>

#define REGION_SURFACE_ID 2
/* More than three quarters of the picture are the whole of it. */
#define WHOLE_NUMERATOR   3
#define WHOLE_DENOMINATOR 4
/* Growing again so soon takes a margin, twice as wide each time; being far too large for so long
 * makes it shrink. */
#define SETTLE_MS     1000
#define FAR_TOO_LARGE 4
#define UNUSED_MS     2000
/* What the meta block says of every rectangle; clients do not look at it. */
#define META_QP      24
#define META_QUALITY 100

static int64_t area_of(const struct tiles_rect *rect)
{
    return (int64_t)rect->width * rect->height;
}

static bool contains(const struct tiles_rect *outer, const struct tiles_rect *inner)
{
    return inner->x >= outer->x && inner->y >= outer->y &&
           inner->x + inner->width <= outer->x + outer->width &&
           inner->y + inner->height <= outer->y + outer->height;
}

static int32_t align(int32_t value)
{
    return (value + VIDEO_ALIGNMENT - 1) / VIDEO_ALIGNMENT * VIDEO_ALIGNMENT;
}

static int32_t clamp(int32_t value, int32_t limit)
{
    return value < 0 ? 0 : value > limit ? limit : value;
}

static struct tiles_rect widened(const struct video_region *region, const struct tiles_rect *needed)
{
    int32_t margin = region->margin * TILE_SIDE;
    int32_t left = clamp(needed->x - margin, region->width);
    int32_t top = clamp(needed->y - margin, region->height);
    int32_t right = clamp(needed->x + needed->width + margin, region->width);
    int32_t bottom = clamp(needed->y + needed->height + margin, region->height);
    struct tiles_rect area = {.x = left, .y = top, .width = right - left, .height = bottom - top};
    int64_t whole = (int64_t)region->width * region->height;
    if (area_of(&area) * WHOLE_DENOMINATOR > whole * WHOLE_NUMERATOR)
        area = (struct tiles_rect){.width = region->width, .height = region->height};
    return area;
}

static bool create_surface(const struct video_region *region)
{
    RdpgfxServerContext *gfx = region->paint->gfx;
    RDPGFX_CREATE_SURFACE_PDU create = {.surfaceId = REGION_SURFACE_ID,
                                        .width = (UINT16)align(region->area.width),
                                        .height = (UINT16)align(region->area.height),
                                        .pixelFormat = GFX_PIXEL_FORMAT_XRGB_8888};
    return region->direct || gfx->CreateSurface(gfx, &create) == CHANNEL_RC_OK;
}

void video_region_forget(struct video_region *region)
{
    video_encoder_free(region->encoder);
    region->encoder = NULL;
}

bool video_region_drop(struct video_region *region)
{
    RdpgfxServerContext *gfx = region->paint->gfx;
    RDPGFX_DELETE_SURFACE_PDU delete = {.surfaceId = REGION_SURFACE_ID};
    bool there = region->encoder && !region->direct;
    video_region_forget(region);
    return !there || gfx->DeleteSurface(gfx, &delete) == CHANNEL_RC_OK;
}

static bool make(struct video_region *region, const struct tiles_rect *needed, size_t ceiling,
                 uint64_t now_ms)
{
    bool soon = region->encoder && now_ms - region->made_ms < SETTLE_MS;
    region->margin = soon ? (region->margin ? region->margin * 2 : 1) : 0;
    if (!video_region_drop(region))
        return false;
    region->area = widened(region, needed);
    region->direct = area_of(&region->area) == (int64_t)region->width * region->height;
    region->encoder =
        video_encoder_new(align(region->area.width), align(region->area.height), ceiling);
    region->fresh = true;
    region->made_ms = now_ms;
    region->needed_ms = now_ms;
    return region->encoder && create_surface(region);
}

bool video_region_place(struct video_region *region, const struct tiles_rect *needed,
                        size_t ceiling, uint64_t now_ms)
{
    if (!region->encoder || !contains(&region->area, needed))
        return make(region, needed, ceiling, now_ms);
    if (area_of(needed) * FAR_TOO_LARGE >= area_of(&region->area))
        region->needed_ms = now_ms;
    bool is_far_too_large = now_ms - region->needed_ms > SETTLE_MS;
    bool is_unsuited =
        now_ms - region->made_ms > SETTLE_MS && !video_encoder_suits(region->encoder, ceiling);
    if (is_far_too_large || is_unsuited)
        return make(region, needed, ceiling, now_ms);
    return true;
}

bool video_region_touches(const struct video_region *region, const struct tiles_rect *rect)
{
    const struct tiles_rect *area = &region->area;
    return region->encoder && rect->x < area->x + area->width && area->x < rect->x + rect->width &&
           rect->y < area->y + area->height && area->y < rect->y + rect->height;
}

static bool send_packet(struct video_region *region, const struct video_packet *packet,
                        RECTANGLE_16 *rects, size_t count)
{
    RDPGFX_H264_QUANT_QUALITY *quality = calloc(count, sizeof *quality);
    if (!quality)
        return false;
    for (size_t i = 0; i < count; i++)
        quality[i] = (RDPGFX_H264_QUANT_QUALITY){.qp = META_QP, .qualityVal = META_QUALITY};
    RDPGFX_AVC420_BITMAP_STREAM stream = {.meta = {.numRegionRects = (UINT32)count,
                                                   .regionRects = rects,
                                                   .quantQualityVals = quality},
                                          .length = (UINT32)packet->length,
                                          .data = (BYTE *)packet->data};
    UINT32 width = (UINT32)(region->direct ? region->width : align(region->area.width));
    UINT32 height = (UINT32)(region->direct ? region->height : align(region->area.height));
    RDPGFX_SURFACE_COMMAND command = {.surfaceId = region->direct ? region->paint->surface
                                                                  : REGION_SURFACE_ID,
                                      .codecId = RDPGFX_CODECID_AVC420,
                                      .format = PIXEL_FORMAT_BGRX32,
                                      .right = width,
                                      .bottom = height,
                                      .width = width,
                                      .height = height,
                                      .extra = &stream};
    RdpgfxServerContext *gfx = region->paint->gfx;
    bool sent = gfx->SurfaceCommand(gfx, &command) == CHANNEL_RC_OK;
    region->paint->bytes += packet->length + GFX_COMMAND_BYTES;
    free(quality);
    return sent;
}

/* From the region's surface to where it is seen. */
static bool copy_out(const struct video_region *region, const RECTANGLE_16 *rects, size_t count)
{
    for (size_t i = 0; i < count && !region->direct; i++)
        if (!gfx_paint_copy(region->paint, REGION_SURFACE_ID, &rects[i],
                            (uint16_t)(rects[i].left + region->area.x),
                            (uint16_t)(rects[i].top + region->area.y)))
            return false;
    return true;
}

static void paint(const struct video_region *region, const struct encoder_frame *frame,
                  const struct tiles_rect *rect, RECTANGLE_16 *local)
{
    int32_t x = rect->x - region->area.x;
    int32_t y = rect->y - region->area.y;
    video_encoder_paint(region->encoder, x, y,
                        frame->pixels + (size_t)rect->y * frame->stride + (size_t)rect->x * 4,
                        frame->stride, rect->width, rect->height);
    *local =
        (RECTANGLE_16){(UINT16)x, (UINT16)y, (UINT16)(x + rect->width), (UINT16)(y + rect->height)};
}

bool video_region_send(struct video_region *region, const struct encoder_frame *frame,
                       const struct tiles_rect *const *rects, size_t count, size_t ceiling,
                       uint64_t now_ms)
{
    RECTANGLE_16 *local = calloc(count, sizeof *local);
    if (!local)
        return false;
    for (size_t i = 0; i < count; i++)
        paint(region, frame, rects[i], &local[i]);
    frame->between(frame->user);
    struct video_packet packet;
    video_encoder_set_bytes_per_frame(region->encoder, ceiling);
    bool sent = video_encoder_encode(region->encoder, region->fresh, &packet) &&
                send_packet(region, &packet, local, count) && copy_out(region, local, count);
    region->fresh = false;
    region->used_ms = now_ms;
    free(local);
    return sent;
}

int video_region_expires_in(const struct video_region *region, uint64_t now_ms)
{
    if (!region->encoder)
        return -1;
    uint64_t end = region->used_ms + UNUSED_MS;
    return end <= now_ms ? 0 : (int)(end - now_ms);
}
