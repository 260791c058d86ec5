/* Monitors of a real X server: which there are, what is shown of them, and that they come and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xcb/randr.h>
#include <xcb/xtest.h>

#include <qassist/errors.h>

#include "screen/x11.h"
#include "x_server.h"

#define WIDTH  960
#define HEIGHT 400

struct fixture {
    struct x_server server;
    xcb_connection_t *xcb;
    xcb_window_t root;
    xcb_gcontext_t gc;
    uv_loop_t loop;
    struct picture picture;
    struct screen *screen;

    struct screen_list list;
    unsigned lists;
    unsigned resized;
    unsigned damaged;
    bool resized_before_list; /* the order of events is wrong */
    bool pointer_shown;
    unsigned shapes;
    int32_t x;
    int32_t y;
    unsigned places;
    unsigned failed;
    const char *detail;

    uint32_t wanted; /* by a condition */
    size_t wanted_count;
};

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
}

static void on_damaged(void *user, const qa_rect *damage, size_t count)
{
    struct fixture *f = user;
    f->damaged++;
}

static void on_cursor(void *user, const qa_cursor *cursor)
{
    struct fixture *f = user;
    f->pointer_shown = cursor->width > 0;
    f->shapes++;
}

static void on_cursor_position(void *user, int32_t x, int32_t y)
{
    struct fixture *f = user;
    f->x = x;
    f->y = y;
    f->places++;
}

static void on_failed(void *user, int error, const char *detail)
{
    struct fixture *f = user;
    f->failed++;
    f->detail = detail;
}

static const struct screen_events events = {.screens = on_screens,
                                            .resized = on_resized,
                                            .damaged = on_damaged,
                                            .cursor = on_cursor,
                                            .cursor_position = on_cursor_position,
                                            .failed = on_failed};

static struct fixture *open_server(const char *screen, const char *const *options)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    warm_up_loop();
    x_server_start(&f->server, screen, options);
    xcb_screen_t *root_screen;
    f->xcb = x_server_connect(&f->server, &root_screen);
    f->root = root_screen->root;
    f->gc = xcb_generate_id(f->xcb);
    uint32_t include_inferiors = XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS;
    xcb_create_gc(f->xcb, f->gc, f->root, XCB_GC_SUBWINDOW_MODE, &include_inferiors);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(picture_init(&f->picture), 0);
    return f;
}

static void close_server(struct fixture *f)
{
    if (f->screen)
        f->screen->ops->destroy(f->screen);
    close_loop(&f->loop);
    picture_free(&f->picture);
    xcb_disconnect(f->xcb);
    x_server_stop(&f->server);
    assert_false(f->resized_before_list);
    free(f);
}

static int setup(void **state)
{
    *state = open_server("960x400x24", NULL);
    return 0;
}

static int setup_without_shm(void **state)
{
    *state = open_server("960x400x24", (const char *[]){"-extension", "MIT-SHM", NULL});
    return 0;
}

static int teardown(void **state)
{
    close_server(*state);
    return 0;
}

/* ---- what the display does ---- */

static void xrandr(struct fixture *f, const char *const *options)
{
    const char *arguments[16] = {"xrandr"};
    for (size_t i = 1; *options && i < 15; i++)
        arguments[i] = *options++;
    x_server_run(&f->server, arguments);
}

/* The one with the server's output takes the place of the server's own monitor. */
static void plug(struct fixture *f, const char *name, qa_rect place, bool with_output)
{
    char geometry[80];
    snprintf(geometry, sizeof geometry, "%d/300x%d/200+%d+%d", place.width, place.height, place.x,
             place.y);
    xrandr(f,
           (const char *[]){"--setmonitor", name, geometry, with_output ? "screen" : "none", NULL});
}

static void add_mode(struct fixture *f, const char *size)
{
    char width[8] = "", height[8] = "";
    assert_int_equal(sscanf(size, "%7[0-9]x%7[0-9]", width, height), 2);
    xrandr(f, (const char *[]){"--newmode", size, "0", width, "0", "0", width, height, "0", "0",
                               height, NULL});
    xrandr(f, (const char *[]){"--addmode", "screen", size, NULL});
}

