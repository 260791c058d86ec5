/*
 * One session of a helper, as the faces (window, headless) see it: turns the library's callbacks
 * into JSON events first and then into calls of the face.
 */
#ifndef QA_HELP_HELP_SESSION_H
#define QA_HELP_HELP_SESSION_H

#include <qassist/qassist.h>

#include "common/exits.h"
#include "qa-help/help_options.h"
#include "qa-help/screen_list.h"
#include "qa-help/token.h"

struct help_session;

/* What a face is told; `user` is the face. */
struct help_face {
    void (*code)(void *user, const char *code, unsigned seconds_left, const char *shown_name,
                 const char *organisation);
    void (*state)(void *user, qa_session_state state);
    void (*permissions)(void *user, unsigned permissions, int reason);
    void (*notice)(void *user, qa_notice notice);
    /* See on_paused, on_refused and on_screens; these three may be NULL. */
    void (*paused)(void *user, unsigned causes);
    void (*refused)(void *user, unsigned permissions, int reason, unsigned wait_seconds);
    void (*screens)(void *user, const struct screen_list *screens);
    /* What the sharer wrote and copied, and that a message arrived; these three may be NULL. */
    void (*chat)(void *user, const char *text);
    void (*chat_delivered)(void *user, uint32_t id);
    void (*clipboard)(void *user, const char *text);
    /* See on_restart; may be NULL. */
    void (*restart)(void *user, uint32_t seconds, int reason);
    void (*frame)(void *user, qa_frame *frame);
    void (*cursor)(void *user, const qa_cursor *cursor);
    void (*cursor_position)(void *user, int32_t x, int32_t y);
    /* Instead of `end`: the relay does not take a remembered token; sign in anew. */
    void (*token_refused)(void *user);
    /* The last; `text` says in words what happened and what to do next. Returns the exit code. */
    int (*end)(void *user, int error, const char *text);
};

struct help_session {
    qa_context *context;
    qa_helper *helper; /* NULL between sessions */
    const struct help_options *options;
    struct help_token *token;
    bool got_code;
    const struct help_face *face;
    void *face_user;
    unsigned frames;
    int64_t frame_told; /* when the last frame event was written */
    int32_t width, height;
    struct screen_list screens;
};

/* Starts a session; end one before (help_session_drop). 0 or a qa_error. */
int help_session_start(struct help_session *session);

/* Writes to the sharer, and tells programs so. 0 or a qa_error; *id (may be NULL): its number. */
int help_session_chat(struct help_session *session, const char *text, uint32_t *id);

/* Lets an ended session go. Not from inside a callback of the face. */
void help_session_drop(struct help_session *session);

/* The state in words for a person who waits. */
const char *help_session_state_text(qa_session_state state);

/* The same, and what is waited for. */
const char *help_session_wait_text(const struct help_session *session, qa_session_state state);

/* The answer to whether the sharer's computer may be restarted. */
const char *help_session_restart_text(uint32_t seconds, int reason);

/* What a notice means for the helper's user. */
const char *help_session_notice_text(qa_notice notice);

/* Why permissions, asked for or held, are not there: a sentence. */
void help_session_refusal_text(unsigned permissions, int reason, char *text, size_t size);

#endif
