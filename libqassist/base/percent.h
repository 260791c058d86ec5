/*
 * %XX in addresses: what stands for a byte (RFC 3986).
 */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The byte that `length` > 0 characters begin with, and how many of them it takes. -1: a '%' that
 * two hexadecimal digits do not follow.
 */
int percent_byte(const char *text, size_t length, size_t *taken);

/* Undoes %XX. False: it does not fit with its NUL, or has a control character. */
bool percent_decode(const char *text, size_t length, char *out, size_t size);

#endif
