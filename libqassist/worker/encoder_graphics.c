/*
 * The encoder for the graphics pipeline. The rule, per frame:
 *
 *  1. What is of one colour is filled; what moved as it was is copied; a tile that looks as one did
 *     before comes from the peer's cache. All are exact.
 *  2. A tile that changed three times, never more than 250 ms apart, is moving.
 *  3. What does not move is sent exactly, by the planar codec, while that takes no more than half
 *     of the frame's bytes. Of a larger change the rest is sent as video.
 *  4. Moving tiles are sent exactly, too, when what changed in them is cheap, by what it took
 *     before: a quarter of the frame's bytes, but no less than 12 KiB and no more than 48 KiB (a
 *     half and 128 KiB beside what moved as it was); as much again of what is inexact is sharpened
 *     along. Else they are sent as video, but for a
 *     little that lies far from the rest.
 *  5. Video is H.264 of the bounds of what moves, not of the whole picture, and takes what the
 *     frame's bytes leave; quality gives way.
 *  6. What was sent as video is remembered by the tile, and when it stood still for 180 ms (50 ms
 *     when it had changed just once; more on slow paths) it is sent exactly, a portion at a time,
 *     between other frames. Then nothing wakes this process.
 *
 * A peer without H.264 gets all of it exactly.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "worker/encoder.h"
#include "worker/gfx_cache.h"
#include "worker/gfx_paint.h"
#include "worker/motion.h"
#include "worker/video_region.h"

/* Rule 4. */
#define CHEAP_SHARE     4
#define CHEAP_RIM_SHARE 2
#define CHEAP_BYTES_MIN ((size_t)12 * 1024)
#define CHEAP_BYTES_MAX ((size_t)48 * 1024)
#define CHEAP_RIM_MAX   ((size_t)128 * 1024) /* of what moved as it was, little is left */
#define ASIDE_SHARE     4                    /* of the cheap bytes, for what is far from the rest */
/* Of the frame's bytes, for commands that let the peer keep something. */
#define KEEP_SHARE 4
/* Rule 6: bytes at a time. */
#define PORTION_BYTES ((size_t)96 * 1024)
/* A guess at what is left needs so much to go by. */
#define SAMPLE_BYTES ((size_t)32 * 1024)

struct graphics {
    struct encoder base;
    struct gfx_paint paint;
    struct motion motion;
    struct video_region region;
    struct gfx_cache cache;
    bool video; /* the peer and this computer can */
    bool small_cache;
    const struct tiles_rect **chosen; /* what of the frame goes as video */
    size_t chosen_max;
};

struct plan {
    size_t chosen;
    size_t moving_bytes; /* that what moves would take exactly */
    size_t aside_bytes;  /* that are left for what moves far from the rest */
    int64_t exact_pixels;
    bool moving_as_video;
};

static bool reserve(struct graphics *graphics, size_t count)
{
    if (count <= graphics->chosen_max)
        return true;
    const struct tiles_rect **larger = realloc(graphics->chosen, count * sizeof *larger);
    if (!larger)
        return false;
    graphics->chosen = larger;
    graphics->chosen_max = count;
    return true;
}

static bool is_moving(const struct graphics *graphics, const struct tiles_rect *rect)
{
    return motion_is_moving(&graphics->motion, rect);
}

/*
 * What of the rectangle is to be sent exactly: only what changed, where the peer has the rest of it
 * exactly or it goes on moving.
 */
static struct tiles_rect exact_part(const struct graphics *graphics, const struct tiles_rect *rect)
{
    struct tiles_area area = rect->changed;
    struct tiles_rect part = *rect;
    if (rect->solid)
        return part;
    if (!is_moving(graphics, rect)) {
        struct tiles_area inexact = motion_inexact_in(&graphics->motion, rect);
        tiles_join_areas(&area, &inexact);
    }
    part.x = area.x;
    part.y = area.y;
    part.width = area.width;
    part.height = area.height;
    return part;
}

static int64_t pixels_of(const struct graphics *graphics, const struct tiles_rect *rect)
{
    struct tiles_rect part = exact_part(graphics, rect);
    return rect->solid ? 0 : (int64_t)part.width * part.height;
}

