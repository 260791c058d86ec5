#include "relay/dev_certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <qassist/errors.h>

#include "relay/state.h"
#include "relay/tls_files.h"

#define VALID_DAYS   365
#define DAY_SECONDS  (24 * 3600)
#define KEEP_SECONDS (7 * DAY_SECONDS)

/* ---- looking at what is there ---- */

static X509 *read_certificate(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    return certificate;
}

static bool serves(X509 *certificate, X509 *ca)
{
    time_t soon = time(NULL) + KEEP_SECONDS;
    return X509_verify(certificate, X509_get0_pubkey(ca)) == 1 &&
           X509_cmp_time(X509_get0_notAfter(certificate), &soon) > 0 &&
           X509_cmp_time(X509_get0_notAfter(ca), &soon) > 0 &&
           X509_check_host(certificate, "localhost", 0, 0, NULL) == 1 &&
           X509_check_ip_asc(certificate, "127.0.0.1", 0) == 1;
}

bool dev_certificate_valid(const char *ca_file, const char *certificate_file, const char *key_file)
{
    char why[256];
    if (tls_files_check(certificate_file, key_file, why, sizeof why))
        return false;
    X509 *ca = read_certificate(ca_file), *certificate = read_certificate(certificate_file);
    bool valid = ca && certificate && serves(certificate, ca);
    X509_free(ca);
    X509_free(certificate);
    return valid;
}

/* ---- making ---- */

static int set_serial(X509 *certificate)
{
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return QA_EIO;
    bytes[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return done ? 0 : QA_ENOMEM;
}

static int add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool done = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done ? 0 : QA_EIO;
}

static int add_ca_extensions(X509 *ca)
{
    int error = add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    if (!error)
        error = add_extension(ca, ca, NID_key_usage, "critical,keyCertSign");
    if (!error)
        error = add_extension(ca, ca, NID_subject_key_identifier, "hash");
    return error;
}

static int add_server_extensions(X509 *certificate, X509 *ca)
{
    int error = add_extension(certificate, ca, NID_basic_constraints, "critical,CA:FALSE");
    if (!error)
        error = add_extension(certificate, ca, NID_key_usage, "critical,digitalSignature");
    if (!error)
        error = add_extension(certificate, ca, NID_ext_key_usage, "serverAuth");
    if (!error)
        error = add_extension(certificate, ca, NID_subject_alt_name,
                              "DNS:localhost,IP:127.0.0.1,IP:::1");
    if (!error)
        error = add_extension(certificate, ca, NID_authority_key_identifier, "keyid");
    return error;
}

/* Everything but the extensions and the signature; issuer NULL: itself. */
static X509 *make_bare(const char *name, EVP_PKEY *key, X509 *issuer)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = certificate ? X509_get_subject_name(certificate) : NULL;
    if (!subject ||
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                                   0) != 1 ||
        X509_set_version(certificate, X509_VERSION_3) != 1 || set_serial(certificate) ||
        !X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS) ||
        !X509_gmtime_adj(X509_getm_notAfter(certificate), (long)VALID_DAYS * DAY_SECONDS) ||
        X509_set_pubkey(certificate, key) != 1 ||
        X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject) != 1) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

static X509 *make_ca(EVP_PKEY *key)
{
    X509 *ca = make_bare("qa-relay --dev authority", key, NULL);
    if (ca && (add_ca_extensions(ca) || !X509_sign(ca, key, EVP_sha256()))) {
        X509_free(ca);
        return NULL;
    }
    return ca;
}

static X509 *make_server(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
    X509 *certificate = make_bare("localhost", key, ca);
    if (certificate &&
        (add_server_extensions(certificate, ca) || !X509_sign(certificate, ca_key, EVP_sha256()))) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

static int store_pem(const char *path, X509 *certificate, EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    if (!memory)
        return QA_ENOMEM;
    int written = key ? PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL)
                      : PEM_write_bio_X509(memory, certificate);
    char *data;
    long length = BIO_get_mem_data(memory, &data);
    int error = written == 1 ? private_file_replace(path, data, (size_t)length) : QA_EIO;
    if (key && length > 0)
        OPENSSL_cleanse(data, (size_t)length);
    BIO_free(memory);
    return error;
}

int dev_certificate_make(const char *ca_file, const char *certificate_file, const char *key_file)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = ca_key ? make_ca(ca_key) : NULL;
    X509 *certificate = ca && key ? make_server(key, ca, ca_key) : NULL;
    int error = certificate ? store_pem(ca_file, ca, NULL) : QA_EIO;
    if (!error)
        error = store_pem(certificate_file, certificate, NULL);
    if (!error)
        error = store_pem(key_file, NULL, key);
    X509_free(certificate);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    return error;
}
