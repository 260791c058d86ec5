/*
 * What is shared while a benchmark measures: a desktop on $DISPLAY on which something happens, 30
 * times a second exactly, each frame with its number as a stamp; and a block with a number that
 * goes up by one at each key pressed.
 *
 * Usage: source idle|typing|scroll|window|video|fullvideo. It writes "stamp X Y" for each place of
 * a stamp, from the block for keys, and "ready"; runs until SIGTERM; and then writes "frame NUMBER
 * NANOSECONDS" for each frame: when its drawing began, on the monotonic clock.
 */
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "display.h"
#include "paint.h"

#define RATE       30
#define TYPING     10 /* characters a second */
#define FRAMES_MAX 100000
#define KEY_X      32
#define KEY_Y      32
#define KEY_HEIGHT 32
#define PAPER      0xfcfcf8u

struct source {
    struct display display;
    xcb_gcontext_t gc;
    xcb_window_t desktop, window, keys, moving;
    int width, height, scale; /* of the screen; 2 on one of 3840 pixels */
    struct shared_image image;
    int x, y; /* of the window */
    uint32_t number, presses;
    struct font font;
    struct scene scene;
    struct stamp_image pages; /* text to scroll through */
    int64_t *times;
};

struct kind {
    const char *name;
    int rate;
    void (*open)(struct source *source);
    /* Makes the next picture, then puts it onto the display. */
    void (*prepare)(struct source *source);
    void (*show)(struct source *source);
};

