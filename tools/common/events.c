#include "common/events.h"

#include <stdio.h>
#include <time.h>

#include <qassist/consent.h>
#include <qassist/errors.h>

#include "common/text.h"

static bool enabled;

void events_enable(bool on)
{
    enabled = on;
}

bool events_enabled(void)
{
    return enabled;
}

cJSON *events_new(const char *event)
{
    if (!enabled)
        return NULL;
    cJSON *object = cJSON_CreateObject();
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    cJSON_AddStringToObject(object, "event", event);
    cJSON_AddNumberToObject(object, "time_ms",
                            (double)now.tv_sec * 1000 + (double)(now.tv_nsec / 1000000));
    return object;
}

void events_send(cJSON *event)
{
    if (!event)
        return;
    char *line = cJSON_PrintUnformatted(event);
    if (line) {
        puts(line);
        fflush(stdout);
        cJSON_free(line);
    }
    cJSON_Delete(event);
}

const char *events_permission_name(unsigned permission)
{
    return permission & QA_PERMISSION_CONTROL ? "control" : "view";
}

static void add_error(cJSON *event, const char *key, int error)
{
    if (error)
        cJSON_AddStringToObject(event, key, qa_err_name(error));
    else
        cJSON_AddNullToObject(event, key);
}

void events_state(qa_session_state state)
{
    cJSON *event = events_new("state");
    if (!event)
        return;
    cJSON_AddStringToObject(event, "state", qa_session_state_name(state));
    events_send(event);
}

void events_permissions(unsigned permissions, int reason)
{
    cJSON *event = events_new("permissions");
    if (!event)
        return;
    cJSON *list = cJSON_AddArrayToObject(event, "permissions");
    if (permissions & QA_PERMISSION_VIEW)
        cJSON_AddItemToArray(list, cJSON_CreateString("view"));
    if (permissions & QA_PERMISSION_CONTROL)
        cJSON_AddItemToArray(list, cJSON_CreateString("control"));
    add_error(event, "reason", reason);
    events_send(event);
}

void events_consent(unsigned permissions)
{
    cJSON *event = events_new("consent");
    if (!event)
        return;
    cJSON_AddStringToObject(event, "permission", events_permission_name(permissions));
    events_send(event);
}

void events_refused(const char *detail)
{
    cJSON *event = events_new("refused");
    cJSON_AddStringToObject(event, "detail", detail);
    events_send(event);
}

void events_end(int error, const char *detail, int code)
{
    cJSON *event = events_new("end");
    if (!event)
        return;
    char safe[512];
    text_safe(detail, safe, sizeof safe);
    add_error(event, "error", error);
    cJSON_AddStringToObject(event, "detail", safe);
    cJSON_AddNumberToObject(event, "exit", code);
    events_send(event);
}
