#include "identity/oidc.h"

#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "base/percent.h"
#include "base/random.h"
#include "wire/json_object.h"

#define MEMBERS_MAX  512
#define VARIANT      sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define SECRET_BYTES 32
#define INTERVAL_S   5 /* where the issuer says none (RFC 8628) */
#define INTERVAL_MAX 60
#define DEVICE_S     600
#define TENANT       "{tenantid}"

/* ---- reading ---- */

static bool take(const cJSON *tree, const char *name, char *out, size_t size)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, name);
    out[0] = '\0';
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= size)
        return false;
    for (const char *at = item->valuestring; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    strcpy(out, item->valuestring);
    return *out != '\0';
}

static uint32_t take_seconds(const cJSON *tree, const char *name, uint32_t unsaid, uint32_t max)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, name);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1))
        return unsaid;
    return item->valuedouble > max ? max : (uint32_t)item->valuedouble;
}

static bool take_address(const cJSON *tree, const char *name, char out[HTTP_URL_MAX])
{
    if (take(tree, name, out, HTTP_URL_MAX) && http_url_allowed(out))
        return true;
    out[0] = '\0';
    return false;
}

int oidc_read_description(const char *json, size_t length, const char *issuer,
                          struct oidc_endpoints *out)
{
    char said[HTTP_URL_MAX];
    memset(out, 0, sizeof *out);
    cJSON *tree = json_object_parse_wide(json, length, MEMBERS_MAX);
    /* Entra ID says {tenantid} where it is asked for more than one tenant. */
    bool good = tree && take(tree, "issuer", said, sizeof said) &&
                (!strcmp(said, issuer) || strstr(said, TENANT)) &&
                take_address(tree, "authorization_endpoint", out->authorization) &&
                take_address(tree, "token_endpoint", out->token);
    if (good)
        take_address(tree, "device_authorization_endpoint", out->device);
    cJSON_Delete(tree);
    return good ? 0 : QA_EPROTO;
}

int oidc_read_tokens(const char *json, size_t length, struct oidc_tokens *out)
{
    memset(out, 0, sizeof *out);
    cJSON *tree = json_object_parse_wide(json, length, MEMBERS_MAX);
    if (!tree)
        return QA_EPROTO;
    int error = 0;
    const cJSON *whole = cJSON_GetObjectItemCaseSensitive(tree, "id_token");
    if (cJSON_IsString(whole) && strlen(whole->valuestring) > RELAY_ID_TOKEN_MAX)
        error = QA_ELIMIT;
    else if (!take(tree, "id_token", out->id_token, sizeof out->id_token) &&
             !take(tree, "error", out->error, sizeof out->error))
        error = QA_EPROTO;
    take(tree, "refresh_token", out->refresh_token, sizeof out->refresh_token);
    json_object_delete(tree);
    return error;
}

int oidc_read_device(const char *json, size_t length, struct oidc_device *out)
{
    memset(out, 0, sizeof *out);
    cJSON *tree = json_object_parse_wide(json, length, MEMBERS_MAX);
    bool good = tree && take(tree, "device_code", out->device_code, sizeof out->device_code) &&
                take(tree, "user_code", out->user_code, sizeof out->user_code) &&
                take_address(tree, "verification_uri", out->address);
    if (good)
        take_address(tree, "verification_uri_complete", out->complete);
    out->expires_s = tree ? take_seconds(tree, "expires_in", DEVICE_S, 3600) : 0;
    out->interval_s = tree ? take_seconds(tree, "interval", INTERVAL_S, INTERVAL_MAX) : 0;
    json_object_delete(tree);
    return good ? 0 : QA_EPROTO;
}

/* ---- writing ---- */

void oidc_draw(struct oidc_secrets *out)
{
    uint8_t bytes[SECRET_BYTES], hash[crypto_hash_sha256_BYTES];
    random_bytes(bytes, sizeof bytes);
    sodium_bin2base64(out->verifier, sizeof out->verifier, bytes, sizeof bytes, VARIANT);
    crypto_hash_sha256(hash, (const uint8_t *)out->verifier, strlen(out->verifier));
    sodium_bin2base64(out->challenge, sizeof out->challenge, hash, sizeof hash, VARIANT);
    random_bytes(bytes, sizeof bytes);
    sodium_bin2base64(out->state, sizeof out->state, bytes, sizeof bytes, VARIANT);
    sodium_memzero(bytes, sizeof bytes);
}

