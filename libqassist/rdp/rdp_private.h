/* What the files of this room share of struct rdp; for nobody else. */
#ifndef RDP_RDP_PRIVATE_H
#define RDP_RDP_PRIVATE_H

#include "base/buffer.h"
#include "rdp/outbox.h"
#include "rdp/rdp.h"
#include "rdp/worker_process.h"

enum rdp_state {
    RDP_RUNNING,
    RDP_FAILED,  /* `failed` was told; waits for rdp_stop */
    RDP_STOPPING /* no event any more; waits for the process and the loop's handles */
};

/* The cursor that a client worker is telling us, piece by piece. */
struct rdp_cursor_intake {
    uint8_t *pixels;
    size_t length;
    size_t received;
    struct worker_cursor shape;
};

struct rdp {
    uv_loop_t *loop;
    enum rdp_role role;
    const struct log *log;
    struct rdp_events events;
    void *user;
    struct picture *picture;
    enum rdp_state state;

    struct worker_process process;
    int stream_fd;
    int control_fd;
    uv_poll_t process_poll;
    uv_poll_t stream_poll;
    uv_poll_t control_poll;
    int stream_watched, control_watched; /* for which events; see rdp_watch */
    uv_timer_t timer;                    /* pings; after rdp_stop the grace period */
    unsigned open_handles;
    void (*done)(void *user);
    void *done_user;

    /* control */
    struct outbox outbox;
    struct rdp_cursor_intake cursor;
    uint64_t last_tick_ms;
    uint64_t pong_waited_ms;
    uint32_t ping_interval_ms;
    uint32_t hang_limit_ms;
    bool pong_awaited;
    bool greeted; /* the worker said hello */
    bool ready;
    bool frame_out; /* a frame is with the app */
    uint32_t generation;
    bool peer_paused;

    /* bytes */
    struct buffer to_worker;
    bool reading;
    bool stream_closed;
};

/* Ends the worker and tells why, once. Never from inside a call of the app. */
void rdp_fail(struct rdp *rdp, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Watches for events from now on, 0: none. Only a change is told to libuv, which else drops what it
 * found in the present turn: with a picture from the app in each turn nothing was ever sent.
 */
void rdp_watch(uv_poll_t *poll, int *watched, int events, uv_poll_cb on_poll);

/* Polls for what is wanted now. */
void rdp_stream_update(struct rdp *rdp);
void rdp_control_update(struct rdp *rdp);

void rdp_stream_on_poll(uv_poll_t *handle, int status, int events);
void rdp_control_on_poll(uv_poll_t *handle, int status, int events);

/* Reads the messages that wait, up to a bound, and tells the events. */
void rdp_control_read(struct rdp *rdp);

#endif
