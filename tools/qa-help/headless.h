/*
 * qa-help without a window: the code in the terminal, snapshots, input scripts.
 */
#ifndef QA_HELP_HEADLESS_H
#define QA_HELP_HEADLESS_H

#include "qa-help/help_options.h"
#include "qa-help/token.h"

/* Runs one session; the exit code. Signs in anew where the relay refuses a remembered token. */
int headless_run(const struct help_options *options, struct help_token *token);

#endif
