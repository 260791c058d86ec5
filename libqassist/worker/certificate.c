#include "worker/certificate.h"

#include <stdlib.h>

#include <freerdp/crypto/certificate.h>
#include <freerdp/crypto/privatekey.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define LIFE_SECONDS (7L * 24 * 3600)

static X509 *self_sign(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    if (!certificate)
        return NULL;
    X509_NAME *name = X509_get_subject_name(certificate);
    if (X509_set_version(certificate, X509_VERSION_3) &&
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -LIFE_SECONDS) &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), LIFE_SECONDS) &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"qassist", -1,
                                   -1, 0) &&
        X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
        X509_sign(certificate, key, EVP_sha256()))
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* The text that `bio` collected, to be freed. */
static char *take_text(BIO *bio)
{
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    char *text = length > 0 ? calloc(1, (size_t)length + 1) : NULL;
    for (long i = 0; text && i < length; i++)
        text[i] = data[i];
    return text;
}

static char *key_to_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
        text = take_text(bio);
    BIO_free(bio);
    return text;
}

static char *certificate_to_pem(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio && PEM_write_bio_X509(bio, certificate))
        text = take_text(bio);
    BIO_free(bio);
    return text;
}

/* The settings own what they are given. */
static bool give(rdpSettings *settings, const char *key_pem, const char *certificate_pem)
{
    rdpPrivateKey *key = freerdp_key_new_from_pem(key_pem);
    if (!key || !freerdp_settings_set_pointer_len(settings, FreeRDP_RdpServerRsaKey, key, 1)) {
        freerdp_key_free(key);
        return false;
    }
    rdpCertificate *certificate = freerdp_certificate_new_from_pem(certificate_pem);
    if (!certificate ||
        !freerdp_settings_set_pointer_len(settings, FreeRDP_RdpServerCertificate, certificate, 1)) {
        freerdp_certificate_free(certificate);
        return false;
    }
    return true;
}

bool certificate_install(rdpSettings *settings)
{
    bool done = false;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? self_sign(key) : NULL;
    char *key_pem = key ? key_to_pem(key) : NULL;
    char *certificate_pem = certificate ? certificate_to_pem(certificate) : NULL;
    if (key_pem && certificate_pem)
        done = give(settings, key_pem, certificate_pem);
    free(certificate_pem);
    free(key_pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return done;
}
