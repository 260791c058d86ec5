/*
 * qa-help's GTK 4 window. Without GTK at build time window_run finds no display.
 */
#ifndef QA_HELP_WINDOW_H
#define QA_HELP_WINDOW_H

#include "qa-help/help_options.h"

#define WINDOW_UNAVAILABLE (-1)

/* Runs until the window is closed; the exit code of the last session, or WINDOW_UNAVAILABLE. */
int window_run(const struct help_options *options, const char *token);

#endif
