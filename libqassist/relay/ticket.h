/*
 * Tickets: with one, an end of a session that broke off comes back to it. Sealed under a key in the
 * state directory (XSalsa20-Poly1305), so that a relay that was started again still honours them,
 * nobody makes one, and a sharer cannot read whose account its helper has. No clock: `now` comes
 * in, seconds since 1970.
 */
#ifndef RELAY_TICKET_H
#define RELAY_TICKET_H

#include <sodium.h>

#include "relay/accounts.h"
#include "relay/shared.h"
#include "wire/relay_message.h"

enum ticket_role { TICKET_HELPER, TICKET_SHARER };

struct ticket {
    enum ticket_role role;
    uint8_t sid[RELAY_SID_BYTES];
    char account[ACCOUNTS_ID_DIGITS + 1]; /* the helper's, in either's ticket */
    char node[NODE_NAME_DIGITS + 1];      /* where the session began; empty: there is just one */
    int64_t issued, expires;
};

struct ticket_key {
    uint8_t bytes[crypto_secretbox_KEYBYTES];
};

/*
 * Makes the key from a file of at least 32 bytes that all nodes have alike. 0, or QA_EIO with a
 * sentence in `why`.
 */
int ticket_key_shared(const char *path, struct ticket_key *out, char *why, size_t why_size);

/*
 * Reads the key, or makes it where there is none. One that others could read is replaced, and what
 * was issued under it is void: *replaced. 0 or QA_EIO with errno, QA_ENOMEM.
 */
int ticket_key_load(const char *state_dir, struct ticket_key *out, bool *replaced);

void ticket_issue(const struct ticket_key *key, const struct ticket *ticket,
                  char out[RELAY_TICKET_MAX + 1]);

/* 0, QA_EAUTH (not issued under this key, or damaged), QA_ECODE_EXPIRED. */
int ticket_open(const struct ticket_key *key, int64_t now, const char *text, struct ticket *out);

#endif