struct text {
    char *out;
    size_t size, length;
    char before; /* of the next member: '?' or '&', or NUL */
    bool full;
};

static void put(struct text *text, char c)
{
    if (text->length + 1 >= text->size) {
        text->full = true;
        return;
    }
    text->out[text->length++] = c;
    text->out[text->length] = '\0';
}

static void member(struct text *text, const char *name, const char *value)
{
    static const char digits[] = "0123456789ABCDEF", plain[] = "-._~";
    if (text->before)
        put(text, text->before);
    text->before = '&';
    for (; *name; name++)
        put(text, *name);
    put(text, '=');
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || strchr(plain, c)) {
            put(text, (char)c);
        } else {
            put(text, '%');
            put(text, digits[c >> 4]);
            put(text, digits[c & 15]);
        }
    }
}

static int done(struct text *text)
{
    if (!text->full)
        return 0;
    sodium_memzero(text->out, text->size);
    return QA_ELIMIT;
}

int oidc_authorization_address(const struct oidc_endpoints *endpoints,
                               const struct relay_issuer *issuer,
                               const struct oidc_secrets *secrets, const char *redirect,
                               const char *nonce, char out[HTTP_URL_MAX])
{
    struct text text = {.out = out, .size = HTTP_URL_MAX};
    for (const char *at = endpoints->authorization; *at; at++)
        put(&text, *at);
    text.before = strchr(endpoints->authorization, '?') ? '&' : '?';
    member(&text, "response_type", "code");
    member(&text, "client_id", issuer->client_id);
    member(&text, "redirect_uri", redirect);
    member(&text, "scope", issuer->scope);
    member(&text, "state", secrets->state);
    member(&text, "nonce", nonce);
    member(&text, "code_challenge", secrets->challenge);
    member(&text, "code_challenge_method", "S256");
    return done(&text);
}

int oidc_code_form(const struct relay_issuer *issuer, const struct oidc_secrets *secrets,
                   const char *redirect, const char *code, char out[OIDC_FORM_MAX])
{
    struct text text = {.out = out, .size = OIDC_FORM_MAX};
    member(&text, "grant_type", "authorization_code");
    member(&text, "client_id", issuer->client_id);
    member(&text, "redirect_uri", redirect);
    member(&text, "code", code);
    member(&text, "code_verifier", secrets->verifier);
    return done(&text);
}

int oidc_refresh_form(const struct relay_issuer *issuer, const char *refresh_token,
                      char out[OIDC_FORM_MAX])
{
    struct text text = {.out = out, .size = OIDC_FORM_MAX};
    member(&text, "grant_type", "refresh_token");
    member(&text, "client_id", issuer->client_id);
    member(&text, "refresh_token", refresh_token);
    return done(&text);
}

int oidc_device_form(const struct relay_issuer *issuer, const char *nonce, char out[OIDC_FORM_MAX])
{
    struct text text = {.out = out, .size = OIDC_FORM_MAX};
    member(&text, "client_id", issuer->client_id);
    member(&text, "scope", issuer->scope);
    member(&text, "nonce", nonce);
    return done(&text);
}

int oidc_poll_form(const struct relay_issuer *issuer, const char *device_code,
                   char out[OIDC_FORM_MAX])
{
    struct text text = {.out = out, .size = OIDC_FORM_MAX};
    member(&text, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    member(&text, "client_id", issuer->client_id);
    member(&text, "device_code", device_code);
    return done(&text);
}

/* ---- a query ---- */

static bool decode(const char *at, size_t length, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0, taken; i < length; i += taken) {
        int c = percent_byte(at + i, length - i, &taken);
        if (c == '+' && taken == 1)
            c = ' ';
        if (c < ' ' || c > '~' || used + 1 >= size)
            return false;
        out[used++] = (char)c;
    }
    out[used] = '\0';
    return true;
}

bool oidc_query_member(const char *query, const char *name, char *out, size_t size)
{
    size_t name_length = strlen(name);
    bool found = false;
    out[0] = '\0';
    while (*query) {
        size_t length = strcspn(query, "&");
        if (length > name_length && query[name_length] == '=' &&
            !strncmp(query, name, name_length)) {
            if (found || !decode(query + name_length + 1, length - name_length - 1, out, size))
                return false;
            found = true;
        }
        query += length + (query[length] == '&');
    }
    return found;
}
