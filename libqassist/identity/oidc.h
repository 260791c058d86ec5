/*
 * What a program says to an issuer of sign-ins and hears from it, as text: OpenID Connect with PKCE
 * (RFC 7636) and the device grant (RFC 8628). No I/O. Whether an ID token is right the relay looks
 * at; here it comes from the issuer over TLS and goes on.
 */
#ifndef IDENTITY_OIDC_H
#define IDENTITY_OIDC_H

#include "http/http.h"
#include "wire/relay_message.h"

#define OIDC_FORM_MAX  8192
#define OIDC_TOKEN_MAX 4096
#define OIDC_CODE_MAX  2048
#define OIDC_USER_CODE 64

struct oidc_endpoints {
    char authorization[HTTP_URL_MAX], token[HTTP_URL_MAX], device[HTTP_URL_MAX];
};

/* Of one sign-in. */
struct oidc_secrets {
    char verifier[64], challenge[64], state[64];
};

struct oidc_tokens {
    char id_token[RELAY_ID_TOKEN_MAX + 1];
    char refresh_token[OIDC_TOKEN_MAX + 1]; /* empty: none */
    char error[64];                         /* the issuer's word; empty: none */
};

struct oidc_device {
    char device_code[OIDC_CODE_MAX + 1];
    char user_code[OIDC_USER_CODE + 1];
    char address[HTTP_URL_MAX];
    char complete[HTTP_URL_MAX]; /* with the code in it; empty: none */
    uint32_t expires_s, interval_s;
};

/* 0, QA_EPROTO: not what an issuer says, or another one's. `device` may stay empty. */
int oidc_read_description(const char *json, size_t length, const char *issuer,
                          struct oidc_endpoints *out);

/* 0 (with an error of the issuer's too), QA_EPROTO, QA_ELIMIT: a token is too long for the relay.
 */
int oidc_read_tokens(const char *json, size_t length, struct oidc_tokens *out);

/* 0, QA_EPROTO. */
int oidc_read_device(const char *json, size_t length, struct oidc_device *out);

void oidc_draw(struct oidc_secrets *out);

/* These return 0 or QA_ELIMIT: it does not fit. */
int oidc_authorization_address(const struct oidc_endpoints *endpoints,
                               const struct relay_issuer *issuer,
                               const struct oidc_secrets *secrets, const char *redirect,
                               const char *nonce, char out[HTTP_URL_MAX]);
int oidc_code_form(const struct relay_issuer *issuer, const struct oidc_secrets *secrets,
                   const char *redirect, const char *code, char out[OIDC_FORM_MAX]);
int oidc_refresh_form(const struct relay_issuer *issuer, const char *refresh_token,
                      char out[OIDC_FORM_MAX]);
int oidc_device_form(const struct relay_issuer *issuer, const char *nonce, char out[OIDC_FORM_MAX]);
int oidc_poll_form(const struct relay_issuer *issuer, const char *device_code,
                   char out[OIDC_FORM_MAX]);

/*
 * A member of a query ("a=b&c=d", up to a NUL), decoded. False: not there, there twice, longer than
 * `size`, or with bytes that are no printable ASCII.
 */
bool oidc_query_member(const char *query, const char *name, char *out, size_t size);

#endif
