#include "wire/control_message.h"

#include <string.h>

#include <sodium.h>

#include <qassist/consent.h>
#include <qassist/errors.h>
#include <qassist/session.h>

#include "wire/control_talk.h"
#include "wire/json_object.h"
#include "wire/printable.h"

static const struct {
    enum control_message_type type;
    const char *name;
} type_names[] = {
    {CONTROL_PERMISSIONS, "permissions"},
    {CONTROL_REQUEST, "request"},
    {CONTROL_PAUSE, "pause"},
    {CONTROL_BYE, "bye"},
    {CONTROL_PING, "ping"},
    {CONTROL_PONG, "pong"},
    {CONTROL_CHAT, "chat"},
    {CONTROL_CHAT_DELIVERED, "chat_delivered"},
    {CONTROL_CLIPBOARD, "clipboard"},
    {CONTROL_CLIPBOARD_TAKEN, "clipboard_taken"},
    {CONTROL_SCREENS, "screens"},
    {CONTROL_CHOOSE_SCREEN, "choose_screen"},
    {CONTROL_POINT, "point"},
    {CONTROL_MARK, "mark"},
    {CONTROL_ASK_RESTART, "ask_restart"},
    {CONTROL_RESTART, "restart"},
};

static const struct bit_name {
    unsigned bit;
    const char *name;
} permission_names[] = {
#define PERMISSION_ROW(bit, name, text) {QA_PERMISSION_##name, text},
    QA_PERMISSION_MAP(PERMISSION_ROW)
#undef PERMISSION_ROW
};

static const struct bit_name cause_names[] = {
    {QA_PAUSED_BY_SHARER, "sharer"},
    {QA_PAUSED_BY_HELPER, "helper"},
    {QA_PAUSED_BY_PROMPT, "prompt"},
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

static unsigned all_bits(const struct bit_name *names, size_t count)
{
    unsigned bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= names[i].bit;
    return bits;
}

static bool add_bits(cJSON *object, const char *key, const struct bit_name *names, size_t count,
                     unsigned bits)
{
    cJSON *list = cJSON_AddArrayToObject(object, key);
    if (!list)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!(bits & names[i].bit))
            continue;
        cJSON *name = cJSON_CreateString(names[i].name);
        if (!name || !cJSON_AddItemToArray(list, name)) {
            cJSON_Delete(name);
            return false;
        }
    }
    return true;
}

static bool add_permissions(cJSON *object, const char *key, unsigned permissions)
{
    return add_bits(object, key, permission_names, COUNT(permission_names), permissions);
}

static bool add_status(cJSON *object, const struct control_message *message)
{
    return add_permissions(object, "permissions", message->permissions) &&
           add_bits(object, "paused", cause_names, COUNT(cause_names), message->causes) &&
           cJSON_AddNumberToObject(object, "epoch", message->epoch) &&
           cJSON_AddStringToObject(object, "reason", error_name(message->error)) &&
           add_permissions(object, "refused", message->refused) &&
           cJSON_AddNumberToObject(object, "wait_s", message->wait_s);
}

static bool add_members(cJSON *object, const struct control_message *message)
{
    if (!cJSON_AddStringToObject(object, "type", type_name(message->type)))
        return false;
    switch (message->type) {
    case CONTROL_PERMISSIONS:
        return add_status(object, message);
    case CONTROL_REQUEST:
        return add_permissions(object, "permissions", message->permissions) &&
               cJSON_AddStringToObject(object, "purpose", message->text);
    case CONTROL_PAUSE:
        return cJSON_AddBoolToObject(object, "paused", message->yes);
    case CONTROL_BYE:
        return cJSON_AddStringToObject(object, "reason", error_name(message->error));
    case CONTROL_PING:
    case CONTROL_PONG:
    case CONTROL_ASK_RESTART:
        return true;
    case CONTROL_RESTART:
        return cJSON_AddStringToObject(object, "reason", error_name(message->error)) &&
               cJSON_AddNumberToObject(object, "wait_s", message->wait_s) &&
               control_restart_add(object, &message->restart);
    case CONTROL_CHAT:
    case CONTROL_CHAT_DELIVERED:
    case CONTROL_CLIPBOARD:
    case CONTROL_CLIPBOARD_TAKEN:
        return control_talk_add(object, message);
    case CONTROL_POINT:
        return control_point_add(object, &message->point);
    case CONTROL_MARK:
        return control_mark_add(object, &message->mark);
    case CONTROL_SCREENS:
        return control_screens_add(object, &message->screens);
    case CONTROL_CHOOSE_SCREEN:
        return cJSON_AddNumberToObject(object, "id", message->id);
    }
    return false;
}

