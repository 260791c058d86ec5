#include "wire/json_object.h"

#include <string.h>

#include <sodium.h>

/* Known or not: bounds the search for repeated names. */
#define MEMBERS_MAX 32

/* What cJSON would let through. */
static bool bytes_acceptable(const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
            return false;
        if (byte != '\\')
            continue;
        if (length - i >= 6 && !memcmp(data + i, "\\u0000", 6))
            return false;
        i++; /* what is escaped is no start of an escape itself */
    }
    return true;
}

static bool names_differ(const cJSON *object, size_t max)
{
    size_t count = 0;
    for (const cJSON *item = object->child; item; item = item->next) {
        if (++count > max)
            return false;
        for (const cJSON *other = object->child; other != item; other = other->next)
            if (!strcmp(other->string, item->string))
                return false;
    }
    return true;
}

cJSON *json_object_parse_wide(const char *data, size_t length, size_t members_max)
{
    const char *end = NULL;
    if (!bytes_acceptable(data, length))
        return NULL;
    cJSON *object = cJSON_ParseWithLengthOpts(data, length, &end, false);
    if (!object)
        return NULL;
    bool good = cJSON_IsObject(object) && names_differ(object, members_max);
    for (; good && end < data + length; end++)
        good = *end == ' ' || *end == '\t' || *end == '\r' || *end == '\n';
    if (good)
        return object;
    json_object_delete(object);
    return NULL;
}

cJSON *json_object_parse(const char *data, size_t length)
{
    return json_object_parse_wide(data, length, MEMBERS_MAX);
}

bool json_number(const cJSON *item, uint32_t least, uint32_t most, uint32_t *out)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= least && item->valuedouble <= most) ||
        item->valuedouble != (double)(uint32_t)item->valuedouble)
        return false;
    *out = (uint32_t)item->valuedouble;
    return true;
}

bool json_object_number(const cJSON *object, const char *name, uint32_t least, uint32_t most,
                        uint32_t *out)
{
    return json_number(cJSON_GetObjectItemCaseSensitive(object, name), least, most, out);
}

void json_object_delete(cJSON *object)
{
    for (cJSON *item = object ? object->child : NULL; item; item = item->next)
        if (item->valuestring)
            sodium_memzero(item->valuestring, strlen(item->valuestring));
    cJSON_Delete(object);
}
