/* What the overlay draws on a real X server: seen as the server shows it, clicked as a user would.
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

#include <qassist/consent.h>
#include <qassist/errors.h>
#include <qassist/session.h>

#include "base/clock.h"
#include "overlay/banner_text.h"
#include "overlay/overlay.h"
#include "overlay/x11.h"
#include "x_server.h"

#define WIDTH  1024
#define HEIGHT 768
#define GROUND 0x204060u

struct fixture {
    struct x_server server;
    xcb_connection_t *xcb;
    xcb_screen_t *root_screen;
    xcb_window_t ground; /* covers the screen: what the overlay lies on */
    unsigned descriptors;
    uv_loop_t loop;
    struct overlay *overlay;
    struct panic_key panic;
    qa_banner_texts texts;
    qa_rect banner;
    unsigned moves;
    unsigned wishes[OVERLAY_PANIC + 1];
    unsigned failed;
    bool destroy_on_wish;
    uint32_t *pixels; /* the last look at the screen */
};

static void on_wish(void *user, enum overlay_wish wish)
{
    struct fixture *f = user;
    f->wishes[wish]++;
    if (f->destroy_on_wish) {
        f->overlay->ops->destroy(f->overlay);
        f->overlay = NULL;
    }
}

static void on_banner_moved(void *user, const qa_rect *place)
{
    struct fixture *f = user;
    f->banner = *place;
    f->moves++;
}

static void on_failed(void *user, int error, const char *detail)
{
    struct fixture *f = user;
    assert_int_equal(error, QA_ESCREEN);
    assert_non_null(detail);
    f->failed++;
}

static const struct overlay_events events = {
    .wish = on_wish, .banner_moved = on_banner_moved, .failed = on_failed};

static xcb_window_t new_window(struct fixture *f, int16_t x, int16_t y, uint16_t width,
                               uint16_t height, uint32_t colour, bool override)
{
    xcb_window_t window = xcb_generate_id(f->xcb);
    const uint32_t values[] = {colour, override};
    xcb_create_window(f->xcb, XCB_COPY_FROM_PARENT, window, f->root_screen->root, x, y, width,
                      height, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, f->root_screen->root_visual,
                      XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
    xcb_map_window(f->xcb, window);
    x_sync(f->xcb);
    return window;
}

static void open_overlay(struct fixture *f, bool banner)
{
    const struct overlay_x11_options options = {
        .display = f->server.display,
        .banner = banner,
        .shown_name = "Ada L.",
        .organisation = "Example Ltd",
        .texts = &f->texts,
        .panic = &f->panic,
    };
    const char *detail;
    assert_int_equal(overlay_x11_new(&f->loop, &options, NULL, &events, f, &f->overlay, &detail),
                     0);
    assert_null(detail);
    f->overlay->ops->set_area(f->overlay, &(qa_rect){0, 0, WIDTH, HEIGHT});
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    warm_up_loop();
    x_server_start(&f->server, "1024x768x24", NULL);
    f->xcb = x_server_connect(&f->server, &f->root_screen);
    f->ground = new_window(f, 0, 0, WIDTH, HEIGHT, GROUND, true);
    const char *why;
    assert_int_equal(panic_key_parse(PANIC_KEY_DEFAULT, &f->panic, &why), 0);
    banner_texts_complete(&f->texts);
    f->pixels = calloc(WIDTH * HEIGHT, sizeof *f->pixels);
    assert_non_null(f->pixels);
    f->descriptors = open_descriptors();
    assert_int_equal(uv_loop_init(&f->loop), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->overlay)
        f->overlay->ops->destroy(f->overlay);
    close_loop(&f->loop);
    assert_int_equal(open_descriptors(), f->descriptors);
    xcb_disconnect(f->xcb);
    x_server_stop(&f->server);
    free(f->pixels);
    free(f);
    return 0;
}

/* ---- seeing ---- */

static void look(struct fixture *f)
{
    xcb_get_image_reply_t *image =
        xcb_get_image_reply(f->xcb,
                            xcb_get_image(f->xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, f->root_screen->root,
                                          0, 0, WIDTH, HEIGHT, UINT32_MAX),
                            NULL);
    assert_non_null(image);
    memcpy(f->pixels, xcb_get_image_data(image), WIDTH * HEIGHT * sizeof *f->pixels);
    free(image);
}

static uint32_t pixel(const struct fixture *f, int x, int y)
{
    return f->pixels[y * WIDTH + x] & 0xffffff;
}

/* Pixels that are not the ground's, outside of the banner. */
static unsigned drawn(struct fixture *f)
{
    look(f);
    unsigned count = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            bool in_banner = x >= f->banner.x && y >= f->banner.y &&
                             x < f->banner.x + f->banner.width &&
                             y < f->banner.y + f->banner.height;
            count += pixel(f, x, y) != GROUND && !in_banner;
        }
    return count;
}