static size_t cheap_bytes(const struct encoder_frame *frame, size_t budget)
{
    size_t share = budget / (frame->move_count ? CHEAP_RIM_SHARE : CHEAP_SHARE);
    size_t most = frame->move_count ? CHEAP_RIM_MAX : CHEAP_BYTES_MAX;
    if (share < CHEAP_BYTES_MIN)
        return CHEAP_BYTES_MIN;
    return share < most ? share : most;
}

/* What the changed part of it takes exactly, about. */
static size_t exact_bytes(struct graphics *graphics, const struct encoder_frame *frame,
                          const struct tiles_rect *rect)
{
    if (rect->solid)
        return 0;
    size_t bytes = motion_exact_bytes(&graphics->motion, rect);
    if (!bytes) {
        int64_t pixels;
        bytes = gfx_paint_sample(&graphics->paint, frame, &rect->changed, &pixels);
        motion_measured(&graphics->motion, rect, bytes, pixels);
        bytes = motion_exact_bytes(&graphics->motion, rect);
    }
    return bytes + GFX_COMMAND_BYTES;
}

static size_t graphics_encoder_estimate(struct encoder *encoder, const struct encoder_frame *frame,
                                        size_t from)
{
    size_t bytes = 0;
    for (size_t i = from; i < frame->count; i++)
        bytes += exact_bytes((struct graphics *)encoder, frame, &frame->rects[i]);
    return bytes;
}

static struct plan make_plan(struct graphics *graphics, const struct encoder_frame *frame,
                             size_t budget, uint64_t now_ms)
{
    struct plan plan = {.aside_bytes = cheap_bytes(frame, budget) / ASIDE_SHARE};
    int64_t moving_pixels = 0;
    for (size_t i = 0; i < frame->count; i++) {
        const struct tiles_rect *rect = &frame->rects[i];
        motion_changed(&graphics->motion, rect, now_ms);
        if (is_moving(graphics, rect)) {
            plan.moving_bytes += exact_bytes(graphics, frame, rect);
            moving_pixels += pixels_of(graphics, rect);
        } else {
            plan.exact_pixels += pixels_of(graphics, rect);
        }
    }
    plan.moving_as_video = graphics->video && plan.moving_bytes > cheap_bytes(frame, budget);
    if (!plan.moving_as_video)
        plan.exact_pixels += moving_pixels;
    return plan;
}

static bool goes_as_video(struct graphics *graphics, const struct encoder_frame *frame,
                          struct plan *plan, const struct tiles_rect *rect)
{
    if (!plan->moving_as_video || rect->solid || !is_moving(graphics, rect))
        return false;
    size_t bytes = exact_bytes(graphics, frame, rect);
    if (!graphics->region.encoder || video_region_touches(&graphics->region, rect) ||
        bytes > plan->aside_bytes)
        return true;
    plan->aside_bytes -= bytes;
    return false;
}

/* Whether the exact rest would take too much, judged by what was sent so far. */
static bool is_too_much(const struct graphics *graphics, const struct plan *plan, int64_t done,
                        size_t budget)
{
    size_t bytes = graphics->paint.bytes;
    size_t sample = budget / 4 < SAMPLE_BYTES ? budget / 4 : SAMPLE_BYTES;
    if (!graphics->video || bytes < sample || done <= 0)
        return false;
    int64_t all = (int64_t)bytes * plan->exact_pixels / done;
    return bytes > budget / 2 || all > (int64_t)budget;
}

static bool send_exactly(struct graphics *graphics, const struct encoder_frame *frame,
                         const struct tiles_rect *rect)
{
    struct tiles_rect part = exact_part(graphics, rect);
    size_t before = graphics->paint.bytes;
    if (!gfx_paint_rect(&graphics->paint, frame, &part))
        return false;
    if (!rect->solid)
        motion_measured(&graphics->motion, rect, graphics->paint.bytes - before,
                        (int64_t)part.width * part.height);
    motion_sharpened(&graphics->motion,
                     &(struct tiles_area){part.x, part.y, part.width, part.height});
    return true;
}

