/*
 * Display: a connection to an X server and memory shared with it, as source and probe need them.
 */
#ifndef BENCH_DISPLAY_H
#define BENCH_DISPLAY_H

#include <stdint.h>

#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "stamp.h"

struct display {
    xcb_connection_t *xcb;
    xcb_screen_t *screen;
};

/* An image in memory that the X server reads and writes, too. */
struct shared_image {
    struct stamp_image image;
    int fd;
    xcb_shm_seg_t segment;
};

/* Connects to the display, NULL for $DISPLAY; ends the program with a word where that fails. */
void display_open(struct display *display, const char *name);

/* Ends the program where there is no memory. Lives as long as the program. */
void display_share(struct display *display, struct shared_image *shared, int width, int height);

/* The same memory for another display. */
xcb_shm_seg_t display_share_too(struct display *display, const struct shared_image *shared);

/* Puts a part of the image onto a drawable. The memory is read until display_sync. */
void display_put(struct display *display, const struct shared_image *shared,
                 xcb_drawable_t drawable, xcb_gcontext_t gc, int from_x, int from_y, int width,
                 int height, int x, int y);

/* Waits until the server has done everything. */
void display_sync(struct display *display);

int64_t now_ns(void);

void fail(const char *what) __attribute__((noreturn));

#endif
