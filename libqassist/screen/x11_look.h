/* Which X extensions a display has that sharing it uses; for checks before a session. */
#ifndef SCREEN_X11_LOOK_H
#define SCREEN_X11_LOOK_H

#include <stdbool.h>

#include "input/x11_connection.h"

#define X11_LOOK_EXTENSIONS 8

struct x11_look {
    struct x11_connection x11;
    struct {
        const char *name;
        bool needed; /* nothing is shared without it */
        bool there;
    } extensions[X11_LOOK_EXTENSIONS];
};

/*
 * Connects and asks, waiting for the display. NULL, or why it cannot be reached (static). Close it
 * either way, and not before the checks are over: a server whose only client we are may start anew
 * when we go.
 */
const char *x11_look_open(struct x11_look *look, const char *display);
void x11_look_close(struct x11_look *look);

#endif
