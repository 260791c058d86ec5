/*
 * Channel: TLS 1.2 with one suite, TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 (RFC 7905), by
 * mbedTLS, as bytes in and bytes out. The helper is always the TLS client. No certificates, no
 * renegotiation, no tickets; the established session is asserted to be that suite.
 */
#ifndef CRYPTO_CHANNEL_H
#define CRYPTO_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/pake.h"

enum channel_role { CHANNEL_HELPER_CLIENT = 1, CHANNEL_SHARER_SERVER = 2 };

/* Most plaintext in one channel_write; one TLS record. */
#define CHANNEL_WRITE_MAX 16384

struct channel;

struct channel_events {
    void (*output)(void *user, const uint8_t *data, size_t length); /* for the peer, in order */
    void (*established)(void *user);
    void (*plaintext)(void *user, const uint8_t *data, size_t length);
    void (*peer_closed)(void *user); /* close_notify: an orderly end, nothing was cut off */
};

/* Copies the key. 0, QA_ENOMEM, QA_EIO. Events come from inside the calls below. */
int channel_new(enum channel_role role, const uint8_t psk[PAKE_PSK_BYTES],
                const struct channel_events *events, void *user, struct channel **out);

/* Wipes and frees; not from inside an event. NULL is allowed. */
void channel_free(struct channel *channel);

/* The client's first flight. 0, QA_ESTATE (begun before), or an error as channel_feed. The server
 * needs no start. */
int channel_start(struct channel *channel);

/*
 * Takes all of the bytes from the peer; events come from inside and may write or close. 0;
 * QA_ETAMPERED (a record does not authenticate, or the handshake fails; an alert for the peer went
 * to output); QA_ENOMEM. An error is final. After peer_closed bytes are ignored.
 */
int channel_feed(struct channel *channel, const uint8_t *data, size_t length);

/* Encrypts. 0, QA_ESTATE (not established or closed), QA_EINVAL (empty or too long), QA_EIO. */
int channel_write(struct channel *channel, const uint8_t *data, size_t length);

/* Sends close_notify. */
void channel_close(struct channel *channel);

bool channel_established(const struct channel *channel);

#endif
