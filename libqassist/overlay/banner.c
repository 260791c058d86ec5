#include "overlay/banner.h"

#include <stdlib.h>
#include <string.h>

#include <xcb/xinput.h>

#include "base/clock.h"
#include "overlay/x11.h"

#define MINUTE_MS 60000
/*
 * A program's click (XTEST) counts only when the helper's input has been quiet for so long: it may
 * be the helper's own, by way of keys that move the pointer, or sent before the banner was where it
 * is. A hand's click always counts, and so does one of the sharer's aids while the helper rests.
 */
#define HELPER_QUIET_MS 1000

/* ---- picture ---- */

/* The smallest rectangle in which two images of one size differ; width 0: nowhere. */
static qa_rect difference(cairo_surface_t *a, cairo_surface_t *b)
{
    int width = cairo_image_surface_get_width(a), height = cairo_image_surface_get_height(a);
    size_t stride = (size_t)cairo_image_surface_get_stride(a);
    const uint8_t *old = cairo_image_surface_get_data(a), *new = cairo_image_surface_get_data(b);
    int left = width, right = 0, top = height, bottom = 0;
    for (int y = 0; y < height; y++) {
        const uint8_t *one = old + (size_t)y * stride, *other = new + (size_t)y *stride;
        if (!memcmp(one, other, (size_t)width * 4))
            continue;
        top = y < top ? y : top;
        bottom = y + 1;
        int from = 0, to = width;
        while (!memcmp(one + 4 * from, other + 4 * from, 4))
            from++;
        while (!memcmp(one + 4 * (to - 1), other + 4 * (to - 1), 4))
            to--;
        left = from < left ? from : left;
        right = to > right ? to : right;
    }
    return bottom ? (qa_rect){left, top, right - left, bottom - top} : (qa_rect){0};
}

/* Puts a new picture on the screen: only what is different from the one that is there. */
static void show_picture(struct overlay_x11 *overlay, const struct banner_picture *picture)
{
    struct banner *banner = &overlay->banner;
    xcb_connection_t *xcb = overlay->x11.xcb;
    int32_t width = cairo_image_surface_get_width(picture->image);
    int32_t height = cairo_image_surface_get_height(picture->image);
    qa_rect part = {.width = width, .height = height};
    bool same_size =
        banner->picture.image && banner->place.width == width && banner->place.height == height;
    if (same_size) {
        part = difference(banner->picture.image, picture->image);
    } else {
        if (banner->pixmap)
            xcb_free_pixmap(xcb, banner->pixmap);
        banner->pixmap = overlay_pixmap_new(overlay, width, height);
    }
    if (part.width) {
        overlay_put_image(overlay, banner->pixmap, picture->image, &part, part.x, part.y);
        xcb_change_window_attributes(xcb, banner->window, XCB_CW_BACK_PIXMAP, &banner->pixmap);
    }
    cairo_surface_destroy(banner->picture.image);
    banner->picture = *picture;
    if (!same_size) {
        banner->place.width = width;
        banner->place.height = height;
        banner_move(overlay);
    }
    if (part.width && banner->mapped)
        xcb_clear_area(xcb, false, banner->window, (int16_t)part.x, (int16_t)part.y,
                       (uint16_t)part.width, (uint16_t)part.height);
}

static void redraw(struct overlay_x11 *overlay)
{
    struct banner *banner = &overlay->banner;
    const qa_banner_texts *texts = &banner->texts;
    bool controls = banner->status.permissions & QA_PERMISSION_CONTROL;
    bool paused = banner->status.causes & QA_PAUSED_BY_SHARER;
    struct banner_lines lines;
    banner_lines_make(texts, banner->shown_name, banner->organisation, &banner->status,
                      (clock_ms() - banner->since_ms) / MINUTE_MS, &lines);
    const struct banner_look look = {
        .lines = &lines,
        .buttons = {[BANNER_PAUSE] = paused ? texts->button_resume : texts->button_pause,
                    [BANNER_TAKE_BACK] = controls ? texts->button_take_back : NULL,
                    [BANNER_END] = texts->button_end},
        .tone = banner->status.causes ? BANNER_PAUSED
                : controls            ? BANNER_CONTROLS
                                      : BANNER_SEES,
        .goes_on = paused,
        .hot = banner->hot,
        .active = banner->pressed == banner->hot,
    };
    struct banner_picture picture;
    if (banner_paint(banner->painter, &look, &picture)) {
        log_warning(overlay->log, "overlay: out of memory for the banner");
        return;
    }
    show_picture(overlay, &picture);
    overlay_window_name(overlay, banner->window, lines.title);
}

static void on_minute(uv_timer_t *timer)
{
    struct overlay_x11 *overlay = timer->data;
    redraw(overlay);
    x11_connection_flush(&overlay->x11);
}

void banner_set_status(struct overlay_x11 *overlay, const struct overlay_status *status)
{
    struct banner *banner = &overlay->banner;
    if (!banner->window)
        return;
    banner->status = *status;
    redraw(overlay);
    if (!banner->mapped && banner->picture.image) {
        banner->mapped = true;
        stack_raise(overlay);
        xcb_map_window(overlay->x11.xcb, banner->window);
        uv_timer_start(&banner->minute, on_minute, MINUTE_MS, MINUTE_MS);
    }
    x11_connection_flush(&overlay->x11);
}

/* ---- the pointer ---- */

