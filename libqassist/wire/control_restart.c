#include "wire/control_restart.h"

#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "wire/json_object.h"

#define DIGITS (2 * (size_t)CONTROL_RESTART_BYTES)

static bool add_bytes(cJSON *object, const char *name, const uint8_t *bytes)
{
    char text[DIGITS + 1];
    sodium_bin2hex(text, sizeof text, bytes, CONTROL_RESTART_BYTES);
    bool added = cJSON_AddStringToObject(object, name, text);
    sodium_memzero(text, sizeof text);
    return added;
}

bool control_restart_add(cJSON *object, const struct control_restart *restart)
{
    if (!cJSON_AddNumberToObject(object, "seconds", restart->seconds))
        return false;
    return !restart->seconds ||
           (add_bytes(object, "seal", restart->seal) && add_bytes(object, "key", restart->key));
}

static int read_bytes(const cJSON *object, const char *name, uint8_t *out)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    if (!text || strlen(text) != DIGITS || strspn(text, "0123456789abcdef") != DIGITS ||
        sodium_hex2bin(out, CONTROL_RESTART_BYTES, text, DIGITS, NULL, NULL, NULL))
        return QA_EPROTO;
    return 0;
}

int control_restart_read(const cJSON *object, struct control_restart *out)
{
    if (!json_object_number(object, "seconds", 0, CONTROL_RESTART_SECONDS_MAX, &out->seconds))
        return QA_EPROTO;
    if (!out->seconds)
        return 0;
    int error = read_bytes(object, "seal", out->seal);
    return error ? error : read_bytes(object, "key", out->key);
}
