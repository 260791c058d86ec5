#include "qa-help/live_input.h"

#include <string.h>

#include <cjson/cJSON.h>

static void take_script_line(struct live_input *input, const char *line)
{
    char error[SCRIPT_ERROR_SIZE];
    if (script_parse_line(input->script, line, input->line, error))
        input->events->steps(input->user);
    else
        input->events->refused(input->user, error);
}

static const char *string_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void take_object(struct live_input *input, const cJSON *object)
{
    const char *line = string_of(object, "input");
    const char *word = string_of(object, "command");
    const char *chat = string_of(object, "chat");
    const char *clipboard = string_of(object, "clipboard");
    if (line && !line[strcspn(line, "\r\n")])
        take_script_line(input, line);
    else if (word && strcmp(word, "end") == 0)
        input->events->end(input->user);
    else if (chat)
        input->events->chat(input->user, chat);
    else if (clipboard)
        input->events->clipboard(input->user, clipboard);
    else
        input->events->refused(input->user,
                               "expected {\"input\":\"one line\"}, {\"chat\":\"text\"}, "
                               "{\"clipboard\":\"text\"} or {\"command\":\"end\"}");
}

static void on_line(void *user, const char *line, bool broken)
{
    struct live_input *input = user;
    input->line++;
    if (!line) {
        input->events->closed(input->user);
    } else if (broken) {
        input->events->refused(input->user, "the line is too long or holds a NUL byte");
    } else if (input->plain && !(input->objects && *line == '{')) {
        take_script_line(input, line);
    } else if (line[strspn(line, " \t")]) {
        cJSON *object = cJSON_ParseWithOpts(line, NULL, true);
        take_object(input, object);
        cJSON_Delete(object);
    }
}

void live_input_start(struct live_input *input, struct loop *loop, struct script *script,
                      bool plain, bool objects, const struct live_input_events *events, void *user)
{
    input->events = events;
    input->user = user;
    input->script = script;
    input->plain = plain;
    input->objects = objects;
    input->line = 0;
    line_input_start(&input->lines, loop, on_line, input);
}
