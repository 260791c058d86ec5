#include "relay/sign_in_token.h"

#include <string.h>

#include <qassist/errors.h>

#include "base/random.h"
#include "relay/sealed.h"

#define VERSION     1
#define ID_BYTES    8
#define NONCE_BYTES 16

/* version, account, id, issuer, issued, expires, then the name up to its end */
#define HEAD_BYTES  (1 + ACCOUNTS_ID_DIGITS + ID_BYTES + SIGN_IN_ISSUER_MARK + 16)
#define PLAIN_BYTES (HEAD_BYTES + RELAY_NAME_MAX)

_Static_assert(PLAIN_BYTES <= SEALED_PLAIN_MAX &&
                   sizeof SIGN_IN_PREFIX - 1 + SEALED_TEXT_SIZE(PLAIN_BYTES) <= RELAY_TOKEN_MAX + 1,
               "a token fits its field");

/* ---- sealing ---- */

static void seal(const struct ticket_key *key, const char *purpose, const uint8_t *plain,
                 size_t length, char *out, size_t size)
{
    uint8_t own[crypto_secretbox_KEYBYTES];
    sealed_key(key->bytes, purpose, own);
    sealed_write(own, plain, length, out, size);
    sodium_memzero(own, sizeof own);
}

/* The length of the plain text, or QA_EAUTH. */
static int unseal(const struct ticket_key *key, const char *purpose, const char *text,
                  uint8_t plain[SEALED_PLAIN_MAX])
{
    uint8_t own[crypto_secretbox_KEYBYTES];
    sealed_key(key->bytes, purpose, own);
    int length = sealed_read(own, text, plain);
    sodium_memzero(own, sizeof own);
    return length;
}

/* ---- who ---- */

static void add_part(crypto_generichash_state *hash, const char *text)
{
    uint8_t length[8];
    sealed_put_seconds(length, (int64_t)strlen(text));
    crypto_generichash_update(hash, length, sizeof length);
    crypto_generichash_update(hash, (const uint8_t *)text, strlen(text));
}

void sign_in_account(const char *issuer, const char *subject, char out[ACCOUNTS_ID_DIGITS + 1])
{
    crypto_generichash_state hash;
    uint8_t digest[16];
    char digits[2 * sizeof digest + 1];
    crypto_generichash_init(&hash, NULL, 0, sizeof digest);
    add_part(&hash, issuer);
    add_part(&hash, subject);
    crypto_generichash_final(&hash, digest, sizeof digest);
    sodium_bin2hex(digits, sizeof digits, digest, sizeof digest);
    out[0] = 'o';
    memcpy(out + 1, digits, ACCOUNTS_ID_DIGITS - 1);
    out[ACCOUNTS_ID_DIGITS] = '\0';
}

bool sign_in_account_valid(const char *id)
{
    return id[0] == 'o' && strlen(id) == ACCOUNTS_ID_DIGITS &&
           strspn(id + 1, "0123456789abcdef") == ACCOUNTS_ID_DIGITS - 1;
}

void sign_in_issuer_mark(const char *issuer, uint8_t out[SIGN_IN_ISSUER_MARK])
{
    uint8_t digest[crypto_generichash_BYTES_MIN];
    crypto_generichash(digest, sizeof digest, (const uint8_t *)issuer, strlen(issuer), NULL, 0);
    memcpy(out, digest, SIGN_IN_ISSUER_MARK);
}

/* ---- tokens ---- */

static const char token_purpose[] = "qassist sign-in token";

void sign_in_token_issue(const struct ticket_key *key, struct sign_in_token *token,
                         char out[RELAY_TOKEN_MAX + 1])
{
    uint8_t plain[PLAIN_BYTES], *at = plain, id[ID_BYTES];
    size_t name = strlen(token->shown_name);
    random_bytes(id, sizeof id);
    sodium_bin2hex(token->id, sizeof token->id, id, sizeof id);
    *at++ = VERSION;
    memcpy(at, token->account, ACCOUNTS_ID_DIGITS);
    at += ACCOUNTS_ID_DIGITS;
    memcpy(at, id, ID_BYTES);
    at += ID_BYTES;
    memcpy(at, token->issuer, SIGN_IN_ISSUER_MARK);
    at += SIGN_IN_ISSUER_MARK;
    sealed_put_seconds(at, token->issued);
    sealed_put_seconds(at + 8, token->expires);
    memcpy(at + 16, token->shown_name, name);
    strcpy(out, SIGN_IN_PREFIX);
    seal(key, token_purpose, plain, HEAD_BYTES + name, out + strlen(SIGN_IN_PREFIX),
         RELAY_TOKEN_MAX + 1 - strlen(SIGN_IN_PREFIX));
    sodium_memzero(plain, sizeof plain);
}

int sign_in_token_open(const struct ticket_key *key, int64_t now, const char *text,
                       struct sign_in_token *out)
{
    uint8_t plain[SEALED_PLAIN_MAX];
    memset(out, 0, sizeof *out);
    if (strncmp(text, SIGN_IN_PREFIX, strlen(SIGN_IN_PREFIX)) != 0)
        return QA_EAUTH;
    int length = unseal(key, token_purpose, text + strlen(SIGN_IN_PREFIX), plain);
    const uint8_t *at = plain;
    if (length <= HEAD_BYTES || length > PLAIN_BYTES || *at++ != VERSION)
        return QA_EAUTH;
    memcpy(out->account, at, ACCOUNTS_ID_DIGITS);
    at += ACCOUNTS_ID_DIGITS;
    sodium_bin2hex(out->id, sizeof out->id, at, ID_BYTES);
    at += ID_BYTES;
    memcpy(out->issuer, at, SIGN_IN_ISSUER_MARK);
    at += SIGN_IN_ISSUER_MARK;
    out->issued = sealed_get_seconds(at);
    out->expires = sealed_get_seconds(at + 8);
    memcpy(out->shown_name, at + 16, (size_t)(length - HEAD_BYTES));
    sodium_memzero(plain, sizeof plain);
    return now >= out->expires ? QA_ECODE_EXPIRED : 0;
}

/* ---- nonces ---- */

static const char nonce_purpose[] = "qassist sign-in nonce";

void sign_in_nonce_issue(const struct ticket_key *key, int64_t now, char out[RELAY_TICKET_MAX + 1])
{
    uint8_t plain[8 + NONCE_BYTES];
    sealed_put_seconds(plain, now);
    random_bytes(plain + 8, NONCE_BYTES);
    seal(key, nonce_purpose, plain, sizeof plain, out, RELAY_TICKET_MAX + 1);
}

int64_t sign_in_nonce_open(const struct ticket_key *key, const char *text)
{
    uint8_t plain[SEALED_PLAIN_MAX];
    if (unseal(key, nonce_purpose, text, plain) != 8 + NONCE_BYTES)
        return QA_EAUTH;
    return sealed_get_seconds(plain);
}
