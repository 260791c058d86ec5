#include "wire/control_message.h"

#include <string.h>

#include <sodium.h>

#include <qassist/consent.h>
#include <qassist/errors.h>

#include "wire/control_talk.h"
#include "wire/json_object.h"

static const struct {
    enum control_message_type type;
    const char *name;
} type_names[] = {
    {CONTROL_PERMISSIONS, "permissions"},
    {CONTROL_REQUEST, "request"},
    {CONTROL_BYE, "bye"},
    {CONTROL_PING, "ping"},
    {CONTROL_PONG, "pong"},
    {CONTROL_CHAT, "chat"},
    {CONTROL_CHAT_DELIVERED, "chat_delivered"},
    {CONTROL_CLIPBOARD, "clipboard"},
    {CONTROL_CLIPBOARD_TAKEN, "clipboard_taken"},
};

static const struct {
    unsigned bit;
    const char *name;
} permission_names[] = {
    {QA_PERMISSION_VIEW, "view"},
    {QA_PERMISSION_CONTROL, "control"},
};

static const struct {
    int error;
    const char *name;
} error_names[] = {{0, "OK"},
#define ERROR_ROW(number, name, text) {number, #name},
                   QA_ERROR_MAP(ERROR_ROW)
#undef ERROR_ROW
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *type_name(enum control_message_type type)
{
    for (size_t i = 0; i < COUNT(type_names); i++)
        if (type_names[i].type == type)
            return type_names[i].name;
    return NULL;
}

static const char *error_name(int error)
{
    for (size_t i = 0; i < COUNT(error_names); i++)
        if (error_names[i].error == error)
            return error_names[i].name;
    return NULL;
}

static bool add_permissions(cJSON *object, unsigned permissions)
{
    cJSON *list = cJSON_AddArrayToObject(object, "permissions");
    if (!list)
        return false;
    for (size_t i = 0; i < COUNT(permission_names); i++) {
        if (!(permissions & permission_names[i].bit))
            continue;
        cJSON *name = cJSON_CreateString(permission_names[i].name);
        if (!name || !cJSON_AddItemToArray(list, name)) {
            cJSON_Delete(name);
            return false;
        }
    }
    return true;
}

static bool add_members(cJSON *object, const struct control_message *message)
{
    if (!cJSON_AddStringToObject(object, "type", type_name(message->type)))
        return false;
    switch (message->type) {
    case CONTROL_PERMISSIONS:
        return add_permissions(object, message->permissions) &&
               cJSON_AddBoolToObject(object, "paused", message->paused) &&
               cJSON_AddNumberToObject(object, "epoch", message->epoch) &&
               cJSON_AddStringToObject(object, "reason", error_name(message->error));
    case CONTROL_REQUEST:
        return add_permissions(object, message->permissions);
    case CONTROL_BYE:
        return cJSON_AddStringToObject(object, "reason", error_name(message->error));
    case CONTROL_PING:
    case CONTROL_PONG:
        return true;
    case CONTROL_CHAT:
    case CONTROL_CHAT_DELIVERED:
    case CONTROL_CLIPBOARD:
    case CONTROL_CLIPBOARD_TAKEN:
        return control_talk_add(object, message);
    }
    return false;
}

int control_message_encode(const struct control_message *message, char out[CONTROL_MESSAGE_MAX])
{
    const unsigned known = QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL;
    if (!type_name(message->type) || !error_name(message->error) ||
        (message->permissions & ~known) || message->epoch >= CONTROL_EPOCHS ||
        !control_talk_valid(message))
        return QA_EINVAL;

    cJSON *object = cJSON_CreateObject();
    int result = QA_ENOMEM;
    if (object && add_members(object, message) &&
        cJSON_PrintPreallocated(object, out, CONTROL_MESSAGE_MAX, 0))
        result = (int)strlen(out);
    json_object_delete(object);
    return result;
}

static int read_permissions(const cJSON *object, unsigned *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "permissions");
    if (!cJSON_IsArray(list))
        return QA_EPROTO;
    *out = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return QA_EPROTO;
        /* A later version's permission is not ours to grant or to use: left out. */
        for (size_t i = 0; i < COUNT(permission_names); i++)
            if (!strcmp(item->valuestring, permission_names[i].name))
                *out |= permission_names[i].bit;
    }
    return 0;
}

static int read_reason(const cJSON *object, int *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "reason");
    if (!cJSON_IsString(item))
        return QA_EPROTO;
    *out = QA_EPROTO; /* a later version's reason */
    for (size_t i = 0; i < COUNT(error_names); i++)
        if (!strcmp(item->valuestring, error_names[i].name))
            *out = error_names[i].error;
    return 0;
}

static int read_status(const cJSON *object, struct control_message *out)
{
    const cJSON *paused = cJSON_GetObjectItemCaseSensitive(object, "paused");
    const cJSON *epoch = cJSON_GetObjectItemCaseSensitive(object, "epoch");
    if (!cJSON_IsBool(paused) || !cJSON_IsNumber(epoch) || epoch->valuedouble < 0 ||
        epoch->valuedouble >= CONTROL_EPOCHS || (unsigned)epoch->valuedouble != epoch->valuedouble)
        return QA_EPROTO;
    out->paused = cJSON_IsTrue(paused);
    out->epoch = (unsigned)epoch->valuedouble;
    return read_reason(object, &out->error);
}

static int read_members(const cJSON *object, struct control_message *out)
{
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(object, "type");
    if (!cJSON_IsString(type))
        return QA_EPROTO;
    for (size_t i = 0; i < COUNT(type_names); i++)
        if (!strcmp(type->valuestring, type_names[i].name))
            out->type = type_names[i].type;

    int error;
    switch (out->type) {
    case CONTROL_PERMISSIONS:
        error = read_permissions(object, &out->permissions);
        return error ? error : read_status(object, out);
    case CONTROL_REQUEST:
        return read_permissions(object, &out->permissions);
    case CONTROL_BYE:
        return read_reason(object, &out->error);
    case CONTROL_PING:
    case CONTROL_PONG:
        return 0;
    case CONTROL_CHAT:
    case CONTROL_CHAT_DELIVERED:
    case CONTROL_CLIPBOARD:
    case CONTROL_CLIPBOARD_TAKEN:
        return control_talk_read(object, out);
    }
    return QA_EPROTO;
}

int control_message_decode(const char *data, size_t length, struct control_message *out)
{
    memset(out, 0, sizeof *out);
    cJSON *object = length < CONTROL_MESSAGE_MAX ? json_object_parse(data, length) : NULL;
    int error = object ? read_members(object, out) : QA_EPROTO;
    json_object_delete(object);
    if (error)
        control_message_wipe(out);
    return error;
}

void control_message_wipe(struct control_message *message)
{
    sodium_memzero(message, sizeof *message);
}
