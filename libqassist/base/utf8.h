/* UTF-8 (RFC 3629) into characters, strictly: no overlong forms, no surrogates, nothing past
 * U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID UINT32_MAX

/*
 * Decodes the character at `text`, which ends in NUL somewhere and is not at its end; *length says
 * how many bytes it takes. UTF8_INVALID with length 1 for what is none, so that reading can go on
 * after it.
 */
uint32_t utf8_decode(const char *text, size_t *length);

#endif