static bool is_clean(void *user)
{
    return drawn(user) == 0;
}

struct spot {
    struct fixture *f;
    int x, y;
    uint32_t colour;
};

static bool has_colour(void *user)
{
    const struct spot *spot = user;
    look(spot->f);
    return pixel(spot->f, spot->x, spot->y) == spot->colour;
}

static void see(struct fixture *f, int x, int y, uint32_t colour)
{
    struct spot spot = {f, x, y, colour};
    bool seen = run_polling(&f->loop, has_colour, &spot);
    if (!seen)
        print_error("at %d,%d: %06x, wanted %06x\n", x, y, pixel(f, x, y), colour);
    assert_true(seen);
}

static void see_nothing(struct fixture *f)
{
    assert_true(run_polling(&f->loop, is_clean, f));
}

/* ---- drawing ---- */

static void mark(struct fixture *f, qa_mark_step step, int32_t x, int32_t y)
{
    qa_mark_event event = {.size = sizeof event, .step = step, .x = x, .y = y};
    f->overlay->ops->mark(f->overlay, &event);
}

static void begin(struct fixture *f, qa_mark_kind kind, uint32_t colour, uint32_t width, int32_t x,
                  int32_t y)
{
    qa_mark_event event = {.size = sizeof event,
                           .step = QA_MARK_BEGIN,
                           .kind = kind,
                           .colour = colour,
                           .width = width,
                           .x = x,
                           .y = y};
    f->overlay->ops->mark(f->overlay, &event);
}

static void test_nothing_is_seen_at_first(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    run_for(&f->loop, 200);
    assert_int_equal(drawn(f), 0);
}

static void test_marks_are_drawn_undone_and_cleared(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    begin(f, QA_MARK_STROKE, 0xff0000, 6, 100, 300);
    mark(f, QA_MARK_TO, 200, 300);
    see(f, 150, 300, 0xff0000);
    mark(f, QA_MARK_TO, 200, 400);
    mark(f, QA_MARK_END, 0, 0);
    see(f, 200, 350, 0xff0000);
    /* A halo of contrast, then the ground. */
    assert_int_equal(pixel(f, 150, 304), 0xffffff);
    assert_int_equal(pixel(f, 150, 307), GROUND);

    begin(f, QA_MARK_RECTANGLE, 0xffff00, 4, 300, 300);
    mark(f, QA_MARK_TO, 600, 600);
    see(f, 450, 300, 0xffff00);
    mark(f, QA_MARK_TO, 500, 500);
    see(f, 500, 400, 0xffff00);
    assert_int_equal(pixel(f, 600, 450), GROUND); /* as it was on the way */
    assert_int_equal(pixel(f, 400, 400), GROUND); /* only an outline */
    mark(f, QA_MARK_END, 0, 0);

    begin(f, QA_MARK_ARROW, 0x0000ff, 5, 700, 700);
    mark(f, QA_MARK_TO, 800, 700);
    see(f, 792, 700, 0x0000ff);
    assert_int_equal(pixel(f, 785, 706), 0x0000ff); /* the head is broader than the shaft */
    assert_int_equal(pixel(f, 740, 706), GROUND);

    mark(f, QA_MARK_UNDO, 0, 0);
    see(f, 750, 700, GROUND);
    assert_int_equal(pixel(f, 500, 400), 0xffff00);
    mark(f, QA_MARK_UNDO, 0, 0);
    see(f, 500, 400, GROUND);
    assert_int_equal(pixel(f, 150, 300), 0xff0000);
    begin(f, QA_MARK_STROKE, 0x00ff00, 4, 10, 10); /* a dot */
    see(f, 10, 10, 0x00ff00);
    mark(f, QA_MARK_CLEAR, 0, 0);
    see_nothing(f);
    /* Going on with what is gone draws nothing. */
    mark(f, QA_MARK_TO, 500, 500);
    mark(f, QA_MARK_UNDO, 0, 0);
    run_for(&f->loop, 100);
    assert_int_equal(drawn(f), 0);
}

