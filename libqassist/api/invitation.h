/*
 * Invitation: what a sharer leaves on its disk before its computer is restarted, so that it can
 * come back to the session once, within twenty minutes. One file, 0600; the key of the next channel
 * and the helper's name are sealed in it, and only the helper has the key of the seal. No clock:
 * `now` comes in, seconds since 1970.
 */
#ifndef API_INVITATION_H
#define API_INVITATION_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/pake.h"
#include "crypto/seal.h"
#include "wire/relay_message.h"

#define INVITATION_SECONDS  1200
#define INVITATION_PATH_MAX 1024
#define INVITATION_URL_MAX  512

/* What is sealed. */
struct invitation_secret {
    uint8_t key[PAKE_PSK_BYTES]; /* of the channel to come */
    uint8_t sid[RELAY_SID_BYTES];
    char shown_name[RELAY_NAME_MAX + 1];
    char organisation[RELAY_NAME_MAX + 1];
};

#define INVITATION_DIGEST 32
#define INVITATION_SEALED (sizeof(struct invitation_secret) + INVITATION_DIGEST + SEAL_EXTRA)

struct invitation {
    char relay_url[INVITATION_URL_MAX + 1];
    int64_t expires;
    char ticket[RELAY_TICKET_MAX + 1];
    uint8_t sealed[INVITATION_SEALED];
};

/*
 * Where it is kept: `given`, or $XDG_STATE_HOME/qassist, or ~/.local/state/qassist. 0 or QA_EIO
 * (there is no such place).
 */
int invitation_directory(const char *given, char out[INVITATION_PATH_MAX]);

/* Writes it in the place of an older one; `seal` gets the seal's key. 0 or QA_EIO. */
int invitation_write(const char *directory, const char *relay_url, const char *ticket, int64_t now,
                     const struct invitation_secret *secret, uint8_t seal[SEAL_KEY_BYTES]);

/* Not to be used any more; none there is fine. */
void invitation_remove(const char *directory);

/* Removes one that nobody can use any more. */
void invitation_purge(const char *directory, int64_t now);

/*
 * Takes it, once and for all: the file is gone afterwards, whatever the outcome. 0, or
 * QA_EINVITATION and why in words.
 */
int invitation_take(const char *directory, int64_t now, struct invitation *out, const char **why);

/* The relay that the invitation names; it stays where it is. 0 or QA_EINVITATION. */
int invitation_relay(const char *directory, char out[INVITATION_URL_MAX + 1]);

/* 0 or QA_ETAMPERED: another seal's key, or the file was altered. */
int invitation_unseal(const struct invitation *invitation, const uint8_t seal[SEAL_KEY_BYTES],
                      struct invitation_secret *out);

#endif
