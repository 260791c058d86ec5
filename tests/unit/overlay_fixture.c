#include "overlay_fixture.h"

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

#include "base/clock.h"

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

const struct overlay_events overlay_fixture_events = {
    .wish = on_wish, .banner_moved = on_banner_moved, .failed = on_failed};

xcb_window_t new_window(struct fixture *f, int16_t x, int16_t y, uint16_t width, uint16_t height,
                        uint32_t colour, bool override)
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

void open_overlay(struct fixture *f, bool banner)
{
    const struct overlay_x11_options options = {
        .display = f->server.display,
        .banner = banner,
        .since_ms = f->since_ms,
        .shown_name = "Ada L.",
        .organisation = "Example Ltd",
        .texts = &f->texts,
        .panic = &f->panic,
    };
    const char *detail;
    assert_int_equal(
        overlay_x11_new(&f->loop, &options, NULL, &overlay_fixture_events, f, &f->overlay, &detail),
        0);
    assert_null(detail);
    f->overlay->ops->set_area(f->overlay, &(qa_rect){0, 0, WIDTH, HEIGHT});
}

int setup(void **state)
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
    f->since_ms = clock_ms();
    f->pixels = calloc(WIDTH * HEIGHT, sizeof *f->pixels);
    assert_non_null(f->pixels);
    f->descriptors = open_descriptors();
    assert_int_equal(uv_loop_init(&f->loop), 0);
    *state = f;
    return 0;
}

int teardown(void **state)
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

void look(struct fixture *f)
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

uint32_t pixel(const struct fixture *f, int x, int y)
{
    return f->pixels[y * WIDTH + x] & 0xffffff;
}

unsigned drawn(struct fixture *f)
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

void see(struct fixture *f, int x, int y, uint32_t colour)
{
    struct spot spot = {f, x, y, colour};
    bool seen = run_polling(&f->loop, has_colour, &spot);
    if (!seen)
        print_error("at %d,%d: %06x, wanted %06x\n", x, y, pixel(f, x, y), colour);
    assert_true(seen);
}

void see_nothing(struct fixture *f)
{
    assert_true(run_polling(&f->loop, is_clean, f));
}

/* ---- drawing ---- */

void mark(struct fixture *f, qa_mark_step step, int32_t x, int32_t y)
{
    qa_mark_event event = {.size = sizeof event, .step = step, .x = x, .y = y};
    f->overlay->ops->mark(f->overlay, &event);
}

void begin(struct fixture *f, qa_mark_kind kind, uint32_t colour, uint32_t width, int32_t x,
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

/* ---- as the user ---- */

void set_status(struct fixture *f, unsigned permissions, unsigned causes)
{
    f->overlay->ops->set_status(
        f->overlay, &(struct overlay_status){.permissions = permissions, .causes = causes});
}

void fake(struct fixture *f, uint8_t type, uint8_t detail, int x, int y)
{
    xcb_test_fake_input(f->xcb, type, detail, 0, f->root_screen->root, (int16_t)x, (int16_t)y, 0);
    x_sync(f->xcb);
}

void click(struct fixture *f, int x, int y)
{
    fake(f, XCB_MOTION_NOTIFY, 0, x, y);
    fake(f, XCB_BUTTON_PRESS, 1, x, y);
    fake(f, XCB_BUTTON_RELEASE, 1, x, y);
}
