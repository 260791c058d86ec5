/*
 * Ties an x11_picture to a widget: makes it over the widget's window where that is one of an X
 * display, keeps it in its place, and shows it again when GTK drew there.
 */
#ifndef QA_HELP_SCREEN_X11_H
#define QA_HELP_SCREEN_X11_H

#include <gtk/gtk.h>

#include "qa-help/x11_picture.h"

struct screen_x11;

/* Where the picture is in the widget, in pixels of the device; false: nowhere. */
typedef gboolean screen_x11_where(GtkWidget *widget, qa_rect *picture);

/* True: the user wants GTK to draw (QA_HELP_DRAW=gtk). */
gboolean screen_x11_refused(void);

/* For a realized widget. NULL: not possible here; GTK has to draw. */
struct screen_x11 *screen_x11_new(GtkWidget *widget, screen_x11_where *where);
void screen_x11_free(struct screen_x11 *x11);

struct x11_picture *screen_x11_picture(struct screen_x11 *x11);

/* Asks where the picture is and moves it there. */
void screen_x11_place(struct screen_x11 *x11);

#endif
