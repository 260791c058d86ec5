/*
 * The relay's certificate and key: read whole and looked at, to say what is wrong, and given to
 * each handshake, so that they can be replaced while the relay runs.
 */
#ifndef RELAY_TLS_FILES_H
#define RELAY_TLS_FILES_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

struct tls_files {
    X509 *certificate;
    EVP_PKEY *key;
    STACK_OF(X509) * chain; /* may be NULL */
};

/* 0 or QA_ETRUST; `why` says what to do. *out: tls_files_free, which allows what was not loaded. */
int tls_files_load(const char *certificate_file, const char *key_file, struct tls_files *out,
                   char *why, size_t why_size);
void tls_files_free(struct tls_files *files);

/* The same without keeping anything. */
int tls_files_check(const char *certificate_file, const char *key_file, char *why, size_t why_size);

/* Makes this handshake use them, and nothing else. 0 or QA_ETRUST. */
int tls_files_use(const struct tls_files *files, SSL *ssl);

/* When the certificate runs out, seconds since 1970; 0 when that cannot be said. */
int64_t tls_files_expiry(const struct tls_files *files);

#endif
