/*
 * The sharer's terminal: keys one by one and without echo, lines above one status line. The
 * terminal's settings come back on every way out, a crash included.
 */
#ifndef QA_SHARE_TERMINAL_H
#define QA_SHARE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* True when a person can be asked: input and output are a terminal. */
bool terminal_present(void);

/* Key by key from now on. False when that is not possible. */
bool terminal_start(void);
void terminal_restore(void);

/* Forgets what was typed and not read yet. */
void terminal_forget_typed(void);

/* Writes a paragraph above the status line. Works without a terminal, too. */
void terminal_say(const char *paragraph);

/* Draws over the status line; "" clears it. */
void terminal_status(const char *text);

/* Columns of the terminal, 80 when unknown. */
size_t terminal_columns(void);

#endif
