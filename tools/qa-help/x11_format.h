/*
 * How a window of an X server keeps its pixels, and whether that is how ours come.
 */
#ifndef QA_HELP_X11_FORMAT_H
#define QA_HELP_X11_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include <xcb/render.h>

struct x11_format {
    uint8_t depth;
    xcb_render_pictformat_t window; /* of windows with that visual */
    xcb_render_pictformat_t cursor; /* with opacity, for pointers */
};

/* False: pixels of this visual are not 4 bytes with blue first, or RENDER is missing. */
bool x11_format_find(xcb_connection_t *xcb, xcb_visualid_t visual, struct x11_format *format);

#endif
