/*
 * Tunnel: what runs over the link once both sides are in the room: pairing or, when they come back,
 * one word of greeting; then the encrypted channel, then the mux with its two streams. Belongs to
 * the loop's thread.
 *
 * `failed` and `established` come from inside tunnel_receive and from the sending calls alike;
 * after `failed` the tunnel sends and says nothing any more. It is freed by its owner, never inside
 * its events.
 */
#ifndef API_TUNNEL_H
#define API_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/pake.h"
#include "link/link.h"

struct tunnel_events {
    void (*established)(void *user);
    void (*control)(void *user, const char *data, size_t length); /* not NUL-terminated */
    void (*rdp)(void *user, const uint8_t *data, size_t length);
    void (*rdp_room)(void *user); /* tunnel_rdp_room grew */
    void (*failed)(void *user, int error, const char *detail);
    /*
     * A sharer that was restarted: the helper gave the key of the seal. Fills in the key of the
     * channel; 0, or an error that ends the tunnel.
     */
    int (*unseal)(void *user, const uint8_t seal[PAKE_PSK_BYTES], uint8_t key[PAKE_PSK_BYTES]);
};

struct tunnel;

/* Takes its share of `link`, which stays the caller's. Copies the inputs. 0 or an error of
 * pake_new. */
int tunnel_new(struct link *link, const struct pake_inputs *inputs,
               const struct tunnel_events *events, void *user, struct tunnel **out);
void tunnel_free(struct tunnel *tunnel);

/* The same for two that have the key of their session already. 0 or QA_ENOMEM. */
int tunnel_new_again(struct link *link, enum pake_role role, const uint8_t key[PAKE_PSK_BYTES],
                     const struct tunnel_events *events, void *user, struct tunnel **out);

/* The sharer after a restart: asks for the key of its seal (`unseal`). 0 or QA_ENOMEM. */
int tunnel_new_restarted(struct link *link, const struct tunnel_events *events, void *user,
                         struct tunnel **out);

/* The helper: if the sharer was restarted, it gets this and the channel is under that key. */
void tunnel_offer(struct tunnel *tunnel, const uint8_t seal[PAKE_PSK_BYTES],
                  const uint8_t key[PAKE_PSK_BYTES]);

/* Whether the sharer was restarted; once established. */
bool tunnel_restarted(const struct tunnel *tunnel);

/* The key of the session, for coming back; once established. The caller wipes it. */
void tunnel_key(const struct tunnel *tunnel, uint8_t key[PAKE_PSK_BYTES]);

/* The sharer's first message; the helper waits for it. */
void tunnel_start(struct tunnel *tunnel);

/* Bytes of the link's binary messages. */
void tunnel_receive(struct tunnel *tunnel, const uint8_t *data, size_t length);

/* The link takes more. */
void tunnel_drained(struct tunnel *tunnel);

/* 0, QA_ESTATE (not established), QA_ELIMIT, QA_ENOMEM. */
int tunnel_send_control(struct tunnel *tunnel, const char *data, size_t length);

/* How many bytes of control messages wait to be sent; 0 when nothing can be. */
size_t tunnel_control_waiting(const struct tunnel *tunnel);

/* RDP bytes: no more than tunnel_rdp_room. 0, QA_ESTATE, QA_ELIMIT, QA_ENOMEM. */
size_t tunnel_rdp_room(const struct tunnel *tunnel);
int tunnel_send_rdp(struct tunnel *tunnel, const uint8_t *data, size_t length);

/* The owner passed on this many of the RDP bytes that came. */
void tunnel_rdp_consumed(struct tunnel *tunnel, size_t length);

/* true: RDP bytes wait here, control goes on; a paused share. */
void tunnel_hold_rdp(struct tunnel *tunnel, bool hold);

/* The link is about to be destroyed: the tunnel is over and touches it no more. */
void tunnel_cut(struct tunnel *tunnel);

/* Sends what control waits, drops waiting RDP and says that the channel ends here. */
void tunnel_close(struct tunnel *tunnel);

#endif