static void test_the_laser_pointer_moves_and_vanishes(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    f->overlay->ops->point(f->overlay, 400, 400);
    see(f, 405, 400, 0xff2020);
    f->overlay->ops->point(f->overlay, 600, 500);
    see(f, 605, 500, 0xff2020);
    assert_int_equal(pixel(f, 405, 400), GROUND);
    f->overlay->ops->point_hide(f->overlay);
    see_nothing(f);
    /* By itself, when it does not move any more. */
    f->overlay->ops->point(f->overlay, 300, 300);
    see(f, 305, 300, 0xff2020);
    see_nothing(f);
    /* Outside of what is shown there is none. */
    f->overlay->ops->point(f->overlay, WIDTH, 300);
    run_for(&f->loop, 100);
    assert_int_equal(drawn(f), 0);
}

static void test_what_is_drawn_lies_in_the_shared_part(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    f->overlay->ops->set_area(f->overlay, &(qa_rect){512, 0, 512, HEIGHT});
    begin(f, QA_MARK_STROKE, 0xff0000, 9, 0, 300);
    mark(f, QA_MARK_TO, 2000, 300);
    f->overlay->ops->point(f->overlay, 100, 100);
    see(f, 512 + 100, 300, 0xff0000);
    see(f, 512 + 105, 100, 0xff2020);
    assert_int_equal(pixel(f, 512, 300), 0xff0000);
    assert_int_equal(pixel(f, 511, 300), GROUND);
    /* Another part of the screen: what was drawn belongs to the old one. */
    f->overlay->ops->set_area(f->overlay, &(qa_rect){0, 0, 512, HEIGHT});
    see_nothing(f);
    begin(f, QA_MARK_STROKE, 0xff0000, 9, 100, 100);
    see(f, 100, 100, 0xff0000);
}

static void test_clicks_go_through_what_is_drawn(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    begin(f, QA_MARK_STROKE, 0xff0000, 40, 100, 300);
    mark(f, QA_MARK_TO, 300, 300);
    f->overlay->ops->point(f->overlay, 200, 300);
    see(f, 205, 300, 0xff2020);
    xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, 0, 0, f->root_screen->root, 200, 300, 0);
    x_sync(f->xcb);
    xcb_query_pointer_reply_t *under =
        xcb_query_pointer_reply(f->xcb, xcb_query_pointer(f->xcb, f->root_screen->root), NULL);
    assert_int_equal(under->child, f->ground);
    free(under);
}

static void test_new_windows_do_not_hide_it(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    f->overlay->ops->set_status(f->overlay,
                                &(struct overlay_status){.permissions = QA_PERMISSION_VIEW});
    begin(f, QA_MARK_STROKE, 0xff0000, 9, 100, 300);
    mark(f, QA_MARK_TO, 300, 300);
    see(f, 200, 300, 0xff0000);
    uint32_t edge = pixel(f, f->banner.x + 2, f->banner.y + 4);
    for (unsigned i = 0; i < 5; i++) {
        xcb_window_t cover = new_window(f, 0, 0, WIDTH, HEIGHT, 0x808080 + i, true);
        see(f, 5, 500, 0x808080 + i);
        see(f, 200, 300, 0xff0000);
        see(f, f->banner.x + 2, f->banner.y + 4, edge);
        const uint32_t above[] = {XCB_STACK_MODE_ABOVE};
        xcb_configure_window(f->xcb, cover, XCB_CONFIG_WINDOW_STACK_MODE, above);
        x_sync(f->xcb);
        see(f, 200, 300, 0xff0000);
        see(f, f->banner.x + 2, f->banner.y + 4, edge);
    }
}

