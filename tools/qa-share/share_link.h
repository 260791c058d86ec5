/*
 * A link that fills in the code, and maybe the relay: qassist://relay.example/4821-9305-7716. Links
 * come from mails and web pages, so they say nothing else: no options, no answers, no path.
 */
#ifndef QA_SHARE_SHARE_LINK_H
#define QA_SHARE_SHARE_LINK_H

#include <stdbool.h>

#include "qa-share/code_digits.h"

#define SHARE_LINK_HOST_SIZE 262 /* a host name, ":65535" and NUL */

struct share_link {
    char host[SHARE_LINK_HOST_SIZE]; /* of the relay, maybe with a port; empty: not said */
    char digits[CODE_DIGITS_MOST + 1];
};

/* Whether somebody meant a link, of whatever kind; a code is none. */
bool share_link_meant(const char *text);

/* false: not one of ours, or with anything else in it. A code that is mistyped is taken. */
bool share_link_read(const char *text, struct share_link *out);

#endif