static xcb_window_t make_window(struct source *source, xcb_window_t parent, int x, int y, int width,
                                int height, xcb_pixmap_t background, uint32_t events)
{
    xcb_connection_t *xcb = source->display.xcb;
    xcb_window_t window = xcb_generate_id(xcb);
    const uint32_t values[] = {background, 1, events};
    xcb_create_window(xcb, XCB_COPY_FROM_PARENT, window, parent, (int16_t)x, (int16_t)y,
                      (uint16_t)width, (uint16_t)height, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                      XCB_COPY_FROM_PARENT,
                      XCB_CW_BACK_PIXMAP | XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_map_window(xcb, window);
    return window;
}

/* A pixmap with the picture, for windows that the X server paints itself. */
static xcb_pixmap_t make_pixmap(struct source *source, const struct shared_image *shared)
{
    xcb_pixmap_t pixmap = xcb_generate_id(source->display.xcb);
    int width = shared->image.width, height = shared->image.height;
    xcb_create_pixmap(source->display.xcb, 24, pixmap, source->display.screen->root,
                      (uint16_t)width, (uint16_t)height);
    display_put(&source->display, shared, pixmap, source->gc, 0, 0, width, height, 0, 0);
    display_sync(&source->display);
    return pixmap;
}

static void paint_page(const struct source *source, const struct stamp_image *image, int x, int y,
                       int width, int height, uint32_t first)
{
    char line[512];
    int columns = width / source->font.width - 2;
    paint_fill(image, x, y, width, height, PAPER);
    for (int row = y; row + source->font.height <= y + height; row += source->font.height) {
        text_line(line, columns > 500 ? 500 : columns, first);
        font_draw(&source->font, image, x + source->font.width, row, line, text_colour(first),
                  PAPER);
        first++;
    }
}

static void open_desktop(struct source *source)
{
    struct shared_image picture;
    display_share(&source->display, &picture, source->width, source->height);
    paint_wallpaper(&picture.image);
    int s = source->scale;
    paint_page(source, &picture.image, 100 * s, 120 * s, 700 * s, 500 * s, 7);
    paint_page(source, &picture.image, 1000 * s, 300 * s, 760 * s, 640 * s, 900);
    xcb_window_t root = source->display.screen->root;
    source->desktop = make_window(source, root, 0, 0, source->width, source->height,
                                  make_pixmap(source, &picture), XCB_EVENT_MASK_KEY_PRESS);
    source->keys =
        make_window(source, source->desktop, KEY_X, KEY_Y, STAMP_WIDTH, KEY_HEIGHT, XCB_NONE, 0);
    display_sync(&source->display);
    xcb_set_input_focus(source->display.xcb, XCB_INPUT_FOCUS_POINTER_ROOT, source->desktop,
                        XCB_CURRENT_TIME);
}

static void show_presses(struct source *source)
{
    xcb_connection_t *xcb = source->display.xcb;
    for (int i = 0; i < STAMP_BITS + 2; i++) {
        uint32_t colour = stamp_colour(STAMP_KEY, source->presses, i);
        xcb_rectangle_t block = {(int16_t)(i * STAMP_BLOCK), 0, STAMP_BLOCK, KEY_HEIGHT};
        xcb_change_gc(xcb, source->gc, XCB_GC_FOREGROUND, &colour);
        xcb_poly_fill_rectangle(xcb, source->keys, source->gc, 1, &block);
    }
    xcb_flush(xcb);
}

/* The part of the screen in which something happens. */
static void open_window(struct source *source, int x, int y, int width, int height)
{
    source->x = x;
    source->y = y;
    display_share(&source->display, &source->image, width, height);
    source->window = make_window(source, source->desktop, x, y, width, height, XCB_NONE, 0);
    const uint32_t below = XCB_STACK_MODE_BELOW;
    xcb_configure_window(source->display.xcb, source->window, XCB_CONFIG_WINDOW_STACK_MODE, &below);
}

static void paint_stamp(struct source *source, int y)
{
    int x = (source->image.image.width - STAMP_WIDTH) / 2;
    if (source->number == 1)
        printf("stamp %d %d\n", source->x + x - KEY_X, source->y + y - KEY_Y);
    stamp_paint(&source->image.image, x, y, STAMP_HEIGHT, STAMP_FRAME, source->number);
}

static void put(struct source *source, int x, int y, int width, int height)
{
    display_put(&source->display, &source->image, source->window, source->gc, x, y, width, height,
                x, y);
}

static void show_all(struct source *source)
{
    put(source, 0, 0, source->image.image.width, source->image.image.height);
}

/* typing: a character into a page of text, and the status line below changes. */

static void typing_open(struct source *source)
{
    int s = source->scale;
    open_window(source, 460 * s, 190 * s, 1000 * s, 700 * s);
    const struct stamp_image *image = &source->image.image;
    paint_page(source, image, 0, 0, image->width, image->height, 1);
    paint_fill(image, 0, image->height - 40, image->width, 40, 0xd8d8d0);
    display_sync(&source->display);
    show_all(source);
}

static void typing_place(const struct source *source, int *x, int *y)
{
    const struct stamp_image *image = &source->image.image;
    int columns = image->width / source->font.width - 10;
    int rows = (image->height - 60) / source->font.height;
    *x = (5 + (int)source->number % columns) * source->font.width;
    *y = ((int)source->number / columns % rows) * source->font.height;
}

static void typing_prepare(struct source *source)
{
    const char text[3] = {(char)('a' + source->number * 7 % 26), '_', 0};
    int x, y;
    typing_place(source, &x, &y);
    font_draw(&source->font, &source->image.image, x, y, text, 0x202020, PAPER);
    paint_stamp(source, source->image.image.height - 28);
}

static void typing_show(struct source *source)
{
    int x, y;
    typing_place(source, &x, &y);
    put(source, x, y, 2 * source->font.width, source->font.height);
    put(source, 0, source->image.image.height - 40, source->image.image.width, 40);
}

/* scroll: one line of dense text a frame. */

#define PAGES_LINES 600

static void scroll_open(struct source *source)
{
    int s = source->scale;
    open_window(source, 160 * s, 90 * s, 1600 * s, 900 * s);
    source->pages =
        image_new(1600 * s, PAGES_LINES * source->font.height + source->image.image.height);
    paint_page(source, &source->pages, 0, 0, source->pages.width, source->pages.height, 1);
}

static void scroll_prepare(struct source *source)
{
    struct stamp_image *image = &source->image.image;
    size_t line = source->number % PAGES_LINES * (uint32_t)source->font.height;
    memcpy(image->pixels, source->pages.pixels + line * (size_t)image->width,
           (size_t)image->width * (size_t)image->height * 4);
    paint_fill(image, 0, 0, image->width, 32, 0xd8d8d0);
    paint_fill(image, 0, image->height - 32, image->width, 32, 0xd8d8d0);
    paint_stamp(source, 8);
    paint_stamp(source, image->height - 24);
}

/* window: dragged about over the desktop; the stamp lies still below its way. */

static void window_open(struct source *source)
{
    int s = source->scale;
    struct shared_image content;
    display_share(&source->display, &content, 800 * s, 600 * s);
    paint_page(source, &content.image, 0, 0, 800 * s, 600 * s, 300);
    paint_fill(&content.image, 0, 0, 800 * s, 28 * s, 0x4060a0);
    xcb_pixmap_t pixmap = make_pixmap(source, &content);
    open_window(source, 32, source->height - 64, STAMP_WIDTH, STAMP_HEIGHT);
    source->moving = make_window(source, source->desktop, 32, 96, 800 * s, 600 * s, pixmap, 0);
}

static void window_prepare(struct source *source)
{
    paint_stamp(source, 0);
}

static void window_show(struct source *source)
{
    int s = source->scale;
    double time = source->number / (double)RATE;
    double room_x = source->width - 800 * s, room_y = source->height - 600 * s - 96 - 80;
    uint32_t place[] = {(uint32_t)(room_x / 2 * (1 + sin(time * 1.1))),
                        96 + (uint32_t)(room_y / 2 * (1 + sin(time * 1.7)))};
    xcb_configure_window(source->display.xcb, source->moving,
                         XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, place);
    show_all(source);
}

/* video and fullvideo: every pixel is another in each frame. */

static void video_open(struct source *source)
{
    open_window(source, (source->width - 640) / 2, (source->height - 360) / 2, 640, 360);
    scene_open(&source->scene, 640, 360);
}

static void video_prepare(struct source *source)
{
    scene_paint(&source->scene, &source->image.image, source->number);
    paint_stamp(source, 16);
    paint_stamp(source, 360 - 32);
}

static void fullvideo_open(struct source *source)
{
    open_window(source, 0, 0, source->width, source->height);
    scene_open(&source->scene, source->width, source->height);
}

static void fullvideo_prepare(struct source *source)
{
    scene_paint(&source->scene, &source->image.image, source->number);
    paint_stamp(source, KEY_Y + KEY_HEIGHT + 16);
    paint_stamp(source, source->height - 32);
}

static const struct kind kinds[] = {
    {"idle", 0, NULL, NULL, NULL},
    {"typing", TYPING, typing_open, typing_prepare, typing_show},
    {"scroll", RATE, scroll_open, scroll_prepare, show_all},
    {"window", RATE, window_open, window_prepare, window_show},
    {"video", RATE, video_open, video_prepare, show_all},
    {"fullvideo", RATE, fullvideo_open, fullvideo_prepare, show_all},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, name))
            return &kinds[i];
    fail("usage: source idle|typing|scroll|window|video|fullvideo");
}

