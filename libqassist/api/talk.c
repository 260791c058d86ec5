#include "api/talk.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "api/session_link.h"
#include "base/clock.h"
#include "wire/talk_text.h"

/* Something to tell the user that waits in the context's queue. */
struct news {
    struct deferred deferred;
    struct session *session;
    enum talk_news kind;
    uint32_t id;
    size_t length;
    char text[];
};

void talk_init(struct talk *talk)
{
    chat_init(&talk->chat);
    clip_sender_init(&talk->leaving);
    clip_receiver_init(&talk->coming);
    clip_echo_forget(&talk->echo);
}

void talk_free(struct talk *talk)
{
    chat_free(&talk->chat);
    clip_sender_drop(&talk->leaving);
    clip_receiver_drop(&talk->coming);
    clip_echo_forget(&talk->echo);
}

void talk_part(struct talk *talk)
{
    clip_sender_drop(&talk->leaving);
    clip_receiver_drop(&talk->coming);
}

/* Both users are in the session, whatever is shown or allowed. */
static bool are_together(const struct session *session)
{
    const struct session_core *core = session->core;
    return core->paired && !core->closing && core->state != QA_STATE_ENDED;
}

static void break_off(struct session *session, const char *detail)
{
    session_set_detail(session, detail);
    session_step(session, &(struct session_event){.type = EVENT_TUNNEL_FAILED, .error = QA_EPROTO});
}

/* ---- to the user ---- */

static void run_news(struct deferred *self)
{
    struct news *news = (struct news *)self;
    struct session *session = news->session;
    /* What was taken back meanwhile is not told any more. */
    bool due = news->kind != TALK_CLIP || session->role->talk->clip_may_come(session);
    if (!session->silent && due) {
        bool told = session->role->talk->tell(session, news->kind, news->text, news->id);
        if (told && news->kind == TALK_CHAT && are_together(session))
            session_send_control(
                session, &(struct control_message){.type = CONTROL_CHAT_DELIVERED, .id = news->id});
    }
    sodium_memzero(news->text, news->length);
    free(news);
    session_release(session);
}

void talk_tell(struct session *session, enum talk_news kind, const char *text, uint32_t id)
{
    size_t length = strlen(text);
    struct news *news = malloc(sizeof *news + length + 1);
    if (!news) {
        session->out_of_memory = true;
        return;
    }
    news->deferred = (struct deferred){.run = run_news, .owner = session};
    news->session = session;
    news->kind = kind;
    news->id = id;
    news->length = length;
    memcpy(news->text, text, length + 1);
    session_hold(session);
    context_defer(session->context, &news->deferred);
}

/* ---- chat ---- */

static void send_chat(struct session *session, const struct chat_waiting *waiting)
{
    struct control_message message = {.type = CONTROL_CHAT, .id = waiting->id};
    strcpy(message.text, waiting->text);
    session_send_control(session, &message);
    control_message_wipe(&message);
}

int talk_chat(struct session *session, const char *utf8, uint32_t *id)
{
    if (!utf8)
        return QA_EINVAL;
    if (!are_together(session))
        return QA_ESTATE;
    struct chat *chat = &session->talk.chat;
    char text[TALK_LINES_BYTES(QA_CHAT_MAX) + 1];
    uint32_t number;
    int error = QA_EINVAL;
    if (talk_text_lines(utf8, QA_CHAT_MAX, text) > 0)
        error = chat_send(chat, text, clock_ms(), &number);
    sodium_memzero(text, sizeof text);
    if (error)
        return error;
    send_chat(session, &chat->waiting[chat->waiting_count - 1]);
    session_use_features(session, RELAY_FEATURE_CHAT);
    if (id)
        *id = number;
    context_wake(session->context);
    return 0;
}

static void on_chat(struct session *session, const struct control_message *message)
{
    int news = chat_receive(&session->talk.chat, message->id, clock_ms());
    if (news < 0) {
        break_off(session, "the other side sent more chat than it may");
    } else if (news > 0) {
        session_use_features(session, RELAY_FEATURE_CHAT);
        talk_tell(session, TALK_CHAT, message->text, message->id);
    } else {
        session_send_control(
            session, &(struct control_message){.type = CONTROL_CHAT_DELIVERED, .id = message->id});
    }
}

static void on_delivered(struct session *session, uint32_t id)
{
    int news = chat_delivered(&session->talk.chat, id);
    if (news < 0)
        break_off(session, "the other side has got chat that nobody sent");
    else if (news > 0)
        talk_tell(session, TALK_DELIVERED, "", id);
}

/* ---- clipboard ---- */

int talk_clip(struct session *session, const char *data, size_t length)
{
    if (length > QA_CLIPBOARD_MAX)
        return QA_EINVAL;
    char *text = malloc(length + 1);
    if (!text)
        return QA_ENOMEM;
    struct talk *talk = &session->talk;
    size_t clean = talk_text_clipboard(data, length, text);
    int error = clean ? 0 : QA_EINVAL;
    if (clean && !clip_echo_is(&talk->echo, text, clean)) {
        clip_echo_forget(&talk->echo);
        error = clip_sender_put(&talk->leaving, text, clean);
    }
    sodium_memzero(text, clean);
    free(text);
    talk_pump(session);
    context_wake(session->context);
    return error;
}

static void on_piece(struct session *session, const struct control_message *message)
{
    struct clip_receiver *coming = &session->talk.coming;
    int whole = 0;
    if (session->role->talk->clip_may_come(session))
        whole = clip_receiver_add(coming, message, clock_ms());
    else
        clip_receiver_drop(coming);
    if (whole < 0) {
        break_off(session, "the other side sent more clipboard text than it may");
        return;
    }
    if (whole) {
        clip_echo_note(&session->talk.echo, coming->text, coming->length);
        if (coming->length)
            session->role->talk->clip_came(session, coming->text, coming->length);
        clip_receiver_drop(coming);
    }
    session_send_control(session, &(struct control_message){.type = CONTROL_CLIPBOARD_TAKEN});
}

void talk_pump(struct session *session)
{
    const struct talk_role *role = session->role->talk;
    struct talk *talk = &session->talk;
    if (!role->clip_may_come(session))
        clip_receiver_drop(&talk->coming);
    if (!role->clip_may_leave(session)) {
        clip_sender_drop(&talk->leaving);
        return;
    }
    struct control_message piece;
    while (clip_sender_next(&talk->leaving, clock_ms(), &piece)) {
        session_send_control(session, &piece);
        control_message_wipe(&piece);
    }
}

/* ---- both ---- */

bool talk_message(struct session *session, const struct control_message *message)
{
    if (!are_together(session))
        return false;
    switch (message->type) {
    case CONTROL_CHAT:
        on_chat(session, message);
        return true;
    case CONTROL_CHAT_DELIVERED:
        on_delivered(session, message->id);
        return true;
    case CONTROL_CLIPBOARD:
        on_piece(session, message);
        return true;
    case CONTROL_CLIPBOARD_TAKEN:
        if (clip_sender_taken(&session->talk.leaving))
            break_off(session, "the other side took a clipboard text that nobody sent");
        else
            talk_pump(session);
        return true;
    default:
        return false;
    }
}

void talk_begin(struct session *session)
{
    struct talk *talk = &session->talk;
    if (!are_together(session))
        return;
    clip_sender_restart(&talk->leaving);
    clip_receiver_drop(&talk->coming);
    for (size_t i = 0; i < talk->chat.waiting_count; i++)
        send_chat(session, &talk->chat.waiting[i]);
}
