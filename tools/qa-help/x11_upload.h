/*
 * Pixels into an X drawable: through shared memory where the X server shares ours, else through the
 * connection. The shared memory is a ring of few slots, so that the X server puts one part while
 * the next is copied.
 */
#ifndef QA_HELP_X11_UPLOAD_H
#define QA_HELP_X11_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xcb/shm.h>

#define X11_UPLOAD_SLOTS 4

struct x11_upload {
    xcb_connection_t *xcb;
    uint8_t *memory; /* the ring; NULL: no shared memory */
    xcb_shm_seg_t segment;
    struct {
        bool waited; /* what was put from here may not be read yet; `fence` is answered after it */
        xcb_get_input_focus_cookie_t fence;
    } slots[X11_UPLOAD_SLOTS];
    int slot;
    size_t used;     /* bytes of the slot */
    uint8_t *buffer; /* without shared memory */
    size_t request;  /* bytes of pixels in one request */
};

/* What is put, and where. Pixels are 4 bytes each, blue first; the fourth is made 0xff. */
struct x11_pixels {
    xcb_drawable_t drawable;
    xcb_gcontext_t gc;
    uint8_t depth;
    int x, y, width, height;
    const uint8_t *pixels; /* of the top left one */
    size_t stride;
};

/* False: no memory. */
bool x11_upload_init(struct x11_upload *upload, xcb_connection_t *xcb);

void x11_upload_put(struct x11_upload *upload, const struct x11_pixels *from);

/* The connection is closed by its owner afterwards. */
void x11_upload_close(struct x11_upload *upload);

#endif
