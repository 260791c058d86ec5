#include "relay/pass.h"

#include <string.h>

#include "relay/sealed.h"

#define VERSION    1
#define WHAT_BYTES 32

/* version, node, hash of what it is for, until when */
#define PLAIN_BYTES (1 + NODE_NAME_DIGITS + WHAT_BYTES + 8)

_Static_assert(PLAIN_BYTES <= SEALED_PLAIN_MAX &&
                   SEALED_TEXT_SIZE(PLAIN_BYTES) <= RELAY_TICKET_MAX + 1,
               "a pass fits its field");

static void hash_what(const char *what, uint8_t out[WHAT_BYTES])
{
    crypto_generichash(out, WHAT_BYTES, (const uint8_t *)what, strlen(what), NULL, 0);
}

void pass_issue(const struct ticket_key *key, int64_t now, const char *node, const char *what,
                char out[RELAY_TICKET_MAX + 1])
{
    uint8_t plain[PLAIN_BYTES] = {VERSION}, own[crypto_secretbox_KEYBYTES];
    memcpy(plain + 1, node, NODE_NAME_DIGITS);
    hash_what(what, plain + 1 + NODE_NAME_DIGITS);
    sealed_put_seconds(plain + 1 + NODE_NAME_DIGITS + WHAT_BYTES, now + PASS_S);
    sealed_key(key->bytes, "qassist node pass", own);
    sealed_write(own, plain, sizeof plain, out, RELAY_TICKET_MAX + 1);
    sodium_memzero(own, sizeof own);
    sodium_memzero(plain, sizeof plain);
}

bool pass_open(const struct ticket_key *key, int64_t now, const char *text, const char *what,
               char node[NODE_NAME_DIGITS + 1])
{
    uint8_t plain[SEALED_PLAIN_MAX], own[crypto_secretbox_KEYBYTES], wanted[WHAT_BYTES];
    sealed_key(key->bytes, "qassist node pass", own);
    int length = sealed_read(own, text, plain);
    sodium_memzero(own, sizeof own);
    if (length != PLAIN_BYTES || plain[0] != VERSION)
        return false;
    hash_what(what, wanted);
    memcpy(node, plain + 1, NODE_NAME_DIGITS);
    node[NODE_NAME_DIGITS] = '\0';
    int64_t until = sealed_get_seconds(plain + 1 + NODE_NAME_DIGITS + WHAT_BYTES);
    return !memcmp(plain + 1 + NODE_NAME_DIGITS, wanted, sizeof wanted) && now < until;
}

bool pass_valid(const struct ticket_key *key, int64_t now, const char *text, const char *node,
                const char *what)
{
    char whose[NODE_NAME_DIGITS + 1];
    return pass_open(key, now, text, what, whose) && !strcmp(whose, node);
}

void pass_mark(const struct ticket_key *key, const char *kind, const void *data, size_t length,
               char out[SHARED_MARK_DIGITS + 1])
{
    uint8_t own[crypto_secretbox_KEYBYTES], hash[SHARED_MARK_DIGITS / 2];
    sealed_key(key->bytes, kind, own);
    crypto_generichash(hash, sizeof hash, data, length, own, sizeof own);
    sodium_bin2hex(out, SHARED_MARK_DIGITS + 1, hash, sizeof hash);
    sodium_memzero(own, sizeof own);
}