/* Where the output is, and how large; xrandr itself moves the first one to the corner. */
static void set_crtc(struct fixture *f, const char *mode, int16_t x, int16_t y)
{
    xcb_randr_get_screen_resources_reply_t *resources = xcb_randr_get_screen_resources_reply(
        f->xcb, xcb_randr_get_screen_resources(f->xcb, f->root), NULL);
    assert_non_null(resources);
    const char *name = (const char *)xcb_randr_get_screen_resources_names(resources);
    const xcb_randr_mode_info_t *modes = xcb_randr_get_screen_resources_modes(resources);
    xcb_randr_mode_t found = 0;
    for (int i = 0; i < resources->num_modes; name += modes[i++].name_len)
        if (modes[i].name_len == strlen(mode) && !memcmp(name, mode, strlen(mode)))
            found = modes[i].id;
    assert_int_not_equal(found, 0);
    free(xcb_randr_set_crtc_config_reply(
        f->xcb,
        xcb_randr_set_crtc_config(f->xcb, xcb_randr_get_screen_resources_crtcs(resources)[0],
                                  XCB_CURRENT_TIME, resources->config_timestamp, x, y, found,
                                  XCB_RANDR_ROTATION_ROTATE_0, 1,
                                  xcb_randr_get_screen_resources_outputs(resources)),
        NULL));
    free(resources);
}

static void unplug(struct fixture *f, const char *name)
{
    xcb_randr_delete_monitor(f->xcb, f->root, x_atom(f->xcb, name));
    x_sync(f->xcb);
}

static void fill(struct fixture *f, int16_t x, int16_t y, uint16_t width, uint16_t height,
                 uint32_t colour)
{
    xcb_change_gc(f->xcb, f->gc, XCB_GC_FOREGROUND, &colour);
    xcb_rectangle_t rectangle = {x, y, width, height};
    xcb_poly_fill_rectangle(f->xcb, f->root, f->gc, 1, &rectangle);
    x_sync(f->xcb);
}

/* Something different everywhere. */
static void paint_screen(struct fixture *f, unsigned seed)
{
    srand(seed);
    for (unsigned i = 0; i < 150; i++)
        fill(f, (int16_t)(rand() % WIDTH), (int16_t)(rand() % HEIGHT), (uint16_t)(1 + rand() % 90),
             (uint16_t)(1 + rand() % 90), (uint32_t)rand() & 0xffffff);
}

static void move_pointer(struct fixture *f, int16_t x, int16_t y)
{
    xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME, f->root, x, y, 0);
    x_sync(f->xcb);
}

/* ---- what is seen of it ---- */

/* The picture is that part of the screen which the list says, colour for colour. */
static bool shows_its_part(void *user)
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

static bool has_chosen(void *user)
{
    struct fixture *f = user;
    return f->list.chosen == f->wanted && shows_its_part(f);
}

static bool has_count(void *user)
{
    const struct fixture *f = user;
    return f->list.count == f->wanted_count;
}

static void expect_count(struct fixture *f, size_t count)
{
    f->wanted_count = count;
    assert_true(run_until(&f->loop, has_count, f));
}

static void expect_shown(struct fixture *f, uint32_t id, qa_rect place)
{
    f->wanted = id;
    assert_true(run_polling(&f->loop, has_chosen, f));
    assert_memory_equal(&f->list.shown, &place, sizeof place);
    assert_int_equal(f->failed, 0);
}

static const struct screen_monitor *by_name(struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->list.count; i++)
        if (strcmp(f->list.monitors[i].name, name) == 0)
            return &f->list.monitors[i];
    fail_msg("no monitor %s", name);
    return NULL;
}

static void expect_monitor(struct fixture *f, const char *name, qa_rect place)
{
    assert_memory_equal(&by_name(f, name)->place, &place, sizeof place);
}

static bool is_first_said(void *user)
{
    const struct fixture *f = user;
    return f->resized >= 1;
}

static void start(struct fixture *f)
{
    const char *detail;
    assert_int_equal(screen_x11_new(&f->loop, f->server.display, NULL, &f->picture, NULL, &events,
                                    f, &f->screen, &detail),
                     0);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
    assert_true(run_until(&f->loop, is_first_said, f));
}

static uint32_t choose(struct fixture *f, const char *name)
{
    uint32_t id = name ? by_name(f, name)->id : 0;
    assert_int_equal(f->screen->ops->choose(f->screen, id), 0);
    return id;
}

