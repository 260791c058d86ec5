/*
 * For the tests of the overlay on a real X server: an overlay above a ground of one colour, seen as
 * the server shows it, clicked as a user would.
 */
#ifndef TESTS_OVERLAY_FIXTURE_H
#define TESTS_OVERLAY_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

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
    uint64_t since_ms; /* what the banner's time is counted from */
    qa_rect banner;
    unsigned moves;
    unsigned wishes[OVERLAY_PANIC + 1];
    unsigned failed;
    bool destroy_on_wish;
    uint32_t *pixels; /* the last look at the screen */
};

extern const struct overlay_events overlay_fixture_events;

/* A test has a server and a ground, no overlay yet; afterwards nothing is left. */
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int setup(void **state);
int teardown(void **state);

void open_overlay(struct fixture *f, bool banner);
xcb_window_t new_window(struct fixture *f, int16_t x, int16_t y, uint16_t width, uint16_t height,
                        uint32_t colour, bool override);

/* ---- seeing ---- */

void look(struct fixture *f);
/* Of the last look. */
uint32_t pixel(const struct fixture *f, int x, int y);
/* Pixels that are not the ground's, outside of the banner. */
unsigned drawn(struct fixture *f);
/* Waits for it. */
void see(struct fixture *f, int x, int y, uint32_t colour);
void see_nothing(struct fixture *f);

/* ---- the helper's and the sharer's side ---- */

void mark(struct fixture *f, qa_mark_step step, int32_t x, int32_t y);
void begin(struct fixture *f, qa_mark_kind kind, uint32_t colour, uint32_t width, int32_t x,
           int32_t y);
void set_status(struct fixture *f, unsigned permissions, unsigned causes);

/* ---- as the user ---- */

void fake(struct fixture *f, uint8_t type, uint8_t detail, int x, int y);
void click(struct fixture *f, int x, int y);

#endif
