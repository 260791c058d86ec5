/* qa-share --check: whether what sharing needs is there, said in plain words. */
#ifndef QA_SHARE_SHARE_CHECK_H
#define QA_SHARE_SHARE_CHECK_H

#include "qa-share/share_options.h"

/* The exit code: 0 when all that is needed is there. */
int share_check(const struct share_options *options);

#endif
