/*
 * Talk: the users' texts of a session, chat and clipboard, between the control stream, what keeps
 * them (session/chat, session/clip) and the callbacks. Both roles have the same; what differs is in
 * struct talk_role.
 */
#ifndef API_TALK_H
#define API_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/chat.h"
#include "session/clip.h"

struct session;

enum talk_news {
    TALK_CHAT,      /* text, id */
    TALK_DELIVERED, /* id */
    TALK_CLIP       /* text */
};

struct talk_role {
    /* Tells the user, from the queue. False: there is no such callback. */
    bool (*tell)(struct session *session, enum talk_news news, const char *text, uint32_t id);
    /* Whether a clipboard's text may leave for the other side, and come from there, just now. */
    bool (*clip_may_leave)(const struct session *session);
    bool (*clip_may_come)(const struct session *session);
    /* A whole one came. */
    void (*clip_came)(struct session *session, const char *text, size_t length);
};

struct talk {
    struct chat chat;
    struct clip_sender leaving;
    struct clip_receiver coming;
    struct clip_echo echo;
};

void talk_init(struct talk *talk);
void talk_free(struct talk *talk);

/* The connection broke off: clipboards are over, what was written waits. */
void talk_part(struct talk *talk);

/* qa_helper_chat, qa_sharer_chat. */
int talk_chat(struct session *session, const char *utf8, uint32_t *id);

/*
 * Sends a clipboard's text of any origin, as much of it as is one. 0 (also where it is what came
 * last from there), QA_EINVAL (nothing of it, or more than QA_CLIPBOARD_MAX), QA_ENOMEM.
 */
int talk_clip(struct session *session, const char *data, size_t length);

/* Tells the user from the queue; the text is copied. */
void talk_tell(struct session *session, enum talk_news news, const char *text, uint32_t id);

/* Takes a control message that is about texts, true; false: it is another one, or comes too early.
 */
bool talk_message(struct session *session, const struct control_message *message);

/* Sends what may be sent, drops what may not any more: after permissions changed, and at ticks. */
void talk_pump(struct session *session);

/* The channel stands: what the other side has not got goes (again). */
void talk_begin(struct session *session);

#endif