/* ---- the tests ---- */

static const qa_rect whole = {0, 0, WIDTH, HEIGHT};
static const qa_rect left = {0, 0, 320, 400};
static const qa_rect middle = {320, 40, 320, 300};
static const qa_rect right = {640, 0, 320, 400};

static void plug_three(struct fixture *f)
{
    plug(f, "LEFT", left, true);
    plug(f, "MIDDLE", middle, false);
    plug(f, "RIGHT", right, false);
}

static void test_one_monitor_is_listed_and_all_is_shown(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 1);
    start(f);
    assert_int_equal(f->lists, 1);
    assert_int_equal(f->list.count, 1);
    expect_monitor(f, "screen", whole);
    assert_int_equal(f->list.monitors[0].scale_percent, 100);
    assert_int_not_equal(f->list.monitors[0].id, 0);
    expect_shown(f, 0, whole);
}

static void test_each_of_three_can_be_shown_alone(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    paint_screen(f, 2);
    start(f);
    assert_int_equal(f->list.count, 3);
    expect_monitor(f, "LEFT", left);
    expect_monitor(f, "MIDDLE", middle);
    expect_monitor(f, "RIGHT", right);
    expect_shown(f, 0, whole);
    const struct {
        const char *name;
        qa_rect place;
    } steps[] = {
        {"RIGHT", right}, {"MIDDLE", middle}, {"LEFT", left}, {"RIGHT", right}, {NULL, whole}};
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        unsigned before = f->resized;
        uint32_t id = choose(f, steps[i].name);
        expect_shown(f, id, steps[i].place);
        /* Of the same size or not: nothing of what was seen before counts. */
        assert_int_equal(f->resized, before + 1);
        /* What changes there arrives, in its place. */
        paint_screen(f, 20 + i);
        expect_shown(f, id, steps[i].place);
    }
}

static void test_what_changes_elsewhere_is_not_captured(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    start(f);
    expect_shown(f, choose(f, "RIGHT"), right);
    run_for(&f->loop, 100);
    unsigned before = f->damaged;
    uint64_t requests = ((const struct x11_screen *)f->screen)->capture.requests;
    for (unsigned i = 0; i < 20; i++) {
        fill(f, 0, 0, 640, 400, i * 0x010203);
        run_for(&f->loop, 20);
    }
    assert_int_equal(f->damaged, before);
    assert_int_equal(((const struct x11_screen *)f->screen)->capture.requests, requests);
    fill(f, 600, 100, 100, 50, 0x44ee11);
    expect_shown(f, f->list.chosen, right);
}

static void test_the_chosen_one_is_unplugged(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    paint_screen(f, 3);
    start(f);
    uint32_t id = choose(f, "MIDDLE");
    expect_shown(f, id, middle);
    unplug(f, "MIDDLE");
    expect_shown(f, 0, whole);
    assert_int_equal(f->list.count, 2);
    /* Plugged in again it is the same one, and is not shown before somebody asks for it. */
    plug(f, "MIDDLE", middle, false);
    expect_count(f, 3);
    assert_int_equal(by_name(f, "MIDDLE")->id, id);
    assert_int_equal(f->list.chosen, 0);
    expect_shown(f, choose(f, "MIDDLE"), middle);
}

static void test_another_one_is_unplugged(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    paint_screen(f, 4);
    start(f);
    uint32_t id = choose(f, "RIGHT");
    expect_shown(f, id, right);
    unsigned before = f->resized;
    unplug(f, "MIDDLE");
    expect_count(f, 2);
    expect_shown(f, id, right);
    /* Its own place taken away, the server's monitor is back. */
    unplug(f, "LEFT");
    x_sync(f->xcb);
    expect_shown(f, id, right);
    assert_int_equal(f->resized, before);
}

