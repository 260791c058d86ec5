/*
 * The inside of screen_x11. Everything after set-up is asynchronous: requests go out, their answers
 * are looked for whenever the connection has something to read. capture keeps the picture up to
 * date, cursor the pointer's shape and place.
 */
#ifndef SCREEN_X11_H
#define SCREEN_X11_H

#include <xcb/damage.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "input/x11_connection.h"
#include "screen/region.h"
#include "screen/screen.h"

enum capture_stage {
    CAPTURE_IDLE,
    CAPTURE_ASKED_SIZE,   /* of the root window */
    CAPTURE_ASKED_DAMAGE, /* the rectangles that changed */
    CAPTURE_GRABBING      /* their pixels */
};

struct x11_capture {
    uv_timer_t pace; /* not before the next capture may start */
    enum capture_stage stage;
    bool size_unknown; /* to be asked */
    bool resized;      /* to be said with the next capture */
    bool whole;        /* the whole picture is to be captured */
    bool changed;      /* the server has damage for us */
    xcb_damage_damage_t damage;
    xcb_xfixes_region_t parts;
    xcb_shm_seg_t segment; /* the picture's memory at the server; 0: pixels come over the socket */
    unsigned asked;        /* size or damage */
    struct region region;  /* what is being captured */
    struct grab {
        unsigned sequence;
        struct band band;
    } grabs[REGION_RECTS_MAX];
    size_t grab_count;
    size_t grabs_done;
    bool grab_failed;
    unsigned failures; /* captures in a row */
    uint64_t started_ms;
    uint64_t requests; /* grabs ever asked for */
};

struct x11_cursor {
    uv_timer_t timer;   /* while the pointer moves */
    uint8_t xi_opcode;  /* 0: no XInput 2, the place is asked with each capture only */
    bool wanted;        /* the first picture is out */
    bool shape_changed; /* to be asked */
    bool shape_known;   /* `serial` is what was said last */
    uint32_t serial;
    unsigned shape_asked;
    unsigned place_asked;
    bool place_known;
    int16_t x;
    int16_t y;
    unsigned still; /* times the place was asked in vain since it moved */
};

struct x11_screen {
    struct screen screen; /* first */
    struct x11_connection x11;
    struct picture *picture;
    const struct log *log;
    struct screen_events events;
    void *user;
    unsigned handles;
    bool started;
    bool paused;
    bool busy;
    bool over; /* destroyed or failed: no event any more */
    struct x11_capture capture;
    struct x11_cursor cursor;
};

/* The last event. */
void x11_screen_fail(struct x11_screen *x11, const char *detail);

/* Set-up, waiting for the display. NULL, or why the screen cannot be captured. */
const char *x11_capture_open(struct x11_screen *x11);
void x11_cursor_open(struct x11_screen *x11);

/* Says what is to be watched; asks for the first picture. */
void x11_capture_start(struct x11_screen *x11);
void x11_cursor_start(struct x11_screen *x11);

/* Takes answers that are there and asks for what is due. Events may come out. */
void x11_capture_step(struct x11_screen *x11);
void x11_cursor_step(struct x11_screen *x11);

/* Whatever may still be written into the picture is in it when this returns; waits briefly. */
void x11_capture_settle(struct x11_screen *x11);

/* The whole picture is captured anew. */
void x11_capture_forget(struct x11_screen *x11);

/* Nothing of the pointer is looked at; then all of it anew. */
void x11_cursor_pause(struct x11_screen *x11);
void x11_cursor_resume(struct x11_screen *x11);

/* The pointer moves. */
void x11_cursor_moved(struct x11_screen *x11);

/* Looks once: with every capture, for an app that moves the pointer is not seen otherwise. */
void x11_cursor_ask_place(struct x11_screen *x11);

#endif
