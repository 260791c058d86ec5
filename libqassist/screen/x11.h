/*
 * The inside of screen_x11. Everything after set-up is asynchronous: requests go out, their answers
 * are looked for whenever the connection has something to read. capture keeps the picture up to
 * date, monitors knows which part of the display it is, cursor the pointer's shape and place,
 * prompts the windows that ask for passwords.
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
    CAPTURE_ASKED_LAYOUT, /* size of the root window, monitors */
    CAPTURE_ASKED_DAMAGE, /* the rectangles that changed */
    CAPTURE_GRABBING,     /* their pixels */
    CAPTURE_HELD          /* they are there; a window came up that may be a prompt */
};

struct x11_capture {
    uv_timer_t pace; /* not before the next capture may start */
    enum capture_stage stage;
    bool layout_old; /* to be asked */
    bool resized;    /* to be said with the next capture */
    bool whole;      /* the whole picture is to be captured */
    bool changed;    /* the server has damage for us */
    xcb_damage_damage_t damage;
    xcb_xfixes_region_t parts;
    xcb_shm_seg_t segment; /* the picture's memory at the server; 0: pixels come over the socket */
    unsigned asked;        /* size or damage */
    struct region region;  /* what is being captured */
    bool left_over;        /* what the region has was asked for, and not captured */
    struct region said;    /* while busy: what was said and is looked at */
    bool renew;            /* something is to be said, though busy, and though nothing changed */
    struct grab {
        unsigned sequence;
        struct band band;
    } grabs[REGION_RECTS_MAX];
    size_t grab_count;
    size_t grabs_done;
    bool grab_failed;
    unsigned failures;   /* captures in a row */
    uint64_t started_ms; /* the last one */
    uint64_t due_ms;     /* when the next one would come in step; it may come one step sooner */
    unsigned answers;    /* captures that need not wait, for what was typed or clicked, */
    uint64_t answers_ms; /* at this time last */
    uint64_t requests;   /* grabs ever asked for */
};

#define MONITOR_NAMES_MAX 32

/* Names of monitors, also of some that are gone: who comes back is who it was. */
struct monitor_name {
    xcb_atom_t atom; /* 0: nobody */
    uint32_t id;
    unsigned asked;
    char text[SCREEN_NAME_SIZE];
};

struct x11_monitors {
    uint8_t first_event; /* of RandR; 0: not there, or too old to know monitors */
    unsigned asked;
    unsigned scale_asked;
    struct {
        xcb_atom_t name;
        qa_rect place;
        bool primary;
    } found[SCREEN_MONITORS_MAX];
    size_t found_count;
    unsigned scale_percent;
    struct monitor_name names[MONITOR_NAMES_MAX];
    uint32_t last_id;
    char first[SCREEN_NAME_SIZE]; /* the choice, by name, until the first list; empty: none */
    uint32_t wanted;              /* the choice; 0: all */
    struct screen_list list;      /* as of the last answer */
    bool answer_due;              /* to a choice: the next list is said in any case */
    bool due;                     /* the list is to be said with what is captured next */
};

#define PROMPTS_UP_MAX 32

/* A window that is being asked who it is. */
struct prompt_query {
    xcb_window_t window;
    unsigned depth; /* levels of windows within to be asked as well */
    unsigned turn;  /* times in a row that its name changed while it was asked */
    bool renamed;   /* this time as well: to be asked once more */
    unsigned state_asked;
    unsigned class_asked;
    unsigned title_asked;
    unsigned tree_asked;
    bool mapped;
    bool listed;
};

struct x11_prompts {
    char *classes; /* prompt_classes.h; empty: none is watched for */
    uv_timer_t linger;
    struct prompt_query *queries; /* in the order in which they are answered */
    size_t query_first;
    size_t query_end;
    size_t query_room;
    xcb_window_t up[PROMPTS_UP_MAX]; /* prompts that are mapped */
    size_t up_count;
    bool told;
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
    bool outside; /* of what is shown: there it has no shape */
    int32_t x;    /* in the picture */
    int32_t y;
    unsigned still; /* times the place was asked in vain since it moved */
};

struct x11_screen {
    struct screen screen; /* first */
    struct x11_connection x11;
    struct picture *picture;
    const struct log *log;
    struct screen_events events;
    void *user;
    bool started;
    bool paused;
    bool busy;
    bool over; /* destroyed or failed: no event any more */
    struct x11_capture capture;
    struct x11_monitors monitors;
    struct x11_prompts prompts;
    struct x11_cursor cursor;
};

/* Looks at the events that are there. */
void x11_screen_take_events(struct x11_screen *x11);

/* The last event. */
void x11_screen_fail(struct x11_screen *x11, const char *detail);

/* Set-up, waiting for the display. NULL, or why the screen cannot be captured. */
const char *x11_capture_open(struct x11_screen *x11);
void x11_monitors_open(struct x11_screen *x11);
void x11_cursor_open(struct x11_screen *x11);

/* Says what is to be watched; asks for the first picture. */
void x11_capture_start(struct x11_screen *x11);
void x11_monitors_start(struct x11_screen *x11);
void x11_prompts_start(struct x11_screen *x11); /* after capture_start */
void x11_cursor_start(struct x11_screen *x11);

/* Takes answers that are there and asks for what is due. Events may come out. */
void x11_capture_step(struct x11_screen *x11);
/* What changes next is captured at once. */
void x11_capture_expect_answer(struct x11_screen *x11);
void x11_cursor_step(struct x11_screen *x11);
void x11_prompts_step(struct x11_screen *x11);

/* A window comes up or goes. */
void x11_prompts_event(struct x11_screen *x11, const xcb_generic_event_t *event);

/* There is a window of which it is not known yet whether it is a prompt. */
bool x11_prompts_undecided(const struct x11_screen *x11);

/* Whatever may still be written into the picture is in it when this returns; waits briefly. */
void x11_capture_settle(struct x11_screen *x11);

/* Asks which monitors there are; true when all answers are in. */
void x11_monitors_ask(struct x11_screen *x11);
bool x11_monitors_answered(struct x11_screen *x11);

/*
 * Makes the list of what was answered, on a display of this size, and decides what is shown of it.
 * NULL, or why it cannot be shown.
 */
const char *x11_monitors_update(struct x11_screen *x11, int32_t width, int32_t height);

/* Says the list where that is due. */
void x11_monitors_tell(struct x11_screen *x11);

/* Nothing of the screen is left in the picture. */
void x11_capture_blank(struct x11_screen *x11);

/* The whole picture is captured anew. */
void x11_capture_forget(struct x11_screen *x11);

/* Nothing of the pointer is looked at; then all of it anew. */
void x11_cursor_pause(struct x11_screen *x11);
void x11_cursor_resume(struct x11_screen *x11);

/* The picture shows another part of the display: the pointer's place in it is another one. */
void x11_cursor_replaced(struct x11_screen *x11);

/* The pointer moves. */
void x11_cursor_moved(struct x11_screen *x11);

/* Looks once: with every capture, for an app that moves the pointer is not seen otherwise. */
void x11_cursor_ask_place(struct x11_screen *x11);

#endif
