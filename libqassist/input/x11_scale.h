/*
 * How large text and windows are on a display, by what desktops say in the root window's resources
 * about text ("Xft.dpi:\t192"); X11 has nothing better.
 */
#ifndef INPUT_X11_SCALE_H
#define INPUT_X11_SCALE_H

#include <xcb/xcb.h>

#include "input/x11_connection.h"

xcb_get_property_cookie_t x11_scale_ask(struct x11_connection *connection);

/* Of its answer, which may be NULL: percent of the usual size; 100 where the display says nothing.
 */
unsigned x11_scale_percent(const xcb_get_property_reply_t *reply);

#endif
