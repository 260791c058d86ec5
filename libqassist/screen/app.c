#include "screen/screen.h"

#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#include "screen/region.h"

struct app_screen {
    struct screen screen; /* first */
    struct picture *picture;
    struct screen_events events;
    void *user;
    uv_async_t wake; /* events come from the loop, not from inside submit */
    bool started;
    bool paused;
    bool busy;
    bool renew;      /* what changed is to be said though busy, and though it be nothing */
    bool resized;    /* to be said */
    bool incomplete; /* a submitted picture was not taken: the next is copied whole */
    struct region damage;
};

static void on_wake(uv_async_t *handle)
{
    struct app_screen *app = handle->data;
    if (app->paused || ((app->busy || !app->damage.count) && !app->renew))
        return;
    struct region damage = app->damage;
    bool resized = app->resized;
    region_clear(&app->damage);
    app->resized = app->renew = false;
    if (resized)
        app->events.resized(app->user);
    else
        app->events.damaged(app->user, damage.rects, damage.count);
}

static int app_start(struct screen *screen)
{
    ((struct app_screen *)screen)->started = true;
    return 0;
}

static void app_set_paused(struct screen *screen, bool paused)
{
    struct app_screen *app = (struct app_screen *)screen;
    if (app->paused && !paused && app->picture->width)
        region_set_whole(&app->damage, app->picture->width, app->picture->height);
    app->paused = paused;
    uv_async_send(&app->wake);
}

static void app_set_busy(struct screen *screen, bool busy)
{
    struct app_screen *app = (struct app_screen *)screen;
    app->busy = busy;
    uv_async_send(&app->wake);
}

static void app_renew(struct screen *screen)
{
    struct app_screen *app = (struct app_screen *)screen;
    app->renew = true;
    uv_async_send(&app->wake);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void app_destroy(struct screen *screen)
{
    struct app_screen *app = (struct app_screen *)screen;
    uv_close((uv_handle_t *)&app->wake, on_closed);
}

static const struct screen_ops app_ops = {.start = app_start,
                                          .set_paused = app_set_paused,
                                          .set_busy = app_set_busy,
                                          .renew = app_renew,
                                          .destroy = app_destroy};

int screen_app_new(uv_loop_t *loop, struct picture *picture, const struct screen_events *events,
                   void *user, struct screen **out)
{
    struct app_screen *app = calloc(1, sizeof *app);
    if (!app)
        return QA_ENOMEM;
    app->screen.ops = &app_ops;
    app->picture = picture;
    app->events = *events;
    app->user = user;
    if (uv_async_init(loop, &app->wake, on_wake)) {
        free(app);
        return QA_ESCREEN;
    }
    app->wake.data = app;
    *out = &app->screen;
    return 0;
}

static void copy_rect(struct app_screen *app, const qa_rect *rect, size_t stride,
                      const uint8_t *pixels)
{
    size_t to_stride = picture_stride(app->picture);
    size_t start = (size_t)rect->x * 4;
    for (int32_t y = rect->y; y < rect->y + rect->height; y++)
        memcpy(app->picture->pixels + (size_t)y * to_stride + start,
               pixels + (size_t)y * stride + start, (size_t)rect->width * 4);
}

/* What of the picture has to be copied. */
static int find_changes(struct app_screen *app, int32_t width, int32_t height,
                        const qa_rect *damage, size_t count, struct region *changes)
{
    region_clear(changes);
    bool new_size = width != app->picture->width || height != app->picture->height;
    if (new_size && picture_resize(app->picture, width, height))
        return QA_EINVAL;
    app->resized = app->resized || new_size;
    if (new_size || app->incomplete || !damage) {
        region_set_whole(changes, width, height);
        region_clear(&app->damage);
        app->incomplete = false;
    }
    for (size_t i = 0; damage && i < count; i++)
        region_add(changes, &damage[i], width, height);
    return 0;
}

int screen_app_submit(struct screen *screen, int32_t width, int32_t height, size_t stride,
                      const uint8_t *pixels, const qa_rect *damage, size_t count)
{
    struct app_screen *app = (struct app_screen *)screen;
    if (!pixels || width < 1 || height < 1 || stride / 4 < (size_t)width)
        return QA_EINVAL;
    if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
        return QA_ELIMIT;
    if (!app->started || app->paused) {
        app->incomplete = true;
        return QA_ESTATE;
    }
    struct region changes;
    int error = find_changes(app, width, height, damage, count, &changes);
    if (error)
        return error;
    for (size_t i = 0; i < changes.count; i++) {
        copy_rect(app, &changes.rects[i], stride, pixels);
        region_add(&app->damage, &changes.rects[i], width, height);
    }
    uv_async_send(&app->wake);
    return 0;
}
