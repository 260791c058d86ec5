/*
 * Text that goes from one user to the other, made safe at both ends: chat lines and reports, which
 * are shown, and clipboard text, which is not. What may not be there is left out rather than
 * refused, so that a character of a later Unicode never ends a session.
 */
#ifndef WIRE_TALK_TEXT_H
#define WIRE_TALK_TEXT_H

#include <stddef.h>

#define TALK_LINES_BYTES(characters) (4 * (size_t)(characters)) /* most bytes of so many */

/*
 * Lines to be shown: printable characters (printable.h) and line feeds between them; a tab becomes
 * a space, blanks at either end go. `out` takes TALK_LINES_BYTES(max) + 1 bytes. Returns the
 * length, 0 when nothing is left, QA_EINVAL for more than `max` characters.
 */
int talk_text_lines(const char *text, size_t max, char *out);

/*
 * Clipboard text: valid UTF-8 without control characters but tab, line feed and carriage return.
 * `data` needs no NUL and may hold some; `out` takes length + 1 bytes and may be `data` itself
 * where that has as many. Returns the new length.
 */
size_t talk_text_clipboard(const char *data, size_t length, char *out);

/* Most bytes of a text from its start, up to `max`, that do not cut a character. */
size_t talk_text_cut(const char *text, size_t max);

#endif
