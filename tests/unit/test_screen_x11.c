/* Capture of a real X server's screen: pixels, damage, pointer, pause, size changes, faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <signal.h>
#include <xcb/randr.h>
#include <xcb/render.h>
#include <xcb/xtest.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "screen/x11.h"
#include "x_server.h"

#define SCREEN "640x480x24"

struct fixture {
    struct x_server server;
    xcb_connection_t *xcb;
    xcb_screen_t *root_screen;
    xcb_gcontext_t gc;
    unsigned descriptors;
    uv_loop_t loop;
    struct picture picture;
    struct screen *screen;

    unsigned resized;
    unsigned damaged;
    struct region damage; /* since reset */
    unsigned shapes;
    qa_cursor shape;
    uint8_t shape_pixels[64 * 64 * 4];
    unsigned places;
    int32_t x;
    int32_t y;
    int32_t target_x;
    unsigned modes; /* made for sizes */
    unsigned failed;
    unsigned destroy_at; /* the event, counted over all kinds, in which to destroy */
    unsigned events;
};

static void count_event(struct fixture *f)
{
    assert_non_null(f->screen);
    if (++f->events == f->destroy_at) {
        f->screen->ops->destroy(f->screen);
        f->screen = NULL;
    }
}

static void on_resized(void *user)
{
    struct fixture *f = user;
    f->resized++;
    count_event(f);
}

static void on_damaged(void *user, const qa_rect *damage, size_t count)
{
    struct fixture *f = user;
    assert_true(count >= 1 && count <= 64);
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
    count_event(f);
}

static const struct screen_events events = {.resized = on_resized,
                                            .damaged = on_damaged,
                                            .cursor = on_cursor,
                                            .cursor_position = on_cursor_position,
                                            .failed = on_failed};

static void open_server(struct fixture *f, const char *screen, const char *const *options)
{
    warm_up_loop();
    x_server_start(&f->server, screen, options);
    f->xcb = x_server_connect(&f->server, &f->root_screen);
    f->gc = xcb_generate_id(f->xcb);
    uint32_t include_inferiors = XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS;
    xcb_create_gc(f->xcb, f->gc, f->root_screen->root, XCB_GC_SUBWINDOW_MODE, &include_inferiors);
    f->descriptors = open_descriptors();
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(picture_init(&f->picture), 0);
}

static int make_screen(struct fixture *f, const char **detail)
{
    return screen_x11_new(&f->loop, f->server.display, NULL, &f->picture, NULL, &events, f,
                          &f->screen, detail);
}

static void close_server(struct fixture *f)
{
    if (f->screen)
        f->screen->ops->destroy(f->screen);
    close_loop(&f->loop);
    picture_free(&f->picture);
    assert_int_equal(open_descriptors(), f->descriptors);
    xcb_disconnect(f->xcb);
    x_server_stop(&f->server);
}

static void fill(struct fixture *f, int16_t x, int16_t y, uint16_t width, uint16_t height,
                 uint32_t colour)
{
    xcb_change_gc(f->xcb, f->gc, XCB_GC_FOREGROUND, &colour);
    xcb_rectangle_t rectangle = {x, y, width, height};
    xcb_poly_fill_rectangle(f->xcb, f->root_screen->root, f->gc, 1, &rectangle);
    x_sync(f->xcb);
}

/* Something different in every corner. */
static void paint_screen(struct fixture *f, unsigned seed)
{
    srand(seed);
    for (unsigned i = 0; i < 60; i++)
        fill(f, (int16_t)(rand() % 640), (int16_t)(rand() % 480), (uint16_t)(1 + rand() % 90),
             (uint16_t)(1 + rand() % 90), (uint32_t)rand() & 0xffffff);
}

/* What the server itself says the screen shows, colour for colour. */
static bool equals_screen(struct fixture *f)
{
    xcb_get_image_reply_t *image = xcb_get_image_reply(
        f->xcb,
        xcb_get_image(f->xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, f->root_screen->root, 0, 0,
                      (uint16_t)f->picture.width, (uint16_t)f->picture.height, UINT32_MAX),
        NULL);
    if (!image)
        return false;
    const uint32_t *wanted = (const uint32_t *)(const void *)xcb_get_image_data(image);
    const uint32_t *got = (const uint32_t *)(const void *)f->picture.pixels;
    size_t count = (size_t)f->picture.width * (size_t)f->picture.height;
    bool equal = count > 0;
    for (size_t i = 0; i < count && equal; i++)
        equal = !((wanted[i] ^ got[i]) & 0xffffff);
    free(image);
    return equal;
}

