#include "wire/relay_message.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "wire/json_object.h"
#include "wire/printable.h"

#define ERROR_NAME_MAX 32
#define SID_DIGITS     (2 * (size_t)RELAY_SID_BYTES)

enum kind {
    KIND_NUMBER,
    KIND_TOKEN,
    KIND_ROUTE,
    KIND_SID,
    KIND_TEXT,
    KIND_LINES,
    KIND_ERROR,
    KIND_BOOL,
    KIND_FEATURES,
    KIND_ISSUERS
};

struct field {
    const char *name;
    enum kind kind;
    size_t offset;
    size_t size;       /* of a string with its NUL */
    bool may_be_empty; /* an empty text or a zero is allowed, and so is leaving it out */
    unsigned types;    /* bits of enum relay_message_type: where it belongs */
};

#define IN(type)     (1u << (type))
#define AT(member)   offsetof(struct relay_message, member)
#define SIZE(member) sizeof(((struct relay_message *)NULL)->member)

static const struct field fields[] = {
    {"version", KIND_NUMBER, AT(version), 0, false,
     IN(RELAY_CREATE) | IN(RELAY_JOIN) | IN(RELAY_REJOIN) | IN(RELAY_SIGN_IN) | IN(RELAY_SIGN_OUT)},
    {"token", KIND_TOKEN, AT(token), SIZE(token), false,
     IN(RELAY_CREATE) | IN(RELAY_SIGN_OUT) | IN(RELAY_SIGNED_IN)},
    {"route", KIND_ROUTE, AT(route), SIZE(route), false, IN(RELAY_JOIN) | IN(RELAY_CREATED)},
    {"sid", KIND_SID, AT(sid), 0, false, IN(RELAY_CREATED) | IN(RELAY_JOINED)},
    {"expires_s", KIND_NUMBER, AT(expires_s), 0, false, IN(RELAY_CREATED) | IN(RELAY_SIGNED_IN)},
    {"shown_name", KIND_TEXT, AT(shown_name), SIZE(shown_name), false,
     IN(RELAY_CREATED) | IN(RELAY_JOINED) | IN(RELAY_SIGNED_IN)},
    {"organisation", KIND_TEXT, AT(organisation), SIZE(organisation), true,
     IN(RELAY_CREATED) | IN(RELAY_JOINED) | IN(RELAY_SIGNED_IN)},
    {"error", KIND_ERROR, AT(error), 0, false, IN(RELAY_ERROR)},
    {"detail", KIND_TEXT, AT(detail), SIZE(detail), true, IN(RELAY_ERROR)},
    {"retry_s", KIND_NUMBER, AT(retry_s), 0, true, IN(RELAY_ERROR)},
    {"ticket", KIND_TOKEN, AT(ticket), SIZE(ticket), true, IN(RELAY_CREATED) | IN(RELAY_JOINED)},
    {"ticket", KIND_TOKEN, AT(ticket), SIZE(ticket), false, IN(RELAY_REJOIN)},
    {"wait_s", KIND_NUMBER, AT(wait_s), 0, false, IN(RELAY_REJOINED)},
    {"keep_s", KIND_NUMBER, AT(keep_s), 0, false, IN(RELAY_KEEP)},
    {"features", KIND_FEATURES, AT(features), 0, false, IN(RELAY_FEATURES)},
    {"lost", KIND_BOOL, AT(lost), 0, true, IN(RELAY_PEER_GONE)},
    {"words", KIND_LINES, AT(words), SIZE(words), false, IN(RELAY_REPORT)},
    {"id_token", KIND_TOKEN, AT(id_token), SIZE(id_token), true, IN(RELAY_SIGN_IN)},
    {"nonce", KIND_TOKEN, AT(nonce), SIZE(nonce), false, IN(RELAY_SIGN_IN_WITH)},
    {"account", KIND_TOKEN, AT(account), SIZE(account), false, IN(RELAY_SIGNED_IN)},
    {"issuers", KIND_ISSUERS, AT(issuers), 0, false, IN(RELAY_SIGN_IN_WITH)},
    {"url", KIND_TOKEN, AT(url), SIZE(url), true, IN(RELAY_MOVE)},
    {"worker", KIND_NUMBER, AT(worker), 0, true, IN(RELAY_MOVE)},
    {"pass", KIND_TOKEN, AT(pass), SIZE(pass), false, IN(RELAY_MOVE)},
    {"pass", KIND_TOKEN, AT(pass), SIZE(pass), true,
     IN(RELAY_CREATE) | IN(RELAY_JOIN) | IN(RELAY_REJOIN)},
};

