/* A struct loop as a source of GLib's main loop, so that the session is the same in a window. */
#ifndef QA_SHARE_GUI_LOOP_H
#define QA_SHARE_GUI_LOOP_H

#include <glib.h>

#include "common/loop.h"

/* Attached to the default context; g_source_destroy and g_source_unref before `loop` goes. */
GSource *gui_loop_attach(struct loop *loop);

#endif
