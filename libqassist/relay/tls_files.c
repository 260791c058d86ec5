#include "relay/tls_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
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

/* Everything has a count of references in OpenSSL; what is kept outlives the context. */
static int keep(SSL_CTX *context, struct tls_files *out)
{
    STACK_OF(X509) *chain = NULL;
    out->certificate = SSL_CTX_get0_certificate(context);
    out->key = SSL_CTX_get0_privatekey(context);
    if (!X509_up_ref(out->certificate))
        out->certificate = NULL;
    if (!EVP_PKEY_up_ref(out->key))
        out->key = NULL;
    SSL_CTX_get0_chain_certs(context, &chain);
    if (chain)
        out->chain = X509_chain_up_ref(chain);
    return out->certificate && out->key && (!chain || out->chain) ? 0 : QA_ENOMEM;
}

int tls_files_load(const char *certificate_file, const char *key_file, struct tls_files *out,
                   char *why, size_t why_size)
{
    *out = (struct tls_files){0};
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
    if (!error)
        error = keep(context, out);
    ERR_clear_error();
    SSL_CTX_free(context);
    return error;
}

void tls_files_free(struct tls_files *files)
{
    X509_free(files->certificate);
    EVP_PKEY_free(files->key);
    sk_X509_pop_free(files->chain, X509_free);
    *files = (struct tls_files){0};
}

int tls_files_check(const char *certificate_file, const char *key_file, char *why, size_t why_size)
{
    struct tls_files files;
    int error = tls_files_load(certificate_file, key_file, &files, why, why_size);
    tls_files_free(&files);
    return error;
}

int tls_files_use(const struct tls_files *files, SSL *ssl)
{
    SSL_certs_clear(ssl);
    return SSL_use_cert_and_key(ssl, files->certificate, files->key, files->chain, 1) == 1
               ? 0
               : QA_ETRUST;
}

int64_t tls_files_expiry(const struct tls_files *files)
{
    struct tm when;
    if (!ASN1_TIME_to_tm(X509_get0_notAfter(files->certificate), &when))
        return 0;
    return timegm(&when);
}