/* Of an entry of "issuers". */
static const struct field issuer_fields[] = {
    {"issuer", KIND_TOKEN, offsetof(struct relay_issuer, issuer), RELAY_ISSUER_MAX + 1, false, 0},
    {"client_id", KIND_TOKEN, offsetof(struct relay_issuer, client_id), RELAY_CLIENT_MAX + 1, false,
     0},
    {"scope", KIND_TEXT, offsetof(struct relay_issuer, scope), RELAY_SCOPE_MAX + 1, false, 0},
    {"organisation", KIND_TEXT, offsetof(struct relay_issuer, organisation), RELAY_NAME_MAX + 1,
     false, 0},
    {"device", KIND_BOOL, offsetof(struct relay_issuer, device), 0, true, 0},
};

#define ISSUER_FIELDS (sizeof issuer_fields / sizeof issuer_fields[0])

#define FIELDS (sizeof fields / sizeof fields[0])

static const char *const type_names[] = {
    [RELAY_CREATE] = "create",       [RELAY_JOIN] = "join",
    [RELAY_CREATED] = "created",     [RELAY_JOINED] = "joined",
    [RELAY_PEER] = "peer",           [RELAY_TRIED] = "tried",
    [RELAY_PEER_GONE] = "peer_gone", [RELAY_ERROR] = "error",
    [RELAY_REJOINED] = "rejoined",   [RELAY_REJOIN] = "rejoin",
    [RELAY_KEEP] = "keep",           [RELAY_FEATURES] = "features",
    [RELAY_REPORT] = "report",       [RELAY_SIGN_IN] = "sign_in",
    [RELAY_SIGN_OUT] = "sign_out",   [RELAY_SIGN_IN_WITH] = "sign_in_with",
    [RELAY_SIGNED_IN] = "signed_in", [RELAY_SIGNED_OUT] = "signed_out",
    [RELAY_MOVE] = "move",
};

#define TYPES (sizeof type_names / sizeof type_names[0])

static const struct {
    int number;
    const char *name;
} error_names[] = {
#define ERROR_ENTRY(number, name, text) {number, #name},
    QA_ERROR_MAP(ERROR_ENTRY)
#undef ERROR_ENTRY
};

#define ERRORS (sizeof error_names / sizeof error_names[0])

static const struct {
    uint32_t bit;
    const char *name;
} feature_names[] = {
    {RELAY_FEATURE_VIEW, "view"},           {RELAY_FEATURE_CONTROL, "control"},
    {RELAY_FEATURE_POINT, "point"},         {RELAY_FEATURE_ANNOTATE, "annotate"},
    {RELAY_FEATURE_CLIPBOARD, "clipboard"}, {RELAY_FEATURE_CHAT, "chat"},
    {RELAY_FEATURE_RECONNECT, "reconnect"}, {RELAY_FEATURE_RESTART, "restart"},
};

#define FEATURES (sizeof feature_names / sizeof feature_names[0])

const char *relay_feature_name(uint32_t bit)
{
    for (size_t i = 0; i < FEATURES; i++)
        if (feature_names[i].bit == bit)
            return feature_names[i].name;
    return NULL;
}

static const char *error_to_name(int error)
{
    for (size_t i = 0; i < ERRORS; i++)
        if (error_names[i].number == error)
            return error_names[i].name;
    return NULL;
}

/* A relay of a later version may know errors that this one does not: those are QA_EPROTO. */
static int error_from_name(const char *name)
{
    for (size_t i = 0; i < ERRORS; i++)
        if (!strcmp(error_names[i].name, name))
            return error_names[i].number;
    return QA_EPROTO;
}

static bool error_name_valid(const char *name)
{
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return length >= 1 && length <= ERROR_NAME_MAX && !name[length];
}

static bool token_valid(const struct field *field, const char *token)
{
    size_t length = 0, max = field->size - 1;
    while (length <= max && token[length] > 0x20 && token[length] < 0x7f)
        length++;
    return (length >= 1 || field->may_be_empty) && length <= max && !token[length];
}

