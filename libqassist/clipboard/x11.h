/*
 * The inside of clipboard_x11. Everything after set-up is asynchronous. read takes what another
 * program copied, serve gives away what was put; both bounded in bytes and time, for the other
 * program may be slow, broken or hostile.
 */
#ifndef CLIPBOARD_X11_H
#define CLIPBOARD_X11_H

#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "clipboard/clipboard.h"
#include "input/x11_connection.h"

#define X11_RETIRED_MAX 16    /* windows of readings that were given up */
#define X11_SERVED_MAX  4     /* long texts given away at a time */
#define X11_PIECE       12288 /* bytes of them at a time; any X server takes requests of 16384 */

/* XX(member, name) */
#define X11_CLIPBOARD_ATOMS(XX)                  \
    XX(clipboard, "CLIPBOARD")                   \
    XX(targets, "TARGETS")                       \
    XX(timestamp, "TIMESTAMP")                   \
    XX(incr, "INCR")                             \
    XX(utf8, "UTF8_STRING")                      \
    XX(mime, "text/plain;charset=utf-8")         \
    XX(secret_hint, "x-kde-passwordManagerHint") \
    XX(property, "QASSIST_CLIPBOARD")            \
    XX(stamp, "QASSIST_TIMESTAMP")

struct x11_atoms {
#define X11_ATOM_MEMBER(member, name) xcb_atom_t member;
    X11_CLIPBOARD_ATOMS(X11_ATOM_MEMBER)
#undef X11_ATOM_MEMBER
};

enum read_stage {
    READ_IDLE,
    READ_TARGETS, /* asked in what forms there is something */
    READ_TEXT,    /* asked for a text */
    READ_PIECES   /* it comes piece by piece */
};

struct x11_read {
    uv_timer_t pace;     /* not before the next one may start */
    uv_timer_t deadline; /* of this one */
    bool wanted;         /* something new was copied */
    xcb_timestamp_t when;
    enum read_stage stage;
    xcb_window_t window; /* of this one alone: whatever comes late for it comes to nobody */
    xcb_atom_t target;
    unsigned asked; /* the property's content */
    bool changed;   /* since it was asked for */
    char *text;     /* of pieces so far */
    size_t length;
    /*
     * A program may still be writing to the window of a reading that was given up. Many die of it
     * when that is gone, and with them what the user copied: so it stays for a while.
     */
    struct x11_retired {
        xcb_window_t window;
        uint64_t until_ms; /* so long what comes is taken away, so that the program can finish */
    } retired[X11_RETIRED_MAX];
    unsigned next_retired;
};

struct x11_serve {
    uv_timer_t timer; /* while pieces are being taken */
    char *text;       /* NULL: nothing was put, or another program copied since */
    size_t length;
    bool owned;
    bool stamping; /* waits for the server's time, to take the selection at */
    xcb_timestamp_t since;
    struct x11_served {
        xcb_window_t requestor; /* 0: free */
        xcb_atom_t property;
        xcb_atom_t target;
        char *text; /* as it was when it was asked for */
        size_t length;
        size_t sent;
        bool finishing; /* the last, empty piece is out */
        uint64_t moved_ms;
    } served[X11_SERVED_MAX];
};

struct x11_clipboard {
    struct clipboard clipboard; /* first */
    struct x11_connection x11;
    struct x11_atoms atoms;
    const struct log *log;
    struct clipboard_events events;
    void *user;
    bool watched;
    unsigned
        watched_since;   /* the request's number: what the server says before it does not count */
    bool over;           /* destroyed, or the display is gone */
    xcb_window_t window; /* owns the selection */
    struct x11_read read;
    struct x11_serve serve;
};

/* A window that nobody sees, for selections and properties. */
xcb_window_t x11_clipboard_window(struct x11_clipboard *x11);

/* Wipes and frees; NULL is none. */
void x11_clipboard_forget(char **text, size_t length);

/* Another program's copy at a time of the server. */
void x11_read_begin(struct x11_clipboard *x11, xcb_timestamp_t when);
void x11_read_cancel(struct x11_clipboard *x11);
void x11_read_notified(struct x11_clipboard *x11, const xcb_selection_notify_event_t *event);
void x11_read_property(struct x11_clipboard *x11, const xcb_property_notify_event_t *event);
/* Takes an answer that is there. */
void x11_read_step(struct x11_clipboard *x11);

int x11_serve_put(struct x11_clipboard *x11, const char *text, size_t length);
void x11_serve_requested(struct x11_clipboard *x11, const xcb_selection_request_event_t *event);
void x11_serve_lost(struct x11_clipboard *x11, const xcb_selection_clear_event_t *event);
void x11_serve_property(struct x11_clipboard *x11, const xcb_property_notify_event_t *event);
/* A program's window is gone. */
void x11_serve_destroyed(struct x11_clipboard *x11, const xcb_destroy_notify_event_t *event);
void x11_serve_free(struct x11_clipboard *x11);

/* Callbacks of the timers. */
void x11_read_on_pace(uv_timer_t *timer);
void x11_read_on_deadline(uv_timer_t *timer);
void x11_serve_on_timer(uv_timer_t *timer);

#endif