static bool has_first_picture(void *user)
{
    const struct fixture *f = user;
    return f->resized == 1 && f->shapes == 1 && f->places == 1;
}

static bool shows_screen(void *user)
{
    return equals_screen(user);
}

static bool is_damaged(void *user)
{
    const struct fixture *f = user;
    return f->damaged > 0;
}

static void reset(struct fixture *f)
{
    f->damaged = 0;
    f->shapes = 0;
    f->places = 0;
    region_clear(&f->damage);
}

static void start(struct fixture *f)
{
    const char *detail;
    assert_int_equal(make_screen(f, &detail), 0);
    assert_null(detail);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
    assert_true(run_until(&f->loop, has_first_picture, f));
    run_for(&f->loop, 150);
    reset(f);
}

static uint64_t requests(const struct fixture *f)
{
    return ((const struct x11_screen *)f->screen)->capture.requests;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    open_server(f, SCREEN, NULL);
    *state = f;
    return 0;
}

static int setup_without_shm(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    open_server(f, SCREEN, (const char *[]){"-extension", "MIT-SHM", NULL});
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    close_server(f);
    free(f);
    return 0;
}

static void test_nothing_is_touched_before_start(void **state)
{
    struct fixture *f = *state;
    const char *detail;
    paint_screen(f, 1);
    assert_int_equal(make_screen(f, &detail), 0);
    fill(f, 0, 0, 600, 400, 0x123456);
    run_for(&f->loop, 100);
    assert_int_equal(f->events, 0);
    assert_int_equal(requests(f), 0);
    assert_int_equal(f->picture.width, 0);
    for (size_t i = 0; i < 640 * 480 * 4; i++)
        assert_int_equal(f->picture.pixels[i], 0);
}

static void test_the_picture_is_the_screen(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 2);
    start(f);
    assert_int_equal(f->picture.width, 640);
    assert_int_equal(f->picture.height, 480);
    assert_true(equals_screen(f));
    for (unsigned seed = 3; seed < 13; seed++) {
        reset(f);
        paint_screen(f, seed);
        assert_true(run_until(&f->loop, shows_screen, f));
    }
}

static void test_damage_is_what_changed(void **state)
{
    struct fixture *f = *state;
    start(f);
    fill(f, 100, 200, 30, 20, 0xff8040);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_int_equal(f->damage.count, 1);
    assert_memory_equal(&f->damage.rects[0], (&(qa_rect){100, 200, 30, 20}), sizeof(qa_rect));
    const uint8_t *pixel = f->picture.pixels + 210 * picture_stride(&f->picture) + 110 * 4;
    assert_int_equal(pixel[0], 0x40);
    assert_int_equal(pixel[1], 0x80);
    assert_int_equal(pixel[2], 0xff);

    /* Two far corners are two small captures, and the rest of the picture is left alone. */
    run_for(&f->loop, 50);
    reset(f);
    uint8_t *untouched = f->picture.pixels + 240 * picture_stride(&f->picture);
    untouched[0] ^= 0xff;
    uint8_t marker = untouched[0];
    uint64_t before = requests(f);
    xcb_grab_server(f->xcb);
    fill(f, 0, 0, 10, 10, 0x0000ff);
    fill(f, 630, 470, 10, 10, 0x00ff00);
    xcb_ungrab_server(f->xcb);
    x_sync(f->xcb);
    assert_true(run_until(&f->loop, is_damaged, f));
    run_for(&f->loop, 50);
    assert_int_equal(f->damage.count, 2);
    assert_int_equal(requests(f) - before, 2);
    assert_int_equal(untouched[0], marker);
}

static void test_busy_merges_damage(void **state)
{
    struct fixture *f = *state;
    start(f);
    f->screen->ops->set_busy(f->screen, true);
    uint64_t before = requests(f);
    for (unsigned i = 0; i < 100; i++)
        fill(f, (int16_t)(i * 5), (int16_t)(i * 4), 9, 9, i * 0x10203);
    run_for(&f->loop, 100);
    assert_int_equal(f->damaged, 0);
    assert_int_equal(requests(f), before);
    f->screen->ops->set_busy(f->screen, false);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_int_equal(f->damaged, 1);
    assert_true(equals_screen(f));
}