static void test_two_that_want_to_be_on_top_do_not_fight(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    f->overlay->ops->set_status(f->overlay,
                                &(struct overlay_status){.permissions = QA_PERMISSION_VIEW});
    run_for(&f->loop, 100);
    struct overlay *first = f->overlay;
    open_overlay(f, true);
    f->overlay->ops->set_status(f->overlay,
                                &(struct overlay_status){.permissions = QA_PERMISSION_VIEW});
    run_for(&f->loop, 200);
    const struct stack *one = &((struct overlay_x11 *)first)->stack;
    const struct stack *other = &((struct overlay_x11 *)f->overlay)->stack;
    unsigned before = one->quick + other->quick;
    uint64_t start = clock_ms();
    run_for(&f->loop, 1000);
    /* Ten a second each at most, however slow this machine is. */
    assert_true(one->quick + other->quick - before <= 2 * ((clock_ms() - start) / 100 + 2));
    first->ops->destroy(first);
}

/* ---- the banner ---- */

static void set_status(struct fixture *f, unsigned permissions, unsigned causes)
{
    f->overlay->ops->set_status(
        f->overlay, &(struct overlay_status){.permissions = permissions, .causes = causes});
}

static void fake(struct fixture *f, uint8_t type, uint8_t detail, int x, int y)
{
    xcb_test_fake_input(f->xcb, type, detail, 0, f->root_screen->root, (int16_t)x, (int16_t)y, 0);
    x_sync(f->xcb);
}

static void click(struct fixture *f, int x, int y)
{
    fake(f, XCB_MOTION_NOTIFY, 0, x, y);
    fake(f, XCB_BUTTON_PRESS, 1, x, y);
    fake(f, XCB_BUTTON_RELEASE, 1, x, y);
}

static const struct banner *banner_of(const struct fixture *f)
{
    return &((const struct overlay_x11 *)f->overlay)->banner;
}

static void click_button(struct fixture *f, enum banner_button button)
{
    const qa_rect place = banner_of(f)->picture.buttons[button];
    assert_true(place.width > 0);
    click(f, f->banner.x + place.x + place.width / 2, f->banner.y + place.y + place.height / 2);
}

static bool has_wish(void *user)
{
    const struct fixture *f = user;
    unsigned sum = 0;
    for (size_t i = 0; i <= OVERLAY_PANIC; i++)
        sum += f->wishes[i];
    return sum > 0;
}

static void wait_for_wish(struct fixture *f, enum overlay_wish wish)
{
    assert_true(run_until(&f->loop, has_wish, f));
    assert_int_equal(f->wishes[wish], 1);
    memset(f->wishes, 0, sizeof f->wishes);
}

static char *title(struct fixture *f)
{
    xcb_intern_atom_reply_t *name =
        xcb_intern_atom_reply(f->xcb, xcb_intern_atom(f->xcb, 0, 12, "_NET_WM_NAME"), NULL);
    xcb_get_property_reply_t *reply = xcb_get_property_reply(
        f->xcb,
        xcb_get_property(f->xcb, 0, banner_of(f)->window, name->atom, XCB_ATOM_ANY, 0, 1000), NULL);
    char *text =
        strndup(xcb_get_property_value(reply), (size_t)xcb_get_property_value_length(reply));
    free(reply);
    free(name);
    return text;
}

static void test_the_banner_says_what_is_allowed(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    run_for(&f->loop, 50);
    assert_int_equal(drawn(f), 0);
    set_status(f, QA_PERMISSION_VIEW, 0);
    x_sync(f->xcb);
    assert_true(f->banner.width > 100 && f->banner.width < 600 && f->banner.height < 80);
    assert_int_equal(f->banner.y, 0);
    assert_true(abs(f->banner.x * 2 + f->banner.width - WIDTH) <= 1);
    assert_int_equal(banner_of(f)->picture.buttons[BANNER_TAKE_BACK].width, 0);
    char *text = title(f);
    assert_string_equal(text, "Ada L. \302\267 Example Ltd \302\267 sees your screen");
    free(text);
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL, 0);
    x_sync(f->xcb);
    text = title(f);
    assert_string_equal(text, "Ada L. \302\267 Example Ltd \302\267 controls mouse and keyboard "
                              "\302\267 sees your screen");
    free(text);
    assert_true(banner_of(f)->picture.buttons[BANNER_TAKE_BACK].width > 0);
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL, QA_PAUSED_BY_SHARER);
    x_sync(f->xcb);
    text = title(f);
    assert_string_equal(text, "Ada L. \302\267 Example Ltd \302\267 sees nothing: you paused");
    free(text);
    f->overlay->ops->destroy(f->overlay);
    f->overlay = NULL;
    f->banner = (qa_rect){0};
    see_nothing(f);
}

