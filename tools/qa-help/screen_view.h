/*
 * The GTK widget that shows the sharer's screen and pointer: on an X display past GTK
 * (x11_picture), elsewhere as textures of GTK (screen_tiles).
 */
#ifndef QA_HELP_SCREEN_VIEW_H
#define QA_HELP_SCREEN_VIEW_H

#include <gtk/gtk.h>

#include <qassist/picture.h>

#define SCREEN_TYPE_VIEW (screen_view_get_type())
G_DECLARE_FINAL_TYPE(ScreenView, screen_view, SCREEN, VIEW, GtkWidget)

GtkWidget *screen_view_new(void);

/* Takes what changed; during on_frame only. */
void screen_view_update(ScreenView *view, qa_frame *frame);

/* Forgets picture and pointer. */
void screen_view_clear(ScreenView *view);

/* Takes the picture away for good; once it is hidden no more, the next update with all of it is
 * shown. */
void screen_view_set_hidden(ScreenView *view, gboolean hidden);

/* True: scaled to the widget, proportions kept. False: a pixel of theirs is one of ours. */
void screen_view_set_fit(ScreenView *view, gboolean fit);

/* While controlling, the sharer's pointer shape is this widget's own; else it is drawn. */
void screen_view_set_controlling(ScreenView *view, gboolean controlling);

/* A drawing tool is over the picture: a cross shows where, in place of any other shape. */
void screen_view_set_tool(ScreenView *view, gboolean tool);

void screen_view_set_cursor(ScreenView *view, const qa_cursor *cursor);
void screen_view_set_cursor_position(ScreenView *view, int x, int y);

/* The own pointer is what moves the sharer's now: do not draw it a second time. */
void screen_view_own_pointer_moved(ScreenView *view);

gboolean screen_view_get_size(ScreenView *view, int *width, int *height);

/* From widget to picture, clamped to the picture; false when outside of it (or without one). */
gboolean screen_view_to_picture(ScreenView *view, double x, double y, int *picture_x,
                                int *picture_y);

#endif
