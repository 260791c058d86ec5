/* A probe on a display ($DISPLAY) on which a remote viewer runs: see probe.h. */
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include <xcb/damage.h>
#include <xcb/xtest.h>

#include "display.h"
#include "probe.h"

struct display_probe {
    struct probe probe; /* first */
    struct display display;
    xcb_damage_damage_t damage;
    struct shared_image screen;
};

static void grab(struct display_probe *on, int x, int y, int width, int height)
{
    xcb_connection_t *xcb = on->display.xcb;
    xcb_shm_get_image_reply_t *reply = xcb_shm_get_image_reply(
        xcb,
        xcb_shm_get_image(xcb, on->display.screen->root, (int16_t)x, (int16_t)y, (uint16_t)width,
                          (uint16_t)height, ~0u, XCB_IMAGE_FORMAT_Z_PIXMAP, on->screen.segment, 0),
        NULL);
    if (!reply)
        fail("the display cannot be read");
    free(reply);
}

/* The four rows in the middle of a stamp. */
static int64_t read_place(struct display_probe *on, const struct probe_place *place)
{
    grab(on, place->x, place->y + 6, STAMP_WIDTH, 4);
    struct stamp_image rows = {on->screen.image.pixels, STAMP_WIDTH, 4, STAMP_WIDTH};
    return stamp_read(&rows, 0, 0, place->kind);
}

static void look(struct probe *probe)
{
    int64_t numbers[PROBE_PLACES_MAX];
    for (int i = 0; i < probe->count; i++)
        numbers[i] = read_place((struct display_probe *)probe, &probe->places[i]);
    probe_take(probe, numbers);
}

static bool wait_change(struct probe *probe, int64_t end)
{
    struct display_probe *on = (struct display_probe *)probe;
    xcb_connection_t *xcb = on->display.xcb;
    for (;;) {
        bool changed = false;
        xcb_generic_event_t *event;
        while ((event = xcb_poll_for_event(xcb))) {
            changed = true;
            free(event);
        }
        if (xcb_connection_has_error(xcb))
            fail("the display is gone");
        if (changed) {
            xcb_damage_subtract(xcb, on->damage, XCB_NONE, XCB_NONE);
            look(probe);
            return true;
        }
        int64_t left = end - now_ns();
        if (left <= 0)
            return false;
        struct pollfd ready = {.fd = xcb_get_file_descriptor(xcb), .events = POLLIN};
        poll(&ready, 1, (int)(left / 1000000) + 1);
    }
}

static bool find(struct probe *probe, int *x, int *y)
{
    struct display_probe *on = (struct display_probe *)probe;
    grab(on, 0, 0, probe->width, probe->height);
    return stamp_find(&on->screen.image, STAMP_KEY, x, y);
}

static void fake(struct probe *probe, uint8_t type, uint8_t detail, int x, int y)
{
    const struct display *display = &((struct display_probe *)probe)->display;
    xcb_test_fake_input(display->xcb, type, detail, XCB_CURRENT_TIME, display->screen->root,
                        (int16_t)x, (int16_t)y, 0);
    xcb_flush(display->xcb);
}

static void press(struct probe *probe, uint8_t keycode)
{
    fake(probe, XCB_KEY_PRESS, keycode, 0, 0);
    fake(probe, XCB_KEY_RELEASE, keycode, 0, 0);
}

static void click(struct probe *probe, int x, int y)
{
    fake(probe, XCB_MOTION_NOTIFY, 0, x, y);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    fake(probe, XCB_BUTTON_PRESS, 1, 0, 0);
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    fake(probe, XCB_BUTTON_RELEASE, 1, 0, 0);
}

int main(void)
{
    struct display_probe on = {.probe = {.wait_change = wait_change,
                                         .look = look,
                                         .find = find,
                                         .press = press,
                                         .click = click}};
    display_open(&on.display, NULL);
    xcb_connection_t *xcb = on.display.xcb;
    xcb_screen_t *screen = on.display.screen;
    on.probe.width = screen->width_in_pixels;
    on.probe.height = screen->height_in_pixels;
    display_share(&on.display, &on.screen, on.probe.width, on.probe.height);
    free(xcb_damage_query_version_reply(xcb, xcb_damage_query_version(xcb, 1, 1), NULL));
    on.damage = xcb_generate_id(xcb);
    xcb_damage_create(xcb, on.damage, screen->root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
    display_sync(&on.display);
    probe_run(&on.probe);
    xcb_disconnect(xcb);
    return 0;
}
