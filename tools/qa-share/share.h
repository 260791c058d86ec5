/*
 * One session of a sharer: asks the person (terminal), the program (--json) or nobody, and shows
 * all the time who sees what.
 */
#ifndef QA_SHARE_SHARE_H
#define QA_SHARE_SHARE_H

#include "qa-share/share_options.h"

/* `code` may be NULL in JSON mode: it is then the first thing read; and to resume. The exit code.
 */
int share_run(const struct share_options *options, const char *code);

#endif
