/*
 * Pointer and keyboard of the screen view, on their way to the sharer. Works while enabled; what
 * is held down is let go when the focus leaves or control ends.
 */
#ifndef QA_HELP_SCREEN_INPUT_H
#define QA_HELP_SCREEN_INPUT_H

#include <gtk/gtk.h>

#include <qassist/helper.h>

#include "qa-help/screen_view.h"

struct screen_input;

/*
 * `leave` is called when the user asks for the keyboard back (Ctrl+Alt+Home). The view and the
 * window must outlive it.
 */
struct screen_input *screen_input_new(ScreenView *view, GtkWindow *window,
                                      void (*leave)(void *user), void *user);
void screen_input_free(struct screen_input *input);

/* Where input goes from now on; NULL: nowhere. */
void screen_input_enable(struct screen_input *input, qa_helper *helper);

gboolean screen_input_enabled(const struct screen_input *input);

#endif