static bool text_valid(const struct field *field, const char *text)
{
    return (field->may_be_empty || *text) && printable_valid(text, field->size - 1);
}

static bool lines_valid(const struct field *field, const char *text)
{
    return *text && printable_lines_valid(text, field->size - 1);
}

static bool sid_decode(const char *text, uint8_t sid[RELAY_SID_BYTES])
{
    if (strlen(text) != SID_DIGITS || strspn(text, "0123456789abcdef") != SID_DIGITS)
        return false;
    return !sodium_hex2bin(sid, RELAY_SID_BYTES, text, SID_DIGITS, NULL, NULL, NULL);
}

/* ---- writing ---- */

static int add_features(cJSON *tree, const char *name, uint32_t features)
{
    cJSON *list = cJSON_AddArrayToObject(tree, name);
    if (!list)
        return QA_ENOMEM;
    for (size_t i = 0; i < FEATURES; i++) {
        if (!(features & feature_names[i].bit))
            continue;
        features &= ~feature_names[i].bit;
        cJSON *item = cJSON_CreateString(feature_names[i].name);
        if (!item || !cJSON_AddItemToArray(list, item)) {
            cJSON_Delete(item);
            return QA_ENOMEM;
        }
    }
    return features ? QA_EINVAL : 0;
}

static int add_issuers(cJSON *tree, const char *name, const struct relay_message *message);

/* Adds one field; 0, QA_EINVAL, QA_ENOMEM. */
static int add_field(cJSON *tree, const struct field *field, const void *base)
{
    const void *value = (const char *)base + field->offset;
    char sid[SID_DIGITS + 1];
    const char *text = value;
    uint32_t number;
    bool valid = true;

    switch (field->kind) {
    case KIND_NUMBER:
        number = *(const uint32_t *)value;
        if (!number)
            return field->may_be_empty ? 0 : QA_EINVAL;
        return cJSON_AddNumberToObject(tree, field->name, number) ? 0 : QA_ENOMEM;
    case KIND_BOOL:
        if (!*(const bool *)value)
            return 0;
        return cJSON_AddTrueToObject(tree, field->name) ? 0 : QA_ENOMEM;
    case KIND_FEATURES:
        return add_features(tree, field->name, *(const uint32_t *)value);
    case KIND_ISSUERS:
        return add_issuers(tree, field->name, base);
    case KIND_TOKEN:
        valid = token_valid(field, text);
        break;
    case KIND_LINES:
        valid = lines_valid(field, text);
        break;
    case KIND_ROUTE:
        valid = code_route_valid(text);
        break;
    case KIND_SID:
        text = sodium_bin2hex(sid, sizeof sid, value, RELAY_SID_BYTES);
        break;
    case KIND_TEXT:
        valid = text_valid(field, text);
        break;
    case KIND_ERROR:
        text = error_to_name(*(const int *)value);
        valid = text != NULL;
        break;
    }
    if (!valid)
        return QA_EINVAL;
    if (!*text && field->kind == KIND_TOKEN)
        return 0;
    return cJSON_AddStringToObject(tree, field->name, text) ? 0 : QA_ENOMEM;
}

static int add_issuers(cJSON *tree, const char *name, const struct relay_message *message)
{
    cJSON *list = cJSON_AddArrayToObject(tree, name);
    if (!message->issuer_count || message->issuer_count > RELAY_ISSUERS_MAX)
        return QA_EINVAL;
    int error = list ? 0 : QA_ENOMEM;
    for (size_t i = 0; i < message->issuer_count && !error; i++) {
        cJSON *item = cJSON_CreateObject();
        if (!item || !cJSON_AddItemToArray(list, item)) {
            cJSON_Delete(item);
            return QA_ENOMEM;
        }
        for (size_t field = 0; field < ISSUER_FIELDS && !error; field++)
            error = add_field(item, &issuer_fields[field], &message->issuers[i]);
    }
    return error;
}

