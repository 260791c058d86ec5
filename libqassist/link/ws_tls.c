#include "link/ws_tls.h"

#include <arpa/inet.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <qassist/errors.h>

int ws_tls_store_new(const char *ca_file, X509_STORE **out)
{
    *out = NULL;
    X509_STORE *store = X509_STORE_new();
    if (!store)
        return QA_ENOMEM;
    ERR_clear_error();
    int loaded = ca_file ? X509_STORE_load_locations(store, ca_file, NULL)
                         : X509_STORE_set_default_paths(store);
    ERR_clear_error();
    if (loaded != 1) {
        X509_STORE_free(store);
        return QA_ETRUST;
    }
    *out = store;
    return 0;
}

void ws_tls_setup(SSL_CTX *context, X509_STORE *store)
{
    /* libwebsockets has loaded more into its own: a directory relative to the working directory. */
    SSL_CTX_set1_cert_store(context, store);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

static bool is_ip_address(const struct ws_url *url)
{
    struct in_addr v4;
    return url->is_ipv6 || inet_pton(AF_INET, url->host, &v4) == 1;
}

static bool certificate_names(X509 *certificate, const struct ws_url *url)
{
    if (!certificate)
        return false;
    if (is_ip_address(url))
        return X509_check_ip_asc(certificate, url->host, 0) == 1;
    return X509_check_host(certificate, url->host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) ==
           1;
}

static bool is_name_error(int error)
{
    return error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

bool ws_tls_verify(X509_STORE_CTX *verification, bool verdict, const struct ws_url *url, int *error)
{
    int now = X509_STORE_CTX_get_error(verification);
    bool names = certificate_names(X509_STORE_CTX_get0_cert(verification), url);

    /* libwebsockets asks OpenSSL for "[" as the name when the host is an IPv6 address: only our own
     * look at the certificate can say yes there. */
    if (!verdict && is_name_error(now) && url->is_ipv6 && names) {
        X509_STORE_CTX_set_error(verification, X509_V_OK);
        return true;
    }
    if (verdict && !names) {
        now = is_ip_address(url) ? X509_V_ERR_IP_ADDRESS_MISMATCH : X509_V_ERR_HOSTNAME_MISMATCH;
        X509_STORE_CTX_set_error(verification, now);
        verdict = false;
    }
    if (!verdict && *error == X509_V_OK)
        *error = now;
    return verdict;
}

void ws_tls_explain(int error, const struct ws_url *url, char *out, size_t size)
{
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        snprintf(out, size, "the certificate of %s is for another name; check the relay's address",
                 url->shown);
        return;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        snprintf(out, size,
                 "the certificate of %s has expired; check this computer's clock, else tell those "
                 "who run the relay",
                 url->shown);
        return;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        snprintf(out, size,
                 "the certificate of %s is not valid yet; check this computer's clock, else tell "
                 "those who run the relay",
                 url->shown);
        return;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        snprintf(
            out, size,
            "no authority that is trusted here signed the certificate of %s; if that relay has "
            "an authority of its own, name the authority's file (--ca)",
            url->shown);
        return;
    default:
        snprintf(out, size, "the certificate of %s is not valid: %s", url->shown,
                 X509_verify_cert_error_string(error));
    }
}
