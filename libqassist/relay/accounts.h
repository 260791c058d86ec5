/*
 * Local helper accounts: who may ask for a code. One file, 0600, in the state directory; of a token
 * only its Argon2id hash is kept. Changes are made under a lock and replace the file at once, so
 * that a running relay sees either the old or the new one.
 */
#ifndef RELAY_ACCOUNTS_H
#define RELAY_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include "wire/relay_message.h"

#define ACCOUNTS_ID_DIGITS 16
#define ACCOUNTS_MAX       10000

struct account {
    char id[ACCOUNTS_ID_DIGITS + 1];
    char name[RELAY_NAME_MAX + 1];
    char hash[crypto_pwhash_STRBYTES];
    int64_t created; /* seconds since 1970 */
};

struct accounts {
    struct account *list;
    size_t count;
};

/* Reads the file; none there means no accounts. 0, QA_EIO (unreadable or damaged), QA_ENOMEM. */
int accounts_load(const char *state_dir, struct accounts *out);
void accounts_free(struct accounts *accounts);

/*
 * Adds a helper; `token` gets what it signs in with, to be wiped by the caller. 0, QA_EINVAL (name
 * empty, too long or not printable), QA_ELIMIT, QA_EIO, QA_ENOMEM.
 */
int accounts_add(const char *state_dir, const char *name, struct account *added,
                 char token[RELAY_TOKEN_MAX + 1]);

/*
 * Removes by id or, where only one helper has it, by name. 0, QA_EINVAL (none such), QA_ELIMIT
 * (several of that name), QA_EIO, QA_ENOMEM.
 */
int accounts_remove(const char *state_dir, const char *name_or_id);

/* The account that a token says it is of, to be verified; NULL when there is none. */
const struct account *accounts_find(const struct accounts *accounts, const char *token);

/* True when there is an account of this id. */
bool accounts_have(const struct accounts *accounts, const char *id);

/* True when the token is the account's. Takes a tenth of a second and 64 MB, on purpose. */
bool accounts_verify(const char *token, const char hash[crypto_pwhash_STRBYTES]);

/* Changes whenever the file does. */
struct accounts_stamp {
    uint64_t inode, size, seconds, nanoseconds;
};

void accounts_stamp(const char *state_dir, struct accounts_stamp *out);

#endif
