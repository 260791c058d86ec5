/* The text of a policy's file (INI). */
#ifndef POLICY_POLICY_FILE_H
#define POLICY_POLICY_FILE_H

#include "policy/policy.h"

/* Fills an empty policy from `length` bytes. 0, or QA_EINVAL and the first fault in words. */
int policy_file_parse(struct policy *policy, const char *text, size_t length,
                      char why[POLICY_WORDS_MAX]);

#endif
