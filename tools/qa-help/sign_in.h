/*
 * Signing in before a session: opens the system's browser, or shows a code for another device, and
 * waits in the terminal.
 */
#ifndef QA_HELP_SIGN_IN_H
#define QA_HELP_SIGN_IN_H

#include "qa-help/help_options.h"
#include "qa-help/token.h"

/* 0 with a token, to be wiped by the caller; or an exit code after saying what is wrong. */
int sign_in_run(const struct help_options *options, char token[TOKEN_SIZE]);

#endif
