/*
 * How the person who shares is told and asked: in a terminal, in a window, through a program that
 * reads JSON, or not at all. share.c and ask.c drive it and know nothing of how it looks.
 */
#ifndef QA_SHARE_FACE_H
#define QA_SHARE_FACE_H

#include <stdbool.h>

struct share;

struct share_face {
    /* People press keys (p, t, e) to act, and are told so. */
    bool keys;

    /* Helper, state, permissions and pauses are in sight all the time and need not be said. */
    bool shows;

    /* What just happened, in whole sentences. */
    void (*say)(struct share *share, const char *text);

    /* share->question is open: ask_answer, now or later. NULL: nobody can be asked. */
    void (*ask)(struct share *share);

    /* "Did you call them yourself?" is the first question here; the window asks before the code. */
    bool asks_called;

    /* The question is gone, answered or not. */
    void (*asked)(struct share *share);

    /*
     * How to come back after the restart that was allowed; it holds until the session ends. "": not
     * any more. NULL: said.
     */
    void (*way_back)(struct share *share, const char *text);

    /* State, helper, permissions or time changed: brings what is always in sight up to date. */
    void (*status)(struct share *share);

    /* The helper wrote (printable text, may have lines); NULL: said. */
    void (*chat)(struct share *share, const char *text);

    /* A message of the sharer's (share_chat) arrived; may be NULL. */
    void (*chat_delivered)(struct share *share, unsigned id);

    /* The session is over, or never began. `story` is what happened and what to do next. */
    void (*ended)(struct share *share, int error, const char *story);
};

/* One of these for a session without a window; both read standard input where there is one. */
void terminal_face_start(struct share *share);
void program_face_start(struct share *share);

#endif