static void test_the_chosen_one_moves(void **state)
{
    struct fixture *f = *state;
    add_mode(f, "320x300");
    set_crtc(f, "320x300", 10, 0);
    paint_screen(f, 5);
    start(f);
    uint32_t id = choose(f, "screen");
    expect_shown(f, id, (qa_rect){10, 0, 320, 300});
    unsigned before = f->resized;
    const qa_rect moved = {600, 90, 320, 300};
    set_crtc(f, "320x300", 600, 90);
    while (memcmp(&f->list.shown, &moved, sizeof moved) != 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    expect_shown(f, id, moved);
    assert_int_equal(f->resized, before); /* it is the same one, of the same size */
    add_mode(f, "200x100");
    set_crtc(f, "200x100", 700, 90);
    while (f->list.shown.width != 200)
        uv_run(&f->loop, UV_RUN_ONCE);
    expect_shown(f, id, (qa_rect){700, 90, 200, 100});
}

static void test_clones_and_overlaps_are_monitors_like_others(void **state)
{
    struct fixture *f = *state;
    plug(f, "LEFT", left, true);
    plug(f, "CLONE", left, false);
    const qa_rect over = {200, 100, 300, 200};
    plug(f, "OVER", over, false);
    paint_screen(f, 6);
    start(f);
    assert_int_equal(f->list.count, 3);
    uint32_t one = choose(f, "LEFT");
    expect_shown(f, one, left);
    uint32_t other = choose(f, "CLONE");
    assert_int_not_equal(one, other);
    expect_shown(f, other, left);
    expect_shown(f, choose(f, "OVER"), over);
    paint_screen(f, 7);
    expect_shown(f, f->list.chosen, over);
}

static void test_what_is_outside_of_the_display_is_cut_off(void **state)
{
    struct fixture *f = *state;
    plug(f, "LEFT", left, true);
    plug(f, "CORNER", (qa_rect){900, 350, 320, 400}, false);
    plug(f, "BEFORE", (qa_rect){-100, -50, 200, 100}, false);
    plug(f, "NOWHERE", (qa_rect){2000, 2000, 100, 100}, false);
    paint_screen(f, 8);
    start(f);
    assert_int_equal(f->list.count, 3);
    expect_monitor(f, "CORNER", (qa_rect){900, 350, 60, 50});
    expect_shown(f, choose(f, "CORNER"), (qa_rect){900, 350, 60, 50});
    expect_shown(f, choose(f, "BEFORE"), (qa_rect){0, 0, 100, 50});
    paint_screen(f, 9);
    expect_shown(f, f->list.chosen, (qa_rect){0, 0, 100, 50});
}

static void test_without_monitors_all_is_shown(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 10);
    start(f);
    expect_shown(f, choose(f, "screen"), whole);
    xrandr(f, (const char *[]){"--fb", "960x400", "--output", "screen", "--off", NULL});
    expect_count(f, 0);
    assert_int_equal(f->list.chosen, 0);
    assert_int_equal(f->screen->ops->choose(f->screen, 1), QA_EINVAL);
    xrandr(f, (const char *[]){"--output", "screen", "--auto", NULL});
    expect_count(f, 1);
    expect_shown(f, 0, whole);
}

static void test_the_display_changes_its_size(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    paint_screen(f, 11);
    start(f);
    uint32_t id = choose(f, "MIDDLE");
    expect_shown(f, id, middle);
    add_mode(f, "500x300");
    xrandr(f, (const char *[]){"--output", "screen", "--mode", "500x300", NULL});
    xrandr(f, (const char *[]){"--fb", "500x300", NULL});
    while (f->list.shown.width == middle.width)
        uv_run(&f->loop, UV_RUN_ONCE);
    paint_screen(f, 12);
    expect_shown(f, id, (qa_rect){320, 40, 180, 260});
    assert_int_equal(f->list.count, 2); /* nothing is left of the right one */
    expect_shown(f, choose(f, NULL), (qa_rect){0, 0, 500, 300});
}

static bool is_hidden(void *user)
{
    return !((struct fixture *)user)->pointer_shown;
}

static bool is_shown_again(void *user)
{
    return ((struct fixture *)user)->pointer_shown;
}

static bool is_at_10_20(void *user)
{
    const struct fixture *f = user;
    return f->x == 10 && f->y == 20;
}