int relay_message_encode(const struct relay_message *message, char out[RELAY_MESSAGE_MAX])
{
    size_t type = (size_t)message->type;
    out[0] = '\0';
    if (type >= TYPES || !type_names[type])
        return QA_EINVAL;
    cJSON *tree = cJSON_CreateObject();
    if (!tree)
        return QA_ENOMEM;
    int error = cJSON_AddStringToObject(tree, "type", type_names[type]) ? 0 : QA_ENOMEM;
    for (size_t i = 0; i < FIELDS && !error; i++)
        if (fields[i].types & IN(type))
            error = add_field(tree, &fields[i], message);
    if (!error && !cJSON_PrintPreallocated(tree, out, RELAY_MESSAGE_MAX, false))
        error = QA_ENOMEM;
    json_object_delete(tree);
    return error ? error : (int)strlen(out);
}

/* ---- reading ---- */

static bool read_string(const cJSON *item, const struct field *field, void *value)
{
    const char *text = item->valuestring;
    if (!cJSON_IsString(item))
        return false;
    switch (field->kind) {
    case KIND_TOKEN:
        if (!token_valid(field, text))
            return false;
        break;
    case KIND_LINES:
        if (!lines_valid(field, text))
            return false;
        break;
    case KIND_ROUTE:
        if (!code_route_valid(text))
            return false;
        break;
    case KIND_TEXT:
        if (!text_valid(field, text))
            return false;
        break;
    case KIND_SID:
        return sid_decode(text, value);
    case KIND_ERROR:
        *(int *)value = error_from_name(text);
        return error_name_valid(text);
    case KIND_NUMBER:
    case KIND_BOOL:
    case KIND_FEATURES:
    case KIND_ISSUERS:
        return false;
    }
    strcpy(value, text);
    return true;
}

/* A later version's feature is not known here: left out. */
static bool read_features(const cJSON *list, uint32_t *out)
{
    if (!cJSON_IsArray(list))
        return false;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return false;
        for (size_t i = 0; i < FEATURES; i++)
            if (!strcmp(item->valuestring, feature_names[i].name))
                *out |= feature_names[i].bit;
    }
    return true;
}

static bool read_issuers(const cJSON *list, struct relay_message *out);

static bool read_field(const cJSON *tree, const struct field *field, void *base)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, field->name);
    void *value = (char *)base + field->offset;
    if (!item)
        return field->may_be_empty;
    if (field->kind == KIND_NUMBER)
        return json_number(item, !field->may_be_empty, UINT32_MAX, value);
    if (field->kind == KIND_FEATURES)
        return read_features(item, value);
    if (field->kind == KIND_ISSUERS)
        return read_issuers(item, base);
    if (field->kind == KIND_BOOL) {
        *(bool *)value = cJSON_IsTrue(item);
        return cJSON_IsBool(item);
    }
    return read_string(item, field, value);
}

/* More than a client can choose from are left out. */
static bool read_issuers(const cJSON *list, struct relay_message *out)
{
    const cJSON *item;
    if (!cJSON_IsArray(list) || !list->child)
        return false;
    cJSON_ArrayForEach(item, list)
    {
        if (out->issuer_count == RELAY_ISSUERS_MAX)
            break;
        struct relay_issuer *issuer = &out->issuers[out->issuer_count++];
        for (size_t i = 0; i < ISSUER_FIELDS; i++)
            if (!cJSON_IsObject(item) || !read_field(item, &issuer_fields[i], issuer))
                return false;
    }
    return true;
}

static bool read_type(const cJSON *tree, struct relay_message *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, "type");
    if (!cJSON_IsString(item))
        return false;
    for (size_t type = 0; type < TYPES; type++) {
        if (type_names[type] && !strcmp(type_names[type], item->valuestring)) {
            out->type = (enum relay_message_type)type;
            return true;
        }
    }
    return false;
}

int relay_message_decode(const char *data, size_t length, struct relay_message *out)
{
    relay_message_wipe(out);
    cJSON *tree = length <= RELAY_MESSAGE_MAX ? json_object_parse(data, length) : NULL;
    if (!tree)
        return QA_EPROTO;
    bool good = read_type(tree, out);
    for (size_t i = 0; i < FIELDS && good; i++)
        if (fields[i].types & IN(out->type))
            good = read_field(tree, &fields[i], out);
    json_object_delete(tree);
    if (!good)
        relay_message_wipe(out);
    return good ? 0 : QA_EPROTO;
}

void relay_message_wipe(struct relay_message *message)
{
    sodium_memzero(message, sizeof *message);
}
