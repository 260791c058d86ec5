/*
 * Whom a WebSocket link trusts: the system's authorities, or those of one file and no others. The
 * certificate and the host's name or address are always checked; there is no way round it.
 */
#ifndef LINK_WS_TLS_H
#define LINK_WS_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "link/ws_url.h"

/* 0 with a store for the caller to free, QA_ETRUST (no certificate can be read), QA_ENOMEM. */
int ws_tls_store_new(const char *ca_file, X509_STORE **out);

/* Makes a client context trust that store alone, by TLS 1.2 or later. */
void ws_tls_setup(SSL_CTX *context, X509_STORE *store);

/*
 * Called for each step of a verification, with OpenSSL's own verdict. True when the step is fine;
 * else *error keeps the first X509_V_ERR_ of the connection.
 */
bool ws_tls_verify(X509_STORE_CTX *verification, bool verdict, const struct ws_url *url,
                   int *error);

/* What the X509_V_ERR_ means for the person in front of the screen. */
void ws_tls_explain(int error, const struct ws_url *url, char *out, size_t size);

#endif
