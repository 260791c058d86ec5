/*
 * qa-help without a window: the code in the terminal, snapshots, input scripts.
 */
#ifndef QA_HELP_HEADLESS_H
#define QA_HELP_HEADLESS_H

#include "qa-help/help_options.h"

/* Runs one session; the exit code. */
int headless_run(const struct help_options *options, const char *token);

#endif
