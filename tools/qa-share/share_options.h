/*
 * What qa-share's user asked for.
 */
#ifndef QA_SHARE_SHARE_OPTIONS_H
#define QA_SHARE_SHARE_OPTIONS_H

#include "common/options.h"

struct share_options {
    struct common_options common;
    const char *code;    /* NULL: to be asked for */
    const char *display; /* NULL: the environment's */
    bool yes_view;
    bool yes_control;
};

/* 0, or an exit code after saying what is wrong. */
int share_options_parse(struct share_options *options, int argc, char *argv[]);

#endif
