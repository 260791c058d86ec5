/*
 * Text on a terminal: what came from outside made harmless, and its width in columns.
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Copies valid UTF-8 without control and direction-changing characters; each of these becomes '?'.
 * Cuts between characters; always ends in NUL.
 */
void text_safe(const char *text, char *out, size_t size);

/* Columns that UTF-8 text takes in the present locale. */
size_t text_columns(const char *text);

/* Cuts text in place so that it takes at most this many columns. */
void text_cut(char *text, size_t columns);

/* Writes a paragraph broken at spaces to at most `width` columns a line, each line ended. */
void text_wrap(FILE *out, const char *paragraph, size_t width);

/* The width for text_wrap: the terminal's behind `file`, between 40 and 100, or 80. */
size_t text_width(FILE *file);

#endif
