/*
 * Permissions and pauses in words for people.
 */
#ifndef COMMON_PERMISSION_WORDS_H
#define COMMON_PERMISSION_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* "control, laser pointer": what is in a set of permissions, in the user's language. */
void permissions_in_words(unsigned permissions, char *out, size_t size);

/* Not several. */
bool permissions_are_one(unsigned permissions);

/* For a helper: why the sharer's screen is not to be seen. "" where nothing pauses. */
const char *paused_words_helper(unsigned causes);

#endif