/* What is inexact, by the portion; what is still or all of it. */
static bool sharpen(struct graphics *graphics, const struct encoder_frame *frame, bool all,
                    size_t portion, uint64_t now_ms)
{
    size_t next = 0;
    size_t end = graphics->paint.bytes + portion;
    struct tiles_area area;
    while (graphics->paint.bytes < end &&
           (all ? motion_next_inexact(&graphics->motion, &next, &area)
                : motion_next_still(&graphics->motion, now_ms, &next, &area))) {
        struct tiles_rect rect = {
            .x = area.x, .y = area.y, .width = area.width, .height = area.height};
        if (!gfx_paint_rect(&graphics->paint, frame, &rect))
            return false;
        motion_sharpened(&graphics->motion, &area);
        frame->between(frame->user);
    }
    return true;
}

/*
 * Sends what is to be sent exactly and chooses the rest for video. Returns the index behind the
 * last rectangle that is either, or -1.
 */
static ptrdiff_t send_exact(struct graphics *graphics, const struct encoder_frame *frame,
                            struct plan *plan, size_t budget)
{
    int64_t done = 0;
    bool rest_as_video = false;
    for (size_t i = 0; i < frame->count; i++) {
        const struct tiles_rect *rect = &frame->rects[i];
        if (!graphics->video && graphics->paint.bytes >= budget)
            return (ptrdiff_t)i;
        if (goes_as_video(graphics, frame, plan, rect) || (rest_as_video && !rect->solid)) {
            graphics->chosen[plan->chosen++] = rect;
            continue;
        }
        int64_t pixels = pixels_of(graphics, rect);
        if (!send_exactly(graphics, frame, rect))
            return -1;
        done += pixels;
        frame->between(frame->user);
        rest_as_video = rest_as_video || is_too_much(graphics, plan, done, budget);
    }
    return (ptrdiff_t)frame->count;
}

static void join(struct tiles_rect *bounds, const struct tiles_rect *rect)
{
    if (!bounds->width) {
        *bounds = *rect;
        return;
    }
    int32_t right = bounds->x + bounds->width;
    int32_t bottom = bounds->y + bounds->height;
    right = rect->x + rect->width > right ? rect->x + rect->width : right;
    bottom = rect->y + rect->height > bottom ? rect->y + rect->height : bottom;
    bounds->x = rect->x < bounds->x ? rect->x : bounds->x;
    bounds->y = rect->y < bounds->y ? rect->y : bounds->y;
    bounds->width = right - bounds->x;
    bounds->height = bottom - bounds->y;
}

/* Without an encoder after all, for want of memory: exactly, now and from now on. */
static bool send_without_video(struct graphics *graphics, const struct encoder_frame *frame,
                               size_t count)
{
    graphics->video = false;
    for (size_t i = 0; i < count; i++) {
        if (!gfx_paint_rect(&graphics->paint, frame, graphics->chosen[i]))
            return false;
        const struct tiles_rect *sent = graphics->chosen[i];
        motion_sharpened(&graphics->motion,
                         &(struct tiles_area){sent->x, sent->y, sent->width, sent->height});
    }
    return true;
}

static bool send_video(struct graphics *graphics, const struct encoder_frame *frame, size_t count,
                       size_t budget, uint64_t now_ms)
{
    struct tiles_rect needed = motion_bounds(&graphics->motion, now_ms);
    for (size_t i = 0; i < count; i++)
        join(&needed, graphics->chosen[i]);
    size_t spent = graphics->paint.bytes;
    size_t ceiling = spent < budget / 2 ? budget - spent : budget / 2;
    if (!video_region_place(&graphics->region, &needed, ceiling, now_ms))
        return send_without_video(graphics, frame, count);
    if (!video_region_send(&graphics->region, frame, graphics->chosen, count, ceiling, now_ms))
        return false;
    for (size_t i = 0; i < count; i++)
        motion_blurred(&graphics->motion, graphics->chosen[i]);
    return true;
}

