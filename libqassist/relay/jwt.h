/*
 * ID tokens (OpenID Connect Core, RFC 7515 and 7519): whether one was signed by its issuer for us
 * and holds now. The algorithm must be one of ours and fit the kind of the issuer's key, so that
 * neither "none" nor a public key taken as a secret gets anywhere. Pure: no I/O, no clock.
 */
#ifndef RELAY_JWT_H
#define RELAY_JWT_H

#include <stdint.h>

#include <cjson/cJSON.h>

#include "relay/jwk.h"
#include "wire/relay_message.h"

#define JWT_SKEW_S        60  /* how far clocks may be apart */
#define JWT_FRESH_S       900 /* how old a token may be; Entra ID dates them back by five minutes */
#define JWT_TENANT        "{tenantid}"
#define JWT_GUID_SIZE     37
#define JWT_SIGNATURE_MAX 1024 /* bytes: RSA of 8192 bits */

struct jwt {
    char text[RELAY_ID_TOKEN_MAX + 1];
    size_t signed_length; /* of text: header and claims */
    uint8_t signature[JWT_SIGNATURE_MAX];
    size_t signature_length;
    unsigned algorithm;
    char key_id[JWK_ID_MAX + 1];
    bool has_key_id;
    cJSON *claims;
};

struct jwt_rules {
    const char *issuer;         /* exactly, once {tenantid} in it is filled in */
    const char *audience;       /* the client that it must be made for */
    const char *const *tenants; /* those that are allowed where the issuer has {tenantid} */
    size_t tenant_count;
    unsigned algorithms;
    int64_t now; /* seconds since 1970 */
};

/*
 * Takes a token apart. 0, QA_EAUTH with a sentence's end in *why ("the sign-in ..."), QA_ENOMEM.
 * jwt_free in any case.
 */
int jwt_read(const char *token, struct jwt *out, const char **why);

/*
 * Verifies signature, issuer, audience and times. 0, QA_EAUTH, or QA_ESTATE: the key is not among
 * these; newer ones may have it.
 */
int jwt_verify(const struct jwt *jwt, const struct jwk_set *keys, const struct jwt_rules *rules,
               const char **why);

void jwt_free(struct jwt *jwt);

/* True when `issuer` is the pattern, with `tenant` in the place of {tenantid} where it has one. */
bool jwt_issuer_fits(const char *pattern, const char *tenant, const char *issuer);

/* A claim that is a text, or NULL. "a.b" is b in a where nothing is called "a.b". */
const char *jwt_text(const struct jwt *jwt, const char *name);

/* True when a claim is one of the wanted texts, or a list with one of them. */
bool jwt_holds(const struct jwt *jwt, const char *name, const char *const *wanted, size_t count);

#endif
