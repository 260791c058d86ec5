/* A security code while it is typed: digits are kept, all else is dropped. No window here. */
#ifndef QA_SHARE_CODE_DIGITS_H
#define QA_SHARE_CODE_DIGITS_H

#include <stdbool.h>
#include <stddef.h>

#define CODE_DIGITS_LEAST 12
#define CODE_DIGITS_MOST  16

/* Digits, a space after every four, NUL. */
#define CODE_GROUPED_SIZE (CODE_DIGITS_MOST + CODE_DIGITS_MOST / 4 + 1)

enum code_standing {
    CODE_TOO_SHORT, /* so far nothing is wrong */
    CODE_MISTYPED,  /* enough digits, but the check digit says no */
    CODE_GOOD
};

/*
 * Copies the digits of `text` (`length` bytes), at most `size` - 1. Returns false when there was
 * anything else than digits, spaces and the dashes and dots that people put between groups.
 */
bool code_digits_only(const char *text, size_t length, char *out, size_t size);

enum code_standing code_digits_look(const char *digits);

/* "4821 9305 7716", as the helper reads it; not more than CODE_DIGITS_MOST digits. */
void code_digits_group(const char *digits, char out[CODE_GROUPED_SIZE]);

/* Where the cursor is in grouped text when that many digits are before it. */
size_t code_digits_cursor(size_t digits_before);

#endif
