/*
 * What must be remembered about sign-ins, in the state directory (SQLite, so that several programs
 * may have it open): which ID tokens were used, for the minutes that they would be good again;
 * which helpers are blocked; which of the relay's own tokens were signed out. No names, no
 * addresses.
 */
#ifndef RELAY_SIGN_IN_STORE_H
#define RELAY_SIGN_IN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGN_IN_HASH_BYTES 32

struct sign_in_store;

/* 0, or QA_EIO with a sentence in `why`, QA_ENOMEM. */
int sign_in_store_open(const char *state_dir, struct sign_in_store **out, char *why,
                       size_t why_size);
void sign_in_store_close(struct sign_in_store *store);

/* Takes a token's hash: 0, QA_EAUTH (it was used before), QA_EIO. It is kept until then. */
int sign_in_store_use(struct sign_in_store *store, const uint8_t hash[SIGN_IN_HASH_BYTES],
                      int64_t until);

/* Blocks a helper from now on, or lets them in again: with a new sign-in. 0, QA_EINVAL (was not
 * blocked), QA_EIO. */
int sign_in_store_block(struct sign_in_store *store, const char *account, int64_t now);
int sign_in_store_unblock(struct sign_in_store *store, const char *account, int64_t now);

/* The relay's token of this id is worth nothing any more. 0, QA_EIO. */
int sign_in_store_void(struct sign_in_store *store, const char *token_id, int64_t until);

/* True when such a token, issued then, counts no longer; also when the file cannot be read. */
bool sign_in_store_voids(struct sign_in_store *store, const char *account, const char *token_id,
                         int64_t issued);

/* True when this helper is blocked; also when the file cannot be read. */
bool sign_in_store_blocks(struct sign_in_store *store, const char *account);

/* Those that are blocked, in the order of their ids. 0, QA_EIO. */
int sign_in_store_list(struct sign_in_store *store,
                       void (*blocked)(void *user, const char *account, int64_t since), void *user);

/* True when another program changed the file since the last call. */
bool sign_in_store_changed(struct sign_in_store *store);

/* Deletes what is of no use any more. 0, QA_EIO. */
int sign_in_store_purge(struct sign_in_store *store, int64_t now);

#endif
