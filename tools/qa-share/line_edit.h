/*
 * A line of text that is being typed in the terminal: UTF-8, with backspace and Ctrl+U. Knows no
 * terminal.
 */
#ifndef QA_SHARE_LINE_EDIT_H
#define QA_SHARE_LINE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_EDIT_MAX 4000

struct line_edit {
    char text[LINE_EDIT_MAX + 1];
    size_t length;
};

/* Takes a typed byte; true: the line is done. */
bool line_edit_take(struct line_edit *edit, char byte);

/* Wipes it. */
void line_edit_clear(struct line_edit *edit);

/* The end of the text that fits into so many columns, cut between characters. */
const char *line_edit_tail(const struct line_edit *edit, size_t columns);

#endif
