/*
 * Reads the stamps of source.c from the screen of a display on which a remote viewer runs, each
 * time that anything changes there, and presses keys in that viewer.
 *
 * Commands on standard input, one a line; each answer ends in a line "done":
 *   find FRAME-STAMPS SECONDS   where the stamps are: "at KIND X Y" each, or "missing"
 *   watch SECONDS               "seen NUMBER NANOSECONDS" for each frame when it is complete
 *   keys COUNT                  "key PRESSED SEEN" in nanoseconds; SEEN is -1 where none came
 *   click X Y                   presses the left button there
 *   press KEYCODE               presses and releases a key
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xcb/damage.h>
#include <xcb/xtest.h>

#include "display.h"

#define STAMPS_MAX   3
#define KEYCODE      38 /* A on a PC keyboard */
#define KEY_PATIENCE 2000000000

struct place {
    enum stamp_kind kind;
    int x, y;
};

struct probe {
    struct display display;
    xcb_damage_damage_t damage;
    struct shared_image screen;
    struct place places[STAMPS_MAX];
    int count;
    int64_t frame, key; /* last read; -1: none */
    uint32_t random;
};

static void grab(struct probe *probe, int x, int y, int width, int height)
{
    xcb_connection_t *xcb = probe->display.xcb;
    xcb_shm_get_image_reply_t *reply = xcb_shm_get_image_reply(
        xcb,
        xcb_shm_get_image(xcb, probe->display.screen->root, (int16_t)x, (int16_t)y, (uint16_t)width,
                          (uint16_t)height, ~0u, XCB_IMAGE_FORMAT_Z_PIXMAP, probe->screen.segment,
                          0),
        NULL);
    if (!reply)
        fail("the display cannot be read");
    free(reply);
}

/* The four rows in the middle of a stamp. */
static int64_t read_place(struct probe *probe, const struct place *place)
{
    grab(probe, place->x, place->y + 6, STAMP_WIDTH, 4);
    struct stamp_image rows = {probe->screen.image.pixels, STAMP_WIDTH, 4, STAMP_WIDTH};
    return stamp_read(&rows, 0, 0, place->kind);
}

/* A frame is there when all its stamps show it or a later one. */
static void read_all(struct probe *probe)
{
    int64_t frame = INT64_MAX;
    for (int i = 0; i < probe->count; i++) {
        int64_t number = read_place(probe, &probe->places[i]);
        if (probe->places[i].kind == STAMP_KEY && number >= 0)
            probe->key = number;
        else if (probe->places[i].kind == STAMP_FRAME && number < frame)
            frame = number;
    }
    if (frame != INT64_MAX && frame > probe->frame)
        probe->frame = frame;
}

/* Waits for a change until `end` and reads the stamps after it. False: the time is over. */
static bool wait_change(struct probe *probe, int64_t end)
{
    xcb_connection_t *xcb = probe->display.xcb;
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
            xcb_damage_subtract(xcb, probe->damage, XCB_NONE, XCB_NONE);
            read_all(probe);
            return true;
        }
        int64_t left = end - now_ns();
        if (left <= 0)
            return false;
        struct pollfd ready = {.fd = xcb_get_file_descriptor(xcb), .events = POLLIN};
        poll(&ready, 1, (int)(left / 1000000) + 1);
    }
}

static int find_stamps(struct probe *probe)
{
    const struct stamp_image *image = &probe->screen.image;
    int x = 0, y = 0;
    enum stamp_kind kind;
    grab(probe, 0, 0, image->width, image->height);
    probe->count = 0;
    while (probe->count < STAMPS_MAX && stamp_find(image, &x, &y, &kind)) {
        probe->places[probe->count++] = (struct place){kind, x, y};
        y += 2 * STAMP_BLOCK + 1; /* below this one; never two side by side */
        x = 0;
    }
    return probe->count;
}