static void test_paused_captures_nothing(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 5);
    start(f);
    size_t bytes = picture_stride(&f->picture) * 480;
    uint8_t *before = malloc(bytes);
    assert_non_null(before);
    for (unsigned round = 0; round < 20; round++) {
        /* In the middle of captures that are under way. */
        fill(f, 0, 0, 640, 480, 0x111111 * (round % 15));
        for (unsigned i = 0; i < round; i++)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        f->screen->ops->set_paused(f->screen, true);
        memcpy(before, f->picture.pixels, bytes);
        uint64_t asked = requests(f);
        reset(f);
        paint_screen(f, 100 + round);
        xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME,
                            f->root_screen->root, (int16_t)(50 + round), 60, 0);
        x_sync(f->xcb);
        run_for(&f->loop, 30);
        assert_int_equal(requests(f), asked);
        assert_memory_equal(f->picture.pixels, before, bytes);
        assert_int_equal(f->damaged + f->places + f->shapes, 0);

        f->screen->ops->set_paused(f->screen, false);
        assert_true(run_until(&f->loop, is_damaged, f));
        assert_memory_equal(&f->damage.rects[0], (&(qa_rect){0, 0, 640, 480}), sizeof(qa_rect));
        assert_true(run_until(&f->loop, shows_screen, f));
    }
    free(before);
}

static bool has_size(void *user)
{
    const struct fixture *f = user;
    return f->resized > 1;
}

/* What xrandr does: switches the only output off, changes the size, switches it on again. */
static void set_size(struct fixture *f, uint16_t width, uint16_t height)
{
    xcb_window_t root = f->root_screen->root;
    xcb_randr_get_screen_resources_reply_t *resources = xcb_randr_get_screen_resources_reply(
        f->xcb, xcb_randr_get_screen_resources(f->xcb, root), NULL);
    assert_non_null(resources);
    xcb_randr_crtc_t crtc = xcb_randr_get_screen_resources_crtcs(resources)[0];
    xcb_randr_output_t output = xcb_randr_get_screen_resources_outputs(resources)[0];
    char name[16];
    snprintf(name, sizeof name, "test-%u", ++f->modes);
    xcb_randr_mode_info_t info = {.width = width,
                                  .height = height,
                                  .htotal = width,
                                  .vtotal = height,
                                  .name_len = (uint16_t)strlen(name)};
    xcb_randr_create_mode_reply_t *mode = xcb_randr_create_mode_reply(
        f->xcb, xcb_randr_create_mode(f->xcb, root, info, info.name_len, name), NULL);
    assert_non_null(mode);
    xcb_randr_add_output_mode(f->xcb, output, mode->mode);
    xcb_grab_server(f->xcb);
    free(xcb_randr_set_crtc_config_reply(
        f->xcb,
        xcb_randr_set_crtc_config(f->xcb, crtc, XCB_CURRENT_TIME, resources->config_timestamp, 0, 0,
                                  XCB_NONE, XCB_RANDR_ROTATION_ROTATE_0, 0, NULL),
        NULL));
    xcb_randr_set_screen_size(f->xcb, root, width, height, width, height);
    free(xcb_randr_set_crtc_config_reply(
        f->xcb,
        xcb_randr_set_crtc_config(f->xcb, crtc, XCB_CURRENT_TIME, resources->config_timestamp, 0, 0,
                                  mode->mode, XCB_RANDR_ROTATION_ROTATE_0, 1, &output),
        NULL));
    xcb_ungrab_server(f->xcb);
    xcb_randr_delete_output_mode(f->xcb, output, mode->mode);
    x_sync(f->xcb);
    free(mode);
    free(resources);
}

static void test_a_new_size_is_followed(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 6);
    start(f);
    const uint16_t sizes[][2] = {{320, 240}, {640, 480}, {400, 300}, {640, 301}};
    for (size_t i = 0; i < 4; i++) {
        f->resized = 1;
        set_size(f, sizes[i][0], sizes[i][1]);
        assert_true(run_until(&f->loop, has_size, f));
        assert_int_equal(f->picture.width, sizes[i][0]);
        assert_int_equal(f->picture.height, sizes[i][1]);
        assert_true(run_until(&f->loop, shows_screen, f));
        paint_screen(f, 60 + (unsigned)i);
        assert_true(run_until(&f->loop, shows_screen, f));
        run_for(&f->loop, 50);
        assert_int_equal(f->resized, 2);
    }
    assert_int_equal(f->failed, 0);
}

