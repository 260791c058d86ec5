#include "wire/control_talk.h"

#include <string.h>

#include <qassist/errors.h>
#include <qassist/session.h>

#include "wire/json_object.h"
#include "wire/talk_text.h"

bool control_talk_valid(const struct control_message *message)
{
    switch (message->type) {
    case CONTROL_CHAT:
        return message->id && message->text[0];
    case CONTROL_CHAT_DELIVERED:
        return message->id;
    default:
        return true;
    }
}

bool control_talk_add(cJSON *object, const struct control_message *message)
{
    switch (message->type) {
    case CONTROL_CHAT:
        return cJSON_AddNumberToObject(object, "id", message->id) &&
               cJSON_AddStringToObject(object, "text", message->text);
    case CONTROL_CHAT_DELIVERED:
        return cJSON_AddNumberToObject(object, "id", message->id);
    case CONTROL_CLIPBOARD:
        return cJSON_AddBoolToObject(object, "first", message->first) &&
               cJSON_AddBoolToObject(object, "last", message->last) &&
               cJSON_AddStringToObject(object, "text", message->text);
    default:
        return true;
    }
}

static bool read_bool(const cJSON *object, const char *name, bool *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    *out = cJSON_IsTrue(item);
    return cJSON_IsBool(item);
}

/* Longer texts than this side would send are another protocol than ours. */
static const char *read_text(const cJSON *object, size_t max)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "text"));
    return text && strnlen(text, max + 1) <= max ? text : NULL;
}

static int read_chat(const cJSON *object, struct control_message *out)
{
    const char *text = read_text(object, TALK_LINES_BYTES(QA_CHAT_MAX));
    if (!text || !json_object_number(object, "id", 1, UINT32_MAX, &out->id) ||
        talk_text_lines(text, QA_CHAT_MAX, out->text) <= 0)
        return QA_EPROTO;
    return 0;
}

static int read_clipboard(const cJSON *object, struct control_message *out)
{
    const char *text = read_text(object, CONTROL_TEXT_MAX);
    if (!text || !read_bool(object, "first", &out->first) || !read_bool(object, "last", &out->last))
        return QA_EPROTO;
    talk_text_clipboard(text, strlen(text), out->text);
    return 0;
}

int control_talk_read(const cJSON *object, struct control_message *out)
{
    switch (out->type) {
    case CONTROL_CHAT:
        return read_chat(object, out);
    case CONTROL_CHAT_DELIVERED:
        return json_object_number(object, "id", 1, UINT32_MAX, &out->id) ? 0 : QA_EPROTO;
    case CONTROL_CLIPBOARD:
        return read_clipboard(object, out);
    default:
        return 0;
    }
}
