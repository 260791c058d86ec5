/*
 * Where the banner is: whole on one monitor, in the middle of the primary one's upper edge until
 * the sharer drags it elsewhere.
 */
#include <stdlib.h>

#include <xcb/randr.h>

#include "overlay/x11.h"

static int32_t clamp(int32_t value, int32_t least, int32_t most)
{
    return value > most ? (most < least ? least : most) : value < least ? least : value;
}

static void whole_screen(struct overlay_x11 *overlay)
{
    struct banner *banner = &overlay->banner;
    if (banner->monitor_count)
        return;
    banner->monitors[0] = (qa_rect){.width = overlay->x11.screen->width_in_pixels,
                                    .height = overlay->x11.screen->height_in_pixels};
    banner->monitor_count = 1;
}

static void take_monitors(struct overlay_x11 *overlay, const xcb_randr_get_monitors_reply_t *reply)
{
    struct banner *banner = &overlay->banner;
    banner->monitor_count = 0;
    xcb_randr_monitor_info_iterator_t each = xcb_randr_get_monitors_monitors_iterator(reply);
    for (; each.rem && banner->monitor_count < MONITORS_MAX; xcb_randr_monitor_info_next(&each)) {
        const xcb_randr_monitor_info_t *monitor = each.data;
        if (!monitor->width || !monitor->height)
            continue;
        const qa_rect place = {monitor->x, monitor->y, monitor->width, monitor->height};
        qa_rect *slot = &banner->monitors[banner->monitor_count++];
        *slot = place;
        if (monitor->primary) {
            *slot = banner->monitors[0];
            banner->monitors[0] = place;
        }
    }
    whole_screen(overlay);
}

static xcb_randr_get_monitors_cookie_t ask_monitors(struct overlay_x11 *overlay)
{
    return xcb_randr_get_monitors(overlay->x11.xcb, overlay->x11.screen->root, true);
}

/* The monitor that a place is on, or is nearest to. */
static const qa_rect *monitor_of(const struct banner *banner, const qa_rect *place)
{
    int64_t middle_x = place->x + place->width / 2, middle_y = place->y + place->height / 2;
    const qa_rect *best = &banner->monitors[0];
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < banner->monitor_count; i++) {
        const qa_rect *monitor = &banner->monitors[i];
        int64_t across =
            middle_x - clamp((int32_t)middle_x, monitor->x, monitor->x + monitor->width - 1);
        int64_t down =
            middle_y - clamp((int32_t)middle_y, monitor->y, monitor->y + monitor->height - 1);
        int64_t distance = across * across + down * down;
        if (distance < least) {
            least = distance;
            best = monitor;
        }
    }
    return best;
}

/* Whole on one monitor. */
static void keep_on_screen(struct banner *banner)
{
    qa_rect *place = &banner->place;
    if (!banner->moved) {
        const qa_rect *monitor = &banner->monitors[0];
        place->x = monitor->x + (monitor->width - place->width) / 2;
        place->y = monitor->y;
    }
    const qa_rect *monitor = monitor_of(banner, place);
    place->x = clamp(place->x, monitor->x, monitor->x + monitor->width - place->width);
    place->y = clamp(place->y, monitor->y, monitor->y + monitor->height - place->height);
}

void banner_move(struct overlay_x11 *overlay)
{
    struct banner *banner = &overlay->banner;
    keep_on_screen(banner);
    const int32_t place[] = {banner->place.x, banner->place.y, banner->place.width,
                             banner->place.height};
    xcb_configure_window(overlay->x11.xcb, banner->window,
                         XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
                             XCB_CONFIG_WINDOW_HEIGHT,
                         place);
    overlay->events.banner_moved(overlay->user, &banner->place);
}

/* ---- monitors that come and go ---- */

static void ask(struct overlay_x11 *overlay)
{
    struct banner *banner = &overlay->banner;
    if (!banner->monitors_are_old || banner->monitors_asked)
        return;
    banner->monitors_are_old = false;
    banner->monitors_asked = ask_monitors(overlay).sequence;
}

void banner_on_event(struct overlay_x11 *overlay, const xcb_generic_event_t *event)
{
    struct banner *banner = &overlay->banner;
    uint8_t type = event->response_type & 0x7f;
    bool of_root =
        type == XCB_CONFIGURE_NOTIFY &&
        ((const xcb_configure_notify_event_t *)event)->window == overlay->x11.screen->root;
    if (!banner->randr_event || (type != banner->randr_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY &&
                                 type != banner->randr_event + XCB_RANDR_NOTIFY && !of_root))
        return;
    banner->monitors_are_old = true;
    ask(overlay);
}

void banner_take_answers(struct overlay_x11 *overlay)
{
    void *reply;
    if (!x11_connection_answer(&overlay->x11, &overlay->banner.monitors_asked, &reply))
        return;
    if (reply)
        take_monitors(overlay, reply);
    free(reply);
    if (overlay->banner.mapped)
        banner_move(overlay);
    ask(overlay);
}

void banner_place_open(struct overlay_x11 *overlay)
{
    xcb_connection_t *xcb = overlay->x11.xcb;
    whole_screen(overlay);
    if (!x11_connection_has(&overlay->x11, &xcb_randr_id))
        return;
    overlay->banner.randr_event = xcb_get_extension_data(xcb, &xcb_randr_id)->first_event;
    free(xcb_randr_query_version_reply(xcb, xcb_randr_query_version(xcb, 1, 5), NULL));
    xcb_randr_select_input(xcb, overlay->x11.screen->root,
                           XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE |
                               XCB_RANDR_NOTIFY_MASK_RESOURCE_CHANGE);
    xcb_randr_get_monitors_reply_t *reply =
        xcb_randr_get_monitors_reply(xcb, ask_monitors(overlay), NULL);
    if (reply)
        take_monitors(overlay, reply);
    free(reply);
}
