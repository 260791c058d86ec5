/*
 * Signing in before a session: opens the system's browser, or shows a code for another device, and
 * waits in the terminal. Keeps the sign-in and forgets it where the user asks for that.
 */
#ifndef QA_HELP_SIGN_IN_H
#define QA_HELP_SIGN_IN_H

#include "qa-help/help_options.h"
#include "qa-help/token.h"

/*
 * With --remember the token that was kept, if it still counts. 0 with a token, to be wiped by the
 * caller; or an exit code after saying what is wrong.
 */
int sign_in_run(const struct help_options *options, struct help_token *token);

/* After the relay refused a token that was kept: forgets it and asks the user. As sign_in_run. */
int sign_in_again(const struct help_options *options, struct help_token *token);

/* --sign-out: the exit code. */
int sign_in_forget(const struct help_options *options);

#endif
