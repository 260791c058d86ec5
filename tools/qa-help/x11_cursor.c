#include "qa-help/x11_cursor.h"

#include <stdlib.h>
#include <string.h>

#define SIDE_MAX  512   /* larger ones are not drawn */
#define PLACE_MAX 32767 /* the largest number of X; the sharer may say any */

static int clamp(int value)
{
    return value < -PLACE_MAX ? -PLACE_MAX : value > PLACE_MAX ? PLACE_MAX : value;
}

void x11_cursor_init(struct x11_cursor *cursor, xcb_connection_t *xcb, xcb_drawable_t screen_of,
                     xcb_render_pictformat_t format)
{
    *cursor = (struct x11_cursor){.xcb = xcb, .screen_of = screen_of, .format = format};
}

/* RENDER wants colours that are multiplied by their opacity. */
static void multiply(uint8_t *to, const uint8_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++, from += 4, to += 4) {
        unsigned opacity = from[3];
        for (int part = 0; part < 3; part++)
            to[part] = (uint8_t)((from[part] * opacity + 127) / 255);
        to[3] = (uint8_t)opacity;
    }
}

static void put_rows(xcb_connection_t *xcb, xcb_pixmap_t pixmap, xcb_gcontext_t gc,
                     const qa_cursor *shape, uint8_t *row)
{
    size_t size = (size_t)shape->width * 4;
    for (int y = 0; y < shape->height; y++) {
        multiply(row, shape->pixels + (size_t)y * size, (size_t)shape->width);
        xcb_put_image(xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, gc, (uint16_t)shape->width, 1, 0,
                      (int16_t)y, 0, 32, (uint32_t)size, row);
    }
}

void x11_cursor_set(struct x11_cursor *cursor, const qa_cursor *shape)
{
    xcb_connection_t *xcb = cursor->xcb;
    if (cursor->picture)
        xcb_render_free_picture(xcb, cursor->picture);
    cursor->picture = XCB_NONE;
    if (!shape->pixels || shape->width <= 0 || shape->height <= 0 || shape->width > SIDE_MAX ||
        shape->height > SIDE_MAX)
        return;
    uint8_t row[SIDE_MAX * 4];
    xcb_pixmap_t pixmap = xcb_generate_id(xcb);
    xcb_gcontext_t gc = xcb_generate_id(xcb);
    xcb_create_pixmap(xcb, 32, pixmap, cursor->screen_of, (uint16_t)shape->width,
                      (uint16_t)shape->height);
    xcb_create_gc(xcb, gc, pixmap, 0, NULL);
    put_rows(xcb, pixmap, gc, shape, row);
    cursor->picture = xcb_generate_id(xcb);
    xcb_render_create_picture(xcb, cursor->picture, pixmap, cursor->format, 0, NULL);
    xcb_free_gc(xcb, gc);
    xcb_free_pixmap(xcb, pixmap); /* stays as long as the picture */
    cursor->width = shape->width;
    cursor->height = shape->height;
    cursor->hot_x = clamp(shape->hot_x);
    cursor->hot_y = clamp(shape->hot_y);
}

void x11_cursor_move(struct x11_cursor *cursor, int x, int y, bool shown)
{
    cursor->x = clamp(x);
    cursor->y = clamp(y);
    cursor->shown = shown;
}

bool x11_cursor_rect(const struct x11_cursor *cursor, qa_rect *rect)
{
    *rect = (qa_rect){0};
    if (!cursor->picture || !cursor->shown)
        return false;
    *rect = (qa_rect){cursor->x - cursor->hot_x, cursor->y - cursor->hot_y, cursor->width,
                      cursor->height};
    return true;
}

void x11_cursor_draw(const struct x11_cursor *cursor, xcb_render_picture_t target,
                     const qa_rect *to)
{
    bool scaled = to->width != cursor->width || to->height != cursor->height;
    xcb_render_transform_t transform = {
        .matrix11 = (xcb_render_fixed_t)(((int64_t)cursor->width << 16) / to->width),
        .matrix22 = (xcb_render_fixed_t)(((int64_t)cursor->height << 16) / to->height),
        .matrix33 = 1 << 16,
    };
    const char *filter = scaled ? "bilinear" : "nearest";
    xcb_render_set_picture_transform(cursor->xcb, cursor->picture, transform);
    xcb_render_set_picture_filter(cursor->xcb, cursor->picture, (uint16_t)strlen(filter), filter, 0,
                                  NULL);
    xcb_render_composite(cursor->xcb, XCB_RENDER_PICT_OP_OVER, cursor->picture, XCB_NONE, target, 0,
                         0, 0, 0, (int16_t)to->x, (int16_t)to->y, (uint16_t)to->width,
                         (uint16_t)to->height);
}
