/*
 * For the tests of the screen on a real X server: the screen under test with what it told, and a
 * client that paints on it and knows what the server itself says it shows.
 */
#ifndef TESTS_SCREEN_FIXTURE_H
#define TESTS_SCREEN_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "screen/x11.h"
#include "x_server.h"

struct fixture {
    struct x_server server;
    xcb_connection_t *xcb;
    xcb_window_t root;
    xcb_gcontext_t gc;
    uint16_t width; /* of the server's screen at the beginning */
    uint16_t height;
    unsigned descriptors;
    uv_loop_t loop;
    struct picture picture;
    struct screen *screen;

    struct screen_list list;
    unsigned lists;
    unsigned resized;
    bool resized_before_list; /* the order of events is wrong */
    unsigned damaged;
    struct region damage; /* since reset */
    bool may_be_none;     /* an answer to `renew` */
    unsigned shapes;
    qa_cursor shape;
    uint8_t shape_pixels[64 * 64 * 4];
    unsigned places;
    int32_t x;
    int32_t y;
    unsigned failed;
    const char *detail;
    unsigned events;     /* all of these but the lists */
    unsigned destroy_at; /* that event: the screen is destroyed in it */

    /* What conditions of the tests wait for. */
    uint32_t wanted;
    size_t wanted_count;
    int32_t wanted_x;
};

/* `screen` is as Xvfb takes it, "640x480x24". */
struct fixture *open_server(const char *screen, const char *const *options);
/* Nothing is left, and no event came out of order. */
void close_server(struct fixture *f);
/* As a test's teardown. */
int teardown(void **state);

int make_screen(struct fixture *f, const char **detail);
/* Makes and starts it, until its first picture is said. */
void start(struct fixture *f);
/* The same until the pointer is said as well and nothing more comes; that is forgotten. */
void start_and_settle(struct fixture *f);
void reset(struct fixture *f);
uint64_t requests(const struct fixture *f);

void fill(struct fixture *f, int16_t x, int16_t y, uint16_t width, uint16_t height,
          uint32_t colour);
/* Something different everywhere. */
void paint_screen(struct fixture *f, unsigned seed);
void move_pointer(struct fixture *f, int16_t x, int16_t y);

/* A condition: the picture is that part of the screen which the list says, colour for colour. */
bool shows_its_part(void *user);

#endif
