#include "qa-help/help_session.h"

#include <stdio.h>

#include "common/events.h"
#include "common/i18n.h"
#include "common/loop.h"
#include "common/permission_words.h"

#define FRAME_EVENT_INTERVAL 1000 /* milliseconds */

static void on_code(qa_helper *helper, const char *code, uint32_t seconds_left,
                    const char *shown_name, const char *organisation, void *user)
{
    struct help_session *session = user;
    session->got_code = true;
    cJSON *event = events_new("code");
    cJSON_AddStringToObject(event, "code", code);
    cJSON_AddNumberToObject(event, "seconds_left", seconds_left);
    cJSON_AddStringToObject(event, "shown_name", shown_name);
    cJSON_AddStringToObject(event, "organisation", organisation);
    events_send(event);
    session->face->code(session->face_user, code, seconds_left, shown_name, organisation);
}

static void on_peer(qa_helper *helper, void *user)
{
    events_send(events_new("peer"));
}

static void on_state(qa_helper *helper, qa_session_state state, void *user)
{
    struct help_session *session = user;
    events_state(state);
    session->face->state(session->face_user, state);
}

static void on_permissions(qa_helper *helper, unsigned permissions, int reason, void *user)
{
    struct help_session *session = user;
    events_permissions(permissions, reason);
    session->face->permissions(session->face_user, permissions, reason);
}

static void on_paused(qa_helper *helper, unsigned causes, void *user)
{
    struct help_session *session = user;
    events_paused(causes);
    if (session->face->paused)
        session->face->paused(session->face_user, causes);
}

static void on_screens(qa_helper *helper, const qa_screen_info *const *screens, size_t count,
                       uint32_t chosen, void *user)
{
    struct help_session *session = user;
    screen_list_tell(screens, count, chosen);
    screen_list_set(&session->screens, screens, count, chosen);
    if (session->face->screens)
        session->face->screens(session->face_user, &session->screens);
}

static void on_refused(qa_helper *helper, unsigned permissions, int reason, uint32_t wait_seconds,
                       void *user)
{
    struct help_session *session = user;
    events_not_allowed(permissions, reason, wait_seconds);
    if (session->face->refused)
        session->face->refused(session->face_user, permissions, reason, wait_seconds);
}

static void on_chat(qa_helper *helper, const char *text, void *user)
{
    struct help_session *session = user;
    events_text("chat", text);
    if (session->face->chat)
        session->face->chat(session->face_user, text);
}

static void on_chat_delivered(qa_helper *helper, uint32_t id, void *user)
{
    struct help_session *session = user;
    events_id("chat-delivered", id);
    if (session->face->chat_delivered)
        session->face->chat_delivered(session->face_user, id);
}

static void on_clipboard(qa_helper *helper, const char *text, void *user)
{
    struct help_session *session = user;
    events_text("clipboard", text);
    if (session->face->clipboard)
        session->face->clipboard(session->face_user, text);
}

int help_session_chat(struct help_session *session, const char *text, uint32_t *id)
{
    uint32_t number = 0;
    int error = session->helper ? qa_helper_chat(session->helper, text, &number) : QA_ESTATE;
    if (!error)
        events_id("chat-sent", number);
    if (id)
        *id = number;
    return error;
}

static void on_restart(qa_helper *helper, uint32_t seconds, int reason, void *user)
{
    struct help_session *session = user;
    events_restart(seconds, reason);
    if (session->face->restart)
        session->face->restart(session->face_user, seconds, reason);
}

static void on_notice(qa_helper *helper, qa_notice notice, void *user)
{
    struct help_session *session = user;
    cJSON *event = events_new("notice");
    cJSON_AddStringToObject(event, "notice",
                            notice == QA_NOTICE_CODE_TRIED_AGAIN ? "code-tried-again" : "unknown");
    events_send(event);
    session->face->notice(session->face_user, notice);
}

static void add_rectangles(cJSON *event, qa_frame *frame)
{
    size_t count = 0;
    const qa_rect *damage = qa_frame_damage(frame, &count);
    cJSON *list = cJSON_AddArrayToObject(event, "damage");
    for (size_t i = 0; i < count; i++) {
        int numbers[] = {damage[i].x, damage[i].y, damage[i].width, damage[i].height};
        cJSON_AddItemToArray(list, cJSON_CreateIntArray(numbers, 4));
    }
}

/* A moving screen would drown the reader: unless all are asked for, one a second and each new size.
 */
static void tell_frame(struct help_session *session, qa_frame *frame)
{
    bool resized =
        qa_frame_width(frame) != session->width || qa_frame_height(frame) != session->height;
    int64_t now = loop_now();
    bool every = session->options->json_frames;
    if (!events_enabled() ||
        (!every && !resized && now - session->frame_told < FRAME_EVENT_INTERVAL))
        return;
    session->frame_told = now;
    cJSON *event = events_new("frame");
    cJSON_AddNumberToObject(event, "number", session->frames);
    cJSON_AddNumberToObject(event, "width", qa_frame_width(frame));
    cJSON_AddNumberToObject(event, "height", qa_frame_height(frame));
    if (every)
        add_rectangles(event, frame);
    events_send(event);
}

static void on_frame(qa_helper *helper, qa_frame *frame, void *user)
{
    struct help_session *session = user;
    session->frames++;
    tell_frame(session, frame);
    session->width = qa_frame_width(frame);
    session->height = qa_frame_height(frame);
    session->face->frame(session->face_user, frame);
}

