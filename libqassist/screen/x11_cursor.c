#include <stdlib.h>

#include <xcb/xinput.h>

#include "screen/x11.h"

#define MOVING_MS   16 /* between two looks at a moving pointer */
#define STILL_LOOKS 4  /* in vain before raw motion is waited for again */

void x11_cursor_open(struct x11_screen *x11)
{
    xcb_connection_t *xcb = x11->x11.xcb;
    if (!x11_connection_has(&x11->x11, &xcb_input_id))
        return;
    xcb_input_xi_query_version_reply_t *reply =
        xcb_input_xi_query_version_reply(xcb, xcb_input_xi_query_version(xcb, 2, 2), NULL);
    if (reply && reply->major_version >= 2)
        x11->cursor.xi_opcode = xcb_get_extension_data(xcb, &xcb_input_id)->major_opcode;
    free(reply);
}

/*
 * Raw motion says that the pointer moves. It is waited for only while the pointer rests, for a
 * mouse may send a thousand of these a second.
 */
static void watch_motion(struct x11_screen *x11, bool on)
{
    if (!x11->cursor.xi_opcode)
        return;
    const struct {
        xcb_input_event_mask_t head;
        uint32_t events;
    } mask = {.head = {.deviceid = XCB_INPUT_DEVICE_ALL_MASTER, .mask_len = 1},
              .events = on ? XCB_INPUT_XI_EVENT_MASK_RAW_MOTION : 0};
    xcb_input_xi_select_events(x11->x11.xcb, x11->x11.screen->root, 1, &mask.head);
}

void x11_cursor_start(struct x11_screen *x11)
{
    xcb_xfixes_select_cursor_input(x11->x11.xcb, x11->x11.screen->root,
                                   XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
    x11_cursor_resume(x11);
}

void x11_cursor_pause(struct x11_screen *x11)
{
    uv_timer_stop(&x11->cursor.timer);
    watch_motion(x11, false);
}

void x11_cursor_resume(struct x11_screen *x11)
{
    x11->cursor.shape_changed = true;
    x11->cursor.shape_known = false;
    x11->cursor.place_known = false;
    watch_motion(x11, true);
}

void x11_cursor_replaced(struct x11_screen *x11)
{
    x11->cursor.place_known = false;
}

void x11_cursor_ask_place(struct x11_screen *x11)
{
    if (!x11->cursor.place_asked)
        x11->cursor.place_asked = xcb_query_pointer(x11->x11.xcb, x11->x11.screen->root).sequence;
}

static void on_moving(uv_timer_t *timer)
{
    struct x11_screen *x11 = timer->data;
    if (++x11->cursor.still > STILL_LOOKS) {
        uv_timer_stop(timer);
        watch_motion(x11, true);
    }
    /* Also after raw motion is watched again, lest a move in between is missed. */
    x11_cursor_ask_place(x11);
    x11_connection_flush(&x11->x11);
}

void x11_cursor_moved(struct x11_screen *x11)
{
    if (x11->paused || uv_is_active((uv_handle_t *)&x11->cursor.timer))
        return;
    watch_motion(x11, false);
    x11->cursor.still = 0;
    uv_timer_start(&x11->cursor.timer, on_moving, MOVING_MS, MOVING_MS);
    x11_cursor_ask_place(x11);
}

/* A pointer that is not in the picture is shown nowhere, and has its shape again on coming back. */
static void set_outside(struct x11_screen *x11, bool outside)
{
    struct x11_cursor *cursor = &x11->cursor;
    if (cursor->outside == outside)
        return;
    cursor->outside = outside;
    cursor->shape_known = false;
    cursor->shape_changed = true;
    if (outside)
        x11->events.cursor(x11->user, &(qa_cursor){.size = sizeof(qa_cursor)});
}

static void on_place(struct x11_screen *x11, const xcb_query_pointer_reply_t *reply)
{
    struct x11_cursor *cursor = &x11->cursor;
    const qa_rect *shown = &x11->monitors.list.shown;
    int32_t x = reply->root_x - shown->x, y = reply->root_y - shown->y;
    bool same = cursor->place_known && cursor->x == x && cursor->y == y;
    if (same || x11->paused || !cursor->wanted)
        return;
    cursor->place_known = true;
    cursor->x = x;
    cursor->y = y;
    cursor->still = 0;
    bool outside = x < 0 || y < 0 || x >= shown->width || y >= shown->height;
    set_outside(x11, outside);
    if (!outside && !x11->over)
        x11->events.cursor_position(x11->user, x, y);
}

/* From premultiplied to straight alpha; true where anything of it can be seen. */
static bool convert(const uint32_t *from, uint8_t *to, size_t count)
{
    bool visible = false;
    for (size_t i = 0; i < count; i++, to += 4) {
        uint32_t alpha = from[i] >> 24;
        for (unsigned channel = 0; channel < 3; channel++) {
            uint32_t value = from[i] >> (8 * channel) & 0xff;
            value = alpha ? (value * 255 + alpha / 2) / alpha : 0;
            to[channel] = (uint8_t)(value > 255 ? 255 : value);
        }
        to[3] = (uint8_t)alpha;
        visible = visible || alpha;
    }
    return visible;
}

static void on_shape(struct x11_screen *x11, const xcb_xfixes_get_cursor_image_reply_t *reply)
{
    struct x11_cursor *cursor = &x11->cursor;
    size_t count = (size_t)reply->width * reply->height;
    if (x11->paused || cursor->outside ||
        (cursor->shape_known && cursor->serial == reply->cursor_serial) ||
        (size_t)xcb_xfixes_get_cursor_image_cursor_image_length(reply) < count)
        return;
    uint8_t *pixels = malloc(count ? count * 4 : 1);
    if (!pixels)
        return;
    cursor->shape_known = true;
    cursor->serial = reply->cursor_serial;
    qa_cursor shape = {.size = sizeof shape};
    if (convert(xcb_xfixes_get_cursor_image_cursor_image(reply), pixels, count)) {
        shape.width = reply->width;
        shape.height = reply->height;
        shape.hot_x = reply->xhot;
        shape.hot_y = reply->yhot;
        shape.pixels = pixels;
    }
    x11->events.cursor(x11->user, &shape);
    free(pixels);
}

static void take_answers(struct x11_screen *x11)
{
    struct x11_cursor *cursor = &x11->cursor;
    void *reply;
    if (x11_connection_answer(&x11->x11, &cursor->place_asked, &reply)) {
        if (reply)
            on_place(x11, reply);
        free(reply);
    }
    if (!x11->over && x11_connection_answer(&x11->x11, &cursor->shape_asked, &reply)) {
        if (reply)
            on_shape(x11, reply);
        free(reply);
    }
}

void x11_cursor_step(struct x11_screen *x11)
{
    struct x11_cursor *cursor = &x11->cursor;
    if (x11->over || x11->paused || !cursor->wanted)
        return;
    take_answers(x11);
    if (x11->over || x11->paused)
        return;
    if (cursor->shape_changed && !cursor->shape_asked && !cursor->outside) {
        cursor->shape_changed = false;
        cursor->shape_asked = xcb_xfixes_get_cursor_image(x11->x11.xcb).sequence;
    }
    if (!cursor->place_known)
        x11_cursor_ask_place(x11);
}
