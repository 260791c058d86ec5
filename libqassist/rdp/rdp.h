/*
 * Host side of the RDP worker: starts it, passes bytes, pictures and input, notices its death or
 * hang. No FreeRDP header here: the library does not link FreeRDP.
 *
 * Belongs to the loop's thread; events come from the loop.
 */
#ifndef RDP_RDP_H
#define RDP_RDP_H

#include <stdbool.h>
#include <uv.h>

#include <qassist/input.h>
#include <qassist/picture.h>

#include "base/log.h"
#include "rdp/picture.h"

enum rdp_role { RDP_SERVER = 1, RDP_CLIENT = 2 };

#define RDP_DAMAGE_MAX 64 /* rectangles in one message; more are merged into their bounds */
#define RDP_MOVES_MAX  16

/*
 * Client: what changed. The moves are made one after the other on the picture before; what was
 * painted after them comes first in `damage`, then where the moves go.
 */
struct rdp_frame {
    const qa_rect *damage;
    size_t count;
    size_t painted; /* of them */
    const qa_move *moves;
    size_t move_count;
};

#define RDP_BYTES_MAX      16384 /* most bytes in one `bytes` event */
#define RDP_EPOCHS         16    /* input epochs count modulo this */
#define RDP_GENERATION_MAX 32767

struct rdp_events {
    /* RDP bytes for the peer, at most RDP_BYTES_MAX a call. Only while rdp_set_reading is true (it
     * is false at first). */
    void (*bytes)(void *user, const uint8_t *data, size_t length);
    /* This many bytes given to rdp_feed were taken by the worker. */
    void (*consumed)(void *user, size_t length);
    /* Server: input from the peer, not yet asked whether it may. */
    void (*input)(void *user, const qa_input_event *event);
    /*
     * Server: what follows in the input stream was sent under this epoch (0 to RDP_EPOCHS - 1); see
     * rdp_input_epoch.
     */
    void (*input_epoch)(void *user, unsigned epoch);
    /*
     * Server: the worker has looked at what rdp_damage and rdp_picture_resized said, and looks at
     * nothing until they are called again. Whoever draws nothing between their call and this shows
     * no picture that is torn, and none that would only wait.
     */
    void (*taken)(void *user);
    /*
     * Server: what they said waited so long that it is out of date. The worker looks at nothing
     * until one of them is called again: whoever draws may do so now, and calls rdp_damage in any
     * case. NULL: nothing is ever drawn for this.
     */
    void (*renew)(void *user);
    /* Client: the shared picture holds a new frame. Nothing is decoded until rdp_frame_done. */
    void (*frame)(void *user, const struct rdp_frame *frame);
    void (*cursor)(void *user, const qa_cursor *cursor);
    void (*cursor_position)(void *user, int32_t x, int32_t y);
    /* Server: the peer's RDP client is up and pictures flow. Client: connected. */
    void (*ready)(void *user);
    /* The worker answered a ping: it runs, in its cage. */
    void (*answered)(void *user);
    /* The worker is gone; the last event. QA_EWORKER, QA_EWORKER_HUNG, QA_EWORKER_MISSING,
     * QA_EPROTO (the peer's RDP), QA_ENOMEM. */
    void (*failed)(void *user, int error, const char *detail);
};

struct rdp;

struct rdp_options {
    enum rdp_role role;
    const char *worker_path; /* NULL: the installed one (worker_place.h) */
    const struct log *log;
    bool classic_bitmaps;      /* client: do not offer the graphics pipeline (tests) */
    bool worker_stderr;        /* the worker's warnings go to standard error (diagnosis, tests) */
    uint32_t ping_interval_ms; /* 0: 2000 */
    uint32_t hang_limit_ms;    /* 0: 8000 */
    uint32_t connect_limit_ms; /* client: from the start until `ready`; 0: 20000 */
};

/*
 * Starts a worker (posix_spawn with a pidfd; no signal handler, no other descriptor inherited,
 * empty environment). `picture` is the caller's and must outlive it; a client resizes it. 0,
 * QA_ENOMEM, QA_EIO, QA_EWORKER_MISSING.
 */
int rdp_start(uv_loop_t *loop, const struct rdp_options *options, struct picture *picture,
              const struct rdp_events *events, void *user, struct rdp **out);

/* RDP bytes from the peer, copied; the mux window bounds them. 0, QA_ELIMIT, QA_ENOMEM. */
int rdp_feed(struct rdp *rdp, const uint8_t *data, size_t length);

/* Whether `bytes` may come; false leaves them in the worker's socket. */
void rdp_set_reading(struct rdp *rdp, bool reading);

/* Server: the picture's size is set (first call starts the RDP server) or has changed, or another
 * picture of the same size begins. */
int rdp_picture_resized(struct rdp *rdp);

/* Server: these parts of the picture are new; none: it is as it was. */
int rdp_damage(struct rdp *rdp, const qa_rect *damage, size_t count);

/* Server: the pointer's shape and place. */
int rdp_cursor(struct rdp *rdp, const qa_cursor *cursor);
int rdp_cursor_position(struct rdp *rdp, int32_t x, int32_t y);

/* Client: to the sharer. QA_ESTATE before ready, QA_ELIMIT when the worker takes no more just now.
 */
int rdp_input(struct rdp *rdp, const qa_input_event *event);

/* Client: how many rdp_input or rdp_input_epoch are taken now without QA_ELIMIT. */
size_t rdp_input_room(const struct rdp *rdp);

/*
 * Client: marks the input stream, in order with rdp_input: the peer's `input_epoch` says when its
 * worker got here. Carried by the lock-key bits of RDP's synchronize event
 * (MS-RDPBCGR 2.2.8.1.2.2.5), which has no other use here because the sharer's own lock keys rule.
 * Errors as rdp_input.
 */
int rdp_input_epoch(struct rdp *rdp, unsigned epoch);

/* Client: the frame was looked at, go on. */
void rdp_frame_done(struct rdp *rdp);

/*
 * Client: tells the whole picture as a frame once more. Nothing where none was told yet: the first
 * frame is whole.
 */
void rdp_refresh(struct rdp *rdp);

/*
 * Client: the peer is paused (true) and may hold back its bytes: until it is no longer, connecting
 * may take as long as it takes.
 */
void rdp_set_peer_paused(struct rdp *rdp, bool paused);

/*
 * Which picture it is, of several that follow each other, of the same size maybe: 0 to
 * RDP_GENERATION_MAX. Server: goes with the next rdp_picture_resized. Client: that of the last
 * frame; 0 where the peer says none, or without the graphics pipeline.
 */
void rdp_set_generation(struct rdp *rdp, uint32_t generation);
uint32_t rdp_generation(const struct rdp *rdp);

/* The worker's process, for tests and diagnosis. */
int rdp_pid(const struct rdp *rdp);

/*
 * Ends the worker (asks, then SIGKILL after a second) and frees; no event after it. It reaps the
 * child from the loop; `done` (may be NULL) runs when nothing of it is left there. Allowed inside
 * an event.
 */
void rdp_stop(struct rdp *rdp, void (*done)(void *user), void *user);

#endif