static void command_find(struct probe *probe, int frame_stamps, double seconds)
{
    int64_t end = now_ns() + (int64_t)(seconds * 1e9);
    while (find_stamps(probe) != frame_stamps + 1 && now_ns() < end)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    if (probe->count != frame_stamps + 1)
        puts("missing");
    for (int i = 0; i < probe->count; i++)
        printf("at %s %d %d\n", probe->places[i].kind == STAMP_KEY ? "key" : "frame",
               probe->places[i].x, probe->places[i].y);
}

static void command_watch(struct probe *probe, double seconds)
{
    int64_t end = now_ns() + (int64_t)(seconds * 1e9);
    probe->frame = -1;
    int64_t last = -1;
    while (wait_change(probe, end)) {
        int64_t now = now_ns();
        if (now >= end)
            break;
        if (probe->frame != last)
            printf("seen %" PRId64 " %" PRId64 "\n", probe->frame, now);
        last = probe->frame;
    }
}

static void fake(struct probe *probe, uint8_t type, uint8_t detail, int x, int y)
{
    xcb_test_fake_input(probe->display.xcb, type, detail, XCB_CURRENT_TIME,
                        probe->display.screen->root, (int16_t)x, (int16_t)y, 0);
    xcb_flush(probe->display.xcb);
}

static void press(struct probe *probe, uint8_t keycode)
{
    fake(probe, XCB_KEY_PRESS, keycode, 0, 0);
    fake(probe, XCB_KEY_RELEASE, keycode, 0, 0);
}

/* 40 to 140 ms in no step with a frame rate, always the same row of numbers. */
static int64_t pause_ns(struct probe *probe)
{
    probe->random = probe->random * 1664525 + 1013904223;
    return 40000000 + (int64_t)(probe->random >> 8) % 100000000;
}

static void command_keys(struct probe *probe, int count)
{
    read_all(probe);
    for (int i = 0; i < count; i++) {
        int64_t end = now_ns() + pause_ns(probe);
        while (wait_change(probe, end))
            if (now_ns() >= end)
                break;
        int64_t before = probe->key, pressed = now_ns(), seen = -1;
        press(probe, KEYCODE);
        while (seen < 0 && wait_change(probe, pressed + KEY_PATIENCE)) {
            if (probe->key != before)
                seen = now_ns();
            else if (now_ns() > pressed + KEY_PATIENCE)
                break;
        }
        printf("key %" PRId64 " %" PRId64 "\n", pressed, seen);
    }
}

static void command_click(struct probe *probe, int x, int y)
{
    fake(probe, XCB_MOTION_NOTIFY, 0, x, y);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    fake(probe, XCB_BUTTON_PRESS, 1, 0, 0);
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    fake(probe, XCB_BUTTON_RELEASE, 1, 0, 0);
}

static void run_command(struct probe *probe, const char *line)
{
    int a, b;
    double seconds;
    if (sscanf(line, "find %d %lf", &a, &seconds) == 2)
        command_find(probe, a, seconds);
    else if (sscanf(line, "watch %lf", &seconds) == 1)
        command_watch(probe, seconds);
    else if (sscanf(line, "keys %d", &a) == 1)
        command_keys(probe, a);
    else if (sscanf(line, "click %d %d", &a, &b) == 2)
        command_click(probe, a, b);
    else if (sscanf(line, "press %d", &a) == 1)
        press(probe, (uint8_t)a);
    else
        fail("no such command");
    puts("done");
    fflush(stdout);
}

int main(void)
{
    struct probe probe = {.frame = -1, .key = -1, .random = 1};
    display_open(&probe.display);
    xcb_connection_t *xcb = probe.display.xcb;
    xcb_screen_t *screen = probe.display.screen;
    display_share(&probe.display, &probe.screen, screen->width_in_pixels, screen->height_in_pixels);
    free(xcb_damage_query_version_reply(xcb, xcb_damage_query_version(xcb, 1, 1), NULL));
    probe.damage = xcb_generate_id(xcb);
    xcb_damage_create(xcb, probe.damage, screen->root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
    display_sync(&probe.display);
    char line[256];
    while (fgets(line, sizeof line, stdin))
        run_command(&probe, line);
    xcb_disconnect(xcb);
    return 0;
}
