/*
 * A window with a video of 640 x 360 at 30 frames a second and a block that changes its colour at
 * each key pressed, on $DISPLAY. The key s stops the video and starts it again; with the argument
 * "still" it begins stopped.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <xcb/xcb.h>

#define VIDEO_WIDTH  640
#define VIDEO_HEIGHT 360
#define VIDEO_X      40
#define VIDEO_Y      300
#define ROWS         32 /* in one request: a core request holds no more than 256 KiB */
#define BLOCK_X      832
#define BLOCK_Y      32
#define BLOCK_SIDE   32
#define KEY_S        39

static xcb_connection_t *xcb;
static xcb_window_t window;
static xcb_gcontext_t gc;
static uint32_t frame[VIDEO_WIDTH * VIDEO_HEIGHT];

/* Round shapes that drift over a picture with fine structure, as in a film. */
static void draw_video(uint32_t number)
{
    for (uint32_t y = 0; y < VIDEO_HEIGHT; y++)
        for (uint32_t x = 0; x < VIDEO_WIDTH; x++) {
            uint32_t u = x + number * 3, v = y + number;
            uint32_t shape = ((u * u + v * v) >> 9) & 0xff;
            uint32_t grain = (x * 2654435761u ^ (y * 40503u + 1) * 97u) >> 28;
            frame[y * VIDEO_WIDTH + x] =
                (shape + grain) << 16 | (((u >> 1) & 0x7f) + grain) << 8 | ((v & 0xff) / 2 + 40);
        }
    for (int16_t y = 0; y < VIDEO_HEIGHT; y += ROWS) {
        uint16_t rows = VIDEO_HEIGHT - y < ROWS ? (uint16_t)(VIDEO_HEIGHT - y) : ROWS;
        xcb_put_image(xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, window, gc, VIDEO_WIDTH, rows, VIDEO_X,
                      (int16_t)(VIDEO_Y + y), 0, 24, VIDEO_WIDTH * 4u * rows,
                      (const uint8_t *)&frame[y * VIDEO_WIDTH]);
    }
}

static void draw_block(unsigned presses)
{
    uint32_t colour = presses % 2 ? 0xd02020 : 0x2020d0;
    xcb_rectangle_t block = {BLOCK_X, BLOCK_Y, BLOCK_SIDE, BLOCK_SIDE};
    xcb_change_gc(xcb, gc, XCB_GC_FOREGROUND, &colour);
    xcb_poly_fill_rectangle(xcb, window, gc, 1, &block);
}

static void open_window(void)
{
    xcb = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(xcb))
        exit(1);
    const xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(xcb)).data;
    window = xcb_generate_id(xcb);
    gc = xcb_generate_id(xcb);
    uint32_t values[] = {0xe8e4dc, XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_EXPOSURE};
    xcb_create_window(xcb, XCB_COPY_FROM_PARENT, window, screen->root, 0, 0,
                      screen->width_in_pixels, screen->height_in_pixels, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                      XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK, values);
    xcb_create_gc(xcb, gc, window, 0, NULL);
    xcb_map_window(xcb, window);
    xcb_flush(xcb);
}

int main(int argc, char **argv)
{
    bool playing = argc < 2 || strcmp(argv[1], "still") != 0;
    open_window();
    struct itimerspec pace = {{0, 1000000000 / 30}, {0, 1000000000 / 30}};
    struct pollfd entries[] = {
        {.fd = xcb_get_file_descriptor(xcb), .events = POLLIN},
        {.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), .events = POLLIN}};
    if (entries[1].fd < 0)
        return 1;
    unsigned presses = 0;
    uint32_t number = 0;
    bool paced = false;
    for (;;) {
        if (playing != paced) {
            struct itimerspec off = {0};
            timerfd_settime(entries[1].fd, 0, playing ? &pace : &off, NULL);
            paced = playing;
        }
        xcb_flush(xcb);
        if (poll(entries, 2, -1) < 0 || xcb_connection_has_error(xcb))
            return 1;
        uint64_t ticks;
        if ((entries[1].revents & POLLIN) && read(entries[1].fd, &ticks, sizeof ticks) > 0)
            draw_video(number++);
        xcb_generic_event_t *event;
        while ((event = xcb_poll_for_event(xcb))) {
            if ((event->response_type & 0x7f) == XCB_EXPOSE) {
                xcb_set_input_focus(xcb, XCB_INPUT_FOCUS_PARENT, window, XCB_CURRENT_TIME);
                draw_block(presses);
                draw_video(number);
                puts("shown");
                fflush(stdout);
            } else if ((event->response_type & 0x7f) == XCB_KEY_PRESS) {
                const xcb_key_press_event_t *key = (const void *)event;
                if (key->detail == KEY_S)
                    playing = !playing;
                else
                    draw_block(++presses);
            }
            free(event);
        }
    }
}
