/*
 * The row of drawing tools: the mouse, laser pointer, pen, arrow, rectangle; colours; undo and
 * clear. It only says what was pressed; screen_draw does it.
 */
#ifndef QA_HELP_DRAW_BAR_H
#define QA_HELP_DRAW_BAR_H

#include <gtk/gtk.h>

#include "qa-help/screen_draw.h"

#define DRAW_COLOURS 5

struct draw_bar_events {
    void (*tool)(void *user, enum draw_tool tool);
    void (*colour)(void *user, guint32 colour);
    void (*undo)(void *user);
    void (*clear)(void *user);
};

struct draw_bar {
    const struct draw_bar_events *events;
    void *user;
    GtkWidget *row;
    GtkToggleButton *tools[DRAW_TOOLS];
    GtkToggleButton *colours[DRAW_COLOURS];
    GtkButton *undo;
    GtkButton *clear;
    gboolean updating; /* a tool is set by draw_bar_set_tool, not by the user */
};

/* Begins with the mouse and the first colour, of which it tells. */
void draw_bar_build(struct draw_bar *bar, const struct draw_bar_events *events, void *user);

void draw_bar_set_tool(struct draw_bar *bar, enum draw_tool tool);

/* `marks`: there may be marks to be taken away. */
void draw_bar_update(struct draw_bar *bar, gboolean marks);

#endif
