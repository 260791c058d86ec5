#include "relay/jwk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <sodium.h>

#include <qassist/errors.h>

#include "wire/json_object.h"

#define MEMBERS_MAX   64
#define NUMBER_MAX    1024 /* bytes of a modulus: 8192 bits */
#define EXPONENT_MAX  8
#define RSA_BITS_MIN  2048
#define P256_BYTES    32
#define P256_POINT    (1 + 2 * P256_BYTES)
#define BASE64_STRICT sodium_base64_VARIANT_URLSAFE_NO_PADDING

unsigned jwk_algorithm(const char *name)
{
    if (!strcmp(name, "RS256"))
        return JWK_RS256;
    if (!strcmp(name, "PS256"))
        return JWK_PS256;
    return !strcmp(name, "ES256") ? JWK_ES256 : 0;
}

static const char *text_of(const cJSON *key, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(key, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* A base64url number; its length, or 0. */
static size_t number_of(const cJSON *key, const char *name, uint8_t *out, size_t size)
{
    const char *text = text_of(key, name);
    size_t length = 0;
    if (!text ||
        sodium_base642bin(out, size, text, strlen(text), NULL, &length, NULL, BASE64_STRICT))
        return 0;
    return length;
}

/* ---- making keys ---- */

static EVP_PKEY *from_parameters(const char *type, OSSL_PARAM *parameters)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (context && parameters && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

static bool rsa_good(const BIGNUM *n, const BIGNUM *e)
{
    return BN_num_bits(n) >= RSA_BITS_MIN && BN_is_odd(n) && BN_is_odd(e) && BN_num_bits(e) > 1;
}

static EVP_PKEY *make_rsa(const cJSON *item)
{
    uint8_t n_bytes[NUMBER_MAX], e_bytes[EXPONENT_MAX];
    size_t n_length = number_of(item, "n", n_bytes, sizeof n_bytes);
    size_t e_length = number_of(item, "e", e_bytes, sizeof e_bytes);
    if (!n_length || !e_length)
        return NULL;
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = NULL;
    BIGNUM *n = BN_bin2bn(n_bytes, (int)n_length, NULL);
    BIGNUM *e = BN_bin2bn(e_bytes, (int)e_length, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (n && e && build && rsa_good(n, e) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        parameters = OSSL_PARAM_BLD_to_param(build);
    if (parameters)
        key = from_parameters("RSA", parameters);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return key;
}

static EVP_PKEY *make_p256(const cJSON *item)
{
    uint8_t point[P256_POINT] = {POINT_CONVERSION_UNCOMPRESSED};
    char group[] = "P-256";
    const char *curve = text_of(item, "crv");
    if (!curve || strcmp(curve, group) != 0 ||
        number_of(item, "x", point + 1, P256_BYTES) != P256_BYTES ||
        number_of(item, "y", point + 1 + P256_BYTES, P256_BYTES) != P256_BYTES)
        return NULL;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    return from_parameters("EC", parameters);
}

/* ---- the set ---- */

/* "use" and "alg" narrow what the kind of the key allows. */
static unsigned algorithms_of(const cJSON *item)
{
    const char *kind = text_of(item, "kty"), *use = text_of(item, "use"),
               *only = text_of(item, "alg");
    if (!kind || (use && strcmp(use, "sig") != 0))
        return 0;
    unsigned algorithms = !strcmp(kind, "RSA")  ? JWK_RS256 | JWK_PS256
                          : !strcmp(kind, "EC") ? JWK_ES256
                                                : 0;
    return only ? algorithms & jwk_algorithm(only) : algorithms;
}

static int add_key(struct jwk_set *set, const cJSON *item)
{
    const char *id = text_of(item, "kid"), *issuer = text_of(item, "issuer");
    unsigned algorithms = algorithms_of(item);
    if (!algorithms || (id && strlen(id) > JWK_ID_MAX))
        return 0;
    struct jwk *key = &set->keys[set->count];
    key->key = algorithms & JWK_ES256 ? make_p256(item) : make_rsa(item);
    ERR_clear_error();
    if (!key->key)
        return 0;
    key->algorithms = algorithms;
    strcpy(key->id, id ? id : "");
    key->issuer = issuer ? strdup(issuer) : NULL;
    set->count++;
    return issuer && !key->issuer ? QA_ENOMEM : 0;
}

int jwk_set_parse(const char *json, size_t length, struct jwk_set **out)
{
    *out = NULL;
    cJSON *tree = json_object_parse_wide(json, length, MEMBERS_MAX);
    const cJSON *keys = tree ? cJSON_GetObjectItemCaseSensitive(tree, "keys") : NULL;
    struct jwk_set *set = cJSON_IsArray(keys) ? calloc(1, sizeof *set) : NULL;
    int error = set ? 0 : cJSON_IsArray(keys) ? QA_ENOMEM : QA_EPROTO;
    const cJSON *item;
    if (set)
        cJSON_ArrayForEach(item, keys)
        {
            if (set->count == JWK_KEYS_MAX || error)
                break;
            if (cJSON_IsObject(item))
                error = add_key(set, item);
        }
    cJSON_Delete(tree);
    if (!error && !set->count)
        error = QA_EPROTO;
    if (error)
        jwk_set_free(set);
    else
        *out = set;
    return error;
}

void jwk_set_free(struct jwk_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++) {
        EVP_PKEY_free(set->keys[i].key);
        free(set->keys[i].issuer);
    }
    free(set);
}

const struct jwk *jwk_find(const struct jwk_set *set, const char *id, unsigned algorithm,
                           bool *known)
{
    const struct jwk *found = NULL;
    size_t fitting = 0;
    *known = false;
    for (size_t i = 0; i < set->count; i++) {
        const struct jwk *key = &set->keys[i];
        if (id && strcmp(key->id, id) != 0)
            continue;
        *known = true;
        if (!(key->algorithms & algorithm))
            continue;
        if (!found)
            found = key;
        fitting++;
    }
    return id || fitting == 1 ? found : NULL;
}