static ptrdiff_t graphics_encoder_send(struct encoder *encoder, const struct encoder_frame *frame,
                                       size_t budget)
{
    struct graphics *graphics = (struct graphics *)encoder;
    uint64_t now_ms = clock_ms();
    if (!reserve(graphics, frame->count) || !gfx_paint_start(&graphics->paint, frame->id) ||
        !gfx_cache_keep(&graphics->cache, &graphics->paint) ||
        !gfx_paint_moves(&graphics->paint, frame->moves, frame->move_count))
        return -1;
    motion_frame(&graphics->motion, now_ms);
    for (size_t i = 0; i < frame->move_count; i++)
        motion_moved(&graphics->motion, &frame->moves[i], now_ms);
    if (!gfx_cache_recall(&graphics->cache, &graphics->paint, &graphics->motion))
        return -1;
    struct plan plan = make_plan(graphics, frame, budget, now_ms);
    ptrdiff_t sent = send_exact(graphics, frame, &plan, budget);
    if (sent < 0)
        return -1;
    if (plan.chosen && !send_video(graphics, frame, plan.chosen, budget, now_ms))
        return -1;
    if (plan.moving_bytes && !plan.moving_as_video && !plan.chosen && !frame->alone &&
        !sharpen(graphics, frame, true, cheap_bytes(frame, budget), now_ms))
        return -1;
    return gfx_paint_end(&graphics->paint, frame->id) ? sent : -1;
}

static void graphics_encoder_recall(struct encoder *encoder, struct tiles_swap *swaps, size_t count,
                                    size_t budget)
{
    struct graphics *graphics = (struct graphics *)encoder;
    gfx_cache_plan(&graphics->cache, &graphics->motion, swaps, count, budget / KEEP_SHARE);
}

static int graphics_encoder_refine_in(const struct encoder *encoder)
{
    const struct graphics *graphics = (const struct graphics *)encoder;
    uint64_t now_ms = clock_ms();
    int sharpen = motion_sharpen_in(&graphics->motion, now_ms);
    int expires = video_region_expires_in(&graphics->region, now_ms);
    if (sharpen < 0 || expires < 0)
        return sharpen < 0 ? expires : sharpen;
    return sharpen < expires ? sharpen : expires;
}

static int graphics_encoder_refine(struct encoder *encoder, const struct encoder_frame *frame,
                                   size_t budget)
{
    struct graphics *graphics = (struct graphics *)encoder;
    uint64_t now_ms = clock_ms();
    if (motion_sharpen_in(&graphics->motion, now_ms) == 0) {
        size_t portion = budget < PORTION_BYTES ? budget : PORTION_BYTES;
        return gfx_paint_start(&graphics->paint, frame->id) &&
                       sharpen(graphics, frame, false, portion, now_ms) &&
                       gfx_paint_end(&graphics->paint, frame->id)
                   ? 1
                   : -1;
    }
    if (video_region_expires_in(&graphics->region, now_ms) == 0 &&
        !video_region_drop(&graphics->region))
        return -1;
    return 0;
}

static bool graphics_encoder_resized(struct encoder *encoder, int32_t width, int32_t height)
{
    struct graphics *graphics = (struct graphics *)encoder;
    graphics->region.width = width;
    graphics->region.height = height;
    gfx_cache_free(&graphics->cache);
    return gfx_cache_init(&graphics->cache, width, height, graphics->small_cache) &&
           video_region_drop(&graphics->region) && motion_resize(&graphics->motion, width, height);
}

static void graphics_encoder_free(struct encoder *encoder)
{
    struct graphics *graphics = (struct graphics *)encoder;
    video_region_forget(&graphics->region);
    motion_free(&graphics->motion);
    gfx_cache_free(&graphics->cache);
    free(graphics->chosen);
    free(graphics);
}

struct encoder *encoder_graphics_new(RdpgfxServerContext *gfx, uint16_t surface, int32_t width,
                                     int32_t height, const struct encoder_peer *peer)
{
    struct graphics *graphics = calloc(1, sizeof *graphics);
    if (!graphics)
        return NULL;
    graphics->base = (struct encoder){.send = graphics_encoder_send,
                                      .free = graphics_encoder_free,
                                      .takes_moves = true,
                                      .recall = graphics_encoder_recall,
                                      .hash_keys = &graphics->cache.keys,
                                      .estimate = graphics_encoder_estimate,
                                      .refine_in = graphics_encoder_refine_in,
                                      .refine = graphics_encoder_refine,
                                      .resized = graphics_encoder_resized};
    graphics->paint.gfx = gfx;
    graphics->paint.surface = surface;
    graphics->region.paint = &graphics->paint;
    graphics->video = peer->video;
    graphics->small_cache = peer->small_cache;
    if (graphics_encoder_resized(&graphics->base, width, height))
        return &graphics->base;
    graphics_encoder_free(&graphics->base);
    return NULL;
}
