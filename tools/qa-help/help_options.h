/*
 * What qa-help's user asked for.
 */
#ifndef QA_HELP_HELP_OPTIONS_H
#define QA_HELP_HELP_OPTIONS_H

#include "common/options.h"

struct help_options {
    struct common_options common;
    const char *token_file;
    bool sign_in;          /* instead of a token file */
    bool device;           /* on another one */
    bool remember;         /* keep it for the next start */
    bool sign_out;         /* forget what was kept, and nothing else */
    const char *issuer;    /* NULL: the relay's first */
    const char *issuer_ca; /* NULL: the system's authorities */
    const char *snapshot;  /* NULL: none */
    const char *input;     /* NULL: none, "-": standard input */
    long snapshot_after;   /* milliseconds without a change before the picture counts as still */
    long end_after;        /* milliseconds to stay after script and snapshot; -1: not said */
    bool headless;
    bool json_frames;
};

/* 0, or an exit code after saying what is wrong. */
int help_options_parse(struct help_options *options, int argc, char *argv[]);

#endif
