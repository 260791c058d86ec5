#include "common/json_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/events.h"

static void take_line(struct json_input *input)
{
    input->line[input->length] = '\0';
    bool empty = input->line[strspn(input->line, " \t\r")] == '\0';
    if (input->too_long || strlen(input->line) != input->length) {
        json_input_refuse("the line is too long or holds a NUL byte");
    } else if (!empty) {
        cJSON *object = cJSON_ParseWithOpts(input->line, NULL, true);
        if (cJSON_IsObject(object))
            input->fn(input->user, object);
        else
            json_input_refuse("not a JSON object");
        cJSON_Delete(object);
    }
    explicit_bzero(input->line, sizeof input->line);
    input->length = 0;
    input->too_long = false;
}

static void take_bytes(struct json_input *input, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n')
            take_line(input);
        else if (input->length < JSON_INPUT_LINE_MAX)
            input->line[input->length++] = bytes[i];
        else
            input->too_long = true;
    }
}

static void on_readable(void *user)
{
    struct json_input *input = user;
    char bytes[4096];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count > 0) {
        take_bytes(input, bytes, (size_t)count);
        explicit_bzero(bytes, sizeof bytes);
        return;
    }
    loop_unwatch(input->loop, STDIN_FILENO);
    if (input->length || input->too_long)
        take_line(input);
    input->ended = true;
    input->fn(input->user, NULL);
}

void json_input_start(struct json_input *input, struct loop *loop, json_input_fn fn, void *user)
{
    *input = (struct json_input){.loop = loop, .fn = fn, .user = user};
    loop_watch(loop, STDIN_FILENO, on_readable, input);
}

const char *json_input_string(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

void json_input_refuse(const char *detail)
{
    cJSON *event = events_new("refused");
    cJSON_AddStringToObject(event, "detail", detail);
    events_send(event);
}
