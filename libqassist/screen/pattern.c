#include "screen/screen.h"

#include <stdlib.h>

#include <qassist/errors.h>

#include "screen/region.h"

#define BOX_SIDE 64
#define BOX_AREA 192 /* the box's top left corner stays within */

struct pattern_screen {
    struct screen screen; /* first */
    struct picture *picture;
    struct screen_events events;
    void *user;
    uv_timer_t timer;
    int32_t width;
    int32_t height;
    unsigned interval_ms;
    uint32_t frames;
    bool paused;
    bool busy;
    bool renew;
    bool whole;
};

static qa_rect box_of(uint32_t frame)
{
    return (qa_rect){.x = (int32_t)(frame % BOX_AREA * 5 % BOX_AREA),
                     .y = (int32_t)(frame % BOX_AREA * 3 % BOX_AREA),
                     .width = BOX_SIDE,
                     .height = BOX_SIDE};
}

uint32_t screen_pattern_pixel(uint32_t frame, int32_t x, int32_t y)
{
    qa_rect box = box_of(frame);
    if (x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height)
        return frame * 2654435761u >> 8;
    uint32_t checker = ((uint32_t)x / 32 + (uint32_t)y / 32) % 2 ? 0x40 : 0;
    return ((uint32_t)x & 0xff) << 16 | ((uint32_t)y & 0xff) << 8 | checker;
}

uint32_t screen_pattern_frames(const struct screen *screen)
{
    return ((const struct pattern_screen *)screen)->frames;
}

static void draw(struct pattern_screen *pattern, const struct region *region)
{
    uint32_t *pixels = (uint32_t *)(void *)pattern->picture->pixels;
    for (size_t i = 0; i < region->count; i++) {
        const qa_rect *rect = &region->rects[i];
        for (int32_t y = rect->y; y < rect->y + rect->height; y++) {
            for (int32_t x = rect->x; x < rect->x + rect->width; x++)
                pixels[(size_t)y * (size_t)pattern->width + (size_t)x] =
                    screen_pattern_pixel(pattern->frames, x, y);
        }
    }
}

static void draw_first(struct pattern_screen *pattern)
{
    if (picture_resize(pattern->picture, pattern->width, pattern->height)) {
        uv_timer_stop(&pattern->timer);
        pattern->events.failed(pattern->user, QA_ESCREEN, "no such size of a picture");
        return;
    }
    struct region all;
    region_set_whole(&all, pattern->width, pattern->height);
    pattern->frames = 1;
    draw(pattern, &all);
    pattern->events.resized(pattern->user);
}

static void on_timer(uv_timer_t *timer)
{
    struct pattern_screen *pattern = timer->data;
    if (pattern->paused || (pattern->busy && !pattern->renew))
        return;
    if (!pattern->frames) {
        draw_first(pattern);
        return;
    }
    qa_rect before = box_of(pattern->frames);
    pattern->frames++;
    qa_rect now = box_of(pattern->frames);
    struct region changes;
    region_clear(&changes);
    region_add(&changes, &before, pattern->width, pattern->height);
    region_add(&changes, &now, pattern->width, pattern->height);
    draw(pattern, &changes);
    if (pattern->whole)
        region_set_whole(&changes, pattern->width, pattern->height);
    pattern->whole = false;
    if (changes.count || pattern->renew)
        pattern->events.damaged(pattern->user, changes.rects, changes.count);
    pattern->renew = false;
}

static int pattern_start(struct screen *screen)
{
    struct pattern_screen *pattern = (struct pattern_screen *)screen;
    uv_timer_start(&pattern->timer, on_timer, 0, pattern->interval_ms);
    return 0;
}

static void pattern_set_paused(struct screen *screen, bool paused)
{
    struct pattern_screen *pattern = (struct pattern_screen *)screen;
    pattern->whole = pattern->whole || (pattern->paused && !paused);
    pattern->paused = paused;
}

static void pattern_set_busy(struct screen *screen, bool busy)
{
    ((struct pattern_screen *)screen)->busy = busy;
}

static void pattern_renew(struct screen *screen)
{
    ((struct pattern_screen *)screen)->renew = true;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void pattern_destroy(struct screen *screen)
{
    uv_close((uv_handle_t *)&((struct pattern_screen *)screen)->timer, on_closed);
}

static const struct screen_ops pattern_ops = {.start = pattern_start,
                                              .set_paused = pattern_set_paused,
                                              .set_busy = pattern_set_busy,
                                              .renew = pattern_renew,
                                              .destroy = pattern_destroy};

int screen_pattern_new(uv_loop_t *loop, int32_t width, int32_t height, unsigned frames_per_second,
                       struct picture *picture, const struct screen_events *events, void *user,
                       struct screen **out)
{
    struct pattern_screen *pattern = calloc(1, sizeof *pattern);
    if (!pattern)
        return QA_ENOMEM;
    *pattern = (struct pattern_screen){
        .screen.ops = &pattern_ops,
        .picture = picture,
        .events = *events,
        .user = user,
        .width = width,
        .height = height,
        .interval_ms = frames_per_second && frames_per_second < 1000 ? 1000 / frames_per_second : 1,
    };
    uv_timer_init(loop, &pattern->timer);
    pattern->timer.data = pattern;
    *out = &pattern->screen;
    return 0;
}
