/*
 * What qa-share's user asked for.
 */
#ifndef QA_SHARE_SHARE_OPTIONS_H
#define QA_SHARE_SHARE_OPTIONS_H

#include <stdint.h>

#include "common/options.h"
#include "qa-share/share_link.h"

/* A question answers itself with no after so long. */
#define SHARE_QUESTION_SECONDS 120

enum share_face_choice { FACE_AUTOMATIC, FACE_WINDOW, FACE_TERMINAL };

struct share_options {
    struct common_options common;
    const char *code; /* NULL: to be asked for */
    bool linked;      /* a link fills in what stands in it, in a window */
    struct share_link link;
    const char *display;        /* NULL: the environment's */
    const char *prompt_classes; /* NULL: the usual ones */
    enum share_face_choice face;
    uint32_t question_seconds; /* no answer by then is no */
    uint32_t control_seconds;  /* then it is asked for again */
    uint32_t refusal_seconds;  /* after a No; 0: the library's */
    bool allow_prompts;        /* the system's prompts do not pause */
    const char *report;        /* words for the session of the qa-share that runs; NULL: none */
    bool ask_called;           /* programs are asked that, too */
    const char *panic_key;     /* NULL: the usual one */
    bool no_banner;
    bool check;  /* only whether sharing would work */
    bool resume; /* the session from before a restart */
    char resume_relay[RELAY_URL_SIZE + 1];
    bool yes_view;
    bool yes_control;
};

/* 0, or an exit code after saying what is wrong. */
int share_options_parse(struct share_options *options, int argc, char *argv[]);

/* Whether a window is asked for, or nobody could read and type elsewhere. Also after an error. */
bool share_options_want_window(const struct share_options *options);

#endif
