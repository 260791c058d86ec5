/*
 * What qa-share's pages are made of: large text, plain buttons, all of it named for screen readers.
 */
#ifndef QA_SHARE_GUI_WIDGETS_H
#define QA_SHARE_GUI_WIDGETS_H

#include <gtk/gtk.h>

/* How our pages look; once a program. */
void gui_style(void);

/* A page, or what is in a dialog: a box that takes its parts, top to bottom. */
GtkBox *gui_page(void);

/* Parts; each is appended to `box`. Text may be NULL or "" and set later. */
GtkLabel *gui_heading(GtkBox *box, const char *text);
GtkLabel *gui_text(GtkBox *box, const char *text);
/* Foreign words or a name, set apart so that they are not taken for ours. */
GtkLabel *gui_quote(GtkBox *box);
/* Text that changes while it is read: screen readers are told. Urgent text is said at once. */
GtkLabel *gui_live(GtkBox *box, gboolean urgent);
/* Points of a list, NULL at the end, marked by N_. */
void gui_points(GtkBox *box, const char *const *points);

/* A row for buttons at the end of a page, and a button in it. `class`: NULL or a CSS class. */
GtkBox *gui_row(GtkBox *box);
GtkButton *gui_button(GtkBox *row, const char *label, const char *class, GCallback clicked,
                      gpointer user);

/* What a screen reader says of a widget besides its label. */
void gui_describe(gpointer widget, const char *text);
void gui_name(gpointer widget, const char *text);

/* Sets a live label's text, if it is another, and has it said. */
void gui_say(GtkLabel *label, const char *text);

/* Formatted; freed with the next line: gui_set_text(label, _("..."), ...) . */
void gui_set_text(GtkLabel *label, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