/* What a caller of ours could have got wrong. */
static bool can_be_said(const struct control_message *message)
{
    const unsigned permissions = all_bits(permission_names, COUNT(permission_names));
    return type_name(message->type) && error_name(message->error) &&
           !((message->permissions | message->refused) & ~permissions) &&
           !(message->causes & ~all_bits(cause_names, COUNT(cause_names))) &&
           message->epoch < CONTROL_EPOCHS && message->wait_s <= CONTROL_WAIT_MAX &&
           message->restart.seconds <= CONTROL_RESTART_SECONDS_MAX && control_talk_valid(message) &&
           control_screens_valid(&message->screens) && control_point_valid(&message->point) &&
           (message->type != CONTROL_MARK || control_mark_valid(&message->mark)) &&
           (message->type != CONTROL_REQUEST || printable_valid(message->text, QA_PURPOSE_MAX));
}

int control_message_encode(const struct control_message *message, char out[CONTROL_MESSAGE_MAX])
{
    if (!can_be_said(message))
        return QA_EINVAL;

    cJSON *object = cJSON_CreateObject();
    int result = QA_ENOMEM;
    if (object && add_members(object, message) &&
        cJSON_PrintPreallocated(object, out, CONTROL_MESSAGE_MAX, 0))
        result = (int)strlen(out);
    json_object_delete(object);
    return result;
}

/* `unknown` stands for what a later version may name. */
static int read_bits(const cJSON *object, const char *key, const struct bit_name *names,
                     size_t count, unsigned unknown, unsigned *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsArray(list))
        return QA_EPROTO;
    *out = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return QA_EPROTO;
        unsigned bit = unknown;
        for (size_t i = 0; i < count; i++)
            if (!strcmp(item->valuestring, names[i].name))
                bit = names[i].bit;
        *out |= bit;
    }
    return 0;
}

/* A later version's permission is not ours to grant or to use: left out. */
static int read_permissions(const cJSON *object, const char *key, unsigned *out)
{
    return read_bits(object, key, permission_names, COUNT(permission_names), 0, out);
}

static int read_bool(const cJSON *object, const char *key, bool *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    *out = cJSON_IsTrue(item);
    return cJSON_IsBool(item) ? 0 : QA_EPROTO;
}

/* One line; what may not be shown is left out. */
static int read_line(const cJSON *object, const char *key, size_t max, char *out)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (!text || strnlen(text, max + 1) > max)
        return QA_EPROTO;
    printable_copy(text, out, max + 1);
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
    uint32_t epoch = 0;
    /* Paused for a reason that we do not know: the sharer's. */
    if (read_permissions(object, "permissions", &out->permissions) ||
        read_bits(object, "paused", cause_names, COUNT(cause_names), QA_PAUSED_BY_SHARER,
                  &out->causes) ||
        !json_object_number(object, "epoch", 0, CONTROL_EPOCHS - 1, &epoch) ||
        read_permissions(object, "refused", &out->refused) ||
        !json_object_number(object, "wait_s", 0, CONTROL_WAIT_MAX, &out->wait_s))
        return QA_EPROTO;
    out->epoch = epoch;
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
        return read_status(object, out);
    case CONTROL_REQUEST:
        error = read_permissions(object, "permissions", &out->permissions);
        return error ? error : read_line(object, "purpose", QA_PURPOSE_MAX, out->text);
    case CONTROL_PAUSE:
        return read_bool(object, "paused", &out->yes);
    case CONTROL_BYE:
        return read_reason(object, &out->error);
    case CONTROL_PING:
    case CONTROL_PONG:
    case CONTROL_ASK_RESTART:
        return 0;
    case CONTROL_RESTART:
        if (!json_object_number(object, "wait_s", 0, CONTROL_WAIT_MAX, &out->wait_s))
            return QA_EPROTO;
        error = read_reason(object, &out->error);
        return error ? error : control_restart_read(object, &out->restart);
    case CONTROL_CHAT:
    case CONTROL_CHAT_DELIVERED:
    case CONTROL_CLIPBOARD:
    case CONTROL_CLIPBOARD_TAKEN:
        return control_talk_read(object, out);
    case CONTROL_POINT:
        return control_point_read(object, &out->point);
    case CONTROL_MARK:
        return control_mark_read(object, &out->mark);
    case CONTROL_SCREENS:
        return control_screens_read(object, &out->screens);
    case CONTROL_CHOOSE_SCREEN:
        return json_object_number(object, "id", 0, UINT32_MAX, &out->id) ? 0 : QA_EPROTO;
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