static void test_the_banners_buttons_work(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL, 0);
    run_for(&f->loop, 50);
    click_button(f, BANNER_PAUSE);
    wait_for_wish(f, OVERLAY_PAUSE);
    click_button(f, BANNER_TAKE_BACK);
    wait_for_wish(f, OVERLAY_TAKE_BACK);
    set_status(f, QA_PERMISSION_VIEW, QA_PAUSED_BY_SHARER);
    click_button(f, BANNER_PAUSE);
    wait_for_wish(f, OVERLAY_RESUME);
    /* Pressed here and let go there is no click. */
    const qa_rect end = banner_of(f)->picture.buttons[BANNER_END];
    fake(f, XCB_MOTION_NOTIFY, 0, f->banner.x + end.x + 5, f->banner.y + end.y + 5);
    fake(f, XCB_BUTTON_PRESS, 1, 0, 0);
    fake(f, XCB_MOTION_NOTIFY, 0, 500, 500);
    fake(f, XCB_BUTTON_RELEASE, 1, 0, 0);
    run_for(&f->loop, 100);
    assert_false(has_wish(f));
    f->destroy_on_wish = true;
    click_button(f, BANNER_END);
    wait_for_wish(f, OVERLAY_END);
}

static void test_a_click_while_the_helper_acts_does_not_count(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL, 0);
    run_for(&f->loop, 50);
    for (unsigned i = 0; i < 20; i++) {
        f->overlay->ops->note_input(f->overlay);
        click_button(f, BANNER_END);
        run_for(&f->loop, 20);
    }
    assert_false(has_wish(f));
    run_for(&f->loop, 1100);
    click_button(f, BANNER_END);
    wait_for_wish(f, OVERLAY_END);
}

static void drag(struct fixture *f, int from_x, int from_y, int to_x, int to_y)
{
    fake(f, XCB_MOTION_NOTIFY, 0, from_x, from_y);
    fake(f, XCB_BUTTON_PRESS, 1, 0, 0);
    fake(f, XCB_MOTION_NOTIFY, 0, to_x, to_y);
    fake(f, XCB_BUTTON_RELEASE, 1, 0, 0);
    run_for(&f->loop, 100);
}

static void test_the_banner_is_dragged_and_stays_on_the_screen(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    qa_rect before = f->banner;
    drag(f, before.x + 10, before.y + 10, before.x + 60, before.y + 310);
    assert_int_equal(f->banner.x, before.x + 50);
    assert_int_equal(f->banner.y, before.y + 300);
    drag(f, f->banner.x + 10, f->banner.y + 10, 1020, 760);
    assert_int_equal(f->banner.x + f->banner.width, WIDTH);
    assert_int_equal(f->banner.y + f->banner.height, HEIGHT);
    /* More words, and a smaller screen: still whole. */
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL | QA_PERMISSION_ANNOTATE, 0);
    run_for(&f->loop, 50);
    assert_int_equal(f->banner.x + f->banner.width, WIDTH);
    assert_int_equal(f->banner.y + f->banner.height, HEIGHT);
    assert_false(has_wish(f));
}

static void test_the_banner_draws_only_what_changed(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW, 0);
    unsigned moves = f->moves;
    struct banner *banner = &((struct overlay_x11 *)f->overlay)->banner;
    banner->since_ms -= 5 * 60000;
    set_status(f, QA_PERMISSION_VIEW, 0);
    assert_int_equal(f->moves, moves);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    assert_int_equal(f->failed, 0);
}

/* ---- the panic key ---- */