static void test_the_pointer_is_told_where_it_is_in_the_picture(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    start(f);
    move_pointer(f, 330, 60);
    assert_true(run_until(&f->loop, is_shown_again, f));
    expect_shown(f, choose(f, "MIDDLE"), middle);
    assert_true(run_until(&f->loop, is_at_10_20, f));
    /* Out of the picture it is shown nowhere, and its way there is not told. */
    move_pointer(f, 100, 60);
    assert_true(run_until(&f->loop, is_hidden, f));
    unsigned before = f->places;
    for (int16_t i = 0; i < 10; i++) {
        move_pointer(f, (int16_t)(100 + i * 5), 60);
        run_for(&f->loop, 20);
    }
    assert_int_equal(f->places, before);
    move_pointer(f, 331, 61);
    assert_true(run_until(&f->loop, is_shown_again, f));
    move_pointer(f, 330, 60);
    assert_true(run_until(&f->loop, is_at_10_20, f));
    /* Another part, the same pointer. */
    f->x = f->y = -1;
    expect_shown(f, choose(f, "RIGHT"), right);
    assert_true(run_until(&f->loop, is_hidden, f));
    move_pointer(f, 650, 20);
    assert_true(run_until(&f->loop, is_at_10_20, f));
    assert_true(run_until(&f->loop, is_shown_again, f));
}

static void test_a_choice_while_paused_counts_after_it(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    paint_screen(f, 13);
    start(f);
    f->screen->ops->set_paused(f->screen, true);
    unsigned lists = f->lists;
    uint32_t id = choose(f, "RIGHT");
    unplug(f, "LEFT");
    run_for(&f->loop, 100);
    assert_int_equal(f->lists, lists);
    f->screen->ops->set_paused(f->screen, false);
    expect_shown(f, id, right);
}

static bool is_answered(void *user)
{
    return ((struct fixture *)user)->lists == 2;
}

static void test_every_choice_is_answered(void **state)
{
    struct fixture *f = *state;
    start(f);
    assert_int_equal(f->lists, 1);
    unsigned before = f->resized;
    choose(f, NULL);
    assert_true(run_until(&f->loop, is_answered, f));
    assert_int_equal(f->resized, before);
    assert_int_equal(f->screen->ops->choose(f->screen, 4711), QA_EINVAL);
}

