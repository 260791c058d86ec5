/*
 * The face for programs: JSON objects on standard input; the events say the rest. See the man page
 * for both.
 */
#include <string.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/line_input.h"
#include "qa-share/share_state.h"

static struct line_input input;

static const char *string_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* A list of names, where there is one. False: it is none, or holds what is no permission. */
static bool read_permissions(const cJSON *object, unsigned *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "permissions"), *item;
    if (!list)
        return true;
    *out = 0;
    cJSON_ArrayForEach(item, list)
    {
        unsigned permission = qa_permission_by_name(cJSON_GetStringValue(item));
        if (!permission)
            return false;
        *out |= permission;
    }
    return cJSON_IsArray(list);
}

/* A number of seconds, where there is one. */
static bool read_seconds(const cJSON *object, uint32_t *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "seconds");
    if (!item)
        return true;
    if (!cJSON_IsNumber(item) || item->valuedouble < 1 || item->valuedouble > 1e9)
        return false;
    *out = (uint32_t)item->valuedouble;
    return true;
}

static void take_answer(struct share *share, const char *answer, const cJSON *object)
{
    if (!share->question) {
        events_refused("there is no open question");
        return;
    }
    const char *about = string_of(object, "permission");
    bool allow = strcmp(answer, "allow") == 0;
    unsigned asked = qa_consent_permissions(share->question), allowed = asked;
    uint32_t seconds = 0;
    if (!allow && strcmp(answer, "deny") != 0)
        events_refused("an answer is \"allow\" or \"deny\"");
    else if (ask_is_plain(share))
        ask_answer_plain(share, allow);
    else if (about && qa_permission_by_name(about) != asked)
        events_refused("the open question is about another permission");
    else if (!read_permissions(object, &allowed) || allowed & ~asked)
        events_refused("\"permissions\" is a list of some that are asked for");
    else if (!read_seconds(object, &seconds))
        events_refused("\"seconds\" is a number from 1 on");
    else
        ask_answer_for(share, allow ? allowed : 0, seconds);
}

static void revoke(struct share *share, const cJSON *object)
{
    unsigned permissions = 0;
    if (!read_permissions(object, &permissions) || !permissions)
        events_refused("\"revoke\" takes a list of \"permissions\"");
    else
        share_take_back(share, permissions);
}

static void take_command(struct share *share, const char *command, const cJSON *object)
{
    bool paused = share->pause_causes & QA_PAUSED_BY_SHARER;
    if (strcmp(command, "end") == 0)
        share_end(share);
    else if (!share->sharer)
        events_refused("not possible before the code");
    else if (strcmp(command, paused ? "resume" : "pause") == 0)
        share_toggle_pause(share);
    else if (strcmp(command, "take-back") == 0)
        share_take_back(share, QA_PERMISSION_CONTROL);
    else if (strcmp(command, "leave") == 0 && share->may_leave)
        share_leave(share);
    else if (strcmp(command, "revoke") == 0)
        revoke(share, object);
    else if (strcmp(command, "prompt-up") == 0 || strcmp(command, "prompt-gone") == 0)
        qa_sharer_set_prompt(share->sharer, strcmp(command, "prompt-up") == 0);
    else if (strcmp(command, "allow-prompts") == 0 || strcmp(command, "hide-prompts") == 0)
        share_allow_prompts(share, strcmp(command, "allow-prompts") == 0);
    else
        events_refused("not a command, or not one for this state");
}

static void take_code(struct share *share, const char *code)
{
    int error = qa_code_check(code);
    if (share->sharer)
        events_refused("there is a code already");
    else if (error)
        share_finish(share, error, "", 0);
    else
        share_start(share, code);
}

static void take_object(struct share *share, const cJSON *object)
{
    const char *answer = string_of(object, "answer");
    const char *command = string_of(object, "command");
    const char *code = string_of(object, "code");
    const char *chat = string_of(object, "chat");
    const char *report = string_of(object, "report");
    if (answer)
        take_answer(share, answer, object);
    else if (command)
        take_command(share, command, object);
    else if (code)
        take_code(share, code);
    else if (chat)
        share_chat(share, chat, NULL);
    else if (report)
        share_report(share, report);
    else
        events_refused("expected an object with \"answer\", \"command\", \"chat\", \"report\" or "
                       "\"code\"");
}

static void say(struct share *share, const char *text)
{
}

static void nothing(struct share *share)
{
}

static void ended(struct share *share, int error, const char *story)
{
    if (error)
        complain(&share->options->common, "%s", story);
    loop_stop(&share->loop);
}

static const struct share_face program_face = {
    .say = say,
    .ask = nothing, /* the event was the question */
    .asked = nothing,
    .status = nothing,
    .ended = ended,
};

static const struct share_face deaf_face = {
    .say = say,
    .asked = nothing,
    .status = nothing,
    .ended = ended,
};

/* Nobody is left to answer: what is asked now or later is answered no. */
static void on_input_end(struct share *share)
{
    share->face = &deaf_face;
    if (!share->sharer)
        share_finish(share, QA_ECODE_FORMAT, "no code was given", 0);
    else if (share->question)
        ask_answer(share, 0);
}

static void on_line(void *user, const char *line, bool broken)
{
    if (!line) {
        on_input_end(user);
        return;
    }
    cJSON *object = cJSON_ParseWithOpts(line, NULL, true);
    if (broken || cJSON_IsObject(object) || line[strspn(line, " \t")])
        take_object(user, object);
    cJSON_Delete(object);
}

void program_face_start(struct share *share)
{
    share->face = &program_face;
    line_input_start(&input, &share->loop, on_line, share);
}
