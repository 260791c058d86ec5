#include "qa-help/x11_format.h"

#include <stdlib.h>

static bool four_bytes(const xcb_setup_t *setup, uint8_t depth)
{
    const xcb_format_t *formats = xcb_setup_pixmap_formats(setup);
    for (int i = 0; i < xcb_setup_pixmap_formats_length(setup); i++)
        if (formats[i].depth == depth)
            return formats[i].bits_per_pixel == 32;
    return false;
}

static bool blue_first(const xcb_visualtype_t *visual)
{
    return visual->red_mask == 0xff0000 && visual->green_mask == 0xff00 &&
           visual->blue_mask == 0xff;
}

/* The depth of a visual whose pixels are as ours; 0: it is none of these. */
static uint8_t depth_of(const xcb_setup_t *setup, xcb_visualid_t visual)
{
    if (setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
        return 0;
    xcb_screen_iterator_t screen = xcb_setup_roots_iterator(setup);
    for (; screen.rem; xcb_screen_next(&screen)) {
        xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(screen.data);
        for (; depth.rem; xcb_depth_next(&depth)) {
            xcb_visualtype_iterator_t type = xcb_depth_visuals_iterator(depth.data);
            for (; type.rem; xcb_visualtype_next(&type))
                if (type.data->visual_id == visual)
                    return blue_first(type.data) && four_bytes(setup, depth.data->depth)
                               ? depth.data->depth
                               : 0;
        }
    }
    return 0;
}

static xcb_render_pictformat_t
find_window_format(const xcb_render_query_pict_formats_reply_t *reply, xcb_visualid_t visual)
{
    xcb_render_pictscreen_iterator_t screen = xcb_render_query_pict_formats_screens_iterator(reply);
    for (; screen.rem; xcb_render_pictscreen_next(&screen)) {
        xcb_render_pictdepth_iterator_t depth = xcb_render_pictscreen_depths_iterator(screen.data);
        for (; depth.rem; xcb_render_pictdepth_next(&depth)) {
            const xcb_render_pictvisual_t *visuals = xcb_render_pictdepth_visuals(depth.data);
            for (int i = 0; i < xcb_render_pictdepth_visuals_length(depth.data); i++)
                if (visuals[i].visual == visual)
                    return visuals[i].format;
        }
    }
    return XCB_NONE;
}

static xcb_render_pictformat_t
find_cursor_format(const xcb_render_query_pict_formats_reply_t *reply)
{
    const xcb_render_pictforminfo_t *info = xcb_render_query_pict_formats_formats(reply);
    for (int i = 0; i < xcb_render_query_pict_formats_formats_length(reply); i++) {
        const xcb_render_directformat_t *direct = &info[i].direct;
        if (info[i].type == XCB_RENDER_PICT_TYPE_DIRECT && info[i].depth == 32 &&
            direct->alpha_mask == 0xff && direct->alpha_shift == 24 && direct->red_mask == 0xff &&
            direct->red_shift == 16 && direct->blue_shift == 0)
            return info[i].id;
    }
    return XCB_NONE;
}

bool x11_format_find(xcb_connection_t *xcb, xcb_visualid_t visual, struct x11_format *format)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(xcb, &xcb_render_id);
    format->depth = depth_of(xcb_get_setup(xcb), visual);
    if (!format->depth || !extension || !extension->present)
        return false;
    /* 0.10: filters and all kinds of repetition. */
    xcb_render_query_version_reply_t *version =
        xcb_render_query_version_reply(xcb, xcb_render_query_version(xcb, 0, 11), NULL);
    bool known = version && (version->major_version > 0 || version->minor_version >= 10);
    free(version);
    if (!known)
        return false;
    xcb_render_query_pict_formats_reply_t *reply =
        xcb_render_query_pict_formats_reply(xcb, xcb_render_query_pict_formats(xcb), NULL);
    if (!reply)
        return false;
    format->window = find_window_format(reply, visual);
    format->cursor = find_cursor_format(reply);
    free(reply);
    return format->window && format->cursor;
}
