/*
 * The banner's window: on the screen as long as it is shared, on top of all, moved by dragging it.
 * It has no use for the keyboard. Clicks that the helper caused do not count; see banner_on_button.
 */
#ifndef OVERLAY_BANNER_H
#define OVERLAY_BANNER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include <xcb/xcb.h>

#include "overlay/banner_paint.h"
#include "overlay/overlay.h"

#define MONITORS_MAX 16

struct overlay_x11;

struct banner {
    xcb_window_t window; /* 0: no banner is wanted */
    xcb_pixmap_t pixmap; /* its background */
    bool mapped;
    qa_rect place;         /* on the screen */
    bool moved;            /* by the sharer: it does not go back to the middle */
    qa_banner_texts texts; /* complete; the strings are the owner's */
    char *shown_name;
    char *organisation;
    struct overlay_status status;
    uint64_t since_ms;
    uv_timer_t minute;
    struct banner_painter *painter;
    struct banner_picture picture; /* as it is on the screen; image NULL: nothing yet */
    int hot;
    int pressed;   /* the button that went down, BANNER_NO_BUTTON: none */
    bool dragging; /* the pointer has it at drag_x, drag_y of the banner */
    int32_t drag_x;
    int32_t drag_y;
    qa_rect monitors[MONITORS_MAX]; /* where the banner may be, the primary one first */
    size_t monitor_count;
    uint8_t randr_event; /* the first of RandR's; 0: there is no RandR, and no such change */
    bool monitors_are_old;
    unsigned monitors_asked;
};

/* Set-up, waiting for the display. False when out of memory. */
bool banner_open(struct overlay_x11 *overlay, const struct overlay_x11_options *options);
void banner_close(struct overlay_x11 *overlay);

/* Shows what is going on, now; from the first time on the banner is there. */
void banner_set_status(struct overlay_x11 *overlay, const struct overlay_status *status);

/* Pointer events of XInput 2 on the window. */
void banner_on_pointer(struct overlay_x11 *overlay, const void *xi_event);

/* ---- place ---- */

/* Learns the monitors, waiting for the display. */
void banner_place_open(struct overlay_x11 *overlay);
/* Brings the window to its place, or as near to it as is whole on a monitor. */
void banner_move(struct overlay_x11 *overlay);
/* Whatever event: monitors may have come, gone or changed. */
void banner_on_event(struct overlay_x11 *overlay, const xcb_generic_event_t *event);
void banner_take_answers(struct overlay_x11 *overlay);

#endif
