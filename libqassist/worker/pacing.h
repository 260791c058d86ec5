/*
 * Pacing: how much may be on its way to the peer, so that pixels fill no queue that input and newer
 * pixels would have to wait in. From the acknowledgements of frames it knows how fast the path
 * delivers (the best of the last seconds) and how long it takes when nothing is queued, and lets
 * just that much plus a short queue go. What a peer says that it worked at a frame is not the
 * path's. No clock and no I/O.
 */
#ifndef WORKER_PACING_H
#define WORKER_PACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Two frames at a time; up to four where the peer is far away, smaller ones for that. */
#define PACING_FRAMES_MAX 4
/* No frame gets more: what changed meanwhile would wait for it too long even on a fast path. */
#define PACING_FRAME_BYTES ((size_t)512 * 1024)
#define PACING_BUCKETS     4

struct pacing_frame {
    uint32_t id;
    size_t bytes;
    bool is_full; /* it used what it was given: it shows what the path can do */
    bool is_probe;
    bool is_alone;      /* nothing else was on its way: what it took is the path's and the peer's */
    uint64_t peer_us;   /* of that the peer's own work, as it says, */
    uint64_t took_us;   /* and all the time in which it had something of it */
    uint64_t worked_us; /* by the peer, all in all, when it was sent */
    uint64_t sent_us;
    uint64_t delivered; /* all in all, when it was sent, */
    uint64_t since_us;  /* and when that had been so */
};

struct pacing {
    struct pacing_frame frames[PACING_FRAMES_MAX];
    size_t count;
    size_t in_flight;
    uint64_t delivered;
    uint64_t delivered_us; /* the last acknowledgement, or the first frame after a pause */
    uint64_t heard_us;     /* the last acknowledgement; 0: none yet */

    uint64_t rates[PACING_BUCKETS]; /* bytes a second, the best of a while each */
    size_t bucket;
    uint64_t bucket_us;
    unsigned rises_left; /* at the start: frames that need not show a higher rate */
    uint64_t delay_us;   /* the shortest time to an acknowledgement, and when it was seen; */
    uint64_t delay_seen_us;
    bool probing;       /* seen too long ago, or never: a small frame alone shows it again */
    uint64_t worked_us; /* by the peer, all in all */
    bool is_blind;      /* frames show no more than that the path is at least so fast */
    size_t frame_max;   /* bytes of a frame, so that the peer's own queue is short */
    uint64_t alone_us;  /* when a frame that was alone arrived last */
};

void pacing_init(struct pacing *pacing);

/* Bytes that the next frame may have; 0: it has to wait for an acknowledgement. */
size_t pacing_budget(const struct pacing *pacing, uint64_t now_us);

/*
 * The frame had `bytes`, of which the first left at `first_us`; `is_full`: it would have had more,
 * or had what it was given.
 */
void pacing_sent(struct pacing *pacing, uint32_t id, size_t bytes, bool is_full, uint64_t first_us,
                 uint64_t now_us);

/*
 * The peer took so long for this frame, from when it began; for `after_us` of that all of it was
 * there. It is acknowledged next. Unknown ones are ignored.
 */
void pacing_peer_took(struct pacing *pacing, uint32_t id, uint64_t took_us, uint64_t after_us);

/*
 * This frame and those before it have arrived; who reads this did something else for the last
 * `late_us`, and may have it from then. Unknown ones are ignored.
 */
void pacing_acknowledged(struct pacing *pacing, uint32_t id, uint64_t late_us, uint64_t now_us);

/* The peer will not acknowledge what is on its way. */
void pacing_forget(struct pacing *pacing);

/* Bytes a second that the path is known to take; 0: not known yet. */
uint64_t pacing_rate(const struct pacing *pacing);
/* The time there and back without queues; with the peer's own work, where it does not tell. */
uint64_t pacing_delay_us(const struct pacing *pacing);

#endif
