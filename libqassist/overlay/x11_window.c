#include <stdlib.h>
#include <string.h>

#include <xcb/shape.h>
#include <xcb/xinput.h>

#include "overlay/x11.h"

/* Within what every server takes in one request. */
#define RECTS_AT_ONCE 4096
#define BYTES_AT_ONCE 65536 /* or one row of pixels, where that is longer */

xcb_window_t overlay_window_new(struct overlay_x11 *overlay, const qa_rect *place, const char *name,
                                bool takes_input)
{
    xcb_connection_t *xcb = overlay->x11.xcb;
    const xcb_screen_t *screen = overlay->x11.screen;
    xcb_window_t window = xcb_generate_id(xcb);
    const uint32_t override_redirect = 1;
    xcb_create_window(xcb, XCB_COPY_FROM_PARENT, window, screen->root, (int16_t)place->x,
                      (int16_t)place->y, (uint16_t)place->width, (uint16_t)place->height, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, XCB_CW_OVERRIDE_REDIRECT,
                      &override_redirect);
    if (!takes_input)
        xcb_shape_rectangles(xcb, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_INPUT, XCB_CLIP_ORDERING_UNSORTED,
                             window, 0, 0, 0, NULL);
    static const char class[] = "qassist\0Qassist";
    xcb_change_property(xcb, XCB_PROP_MODE_REPLACE, window, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 8,
                        sizeof class, class);
    overlay_window_name(overlay, window, name);
    return window;
}

void overlay_window_name(struct overlay_x11 *overlay, xcb_window_t window, const char *name)
{
    xcb_connection_t *xcb = overlay->x11.xcb;
    /* Old programs read this one as Latin-1; what they make of other characters does no harm. */
    xcb_change_property(xcb, XCB_PROP_MODE_REPLACE, window, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8,
                        (uint32_t)strlen(name), name);
    if (overlay->atoms.net_wm_name)
        xcb_change_property(xcb, XCB_PROP_MODE_REPLACE, window, overlay->atoms.net_wm_name,
                            overlay->atoms.utf8_string, 8, (uint32_t)strlen(name), name);
}

void overlay_select_input(struct overlay_x11 *overlay, xcb_window_t window, uint32_t events)
{
    const struct {
        xcb_input_event_mask_t head;
        uint32_t events;
    } mask = {.head = {.deviceid = XCB_INPUT_DEVICE_ALL_MASTER, .mask_len = 1}, .events = events};
    xcb_input_xi_select_events(overlay->x11.xcb, window, 1, &mask.head);
}

xcb_pixmap_t overlay_pixmap_new(struct overlay_x11 *overlay, int32_t width, int32_t height)
{
    xcb_connection_t *xcb = overlay->x11.xcb;
    const xcb_screen_t *screen = overlay->x11.screen;
    xcb_pixmap_t pixmap = xcb_generate_id(xcb);
    xcb_create_pixmap(xcb, screen->root_depth, pixmap, screen->root, (uint16_t)width,
                      (uint16_t)height);
    return pixmap;
}

void overlay_put_image(struct overlay_x11 *overlay, xcb_pixmap_t pixmap, cairo_surface_t *image,
                       const qa_rect *part, int32_t to_x, int32_t to_y)
{
    const size_t stride = (size_t)cairo_image_surface_get_stride(image);
    const uint8_t *from =
        cairo_image_surface_get_data(image) + (size_t)part->y * stride + (size_t)part->x * 4;
    const size_t row_bytes = (size_t)part->width * 4;
    const int32_t rows_at_once =
        row_bytes < BYTES_AT_ONCE ? (int32_t)(BYTES_AT_ONCE / row_bytes) : 1;
    uint8_t *packed = malloc((size_t)rows_at_once * row_bytes);
    for (int32_t done = 0; packed && done < part->height; done += rows_at_once) {
        int32_t rows = part->height - done < rows_at_once ? part->height - done : rows_at_once;
        for (int32_t row = 0; row < rows; row++)
            memcpy(packed + (size_t)row * row_bytes, from + (size_t)(done + row) * stride,
                   row_bytes);
        xcb_put_image(overlay->x11.xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, overlay->gc,
                      (uint16_t)part->width, (uint16_t)rows, (int16_t)to_x, (int16_t)(to_y + done),
                      0, overlay->x11.screen->root_depth, (uint32_t)((size_t)rows * row_bytes),
                      packed);
    }
    free(packed);
}

void overlay_window_shape(struct overlay_x11 *overlay, xcb_window_t window,
                          enum overlay_shape_change change, const cairo_region_t *region)
{
    xcb_rectangle_t rects[RECTS_AT_ONCE];
    int left = cairo_region_num_rectangles(region), done = 0;
    do {
        int count = left < RECTS_AT_ONCE ? left : RECTS_AT_ONCE;
        for (int i = 0; i < count; i++) {
            cairo_rectangle_int_t rect;
            cairo_region_get_rectangle(region, done + i, &rect);
            rects[i] = (xcb_rectangle_t){(int16_t)rect.x, (int16_t)rect.y, (uint16_t)rect.width,
                                         (uint16_t)rect.height};
        }
        bool set = change == OVERLAY_SHAPE_SET && !done;
        xcb_shape_rectangles(overlay->x11.xcb, set ? XCB_SHAPE_SO_SET : XCB_SHAPE_SO_UNION,
                             XCB_SHAPE_SK_BOUNDING, XCB_CLIP_ORDERING_YX_BANDED, window, 0, 0,
                             (uint32_t)count, rects);
        done += count;
        left -= count;
    } while (left > 0);
}