static void prepare_next(struct source *source, const struct kind *kind)
{
    display_sync(&source->display); /* the last picture is read */
    source->number++;
    kind->prepare(source);
}

static void next_frame(struct source *source, const struct kind *kind)
{
    if (source->number < FRAMES_MAX)
        source->times[source->number] = now_ns();
    kind->show(source);
    xcb_flush(source->display.xcb);
    prepare_next(source, kind);
}

static void take_events(struct source *source)
{
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(source->display.xcb))) {
        if ((event->response_type & 0x7f) == XCB_KEY_PRESS) {
            source->presses++;
            show_presses(source);
        }
        free(event);
    }
    if (xcb_connection_has_error(source->display.xcb))
        fail("the display is gone");
}

static int start_timer(int rate)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct itimerspec times = {{0, rate ? 1000000000 / rate : 0}, {0, rate ? 1 : 0}};
    if (timer < 0 || timerfd_settime(timer, 0, &times, NULL))
        fail("no timer");
    return timer;
}

static int catch_end(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int end = signalfd(-1, &signals, SFD_CLOEXEC);
    if (end < 0)
        fail("no signals");
    return end;
}

static void run(struct source *source, const struct kind *kind)
{
    struct pollfd ready[] = {
        {.fd = xcb_get_file_descriptor(source->display.xcb), .events = POLLIN},
        {.fd = catch_end(), .events = POLLIN},
        {.fd = start_timer(kind->rate), .events = POLLIN},
    };
    while (!ready[1].revents) {
        uint64_t ticks;
        take_events(source);
        if (ready[2].revents && read(ready[2].fd, &ticks, sizeof ticks) > 0)
            next_frame(source, kind);
        take_events(source);
        poll(ready, 3, -1);
    }
}

int main(int argc, char **argv)
{
    struct source source = {.times = calloc(FRAMES_MAX, sizeof(int64_t))};
    const struct kind *kind = find_kind(argv[1]);
    if (!source.times)
        fail("out of memory");
    display_open(&source.display, NULL);
    source.width = source.display.screen->width_in_pixels;
    source.height = source.display.screen->height_in_pixels;
    source.scale = source.width >= 3840 ? 2 : 1;
    source.gc = xcb_generate_id(source.display.xcb);
    xcb_create_gc(source.display.xcb, source.gc, source.display.screen->root, 0, NULL);
    font_open(&source.font, 14 * source.scale);
    open_desktop(&source);
    if (kind->open) {
        kind->open(&source);
        prepare_next(&source, kind);
    }
    show_presses(&source);
    display_sync(&source.display);
    puts("ready");
    fflush(stdout);
    run(&source, kind);
    for (uint32_t i = 1; i < source.number && i < FRAMES_MAX; i++)
        printf("frame %" PRIu32 " %" PRId64 "\n", i, source.times[i]);
    xcb_disconnect(source.display.xcb);
    return 0;
}
