#include "common/events.h"

#include <stdio.h>
#include <time.h>

#include <qassist/consent.h>
#include <qassist/errors.h>

#include "common/permission_words.h"
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

static void add_error(cJSON *event, const char *key, int error)
{
    if (error)
        cJSON_AddStringToObject(event, key, qa_err_name(error));
    else
        cJSON_AddNullToObject(event, key);
}

static void add_permissions(cJSON *event, unsigned permissions)
{
    cJSON *list = cJSON_AddArrayToObject(event, "permissions");
    for (unsigned bit = 1; bit && bit <= permissions; bit <<= 1)
        if (permissions & bit)
            cJSON_AddItemToArray(list, cJSON_CreateString(qa_permission_name(bit)));
}

static void send_string(const char *name, const char *key, const char *value)
{
    cJSON *event = events_new(name);
    cJSON_AddStringToObject(event, key, value);
    events_send(event);
}

void events_text(const char *name, const char *text)
{
    send_string(name, "text", text);
}

void events_id(const char *name, uint32_t id)
{
    cJSON *event = events_new(name);
    cJSON_AddNumberToObject(event, "id", id);
    events_send(event);
}

void events_state(qa_session_state state)
{
    send_string("state", "state", qa_session_state_name(state));
}

void events_permissions(unsigned permissions, int reason)
{
    cJSON *event = events_new("permissions");
    if (!event)
        return;
    add_permissions(event, permissions);
    add_error(event, "reason", reason);
    events_send(event);
}

void events_consent(const char *kind, const qa_consent *consent)
{
    cJSON *event = events_new(kind);
    if (!event)
        return;
    unsigned permissions = qa_consent_permissions(consent);
    if (qa_consent_get_kind(consent) == QA_CONSENT_CALLED)
        cJSON_AddStringToObject(event, "kind", "called");
    else if (qa_consent_get_kind(consent) == QA_CONSENT_RESTART)
        cJSON_AddStringToObject(event, "kind", "restart");
    else if (permissions_are_one(permissions))
        cJSON_AddStringToObject(event, "permission", qa_permission_name(permissions));
    add_permissions(event, permissions);
    cJSON_AddStringToObject(event, "purpose", qa_consent_purpose(consent));
    cJSON_AddBoolToObject(event, "again", qa_consent_renews(consent));
    events_send(event);
}

void events_restart(uint32_t seconds, int reason)
{
    cJSON *event = events_new("restart");
    if (!event)
        return;
    cJSON_AddNumberToObject(event, "seconds", seconds);
    add_error(event, "reason", reason);
    events_send(event);
}

void events_not_allowed(unsigned permissions, int reason, unsigned wait_seconds)
{
    cJSON *event = events_new("not-allowed");
    if (!event)
        return;
    add_permissions(event, permissions);
    add_error(event, "reason", reason);
    if (wait_seconds < QA_WAIT_SESSION)
        cJSON_AddNumberToObject(event, "wait_seconds", wait_seconds);
    else
        cJSON_AddNullToObject(event, "wait_seconds");
    events_send(event);
}

void events_paused(unsigned causes)
{
    static const struct {
        unsigned cause;
        const char *name;
    } names[] = {{QA_PAUSED_BY_SHARER, "sharer"},
                 {QA_PAUSED_BY_HELPER, "helper"},
                 {QA_PAUSED_BY_PROMPT, "prompt"}};
    cJSON *event = events_new("paused");
    if (!event)
        return;
    cJSON *list = cJSON_AddArrayToObject(event, "causes");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (causes & names[i].cause)
            cJSON_AddItemToArray(list, cJSON_CreateString(names[i].name));
    events_send(event);
}

void events_refused(const char *detail)
{
    send_string("refused", "detail", detail);
}

void events_end(int error, const char *detail, uint32_t retry_s, int code)
{
    cJSON *event = events_new("end");
    if (!event)
        return;
    char safe[512];
    text_safe(detail, safe, sizeof safe);
    add_error(event, "error", error);
    cJSON_AddStringToObject(event, "detail", safe);
    if (retry_s)
        cJSON_AddNumberToObject(event, "retry_s", retry_s);
    cJSON_AddNumberToObject(event, "exit", code);
    events_send(event);
}
