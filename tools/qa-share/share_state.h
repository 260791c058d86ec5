/*
 * What the parts of qa-share's session know in common: share.c (library and life), ask.c
 * (questions and their answers).
 */
#ifndef QA_SHARE_SHARE_STATE_H
#define QA_SHARE_SHARE_STATE_H

#include <qassist/qassist.h>

#include "common/line_input.h"
#include "common/loop.h"
#include "qa-share/share_options.h"
#include "qa-share/status_line.h"

#define ANSWER_SIZE 64

/* Who answers questions. */
enum asked { ASKED_PERSON, ASKED_PROGRAM, ASKED_NOBODY };

struct share {
    const struct share_options *options;
    enum asked asked;
    qa_context *context;
    qa_sharer *sharer; /* NULL: not started */
    char relay_host[RELAY_URL_SIZE];
    char name[256];
    char organisation[256];
    qa_consent *question; /* open; NULL: none */
    char answer[ANSWER_SIZE];
    size_t answer_length;
    enum key_state key_state;
    unsigned permissions;
    bool paused;
    int64_t view_since; /* 0: not yet */
    int exit_code;
    struct loop loop;
    struct loop_timer status_timer;
    struct line_input input;
};

/* Puts a question to whoever answers; takes a reference of its own. */
void ask_open(struct share *share, qa_consent *consent);

/* The open question is gone without an answer. */
void ask_close(struct share *share);

/* Answers the open question. */
void ask_answer(struct share *share, bool allow);

/* Typed bytes while a question is open. */
void ask_typed(struct share *share, const char *bytes, size_t count);

/* Ends the session in order. */
void share_end(struct share *share);

/* Words for a person; silent in JSON mode. */
void share_say(struct share *share, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Draws the status line anew, or takes it away while a question is open. */
void share_draw_status(struct share *share);

#endif
