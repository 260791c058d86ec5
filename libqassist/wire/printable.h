/* Text of others made safe to show: valid UTF-8 without control, bidi-override or invisible
 * characters. */
#ifndef WIRE_PRINTABLE_H
#define WIRE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A character that may be shown: it hides, reorders and breaks off nothing around it. */
bool printable_character(uint32_t point);

/* True for valid UTF-8 of at most max bytes that printable_copy would leave as it is. */
bool printable_valid(const char *text, size_t max);

/* The same with line feeds allowed. */
bool printable_lines_valid(const char *text, size_t max);

/*
 * Copies what is printable of `text` into out (size bytes, NUL included), cutting between
 * characters; what is not valid UTF-8 is left out. Returns the length written.
 */
size_t printable_copy(const char *text, char *out, size_t size);

/*
 * "Ada Lovelace" and "Lovelace, Ada" -> "Ada L."; one word stays as it is. Same rules as
 * printable_copy.
 */
size_t printable_first_name_initial(const char *name, char *out, size_t size);

/* The same where it is known which name is which; `family` may be empty. */
size_t printable_given_family(const char *given, const char *family, char *out, size_t size);

#endif
