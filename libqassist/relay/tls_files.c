#include "relay/tls_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <qassist/errors.h>

static int readable(const char *what, const char *path, char *why, size_t why_size)
{
    if (!access(path, R_OK))
        return 0;
    snprintf(why, why_size, "cannot read the %s %s: %s", what, path, strerror(errno));
    return QA_ETRUST;
}

static int load(SSL_CTX *context, const char *certificate_file, const char *key_file, char *why,
                size_t why_size)
{
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1) {
        snprintf(why, why_size, "%s holds no PEM certificate that can be used", certificate_file);
        return QA_ETRUST;
    }
    if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context))) < 0) {
        snprintf(why, why_size, "the certificate in %s has expired; renew it", certificate_file);
        return QA_ETRUST;
    }
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1) {
        bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
        snprintf(why, why_size,
                 mismatch ? "the key %s is not the one of the certificate %s"
                          : "%s holds no PEM key without password (for the certificate %s)",
                 key_file, certificate_file);
        return QA_ETRUST;
    }
    return 0;
}

/* A key with a password must not make OpenSSL ask on the terminal. */
static int no_password(char *buffer, int size, int rwflag, void *user)
{
    return 0;
}

int tls_files_check(const char *certificate_file, const char *key_file, char *why, size_t why_size)
{
    int error = readable("certificate", certificate_file, why, why_size);
    if (!error)
        error = readable("key", key_file, why, why_size);
    if (error)
        return error;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context)
        return QA_ENOMEM;
    SSL_CTX_set_default_passwd_cb(context, no_password);
    ERR_clear_error();
    error = load(context, certificate_file, key_file, why, why_size);
    ERR_clear_error();
    SSL_CTX_free(context);
    return error;
}
