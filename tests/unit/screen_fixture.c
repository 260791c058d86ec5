#include "screen_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xcb/xtest.h>

#include <qassist/errors.h>

static void count_event(struct fixture *f)
{
    assert_non_null(f->screen);
    if (++f->events == f->destroy_at) {
        f->screen->ops->destroy(f->screen);
        f->screen = NULL;
    }
}

static void on_screens(void *user, const struct screen_list *list)
{
    struct fixture *f = user;
    f->list = *list;
    f->lists++;
}

static void on_resized(void *user)
{
    struct fixture *f = user;
    f->resized++;
    if (f->list.shown.width != f->picture.width || f->list.shown.height != f->picture.height)
        f->resized_before_list = true;
    count_event(f);
}

static void on_damaged(void *user, const qa_rect *damage, size_t count)
{
    struct fixture *f = user;
    assert_true(count <= 64 && (count || f->may_be_none));
    f->damaged++;
    for (size_t i = 0; i < count; i++)
        region_add(&f->damage, &damage[i], f->picture.width, f->picture.height);
    count_event(f);
}

static void on_cursor(void *user, const qa_cursor *cursor)
{
    struct fixture *f = user;
    f->shapes++;
    f->shape = *cursor;
    size_t bytes = (size_t)cursor->width * (size_t)cursor->height * 4;
    assert_true(bytes <= sizeof f->shape_pixels);
    assert_int_equal(cursor->pixels == NULL, bytes == 0);
    if (bytes)
        memcpy(f->shape_pixels, cursor->pixels, bytes);
    count_event(f);
}

static void on_cursor_position(void *user, int32_t x, int32_t y)
{
    struct fixture *f = user;
    f->places++;
    f->x = x;
    f->y = y;
    count_event(f);
}

static void on_failed(void *user, int error, const char *detail)
{
    struct fixture *f = user;
    assert_int_equal(error, QA_ESCREEN);
    assert_non_null(detail);
    f->failed++;
    f->detail = detail;
    count_event(f);
}

static const struct screen_events events = {.screens = on_screens,
                                            .resized = on_resized,
                                            .damaged = on_damaged,
                                            .cursor = on_cursor,
                                            .cursor_position = on_cursor_position,
                                            .failed = on_failed};

struct fixture *open_server(const char *screen, const char *const *options)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    warm_up_loop();
    x_server_start(&f->server, screen, options);
    xcb_screen_t *root_screen;
    f->xcb = x_server_connect(&f->server, &root_screen);
    f->root = root_screen->root;
    f->width = root_screen->width_in_pixels;
    f->height = root_screen->height_in_pixels;
    f->gc = xcb_generate_id(f->xcb);
    uint32_t include_inferiors = XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS;
    xcb_create_gc(f->xcb, f->gc, f->root, XCB_GC_SUBWINDOW_MODE, &include_inferiors);
    f->descriptors = open_descriptors();
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(picture_init(&f->picture), 0);
    return f;
}

void close_server(struct fixture *f)
{
    if (f->screen)
        f->screen->ops->destroy(f->screen);
    close_loop(&f->loop);
    picture_free(&f->picture);
    assert_int_equal(open_descriptors(), f->descriptors);
    xcb_disconnect(f->xcb);
    x_server_stop(&f->server);
    assert_false(f->resized_before_list);
    free(f);
}

int teardown(void **state)
{
    close_server(*state);
    return 0;
}

int make_screen(struct fixture *f, const char **detail)
{
    return screen_x11_new(&f->loop, f->server.display, NULL, &f->picture, NULL, &events, f,
                          &f->screen, detail);
}

static bool is_first_said(void *user)
{
    const struct fixture *f = user;
    return f->resized >= 1;
}

void start(struct fixture *f)
{
    const char *detail;
    assert_int_equal(make_screen(f, &detail), 0);
    assert_null(detail);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
    assert_true(run_until(&f->loop, is_first_said, f));
}

static bool has_first_picture(void *user)
{
    const struct fixture *f = user;
    return f->resized == 1 && f->shapes == 1 && f->places == 1;
}

void start_and_settle(struct fixture *f)
{
    start(f);
    assert_true(run_until(&f->loop, has_first_picture, f));
    run_for(&f->loop, 150);
    reset(f);
}

void reset(struct fixture *f)
{
    f->damaged = 0;
    f->shapes = 0;
    f->places = 0;
    region_clear(&f->damage);
}

uint64_t requests(const struct fixture *f)
{
    return ((const struct x11_screen *)f->screen)->capture.requests;
}

void fill(struct fixture *f, int16_t x, int16_t y, uint16_t width, uint16_t height, uint32_t colour)
{
    xcb_change_gc(f->xcb, f->gc, XCB_GC_FOREGROUND, &colour);
    xcb_rectangle_t rectangle = {x, y, width, height};
    xcb_poly_fill_rectangle(f->xcb, f->root, f->gc, 1, &rectangle);
    x_sync(f->xcb);
}

void paint_screen(struct fixture *f, unsigned seed)
{
    srand(seed);
    for (int i = f->width * f->height / 2560; i; i--)
        fill(f, (int16_t)(rand() % f->width), (int16_t)(rand() % f->height),
             (uint16_t)(1 + rand() % 90), (uint16_t)(1 + rand() % 90), (uint32_t)rand() & 0xffffff);
}

void move_pointer(struct fixture *f, int16_t x, int16_t y)
{
    xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME, f->root, x, y, 0);
    x_sync(f->xcb);
}

bool shows_its_part(void *user)
{
    struct fixture *f = user;
    const qa_rect *shown = &f->list.shown;
    if (shown->width != f->picture.width || shown->height != f->picture.height || !shown->width)
        return false;
    xcb_get_image_reply_t *image = xcb_get_image_reply(
        f->xcb,
        xcb_get_image(f->xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, f->root, (int16_t)shown->x,
                      (int16_t)shown->y, (uint16_t)shown->width, (uint16_t)shown->height,
                      UINT32_MAX),
        NULL);
    if (!image)
        return false;
    const uint32_t *wanted = (const uint32_t *)(const void *)xcb_get_image_data(image);
    const uint32_t *got = (const uint32_t *)(const void *)f->picture.pixels;
    size_t count = (size_t)shown->width * (size_t)shown->height;
    bool equal = true;
    for (size_t i = 0; i < count && equal; i++)
        equal = !((wanted[i] ^ got[i]) & 0xffffff);
    free(image);
    return equal;
}