static void on_cursor(qa_helper *helper, const qa_cursor *cursor, void *user)
{
    struct help_session *session = user;
    session->face->cursor(session->face_user, cursor);
}

static void on_cursor_position(qa_helper *helper, int32_t x, int32_t y, void *user)
{
    struct help_session *session = user;
    session->face->cursor_position(session->face_user, x, y);
}

static void on_end(qa_helper *helper, int error, const char *detail, void *user)
{
    struct help_session *session = user;
    uint32_t retry_s = qa_helper_retry_seconds(helper);
    char text[1024];
    /* With a time to come back in, it is the relay's trouble, not the token's. */
    if (error == QA_EAUTH && !retry_s && session->token->remembered && !session->got_code) {
        session->face->token_refused(session->face_user);
        return;
    }
    if (error)
        exit_story(error, detail, retry_s,
                   session->options->sign_in ? EXIT_ROLE_SIGNED_IN : EXIT_ROLE_HELPER, text,
                   sizeof text);
    else
        snprintf(text, sizeof text, "%s", _("The session is over."));
    int code = session->face->end(session->face_user, error, text);
    events_end(error, detail, retry_s, code);
}

int help_session_start(struct help_session *session)
{
    static const qa_helper_callbacks callbacks = {
        .size = sizeof(qa_helper_callbacks),
        .on_code = on_code,
        .on_peer = on_peer,
        .on_state = on_state,
        .on_permissions = on_permissions,
        .on_notice = on_notice,
        .on_frame = on_frame,
        .on_cursor = on_cursor,
        .on_cursor_position = on_cursor_position,
        .on_end = on_end,
        .on_paused = on_paused,
        .on_refused = on_refused,
        .on_chat = on_chat,
        .on_chat_delivered = on_chat_delivered,
        .on_clipboard = on_clipboard,
        .on_screens = on_screens,
        .on_restart = on_restart,
    };
    qa_helper_options options = QA_HELPER_OPTIONS_INIT;
    options.token = session->token->text;
    options.reconnect_seconds = session->options->common.reconnect_seconds;
    session->got_code = false;
    session->frames = 0;
    session->frame_told = 0;
    session->width = session->height = 0;
    session->screens = (struct screen_list){0};
    int error = qa_helper_new(session->context, &options, &callbacks, session, &session->helper);
    if (!error)
        error = qa_helper_start(session->helper);
    return error;
}

void help_session_drop(struct help_session *session)
{
    qa_helper_unref(session->helper);
    session->helper = NULL;
}

const char *help_session_state_text(qa_session_state state)
{
    switch (state) {
    case QA_STATE_CONNECTING:
        return _("Connecting to the relay…");
    case QA_STATE_WAITING:
        return _("Waiting for the sharer to type the code…");
    case QA_STATE_PAIRING:
        return _("Somebody typed the code. Checking it…");
    case QA_STATE_ASKING:
        return _("The code is right. The sharer is being asked whether you may see the screen…");
    case QA_STATE_ACTIVE:
        return _("You see the screen.");
    case QA_STATE_PAUSED:
        return _("The session is paused.");
    case QA_STATE_RECONNECTING:
        return _("The connection broke off. Coming back to the session…");
    case QA_STATE_ENDED:
        return _("The session is over.");
    default:
        return _("Starting…");
    }
}

const char *help_session_wait_text(const struct help_session *session, qa_session_state state)
{
    if (state == QA_STATE_RECONNECTING && qa_helper_restart_seconds(session->helper))
        return _("The sharer's computer is being restarted. Waiting until they come back with "
                 "qa-share --resume…");
    return help_session_state_text(state);
}

const char *help_session_restart_text(uint32_t seconds, int reason)
{
    if (seconds)
        return _("The sharer allowed the restart. When their computer is up again, they run "
                 "qa-share --resume; you need do nothing.");
    if (reason == QA_EDENIED || reason == QA_ELIMIT || reason == QA_ERATE)
        return _("The sharer does not want their computer to be restarted.");
    if (reason == QA_ETIMEOUT)
        return _("The sharer did not answer whether their computer may be restarted.");
    return _("The session could not go on after a restart of the sharer's computer.");
}

const char *help_session_notice_text(qa_notice notice)
{
    if (notice == QA_NOTICE_CODE_TRIED_AGAIN)
        return _("Somebody else tried this session's code, in vain. Ask the sharer whether anybody "
                 "else asked them for it.");
    return "";
}

static const char *refusal_text(int reason)
{
    switch (reason) {
    case QA_EDENIED:
        return _("The sharer did not allow: %s. You still see the screen.");
    case QA_ETIMEOUT:
        return _("The sharer did not answer, so this is not allowed: %s.");
    case QA_ENOTALLOWED:
        return _("The sharer took back: %s. You still see the screen.");
    case QA_EEXPIRED:
        return _("The time is over; the sharer is being asked again: %s.");
    case QA_ERELAY_LOST:
        return _("After the break the sharer is being asked again: %s.");
    case QA_EPOLICY:
        return _("The sharer's organisation does not allow: %s. You still see the screen.");
    default:
        return _("Not asked again, because the sharer said no: %s.");
    }
}

void help_session_refusal_text(unsigned permissions, int reason, char *text, size_t size)
{
    char words[256];
    permissions_in_words(permissions, words, sizeof words);
    snprintf(text, size, refusal_text(reason), words);
}
