/*
 * The security code on a terminal: large digits where there is room, else a box.
 */
#ifndef QA_HELP_CODE_PANEL_H
#define QA_HELP_CODE_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Draws the code ("4821 9305 7716") for a terminal of that width. */
void code_panel_draw(FILE *out, const char *code, size_t columns, bool unicode);

/* "9 min 05 s", "45 s". */
void code_panel_time_left(unsigned seconds, char *out, size_t size);

#endif
