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

static void take_answer(struct share *share, const char *answer, const char *permission)
{
    bool allow = strcmp(answer, "allow") == 0;
    if (!allow && strcmp(answer, "deny") != 0)
        events_refused("an answer is \"allow\" or \"deny\"");
    else if (!share->question)
        events_refused("there is no open question");
    else if (permission &&
             qa_permission_by_name(permission) != qa_consent_permissions(share->question))
        events_refused("the open question is about another permission");
    else
        ask_answer(share, allow ? qa_consent_permissions(share->question) : 0);
}

static void take_command(struct share *share, const char *command)
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
    else
        events_refused("not a command, or not one for this state");
}

static void take_code(struct share *share, const char *code)
{
    int error = qa_code_check(code);
    if (share->sharer)
        events_refused("there is a code already");
    else if (error)
        share_finish(share, error, "");
    else
        share_start(share, code);
}

static void take_object(struct share *share, const cJSON *object)
{
    const char *answer = string_of(object, "answer");
    const char *command = string_of(object, "command");
    const char *code = string_of(object, "code");
    if (answer)
        take_answer(share, answer, string_of(object, "permission"));
    else if (command)
        take_command(share, command);
    else if (code)
        take_code(share, code);
    else
        events_refused("expected an object with \"answer\", \"command\" or \"code\"");
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
        share_finish(share, QA_ECODE_FORMAT, "no code was given");
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
