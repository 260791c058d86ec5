/*
 * Warns of scams, then gets the security code from the command line or the person, and checks it
 * without telling anybody.
 */
#ifndef QA_SHARE_CODE_PROMPT_H
#define QA_SHARE_CODE_PROMPT_H

#include "qa-share/share_options.h"

#define CODE_SIZE 128

/* Says what an honest helper never does. */
void code_prompt_warn(void);

/* 0 with the code (the caller wipes it), or an exit code after saying why. */
int code_prompt_get(const struct share_options *options, char code[CODE_SIZE]);

#endif
