/*
 * The sharer's pointer as the X server keeps it, to be drawn into a picture.
 */
#ifndef QA_HELP_X11_CURSOR_H
#define QA_HELP_X11_CURSOR_H

#include <stdbool.h>

#include <qassist/picture.h>

#include <xcb/render.h>

struct x11_cursor {
    xcb_connection_t *xcb;
    xcb_drawable_t screen_of; /* any on the same screen */
    xcb_render_pictformat_t format;
    xcb_render_picture_t picture; /* 0: no shape known, or it is hidden */
    int width, height, hot_x, hot_y;
    int x, y;
    bool shown;
};

/* What it holds goes with the connection. */
void x11_cursor_init(struct x11_cursor *cursor, xcb_connection_t *xcb, xcb_drawable_t screen_of,
                     xcb_render_pictformat_t format);

void x11_cursor_set(struct x11_cursor *cursor, const qa_cursor *shape);
void x11_cursor_move(struct x11_cursor *cursor, int x, int y, bool shown);

/* Where in the sharer's picture it is; false, and an empty one: it is not to be seen. */
bool x11_cursor_rect(const struct x11_cursor *cursor, qa_rect *rect);

/* Draws it as large as `to`. */
void x11_cursor_draw(const struct x11_cursor *cursor, xcb_render_picture_t target,
                     const qa_rect *to);

#endif
