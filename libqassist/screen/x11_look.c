#include "screen/x11_look.h"

#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shape.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>
#include <xcb/xinput.h>
#include <xcb/xkb.h>
#include <xcb/xtest.h>

static const struct {
    xcb_extension_t *extension;
    const char *name;
    bool needed;
} used[X11_LOOK_EXTENSIONS] = {
    {&xcb_damage_id, "DAMAGE", true},
    {&xcb_xfixes_id, "XFIXES", true},
    {&xcb_test_id, "XTEST", true},
    {&xcb_xkb_id, "XKEYBOARD", true},
    {&xcb_shm_id, "MIT-SHM", false},
    {&xcb_randr_id, "RANDR", false},
    {&xcb_input_id, "XInputExtension", false},
    {&xcb_shape_id, "SHAPE", false},
};

static void on_closed(void *user)
{
    /* Never attached to a loop, it is closed by now. */
}

const char *x11_look_open(struct x11_look *look, const char *display)
{
    const char *detail = NULL;
    *look = (struct x11_look){0};
    bool open = x11_connection_open(&look->x11, display, &detail);
    for (int i = 0; i < X11_LOOK_EXTENSIONS; i++) {
        look->extensions[i].name = used[i].name;
        look->extensions[i].needed = used[i].needed;
        look->extensions[i].there = open && x11_connection_has(&look->x11, used[i].extension);
    }
    return detail;
}

void x11_look_close(struct x11_look *look)
{
    x11_connection_close(&look->x11, on_closed, NULL);
}
