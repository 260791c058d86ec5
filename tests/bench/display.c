#include "display.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void display_open(struct display *display, const char *name)
{
    int number = 0;
    display->xcb = xcb_connect(name, &number);
    if (xcb_connection_has_error(display->xcb))
        fail("the display cannot be opened");
    xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(display->xcb));
    while (number-- > 0)
        xcb_screen_next(&screens);
    display->screen = screens.data;
    if (display->screen->root_depth != 24)
        fail("the display's depth is not 24");
    free(xcb_shm_query_version_reply(display->xcb, xcb_shm_query_version(display->xcb), NULL));
}

void display_share(struct display *display, struct shared_image *shared, int width, int height)
{
    size_t bytes = (size_t)width * (size_t)height * 4;
    int fd = memfd_create("picture", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)bytes))
        fail("no shared memory");
    void *pixels = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (pixels == MAP_FAILED)
        fail("no shared memory");
    shared->image = (struct stamp_image){pixels, width, height, width};
    shared->fd = fd;
    shared->segment = display_share_too(display, shared);
}

xcb_shm_seg_t display_share_too(struct display *display, const struct shared_image *shared)
{
    xcb_shm_seg_t segment = xcb_generate_id(display->xcb);
    /* xcb closes the descriptor. */
    xcb_generic_error_t *error = xcb_request_check(
        display->xcb, xcb_shm_attach_fd_checked(display->xcb, segment, dup(shared->fd), false));
    if (error)
        fail("the display does not share memory");
    return segment;
}

void display_put(struct display *display, const struct shared_image *shared,
                 xcb_drawable_t drawable, xcb_gcontext_t gc, int from_x, int from_y, int width,
                 int height, int x, int y)
{
    xcb_shm_put_image(display->xcb, drawable, gc, (uint16_t)shared->image.width,
                      (uint16_t)shared->image.height, (uint16_t)from_x, (uint16_t)from_y,
                      (uint16_t)width, (uint16_t)height, (int16_t)x, (int16_t)y, 24,
                      XCB_IMAGE_FORMAT_Z_PIXMAP, false, shared->segment, 0);
}

void display_sync(struct display *display)
{
    free(xcb_get_input_focus_reply(display->xcb, xcb_get_input_focus(display->xcb), NULL));
}