static uint8_t key(struct fixture *f, uint32_t symbol)
{
    const xcb_setup_t *server = xcb_get_setup(f->xcb);
    uint8_t count = (uint8_t)(server->max_keycode - server->min_keycode + 1);
    xcb_get_keyboard_mapping_reply_t *map = xcb_get_keyboard_mapping_reply(
        f->xcb, xcb_get_keyboard_mapping(f->xcb, server->min_keycode, count), NULL);
    const uint32_t *symbols = xcb_get_keyboard_mapping_keysyms(map);
    unsigned found = 0;
    for (unsigned i = 0; !found && i < (unsigned)count * map->keysyms_per_keycode; i++)
        if (symbols[i] == symbol)
            found = server->min_keycode + i / map->keysyms_per_keycode;
    free(map);
    assert_true(found);
    return (uint8_t)found;
}

static void press_panic(struct fixture *f)
{
    uint8_t ctrl = key(f, 0xffe3), alt = key(f, 0xffe9), q = key(f, 'q'), a = key(f, 'a');
    fake(f, XCB_KEY_PRESS, ctrl, 0, 0);
    fake(f, XCB_KEY_PRESS, alt, 0, 0);
    fake(f, XCB_KEY_PRESS, a, 0, 0);
    fake(f, XCB_KEY_PRESS, q, 0, 0);
    fake(f, XCB_KEY_RELEASE, q, 0, 0);
    fake(f, XCB_KEY_RELEASE, a, 0, 0);
    fake(f, XCB_KEY_RELEASE, alt, 0, 0);
    fake(f, XCB_KEY_RELEASE, ctrl, 0, 0);
}

static void test_the_panic_key_is_heard_under_a_grab(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    free(xcb_grab_keyboard_reply(
        f->xcb,
        xcb_grab_keyboard(f->xcb, 0, f->ground, 0, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
        NULL));
    press_panic(f);
    run_for(&f->loop, 100);
    assert_false(has_wish(f));
    f->destroy_on_wish = true;
    press_panic(f);
    wait_for_wish(f, OVERLAY_PANIC);
}

static void test_the_panic_key_follows_the_layout(void **state)
{
    struct fixture *f = *state;
    uint8_t us_q = key(f, 'q');
    open_overlay(f, false);
    x_server_run(&f->server, (const char *[]){"setxkbmap", "fr", NULL});
    run_for(&f->loop, 200);
    assert_int_not_equal(key(f, 'q'), us_q);
    press_panic(f);
    press_panic(f);
    wait_for_wish(f, OVERLAY_PANIC);
}

static bool has_failed(void *user)
{
    return ((const struct fixture *)user)->failed == 1;
}

static void test_faults_are_said(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    end_process(f->server.pid);
    f->server.pid = 0;
    assert_true(run_polling(&f->loop, has_failed, f));
    /* Nothing breaks that is asked for meanwhile. */
    f->overlay->ops->point(f->overlay, 10, 10);
    begin(f, QA_MARK_STROKE, 0, 3, 10, 10);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    struct overlay *none = NULL;
    const char *detail;
    const struct overlay_x11_options options = {
        .display = "not a display", .shown_name = "", .organisation = "", .texts = &f->texts};
    assert_int_equal(overlay_x11_new(&f->loop, &options, NULL, &events, f, &none, &detail),
                     QA_ESCREEN);
    assert_non_null(detail);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_nothing_is_seen_at_first),
        WITH_SERVER(test_marks_are_drawn_undone_and_cleared),
        WITH_SERVER(test_the_laser_pointer_moves_and_vanishes),
        WITH_SERVER(test_what_is_drawn_lies_in_the_shared_part),
        WITH_SERVER(test_clicks_go_through_what_is_drawn),
        WITH_SERVER(test_new_windows_do_not_hide_it),
        WITH_SERVER(test_two_that_want_to_be_on_top_do_not_fight),
        WITH_SERVER(test_the_banner_says_what_is_allowed),
        WITH_SERVER(test_the_banners_buttons_work),
        WITH_SERVER(test_a_click_while_the_helper_acts_does_not_count),
        WITH_SERVER(test_the_banner_is_dragged_and_stays_on_the_screen),
        WITH_SERVER(test_the_banner_draws_only_what_changed),
        WITH_SERVER(test_the_panic_key_is_heard_under_a_grab),
        WITH_SERVER(test_the_panic_key_follows_the_layout),
        WITH_SERVER(test_faults_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
