/*
 * Mux: two streams inside the encrypted channel, and nothing else there.
 *
 * Frame: stream (1 byte), kind (1 byte; 0 DATA, 1 WINDOW), length (2 bytes, big endian), payload.
 * Stream 0 is control, one JSON message a DATA frame, at most MUX_CONTROL_MAX. Stream 1 is RDP,
 * bytes in DATA frames of at most MUX_RDP_CHUNK, under a credit window: a side sends no more RDP
 * bytes than the other granted by WINDOW frames (4 bytes big endian, added), so that unread RDP
 * never holds up control. Control goes first whenever both wait. Pure data structure: no I/O, no
 * clock.
 */
#ifndef WIRE_MUX_H
#define WIRE_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUX_CONTROL_MAX   16384
#define MUX_CONTROL_QUEUE 262144 /* most bytes of control waiting */
#define MUX_RDP_CHUNK     8192
#define MUX_RDP_WINDOW    262144 /* credit at the start, each way */
#define MUX_RDP_QUEUE     65536  /* most bytes of RDP waiting here to be sent */

struct mux;

struct mux_events {
    void (*control)(void *user, const char *data, size_t length); /* not NUL-terminated */
    void (*rdp)(void *user, const uint8_t *data, size_t length);
};

/* 0 or QA_ENOMEM. */
int mux_new(const struct mux_events *events, void *user, struct mux **out);
void mux_free(struct mux *mux);

/* Queue one control message. 0, QA_EINVAL (empty or too long), QA_ELIMIT, QA_ENOMEM. */
int mux_send_control(struct mux *mux, const char *data, size_t length);

/* How many bytes of control messages fit into their queue now, headers included. */
size_t mux_control_room(const struct mux *mux);

/* How many RDP bytes mux_send_rdp takes now. */
size_t mux_rdp_room(const struct mux *mux);

/* Queue RDP bytes; at most mux_rdp_room. 0, QA_ELIMIT (nothing taken), QA_ENOMEM. */
int mux_send_rdp(struct mux *mux, const uint8_t *data, size_t length);

/* The owner has passed on `length` received RDP bytes: their credit goes back to the sender. */
void mux_rdp_consumed(struct mux *mux, size_t length);

/*
 * Writes the next frames into out, as many whole ones as fit; returns the bytes written, 0 when
 * nothing may be sent. `size` must be at least MUX_CONTROL_MAX + 4.
 */
size_t mux_pull(struct mux *mux, uint8_t *out, size_t size);

/*
 * Takes received bytes in any pieces; events come from inside and may send, not free or feed. 0,
 * QA_EPROTO (framing broken, window exceeded, credit beyond 1 GiB), which is final.
 */
int mux_feed(struct mux *mux, const uint8_t *data, size_t length);

/*
 * true: RDP bytes wait here until false, even across mux_pull, so that nothing of a paused share
 * leaves and the stream is whole when it goes on. Control and credit go on meanwhile.
 */
void mux_hold_rdp(struct mux *mux, bool hold);

#endif
