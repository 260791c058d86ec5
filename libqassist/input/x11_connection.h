/*
 * An X connection on a libuv loop, for input and screen. Nothing here blocks after `open`: the
 * owner's on_ready runs whenever events or replies may be there and drains them with xcb_poll_*.
 */
#ifndef INPUT_X11_CONNECTION_H
#define INPUT_X11_CONNECTION_H

#include <stdbool.h>
#include <uv.h>
#include <xcb/xcb.h>

struct x11_connection {
    xcb_connection_t *xcb;
    xcb_screen_t *screen;
    uv_poll_t readable;
    uv_async_t wake;
    unsigned handles; /* of its own, on the loop */
    unsigned closing; /* handles whose end on_closed waits for */
    void (*on_ready)(void *user);
    void (*on_closed)(void *user);
    void *user;
};

/* Connects, waiting for the display. NULL is the environment's. false with *detail saying why. */
bool x11_connection_open(struct x11_connection *connection, const char *display,
                         const char **detail);

/* The extension is there; the answer is awaited at most once a connection. */
bool x11_connection_has(struct x11_connection *connection, xcb_extension_t *extension);

/* Puts it on the loop. false when out of descriptors or memory; close it either way. */
bool x11_connection_attach(struct x11_connection *connection, uv_loop_t *loop,
                           void (*on_ready)(void *user), void *user);

/* on_ready does not run any more. */
void x11_connection_stop(struct x11_connection *connection);

/* The display is gone; then it is stopped as well. */
bool x11_connection_lost(struct x11_connection *connection);

/*
 * Sends what was requested. Writing may make xcb read, and what it has read makes no descriptor
 * readable: then this wakes.
 */
void x11_connection_flush(struct x11_connection *connection);

/* on_ready from the loop soon, also when called from outside the loop. */
void x11_connection_wake(struct x11_connection *connection);

/* Before `close`: closes a timer of the owner's as well, so that on_closed runs after its end. */
void x11_connection_close_timer(struct x11_connection *connection, uv_timer_t *timer);

/*
 * Disconnects now; on_closed runs when the loop holds nothing of it any more, which may be before
 * the return when it was never attached and has no timer.
 */
void x11_connection_close(struct x11_connection *connection, void (*on_closed)(void *user),
                          void *user);

/* Takes the answer of a request where it is there: true, with *reply NULL when it was an error. */
bool x11_connection_answer(struct x11_connection *connection, unsigned *sequence, void **reply);

#endif
