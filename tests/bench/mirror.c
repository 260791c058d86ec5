/*
 * What no remote viewer can do without, and nothing besides: one display's pixels are put into a
 * window on another as soon as they change, and the keys pressed there go back. No coding, no
 * network, no second process: memory that both X servers share.
 *
 * Usage: mirror DISPLAY. The window is on $DISPLAY. It runs until it is ended.
 */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <xcb/damage.h>
#include <xcb/xfixes.h>
#include <xcb/xtest.h>

#include "display.h"

struct mirror {
    struct display shared, viewer;
    struct shared_image image; /* of the shared display; rectangle after rectangle, packed */
    xcb_shm_seg_t seen_by_viewer;
    xcb_damage_damage_t damage;
    xcb_xfixes_region_t parts;
    xcb_window_t window;
    xcb_gcontext_t gc;
};

static void open_window(struct mirror *mirror)
{
    xcb_connection_t *xcb = mirror->viewer.xcb;
    const xcb_screen_t *screen = mirror->viewer.screen;
    mirror->window = xcb_generate_id(xcb);
    mirror->gc = xcb_generate_id(xcb);
    /* No window manager places it; keys come by a grab. */
    const uint32_t values[] = {1, XCB_EVENT_MASK_EXPOSURE};
    xcb_create_window(xcb, XCB_COPY_FROM_PARENT, mirror->window, screen->root, 0, 0,
                      (uint16_t)mirror->image.image.width, (uint16_t)mirror->image.image.height, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                      XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_create_gc(xcb, mirror->gc, mirror->window, 0, NULL);
    xcb_map_window(xcb, mirror->window);
    display_sync(&mirror->viewer);
}

static void watch_damage(struct mirror *mirror)
{
    xcb_connection_t *xcb = mirror->shared.xcb;
    free(xcb_damage_query_version_reply(xcb, xcb_damage_query_version(xcb, 1, 1), NULL));
    free(xcb_xfixes_query_version_reply(xcb, xcb_xfixes_query_version(xcb, 4, 0), NULL));
    mirror->damage = xcb_generate_id(xcb);
    mirror->parts = xcb_generate_id(xcb);
    xcb_damage_create(xcb, mirror->damage, mirror->shared.screen->root,
                      XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
    xcb_xfixes_create_region(xcb, mirror->parts, 0, NULL);
    display_sync(&mirror->shared);
}

/* Fetches the rectangles, one behind the other, and puts them where they belong. */
static void show(struct mirror *mirror, const xcb_rectangle_t *rects, int count)
{
    uint32_t offset = 0;
    for (int i = 0; i < count; i++) {
        const xcb_rectangle_t *at = &rects[i];
        xcb_shm_get_image_reply_t *reply = xcb_shm_get_image_reply(
            mirror->shared.xcb,
            xcb_shm_get_image(mirror->shared.xcb, mirror->shared.screen->root, at->x, at->y,
                              at->width, at->height, ~0u, XCB_IMAGE_FORMAT_Z_PIXMAP,
                              mirror->image.segment, offset),
            NULL);
        if (!reply)
            fail("the shared display cannot be read");
        free(reply);
        xcb_shm_put_image(mirror->viewer.xcb, mirror->window, mirror->gc, at->width, at->height, 0,
                          0, at->width, at->height, at->x, at->y, 24, XCB_IMAGE_FORMAT_Z_PIXMAP,
                          false, mirror->seen_by_viewer, offset);
        xcb_flush(mirror->viewer.xcb);
        offset += (uint32_t)at->width * at->height * 4;
    }
    display_sync(&mirror->viewer); /* the memory is read */
}

static void show_all(struct mirror *mirror)
{
    const struct stamp_image *image = &mirror->image.image;
    show(mirror, &(xcb_rectangle_t){0, 0, (uint16_t)image->width, (uint16_t)image->height}, 1);
}

static void show_damage(struct mirror *mirror)
{
    xcb_connection_t *xcb = mirror->shared.xcb;
    xcb_damage_subtract(xcb, mirror->damage, XCB_NONE, mirror->parts);
    xcb_xfixes_fetch_region_reply_t *reply =
        xcb_xfixes_fetch_region_reply(xcb, xcb_xfixes_fetch_region(xcb, mirror->parts), NULL);
    if (!reply)
        fail("the shared display does not tell what changed");
    show(mirror, xcb_xfixes_fetch_region_rectangles(reply),
         xcb_xfixes_fetch_region_rectangles_length(reply));
    free(reply);
}

/* False: nothing changed. */
static bool take_shared(struct mirror *mirror)
{
    xcb_generic_event_t *event;
    bool changed = false;
    while ((event = xcb_poll_for_event(mirror->shared.xcb))) {
        changed = true;
        free(event);
    }
    if (changed)
        show_damage(mirror);
    return changed;
}

static void take_viewer(struct mirror *mirror)
{
    xcb_generic_event_t *event;
    bool exposed = false;
    while ((event = xcb_poll_for_event(mirror->viewer.xcb))) {
        uint8_t type = event->response_type & 0x7f;
        if (type == XCB_KEY_PRESS || type == XCB_KEY_RELEASE)
            xcb_test_fake_input(mirror->shared.xcb, type, ((xcb_key_press_event_t *)event)->detail,
                                XCB_CURRENT_TIME, mirror->shared.screen->root, 0, 0, 0);
        exposed = exposed || type == XCB_EXPOSE;
        free(event);
    }
    xcb_flush(mirror->shared.xcb);
    if (exposed) {
        free(xcb_grab_keyboard_reply(mirror->viewer.xcb,
                                     xcb_grab_keyboard(mirror->viewer.xcb, false, mirror->window,
                                                       XCB_CURRENT_TIME, XCB_GRAB_MODE_ASYNC,
                                                       XCB_GRAB_MODE_ASYNC),
                                     NULL));
        show_all(mirror);
    }
}

int main(int argc, char **argv)
{
    struct mirror mirror = {0};
    if (argc != 2)
        fail("usage: mirror DISPLAY");
    display_open(&mirror.shared, argv[1]);
    display_open(&mirror.viewer, NULL);
    display_share(&mirror.shared, &mirror.image, mirror.shared.screen->width_in_pixels,
                  mirror.shared.screen->height_in_pixels);
    mirror.seen_by_viewer = display_share_too(&mirror.viewer, &mirror.image);
    open_window(&mirror);
    watch_damage(&mirror);
    struct pollfd ready[] = {
        {.fd = xcb_get_file_descriptor(mirror.shared.xcb), .events = POLLIN},
        {.fd = xcb_get_file_descriptor(mirror.viewer.xcb), .events = POLLIN},
    };
    while (!xcb_connection_has_error(mirror.shared.xcb) &&
           !xcb_connection_has_error(mirror.viewer.xcb)) {
        take_viewer(&mirror);
        /* Waiting for answers may have read events, which the descriptors then do not tell of. */
        while (take_shared(&mirror))
            take_viewer(&mirror);
        poll(ready, 2, 5);
    }
    return 0;
}
