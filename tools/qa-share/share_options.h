/*
 * What qa-share's user asked for.
 */
#ifndef QA_SHARE_SHARE_OPTIONS_H
#define QA_SHARE_SHARE_OPTIONS_H

#include "common/options.h"

enum share_face_choice { FACE_AUTOMATIC, FACE_WINDOW, FACE_TERMINAL };

struct share_options {
    struct common_options common;
    const char *code;    /* NULL: to be asked for */
    const char *display; /* NULL: the environment's */
    enum share_face_choice face;
    bool yes_view;
    bool yes_control;
};

/* 0, or an exit code after saying what is wrong. */
int share_options_parse(struct share_options *options, int argc, char *argv[]);

/* Whether a window is asked for, or nobody could read and type elsewhere. Also after an error. */
bool share_options_want_window(const struct share_options *options);

#endif