static int button_at(const struct banner *banner, int32_t x, int32_t y)
{
    for (int i = 0; i < BANNER_BUTTONS; i++) {
        const qa_rect *place = &banner->picture.buttons[i];
        if (x >= place->x && y >= place->y && x < place->x + place->width &&
            y < place->y + place->height)
            return i;
    }
    return BANNER_NO_BUTTON;
}

static void set_hot(struct overlay_x11 *overlay, int hot, int pressed)
{
    struct banner *banner = &overlay->banner;
    bool same = banner->hot == hot && banner->pressed == pressed;
    banner->hot = hot;
    banner->pressed = pressed;
    if (!same)
        redraw(overlay);
}

static void press_button(struct overlay_x11 *overlay, int button)
{
    static const enum overlay_wish wishes[] = {[BANNER_PAUSE] = OVERLAY_PAUSE,
                                               [BANNER_TAKE_BACK] = OVERLAY_TAKE_BACK,
                                               [BANNER_END] = OVERLAY_END};
    enum overlay_wish wish = wishes[button];
    if (wish == OVERLAY_PAUSE && (overlay->banner.status.causes & QA_PAUSED_BY_SHARER))
        wish = OVERLAY_RESUME;
    overlay->events.wish(overlay->user, wish);
}

static bool helper_may_have(const struct overlay_x11 *overlay, uint16_t device)
{
    return keys_is_fake(overlay, device) && overlay->input_ms &&
           clock_ms() - overlay->input_ms < HELPER_QUIET_MS;
}

static void on_down(struct overlay_x11 *overlay, int32_t x, int32_t y)
{
    struct banner *banner = &overlay->banner;
    int button = button_at(banner, x, y);
    banner->dragging = button == BANNER_NO_BUTTON;
    banner->drag_x = x;
    banner->drag_y = y;
    set_hot(overlay, button, button);
}

static void on_up(struct overlay_x11 *overlay, int32_t x, int32_t y)
{
    struct banner *banner = &overlay->banner;
    int button = button_at(banner, x, y), pressed = banner->pressed;
    banner->dragging = false;
    set_hot(overlay, button, BANNER_NO_BUTTON);
    if (pressed != BANNER_NO_BUTTON && pressed == button)
        press_button(overlay, button); /* the last: it may be the end of the overlay */
}

static void on_motion(struct overlay_x11 *overlay, int32_t x, int32_t y, int32_t root_x,
                      int32_t root_y)
{
    struct banner *banner = &overlay->banner;
    if (!banner->dragging) {
        set_hot(overlay, button_at(banner, x, y), banner->pressed);
        return;
    }
    banner->moved = true;
    banner->place.x = root_x - banner->drag_x;
    banner->place.y = root_y - banner->drag_y;
    banner_move(overlay);
}

void banner_on_pointer(struct overlay_x11 *overlay, const void *xi_event)
{
    struct banner *banner = &overlay->banner;
    /* Press, release and motion are of one form; so are enter and leave as far as it is read. */
    const xcb_input_button_press_event_t *event = xi_event;
    int32_t x = event->event_x >> 16, y = event->event_y >> 16;
    switch (event->event_type) {
    case XCB_INPUT_BUTTON_PRESS:
        if (event->detail == 1 && !helper_may_have(overlay, event->sourceid))
            on_down(overlay, x, y);
        break;
    case XCB_INPUT_BUTTON_RELEASE:
        if (event->detail != 1)
            break;
        if (helper_may_have(overlay, event->sourceid))
            banner->pressed = BANNER_NO_BUTTON;
        on_up(overlay, x, y);
        break;
    case XCB_INPUT_MOTION:
        on_motion(overlay, x, y, event->root_x >> 16, event->root_y >> 16);
        break;
    case XCB_INPUT_LEAVE:
        if (!banner->dragging)
            set_hot(overlay, BANNER_NO_BUTTON, banner->pressed);
        break;
    default:
        break;
    }
}

/* ---- life ---- */

bool banner_open(struct overlay_x11 *overlay, const struct overlay_x11_options *options)
{
    struct banner *banner = &overlay->banner;
    banner->hot = banner->pressed = BANNER_NO_BUTTON;
    banner->since_ms = options->since_ms;
    banner->texts = *options->texts;
    banner_texts_complete(&banner->texts);
    banner->shown_name = strdup(options->shown_name);
    banner->organisation = strdup(options->organisation);
    banner_place_open(overlay);
    banner->painter = banner_painter_new(overlay->scale, banner->monitors[0].width);
    banner->window =
        overlay_window_new(overlay, &(qa_rect){.width = 1, .height = 1}, "qassist", true);
    overlay_select_input(overlay, banner->window,
                         XCB_INPUT_XI_EVENT_MASK_BUTTON_PRESS |
                             XCB_INPUT_XI_EVENT_MASK_BUTTON_RELEASE |
                             XCB_INPUT_XI_EVENT_MASK_MOTION | XCB_INPUT_XI_EVENT_MASK_LEAVE);
    return banner->shown_name && banner->organisation && banner->painter;
}

void banner_close(struct overlay_x11 *overlay)
{
    struct banner *banner = &overlay->banner;
    cairo_surface_destroy(banner->picture.image);
    banner->picture.image = NULL;
    banner_painter_free(banner->painter);
    banner->painter = NULL;
    free(banner->shown_name);
    free(banner->organisation);
    banner->shown_name = banner->organisation = NULL;
}
