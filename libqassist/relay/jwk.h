/*
 * An issuer's public keys, from a JSON Web Key Set (RFC 7517). Only keys that may verify what is
 * accepted here are taken: RSA of 2048 to 8192 bits and EC on P-256; others are left out.
 */
#ifndef RELAY_JWK_H
#define RELAY_JWK_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

#define JWK_KEYS_MAX 64
#define JWK_ID_MAX   255

enum jwk_algorithm { JWK_RS256 = 1, JWK_PS256 = 2, JWK_ES256 = 4 };

#define JWK_ALGORITHMS (JWK_RS256 | JWK_PS256 | JWK_ES256)

/* The bit of a name such as "RS256"; 0 for what is not accepted. */
unsigned jwk_algorithm(const char *name);

struct jwk {
    char id[JWK_ID_MAX + 1]; /* empty: unsaid */
    unsigned algorithms;     /* bits of what it may verify */
    char *issuer;            /* it is this issuer's only; NULL: unsaid */
    EVP_PKEY *key;
};

struct jwk_set {
    struct jwk keys[JWK_KEYS_MAX];
    size_t count;
};

/* 0, QA_EPROTO (no key set, or no key in it that may be used), QA_ENOMEM. *out: jwk_set_free. */
int jwk_set_parse(const char *json, size_t length, struct jwk_set **out);

void jwk_set_free(struct jwk_set *set);

/*
 * The key for a token's "kid" (NULL: it has none, and only one key fits). NULL: there is none.
 * *known: some key of that id is there, though it may not fit.
 */
const struct jwk *jwk_find(const struct jwk_set *set, const char *id, unsigned algorithm,
                           bool *known);

#endif
