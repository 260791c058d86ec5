/* Words of a script that stand for a value. False where a word is none of them. */
#ifndef QA_HELP_SCRIPT_WORDS_H
#define QA_HELP_SCRIPT_WORDS_H

#include <stdbool.h>
#include <stdint.h>

bool script_read_number(const char *word, long least, long most, int32_t *out);
bool script_read_button(const char *word, uint32_t *out);
bool script_read_mark_kind(const char *word, uint32_t *out);
/* A name, or #rrggbb. */
bool script_read_colour(const char *word, uint32_t *out);

#endif