static void test_switching_while_everything_moves(void **state)
{
    struct fixture *f = *state;
    plug_three(f);
    start(f);
    const char *names[] = {"LEFT", "MIDDLE", "RIGHT", NULL};
    for (unsigned seed = 0; seed < 200; seed++) {
        fill(f, (int16_t)(seed * 7 % 900), (int16_t)(seed * 3 % 350), 60, 60, seed * 0x0f1e2d);
        for (unsigned turns = seed % 7; turns; turns--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        /* The middle one may just be gone. */
        const char *name = names[seed % 4];
        uint32_t id = 0;
        for (size_t i = 0; name && i < f->list.count; i++)
            if (strcmp(f->list.monitors[i].name, name) == 0)
                id = f->list.monitors[i].id;
        f->screen->ops->choose(f->screen, id);
        if (seed % 10 == 3)
            unplug(f, "MIDDLE");
        if (seed % 10 == 7)
            plug(f, "MIDDLE", middle, false);
        for (unsigned turns = seed % 11; turns; turns--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    expect_count(f, 3);
    expect_shown(f, choose(f, "MIDDLE"), middle);
}

static void test_many_monitors_and_names_of_any_kind(void **state)
{
    struct fixture *f = *state;
    plug(f, "LEFT", left, true);
    char name[300];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    plug(f, name, middle, false);
    plug(f, "\x1b[31m\xff", right, false);
    start(f);
    assert_int_equal(f->list.count, 3);
    name[SCREEN_NAME_SIZE - 1] = '\0';
    expect_monitor(f, name, middle);
    expect_monitor(f, "\x1b[31m\xff", right);
    /* No more than can be listed; new ones come in as others go; nobody's number is used again. */
    uint32_t first = by_name(f, "LEFT")->id, last = 0;
    for (unsigned i = 0; i < 60; i++) {
        char text[16];
        snprintf(text, sizeof text, "M%u", i);
        plug(f, text, middle, false);
        if (i >= 20) {
            snprintf(text, sizeof text, "M%u", i - 20);
            unplug(f, text);
        }
        run_for(&f->loop, 20);
    }
    run_for(&f->loop, 200);
    assert_int_equal(f->list.count, SCREEN_MONITORS_MAX);
    assert_int_equal(by_name(f, "LEFT")->id, first);
    for (size_t i = 0; i < f->list.count; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(f->list.monitors[i].id, f->list.monitors[j].id);
    last = by_name(f, "M50")->id;
    assert_true(last > SCREEN_MONITORS_MAX);
    expect_shown(f, choose(f, "M50"), middle);
}

static void set_resources(struct fixture *f, const char *text)
{
    xcb_change_property(f->xcb, XCB_PROP_MODE_REPLACE, f->root, XCB_ATOM_RESOURCE_MANAGER,
                        XCB_ATOM_STRING, 8, (uint32_t)strlen(text), text);
    x_sync(f->xcb);
}

static void test_the_scale_is_that_of_the_desktop(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *resources;
        unsigned percent;
    } cases[] = {{"XTerm*a: b\nXft.dpi:\t192\nXft.hinting: 1\n", 200},
                 {"Xft.dpi: 144", 150},
                 {"Xft.dpi:\t120\n", 125},
                 {"Xft.dpi:", 100},
                 {"Xft.dpi: 99999999999999999999\n", 100},
                 {"Xft.dpi: x\n", 100},
                 {"NotXft.dpi: 192\n", 100},
                 {"", 100}};
    set_resources(f, cases[0].resources);
    start(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_resources(f, cases[i].resources);
        unsigned lists = f->lists;
        choose(f, NULL);
        while (f->lists == lists)
            uv_run(&f->loop, UV_RUN_ONCE);
        assert_int_equal(f->list.monitors[0].scale_percent, cases[i].percent);
    }
}

static void test_a_display_without_randr_is_shown_whole(void **state)
{
    struct fixture *f = open_server("960x400x24", (const char *[]){"-extension", "RANDR", NULL});
    paint_screen(f, 14);
    start(f);
    assert_int_equal(f->list.count, 0);
    expect_shown(f, 0, whole);
    close_server(f);
}

static void test_of_too_large_a_display_one_monitor_is_shown(void **state)
{
    struct fixture *f = open_server("9000x200x24", NULL);
    plug(f, "LEFT", (qa_rect){0, 0, 400, 200}, true);
    plug(f, "FAR", (qa_rect){8500, 0, 500, 200}, false);
    fill(f, 8550, 20, 100, 100, 0x0055ff);
    start(f);
    assert_int_equal(f->list.count, 2);
    expect_shown(f, by_name(f, "LEFT")->id, (qa_rect){0, 0, 400, 200});
    expect_shown(f, choose(f, "FAR"), (qa_rect){8500, 0, 500, 200});
    /* All cannot be had. */
    unsigned lists = f->lists;
    choose(f, NULL);
    while (f->lists == lists)
        uv_run(&f->loop, UV_RUN_ONCE);
    expect_shown(f, by_name(f, "LEFT")->id, (qa_rect){0, 0, 400, 200});
    unplug(f, "LEFT");
    unplug(f, "FAR");
    while (!f->failed)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_non_null(strstr(f->detail, "8192"));
    close_server(f);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define WITHOUT_SHM(test) cmocka_unit_test_setup_teardown(test, setup_without_shm, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_one_monitor_is_listed_and_all_is_shown),
        WITH_SERVER(test_each_of_three_can_be_shown_alone),
        WITHOUT_SHM(test_each_of_three_can_be_shown_alone),
        WITH_SERVER(test_what_changes_elsewhere_is_not_captured),
        WITH_SERVER(test_the_chosen_one_is_unplugged),
        WITH_SERVER(test_another_one_is_unplugged),
        WITH_SERVER(test_the_chosen_one_moves),
        WITH_SERVER(test_clones_and_overlaps_are_monitors_like_others),
        WITH_SERVER(test_what_is_outside_of_the_display_is_cut_off),
        WITH_SERVER(test_without_monitors_all_is_shown),
        WITH_SERVER(test_the_display_changes_its_size),
        WITH_SERVER(test_the_pointer_is_told_where_it_is_in_the_picture),
        WITH_SERVER(test_a_choice_while_paused_counts_after_it),
        WITH_SERVER(test_every_choice_is_answered),
        WITH_SERVER(test_switching_while_everything_moves),
        WITH_SERVER(test_many_monitors_and_names_of_any_kind),
        WITH_SERVER(test_the_scale_is_that_of_the_desktop),
        cmocka_unit_test(test_a_display_without_randr_is_shown_whole),
        cmocka_unit_test(test_of_too_large_a_display_one_monitor_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