static bool shows_all_of_600_by_400(void *user)
{
    struct fixture *f = user;
    return f->picture.width == 600 && f->picture.height == 400 && equals_screen(f);
}

static void test_sizes_change_while_everything_moves(void **state)
{
    struct fixture *f = *state;
    start(f);
    for (unsigned seed = 0; seed < 120; seed++) {
        paint_screen(f, seed);
        for (unsigned turns = seed % 7; turns; turns--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        if (seed % 3 == 0)
            set_size(f, (uint16_t)(200 + seed % 5 * 100), (uint16_t)(480 - seed));
        for (unsigned turns = seed % 11; turns; turns--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    set_size(f, 600, 400);
    paint_screen(f, 9);
    assert_true(run_polling(&f->loop, shows_all_of_600_by_400, f));
    assert_int_equal(f->failed, 0);
}

static bool has_shape(void *user)
{
    const struct fixture *f = user;
    return f->shapes > 0;
}

static xcb_cursor_t make_two_colour_cursor(struct fixture *f)
{
    xcb_window_t root = f->root_screen->root;
    xcb_pixmap_t source = xcb_generate_id(f->xcb), mask = xcb_generate_id(f->xcb);
    xcb_gcontext_t gc = xcb_generate_id(f->xcb);
    xcb_cursor_t cursor = xcb_generate_id(f->xcb);
    xcb_create_pixmap(f->xcb, 1, source, root, 16, 16);
    xcb_create_pixmap(f->xcb, 1, mask, root, 16, 16);
    xcb_create_gc(f->xcb, gc, source, 0, NULL);
    const xcb_rectangle_t all = {0, 0, 16, 16}, left = {0, 0, 8, 16}, top = {0, 0, 16, 8};
    uint32_t pixel = 0;
    xcb_change_gc(f->xcb, gc, XCB_GC_FOREGROUND, &pixel);
    xcb_poly_fill_rectangle(f->xcb, source, gc, 1, &all);
    xcb_poly_fill_rectangle(f->xcb, mask, gc, 1, &all);
    pixel = 1;
    xcb_change_gc(f->xcb, gc, XCB_GC_FOREGROUND, &pixel);
    xcb_poly_fill_rectangle(f->xcb, source, gc, 1, &left);
    xcb_poly_fill_rectangle(f->xcb, mask, gc, 1, &top);
    /* Left half orange, right half blue; the lower half is not there. */
    xcb_create_cursor(f->xcb, cursor, source, mask, 0xffff, 0x8080, 0, 0, 0, 0xffff, 3, 5);
    return cursor;
}

static void set_root_cursor(struct fixture *f, xcb_cursor_t cursor)
{
    xcb_change_window_attributes(f->xcb, f->root_screen->root, XCB_CW_CURSOR, &cursor);
    x_sync(f->xcb);
}

static void test_the_pointer_shape_is_reported(void **state)
{
    struct fixture *f = *state;
    start(f);
    set_root_cursor(f, make_two_colour_cursor(f));
    assert_true(run_until(&f->loop, has_shape, f));
    assert_true(f->shape.width >= 16 && f->shape.height >= 8);
    assert_int_equal(f->shape.hot_x, 3);
    assert_int_equal(f->shape.hot_y, 5);
    const uint8_t orange[] = {0, 0x80, 0xff, 0xff}, blue[] = {0xff, 0, 0, 0xff};
    size_t row = (size_t)f->shape.width * 4;
    assert_memory_equal(f->shape_pixels, orange, 4);
    assert_memory_equal(f->shape_pixels + 7 * row + 15 * 4, blue, 4);
    if (f->shape.height > 8)
        assert_int_equal(f->shape_pixels[8 * row + 3], 0);
}

static xcb_render_pictformat_t find_argb(xcb_connection_t *xcb)
{
    xcb_render_query_pict_formats_reply_t *reply =
        xcb_render_query_pict_formats_reply(xcb, xcb_render_query_pict_formats(xcb), NULL);
    assert_non_null(reply);
    xcb_render_pictformat_t found = 0;
    xcb_render_pictforminfo_iterator_t formats =
        xcb_render_query_pict_formats_formats_iterator(reply);
    for (; formats.rem; xcb_render_pictforminfo_next(&formats)) {
        const xcb_render_directformat_t *direct = &formats.data->direct;
        if (formats.data->depth == 32 && direct->alpha_shift == 24 && direct->red_shift == 16)
            found = formats.data->id;
    }
    free(reply);
    assert_int_not_equal(found, 0);
    return found;
}

static xcb_cursor_t make_translucent_cursor(struct fixture *f, uint16_t alpha)
{
    xcb_pixmap_t pixmap = xcb_generate_id(f->xcb);
    xcb_render_picture_t picture = xcb_generate_id(f->xcb);
    xcb_cursor_t cursor = xcb_generate_id(f->xcb);
    free(xcb_render_query_version_reply(f->xcb, xcb_render_query_version(f->xcb, 0, 11), NULL));
    xcb_create_pixmap(f->xcb, 32, pixmap, f->root_screen->root, 8, 8);
    xcb_render_create_picture(f->xcb, picture, pixmap, find_argb(f->xcb), 0, NULL);
    /* Colours are premultiplied here: a full red and a half green at the given opacity. */
    const xcb_render_color_t colour = {.red = alpha, .green = alpha / 2, .blue = 0, .alpha = alpha};
    const xcb_rectangle_t all = {0, 0, 8, 8};
    xcb_render_fill_rectangles(f->xcb, XCB_RENDER_PICT_OP_SRC, picture, colour, 1, &all);
    xcb_render_create_cursor(f->xcb, cursor, picture, 1, 2);
    return cursor;
}

static void test_a_translucent_pointer_has_straight_alpha(void **state)
{
    struct fixture *f = *state;
    start(f);
    set_root_cursor(f, make_translucent_cursor(f, 0x8080));
    assert_true(run_until(&f->loop, has_shape, f));
    assert_int_equal(f->shape.width, 8);
    assert_int_equal(f->shape_pixels[0], 0);
    assert_in_range(f->shape_pixels[1], 0x7e, 0x81);
    assert_int_equal(f->shape_pixels[2], 0xff);
    assert_int_equal(f->shape_pixels[3], 0x80);

    /* One that cannot be seen is none. */
    reset(f);
    set_root_cursor(f, make_translucent_cursor(f, 0));
    assert_true(run_until(&f->loop, has_shape, f));
    assert_int_equal(f->shape.width, 0);
    assert_null(f->shape.pixels);
}

static bool is_at_target(void *user)
{
    const struct fixture *f = user;
    return f->x == f->target_x && f->y == 222;
}

static void move_to_target(struct fixture *f, int16_t x)
{
    f->target_x = x;
    xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME, f->root_screen->root, x,
                        222, 0);
    x_sync(f->xcb);
}

static void test_the_pointer_place_is_reported(void **state)
{
    struct fixture *f = *state;
    start(f);
    for (int16_t i = 0; i <= 100; i++) {
        move_to_target(f, (int16_t)(200 + i));
        if (i % 20 == 0)
            run_for(&f->loop, 20);
    }
    assert_true(run_until(&f->loop, is_at_target, f));
    assert_true(f->places > 1 && f->places < 100);
    /* It rests, and is looked for again when it moves again. */
    for (int16_t i = 0; i < 10; i++) {
        run_for(&f->loop, (unsigned)i * 20);
        reset(f);
        move_to_target(f, (int16_t)(400 + i));
        assert_true(run_until(&f->loop, is_at_target, f));
    }
    run_for(&f->loop, 200);
    reset(f);
    run_for(&f->loop, 50);
    assert_int_equal(f->places, 0);
    /* A program that moves the pointer is noticed with the next change of the screen. */
    f->target_x = 500;
    xcb_warp_pointer(f->xcb, XCB_NONE, f->root_screen->root, 0, 0, 0, 0, 500, 222);
    fill(f, 0, 0, 5, 5, 0x777777);
    assert_true(run_until(&f->loop, is_at_target, f));
}

static void count_turn(uv_check_t *check)
{
    ++*(unsigned *)check->data;
}

static void test_an_idle_screen_wakes_nobody(void **state)
{
    struct fixture *f = *state;
    start(f);
    run_for(&f->loop, 300);
    unsigned turns = 0;
    uv_check_t check;
    uv_check_init(&f->loop, &check);
    check.data = &turns;
    uv_check_start(&check, count_turn);
    run_for(&f->loop, 1000);
    uv_close((uv_handle_t *)&check, NULL);
    run_for(&f->loop, 1);
    assert_true(turns <= 5);
}

static bool has_failed(void *user)
{
    const struct fixture *f = user;
    return f->failed > 0;
}

static void test_a_display_that_goes_away_is_a_failure(void **state)
{
    struct fixture f = {0};
    open_server(&f, SCREEN, NULL);
    start(&f);
    kill(f.server.pid, SIGKILL);
    assert_true(run_until(&f.loop, has_failed, &f));
    unsigned before = f.events;
    f.screen->ops->set_paused(f.screen, true);
    f.screen->ops->set_paused(f.screen, false);
    f.screen->ops->set_busy(f.screen, true);
    f.screen->ops->set_busy(f.screen, false);
    run_for(&f.loop, 50);
    assert_int_equal(f.events, before);
    assert_int_equal(f.failed, 1);
    close_server(&f);
}

static void test_a_display_that_hangs_holds_up_nobody(void **state)
{
    struct fixture *f = *state;
    start(f);
    kill(f->server.pid, SIGSTOP);
    f->screen->ops->set_paused(f->screen, true);
    f->screen->ops->set_paused(f->screen, false);
    uint64_t begin_ms = clock_ms();
    run_for(&f->loop, 100);
    f->screen->ops->set_paused(f->screen, true);
    f->screen->ops->destroy(f->screen);
    f->screen = NULL;
    assert_true(clock_ms() - begin_ms < PATIENCE_MS);
    kill(f->server.pid, SIGCONT);
}

static void refuse(const char *screen, const char *const *options, const char *reason)
{
    struct fixture f = {0};
    const char *detail = NULL;
    open_server(&f, screen, options);
    assert_int_equal(make_screen(&f, &detail), QA_ESCREEN);
    assert_null(f.screen);
    assert_non_null(strstr(detail, reason));
    close_server(&f);
}

static void test_what_is_missing_is_said(void **state)
{
    refuse("640x480x16", NULL, "depth");
    refuse("640x480x30", NULL, "depth");
    refuse(SCREEN, (const char *[]){"-extension", "DAMAGE", NULL}, "DAMAGE");

    struct fixture f = {0};
    const char *detail = NULL;
    open_server(&f, SCREEN, NULL);
    snprintf(f.server.display, sizeof f.server.display, ":64999");
    assert_int_equal(make_screen(&f, &detail), QA_ESCREEN);
    assert_non_null(detail);
    close_server(&f);
}

static void test_destroyed_inside_any_event(void **state)
{
    struct fixture *f = *state;
    unsigned all = 0;
    for (unsigned at = 1; at < 8; at++) {
        f->destroy_at = at;
        f->events = 0;
        const char *detail;
        assert_int_equal(make_screen(f, &detail), 0);
        assert_int_equal(f->screen->ops->start(f->screen), 0);
        for (unsigned i = 0; i < 200 && f->screen; i++) {
            fill(f, (int16_t)i, 0, 50, 50, i * 0x050301);
            xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME,
                                f->root_screen->root, (int16_t)(i % 300), 60, 0);
            run_for(&f->loop, 2);
        }
        all += f->screen == NULL;
        uv_run(&f->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(all, 7);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define WITHOUT_SHM(test) cmocka_unit_test_setup_teardown(test, setup_without_shm, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_nothing_is_touched_before_start),
        WITH_SERVER(test_the_picture_is_the_screen),
        WITH_SERVER(test_damage_is_what_changed),
        WITH_SERVER(test_busy_merges_damage),
        WITH_SERVER(test_paused_captures_nothing),
        WITH_SERVER(test_a_new_size_is_followed),
        WITH_SERVER(test_sizes_change_while_everything_moves),
        WITHOUT_SHM(test_the_picture_is_the_screen),
        WITHOUT_SHM(test_damage_is_what_changed),
        WITHOUT_SHM(test_paused_captures_nothing),
        WITHOUT_SHM(test_a_new_size_is_followed),
        WITH_SERVER(test_the_pointer_shape_is_reported),
        WITH_SERVER(test_a_translucent_pointer_has_straight_alpha),
        WITH_SERVER(test_the_pointer_place_is_reported),
        WITH_SERVER(test_an_idle_screen_wakes_nobody),
        WITH_SERVER(test_a_display_that_hangs_holds_up_nobody),
        WITH_SERVER(test_destroyed_inside_any_event),
        cmocka_unit_test(test_a_display_that_goes_away_is_a_failure),
        cmocka_unit_test(test_what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
