/*
 * The mouse over the screen view as a laser pointer or a pen: marks in the picture's places, on
 * their way to the sharer. Nothing is drawn here: what the sharer's side drew comes back in the
 * picture, so that both see the same, once.
 */
#ifndef QA_HELP_SCREEN_DRAW_H
#define QA_HELP_SCREEN_DRAW_H

#include <gtk/gtk.h>

#include <qassist/helper.h>

#include "qa-help/screen_view.h"

enum draw_tool { DRAW_NOTHING, DRAW_LASER, DRAW_PEN, DRAW_ARROW, DRAW_RECTANGLE, DRAW_TOOLS };

struct screen_draw;

/* `failed` is told why a mark was not begun (a qa_error). */
struct screen_draw *screen_draw_new(ScreenView *view, void (*failed)(void *user, int error),
                                    void *user);
/* After the view's window is gone, with nothing set. */
void screen_draw_free(struct screen_draw *draw);

/* What the mouse does from now on; helper NULL: nothing. */
void screen_draw_set(struct screen_draw *draw, qa_helper *helper, enum draw_tool tool);

void screen_draw_set_colour(struct screen_draw *draw, guint32 colour);

#endif
