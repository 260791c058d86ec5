/*
 * The inside of overlay_x11: one connection to the display, on which canvas (marks), laser, banner,
 * stack (on top of what comes up) and keys (the panic key) work. After set-up nothing waits for the
 * display: requests go out, what comes back is looked for when the connection has something.
 */
#ifndef OVERLAY_X11_H
#define OVERLAY_X11_H

#include <cairo.h>
#include <xcb/xcb.h>

#include "input/x11_connection.h"
#include "overlay/banner.h"
#include "overlay/marks.h"
#include "overlay/overlay.h"

/* The marks: one window over the shared picture, which consists of their pixels only. */
struct canvas {
    xcb_window_t window;
    xcb_pixmap_t pixmap; /* the window's background: the server repaints it by itself; 0: none */
    bool mapped;
    qa_rect area; /* of the screen */
    struct marks marks;
    cairo_region_t *shape;  /* what the window consists of */
    cairo_region_t *damage; /* to be drawn anew */
};

struct laser {
    xcb_window_t window;
    int32_t size;
    bool mapped;
    bool wanted; /* as of the last word from the helper */
    bool moved;
    int32_t x; /* of the picture */
    int32_t y;
    uint64_t moved_ms;
};

/* Who is on top of whom, as far as it matters. */
struct stack {
    bool check_due;
    unsigned asked;
    uint64_t raised_ms;
    unsigned quick; /* raises soon after one another: somebody else wants to be on top, too */
};

/* Devices and keys. */
#define FAKE_DEVICES_MAX 16

struct keys {
    uint8_t xi_opcode;
    uint16_t fake_devices[FAKE_DEVICES_MAX]; /* through which programs act (XTEST) */
    size_t fake_count;
    bool watched; /* there is a panic key */
    struct panic_watch watch;
    unsigned evdev_key;
    bool map_is_old;
    unsigned map_asked;
};

struct overlay_x11 {
    struct overlay overlay; /* first */
    struct x11_connection x11;
    const struct log *log;
    struct overlay_events events;
    void *user;
    bool over; /* destroyed or failed: no event any more */
    double scale;
    xcb_gcontext_t gc;
    struct overlay_atoms {
        xcb_atom_t net_wm_name;
        xcb_atom_t utf8_string;
    } atoms;
    uv_timer_t pace;      /* not before it is drawn again */
    uv_timer_t laser_off; /* the laser pointer has not moved for a while */
    uv_timer_t stack_pace;
    unsigned drawn_asked; /* the display has not done yet what was drawn last */
    uint64_t input_ms;    /* when the helper's input last went to the display; 0: never */
    struct canvas canvas;
    struct laser laser;
    struct banner banner;
    struct stack stack;
    struct keys keys;
};

/* The last event. */
void overlay_x11_fail(struct overlay_x11 *overlay, const char *detail);

/* Draws what is due as soon as that may be. */
void overlay_x11_draw(struct overlay_x11 *overlay);

/* ---- windows ---- */

/*
 * A window outside of any window manager's reach, unmapped, on top of what is there. It lets the
 * pointer through unless it `takes_input`.
 */
xcb_window_t overlay_window_new(struct overlay_x11 *overlay, const qa_rect *place, const char *name,
                                bool takes_input);
void overlay_window_name(struct overlay_x11 *overlay, xcb_window_t window, const char *name);

/* Events of XInput 2, bits of XCB_INPUT_XI_EVENT_MASK_..., of all pointers or keyboards. */
void overlay_select_input(struct overlay_x11 *overlay, xcb_window_t window, uint32_t events);

/* Of the screen's depth, for a window's background. */
xcb_pixmap_t overlay_pixmap_new(struct overlay_x11 *overlay, int32_t width, int32_t height);

/* Copies a part of an image (from x and y on) to a pixmap's place. */
void overlay_put_image(struct overlay_x11 *overlay, xcb_pixmap_t pixmap, cairo_surface_t *image,
                       const qa_rect *part, int32_t to_x, int32_t to_y);

/* The window consists of the region (set), or of it as well (add). */
enum overlay_shape_change { OVERLAY_SHAPE_SET, OVERLAY_SHAPE_ADD };
void overlay_window_shape(struct overlay_x11 *overlay, xcb_window_t window,
                          enum overlay_shape_change change, const cairo_region_t *region);

/* ---- canvas ---- */

bool canvas_open(struct overlay_x11 *overlay);
void canvas_close(struct overlay_x11 *overlay);
void canvas_mark(struct overlay_x11 *overlay, const qa_mark_event *event);
void canvas_set_area(struct overlay_x11 *overlay, const qa_rect *area);
bool canvas_is_due(const struct overlay_x11 *overlay);
void canvas_draw(struct overlay_x11 *overlay);

/* ---- laser ---- */

bool laser_open(struct overlay_x11 *overlay);
void laser_point(struct overlay_x11 *overlay, int32_t x, int32_t y);
void laser_hide(struct overlay_x11 *overlay);
void laser_draw(struct overlay_x11 *overlay);

/* ---- stack ---- */

/* Asks the root window for what happens to its children. */
void stack_open(struct overlay_x11 *overlay);
void stack_on_event(struct overlay_x11 *overlay, const xcb_generic_event_t *event);
void stack_take_answers(struct overlay_x11 *overlay);
/* Puts all on top now; for a window that was just mapped. */
void stack_raise(struct overlay_x11 *overlay);

/* ---- keys ---- */

/* NULL, or why it is not possible. */
const char *keys_open(struct overlay_x11 *overlay, const struct panic_key *panic);
/* True when it was the panic key. */
bool keys_on_raw(struct overlay_x11 *overlay, const void *raw_event);
void keys_map_changed(struct overlay_x11 *overlay);
void keys_take_answers(struct overlay_x11 *overlay);
/* The device is none that a hand moves. */
bool keys_is_fake(const struct overlay_x11 *overlay, uint16_t device);

#endif
