#include "relay/jwt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <qassist/errors.h>

#include "wire/json_object.h"

#define CLAIMS_MAX    128
#define ES256_BYTES   64
#define DER_MAX       80
#define TIME_MAX      1e12
#define BASE64_STRICT sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* ---- taking apart ---- */

/* A part up to its end, as JSON; NULL for what is none. */
static cJSON *part_as_json(const char *at, size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    size_t decoded = 0;
    cJSON *tree = NULL;
    if (bytes &&
        !sodium_base642bin(bytes, length + 1, at, length, NULL, &decoded, NULL, BASE64_STRICT))
        tree = json_object_parse_wide((const char *)bytes, decoded, CLAIMS_MAX);
    if (bytes)
        sodium_memzero(bytes, length + 1);
    free(bytes);
    return tree;
}

static const char *member_text(const cJSON *tree, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static int read_header(const cJSON *header, struct jwt *out, const char **why)
{
    const char *algorithm = member_text(header, "alg"), *type = member_text(header, "typ");
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(header, "kid");
    out->algorithm = algorithm ? jwk_algorithm(algorithm) : 0;
    *why = "is not signed in a way that is accepted here (RS256, PS256 or ES256)";
    if (!out->algorithm)
        return QA_EAUTH;
    *why = "asks for something that is not understood here";
    if (cJSON_HasObjectItem(header, "crit") || (type && strcasecmp(type, "JWT") != 0))
        return QA_EAUTH;
    if (id && (!cJSON_IsString(id) || strlen(id->valuestring) > JWK_ID_MAX))
        return QA_EAUTH;
    out->has_key_id = id != NULL;
    strcpy(out->key_id, id ? id->valuestring : "");
    return 0;
}

int jwt_read(const char *token, struct jwt *out, const char **why)
{
    memset(out, 0, sizeof *out);
    *why = "is not an ID token";
    size_t length = strnlen(token, RELAY_ID_TOKEN_MAX + 1);
    const char *claims = strchr(token, '.');
    const char *signature = claims ? strchr(claims + 1, '.') : NULL;
    if (length > RELAY_ID_TOKEN_MAX || !signature || strchr(signature + 1, '.'))
        return QA_EAUTH;
    memcpy(out->text, token, length + 1);
    out->signed_length = (size_t)(signature - token);
    cJSON *header = part_as_json(token, (size_t)(claims - token));
    int error = header ? read_header(header, out, why) : QA_EAUTH;
    cJSON_Delete(header);
    if (error)
        return error;
    *why = "is not an ID token";
    if (sodium_base642bin(out->signature, sizeof out->signature, signature + 1,
                          strlen(signature + 1), NULL, &out->signature_length, NULL,
                          BASE64_STRICT) ||
        !out->signature_length)
        return QA_EAUTH;
    out->claims = part_as_json(claims + 1, (size_t)(signature - claims - 1));
    return out->claims ? 0 : QA_EAUTH;
}

void jwt_free(struct jwt *jwt)
{
    json_object_delete(jwt->claims);
    sodium_memzero(jwt, sizeof *jwt);
}

/* ---- claims ---- */

static const cJSON *find_claim(const struct jwt *jwt, const char *name)
{
    const cJSON *at = jwt->claims, *whole = cJSON_GetObjectItemCaseSensitive(at, name);
    char step[128];
    if (whole)
        return whole;
    for (const char *rest = name; at; rest += strlen(step) + 1) {
        size_t length = strcspn(rest, ".");
        if (!length || length >= sizeof step)
            return NULL;
        memcpy(step, rest, length);
        step[length] = '\0';
        at = cJSON_GetObjectItemCaseSensitive(at, step);
        if (!rest[length])
            return at;
    }
    return NULL;
}

const char *jwt_text(const struct jwt *jwt, const char *name)
{
    const cJSON *claim = find_claim(jwt, name);
    return cJSON_IsString(claim) ? claim->valuestring : NULL;
}

static bool is_one_of(const cJSON *item, const char *const *wanted, size_t count)
{
    for (size_t i = 0; cJSON_IsString(item) && i < count; i++)
        if (!strcmp(item->valuestring, wanted[i]))
            return true;
    return false;
}

bool jwt_holds(const struct jwt *jwt, const char *name, const char *const *wanted, size_t count)
{
    const cJSON *claim = find_claim(jwt, name), *item;
    if (is_one_of(claim, wanted, count))
        return true;
    if (cJSON_IsArray(claim))
        cJSON_ArrayForEach(item, claim) if (is_one_of(item, wanted, count)) return true;
    return false;
}

static bool time_claim(const struct jwt *jwt, const char *name, int64_t *out)
{
    const cJSON *claim = cJSON_GetObjectItemCaseSensitive(jwt->claims, name);
    if (!cJSON_IsNumber(claim) || !isfinite(claim->valuedouble) || claim->valuedouble < 0 ||
        claim->valuedouble > TIME_MAX)
        return false;
    *out = (int64_t)claim->valuedouble;
    return true;
}

/* ---- the signature ---- */

/* JOSE writes r and s one after the other, OpenSSL wants them in DER. */
static size_t ecdsa_to_der(const struct jwt *jwt, uint8_t out[DER_MAX])
{
    if (jwt->signature_length != ES256_BYTES)
        return 0;
    int length = 0;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(jwt->signature, ES256_BYTES / 2, NULL);
    BIGNUM *s = BN_bin2bn(jwt->signature + ES256_BYTES / 2, ES256_BYTES / 2, NULL);
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's */
        uint8_t *at = out;
        if (i2d_ECDSA_SIG(pair, NULL) <= DER_MAX)
            length = i2d_ECDSA_SIG(pair, &at);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return length > 0 ? (size_t)length : 0;
}

static bool set_padding(EVP_PKEY_CTX *context, unsigned algorithm)
{
    if (algorithm == JWK_RS256)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    if (algorithm == JWK_PS256)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    return true;
}

static bool signature_right(const struct jwt *jwt, const struct jwk *key)
{
    uint8_t der[DER_MAX];
    const uint8_t *signature = jwt->signature;
    size_t length = jwt->signature_length;
    if (jwt->algorithm == JWK_ES256) {
        length = ecdsa_to_der(jwt, der);
        signature = der;
    }
    EVP_PKEY_CTX *details = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool right = length && context &&
                 EVP_DigestVerifyInit(context, &details, EVP_sha256(), NULL, key->key) == 1 &&
                 set_padding(details, jwt->algorithm) &&
                 EVP_DigestVerify(context, signature, length, (const uint8_t *)jwt->text,
                                  jwt->signed_length) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return right;
}

/* ---- issuer and audience ---- */

static bool is_guid(const char *text)
{
    for (size_t i = 0; i < JWT_GUID_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool digit = text[i] && strchr("0123456789abcdefABCDEF", text[i]);
        if (dash ? text[i] != '-' : !digit)
            return false;
    }
    return !text[JWT_GUID_SIZE - 1];
}

static bool tenant_allowed(const struct jwt_rules *rules, const char *tenant)
{
    for (size_t i = 0; i < rules->tenant_count; i++)
        if (!strcmp(rules->tenants[i], "*") || !strcasecmp(rules->tenants[i], tenant))
            return true;
    return false;
}

bool jwt_issuer_fits(const char *pattern, const char *tenant, const char *issuer)
{
    const char *place = strstr(pattern, JWT_TENANT);
    if (!place || !tenant)
        return !strcmp(pattern, issuer);
    size_t before = (size_t)(place - pattern), length = strlen(tenant);
    return !strncmp(issuer, pattern, before) && !strncmp(issuer + before, tenant, length) &&
           !strcmp(issuer + before + length, place + strlen(JWT_TENANT));
}

static int check_issuer(const struct jwt *jwt, const struct jwk *key, const struct jwt_rules *rules,
                        const char **why)
{
    const char *issuer = jwt_text(jwt, "iss"), *tenant = NULL;
    if (strstr(rules->issuer, JWT_TENANT)) {
        tenant = jwt_text(jwt, "tid");
        *why = "is of an organisation that may not help through this relay";
        if (!tenant || !is_guid(tenant) || !tenant_allowed(rules, tenant))
            return QA_EAUTH;
    }
    *why = "is of another issuer";
    if (!issuer || !jwt_issuer_fits(rules->issuer, tenant, issuer))
        return QA_EAUTH;
    /* Entra ID signs for some issuers with keys that are good for these only. */
    return !key->issuer || jwt_issuer_fits(key->issuer, tenant, issuer) ? 0 : QA_EAUTH;
}

static int check_audience(const struct jwt *jwt, const struct jwt_rules *rules, const char **why)
{
    const cJSON *audience = cJSON_GetObjectItemCaseSensitive(jwt->claims, "aud");
    const cJSON *party = cJSON_GetObjectItemCaseSensitive(jwt->claims, "azp");
    bool several = cJSON_IsArray(audience) && cJSON_GetArraySize(audience) > 1;
    *why = "was made for another program";
    if (!jwt_holds(jwt, "aud", &rules->audience, 1) || (several && !party))
        return QA_EAUTH;
    return !party || is_one_of(party, &rules->audience, 1) ? 0 : QA_EAUTH;
}

static int check_times(const struct jwt *jwt, int64_t now, const char **why)
{
    int64_t expires, issued, from;
    *why = "does not say when it was made";
    if (!time_claim(jwt, "exp", &expires) || !time_claim(jwt, "iat", &issued))
        return QA_EAUTH;
    *why = "has expired; sign in again";
    if (now >= expires + JWT_SKEW_S || now >= issued + JWT_FRESH_S + JWT_SKEW_S)
        return QA_EAUTH;
    *why = "is from the future; the clock of the relay or of the issuer is wrong";
    if (issued > now + JWT_SKEW_S)
        return QA_EAUTH;
    if (cJSON_HasObjectItem(jwt->claims, "nbf") &&
        (!time_claim(jwt, "nbf", &from) || from > now + JWT_SKEW_S))
        return QA_EAUTH;
    return 0;
}

int jwt_verify(const struct jwt *jwt, const struct jwk_set *keys, const struct jwt_rules *rules,
               const char **why)
{
    bool known;
    *why = "is not signed in a way that is accepted of this issuer";
    if (!(jwt->algorithm & rules->algorithms))
        return QA_EAUTH;
    const struct jwk *key =
        jwk_find(keys, jwt->has_key_id ? jwt->key_id : NULL, jwt->algorithm, &known);
    if (!key && known)
        return QA_EAUTH;
    *why = "is signed with a key that its issuer does not have";
    if (!key)
        return QA_ESTATE;
    *why = "has a wrong signature";
    if (!signature_right(jwt, key))
        return QA_EAUTH;
    int error = check_issuer(jwt, key, rules, why);
    if (!error)
        error = check_audience(jwt, rules, why);
    if (!error)
        error = check_times(jwt, rules->now, why);
    if (!error)
        *why = "";
    return error;
}
