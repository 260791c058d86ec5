#include "overlay/x11.h"

#include <stdlib.h>

#include <qassist/errors.h>
#include <xcb/shape.h>
#include <xcb/xinput.h>

#include "base/clock.h"
#include "input/x11_scale.h"

#define FRAME_MS 16 /* between two drawings */
#define EASE     4  /* a drawing that took long is followed by a pause so many times as long */

#define TIMERS 4

static void list_timers(struct overlay_x11 *overlay, uv_timer_t *timers[TIMERS])
{
    timers[0] = &overlay->pace;
    timers[1] = &overlay->laser_off;
    timers[2] = &overlay->stack_pace;
    timers[3] = &overlay->banner.minute;
}

void overlay_x11_fail(struct overlay_x11 *overlay, const char *detail)
{
    if (overlay->over)
        return;
    overlay->over = true;
    x11_connection_stop(&overlay->x11);
    uv_timer_t *timers[TIMERS];
    list_timers(overlay, timers);
    for (size_t i = 0; i < TIMERS; i++)
        uv_timer_stop(timers[i]);
    log_warning(overlay->log, "overlay: %s", detail);
    overlay->events.failed(overlay->user, QA_ESCREEN, detail);
}

/* ---- drawing ---- */

static void on_pace(uv_timer_t *timer)
{
    overlay_x11_draw(timer->data);
}

void overlay_x11_draw(struct overlay_x11 *overlay)
{
    if (overlay->over || overlay->drawn_asked || uv_is_active((uv_handle_t *)&overlay->pace) ||
        (!overlay->laser.moved && !canvas_is_due(overlay)))
        return;
    uint64_t start = clock_ms();
    if (overlay->laser.moved)
        laser_draw(overlay);
    if (canvas_is_due(overlay))
        canvas_draw(overlay);
    overlay->drawn_asked = xcb_get_input_focus(overlay->x11.xcb).sequence;
    x11_connection_flush(&overlay->x11);
    uint64_t pause = EASE * (clock_ms() - start);
    uv_timer_start(&overlay->pace, on_pace, pause > FRAME_MS ? pause : FRAME_MS, 0);
}

/* ---- events ---- */

static void on_generic(struct overlay_x11 *overlay, const xcb_ge_generic_event_t *event)
{
    if (event->extension != overlay->keys.xi_opcode)
        return;
    switch (event->event_type) {
    case XCB_INPUT_RAW_KEY_PRESS:
    case XCB_INPUT_RAW_KEY_RELEASE:
        if (keys_on_raw(overlay, event))
            overlay->events.wish(overlay->user, OVERLAY_PANIC);
        break;
    default:
        banner_on_pointer(overlay, event);
        break;
    }
}

static void on_event(struct overlay_x11 *overlay, const xcb_generic_event_t *event)
{
    uint8_t type = event->response_type & 0x7f;
    if (type == XCB_GE_GENERIC) {
        on_generic(overlay, (const void *)event);
    } else if (type == XCB_MAPPING_NOTIFY) {
        keys_map_changed(overlay);
    } else {
        banner_on_event(overlay, event);
        stack_on_event(overlay, event);
    }
}

static void on_ready(void *user)
{
    struct overlay_x11 *overlay = user;
    xcb_generic_event_t *event;
    while (!overlay->over && (event = xcb_poll_for_event(overlay->x11.xcb))) {
        on_event(overlay, event);
        free(event);
    }
    if (overlay->over)
        return;
    void *reply;
    if (x11_connection_answer(&overlay->x11, &overlay->drawn_asked, &reply))
        free(reply);
    stack_take_answers(overlay);
    keys_take_answers(overlay);
    banner_take_answers(overlay);
    overlay_x11_draw(overlay);
    x11_connection_flush(&overlay->x11);
    if (x11_connection_lost(&overlay->x11))
        overlay_x11_fail(overlay, "the display is gone");
}

/* ---- the table ---- */

static void x11_point(struct overlay *overlay, int32_t x, int32_t y)
{
    struct overlay_x11 *x11 = (struct overlay_x11 *)overlay;
    if (!x11->over)
        laser_point(x11, x, y);
}

static void x11_point_hide(struct overlay *overlay)
{
    struct overlay_x11 *x11 = (struct overlay_x11 *)overlay;
    if (!x11->over)
        laser_hide(x11);
}

static void x11_mark(struct overlay *overlay, const qa_mark_event *event)
{
    struct overlay_x11 *x11 = (struct overlay_x11 *)overlay;
    if (!x11->over)
        canvas_mark(x11, event);
}

static void x11_set_area(struct overlay *overlay, const qa_rect *area)
{
    struct overlay_x11 *x11 = (struct overlay_x11 *)overlay;
    const qa_rect *old = &x11->canvas.area;
    if (x11->over || (old->x == area->x && old->y == area->y && old->width == area->width &&
                      old->height == area->height))
        return;
    laser_hide(x11);
    canvas_set_area(x11, area);
    x11_connection_flush(&x11->x11);
}

static void x11_set_status(struct overlay *overlay, const struct overlay_status *status)
{
    struct overlay_x11 *x11 = (struct overlay_x11 *)overlay;
    if (!x11->over)
        banner_set_status(x11, status);
}

static void x11_note_input(struct overlay *overlay)
{
    ((struct overlay_x11 *)overlay)->input_ms = clock_ms();
}

static void x11_destroy(struct overlay *overlay)
{
    struct overlay_x11 *x11 = (struct overlay_x11 *)overlay;
    x11->over = true;
    canvas_close(x11);
    banner_close(x11);
    uv_timer_t *timers[TIMERS];
    list_timers(x11, timers);
    for (size_t i = 0; i < TIMERS; i++)
        x11_connection_close_timer(&x11->x11, timers[i]);
    /* The server takes the windows away with the connection. */
    x11_connection_close(&x11->x11, free, x11);
}

static const struct overlay_ops x11_ops = {.point = x11_point,
                                           .point_hide = x11_point_hide,
                                           .mark = x11_mark,
                                           .set_area = x11_set_area,
                                           .set_status = x11_set_status,
                                           .note_input = x11_note_input,
                                           .destroy = x11_destroy};

/* ---- set-up ---- */

static double read_scale(struct overlay_x11 *overlay)
{
    xcb_get_property_reply_t *reply =
        xcb_get_property_reply(overlay->x11.xcb, x11_scale_ask(&overlay->x11), NULL);
    unsigned percent = x11_scale_percent(reply);
    free(reply);
    return percent < 100 ? 1 : percent > 400 ? 4 : percent / 100.0;
}

static xcb_atom_t read_atom(xcb_connection_t *xcb, xcb_intern_atom_cookie_t cookie)
{
    xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(xcb, cookie, NULL);
    xcb_atom_t atom = reply ? reply->atom : XCB_ATOM_NONE;
    free(reply);
    return atom;
}

static void read_atoms(struct overlay_x11 *overlay)
{
    xcb_connection_t *xcb = overlay->x11.xcb;
    xcb_intern_atom_cookie_t name = xcb_intern_atom(xcb, false, 12, "_NET_WM_NAME");
    xcb_intern_atom_cookie_t utf8 = xcb_intern_atom(xcb, false, 11, "UTF8_STRING");
    overlay->atoms.net_wm_name = read_atom(xcb, name);
    overlay->atoms.utf8_string = read_atom(xcb, utf8);
}

static bool has_shape(struct overlay_x11 *overlay)
{
    xcb_connection_t *xcb = overlay->x11.xcb;
    if (!x11_connection_has(&overlay->x11, &xcb_shape_id))
        return false;
    xcb_shape_query_version_reply_t *reply =
        xcb_shape_query_version_reply(xcb, xcb_shape_query_version(xcb), NULL);
    /* 1.1 brought the shape for input. */
    bool good = reply && (reply->major_version > 1 || reply->minor_version >= 1);
    free(reply);
    return good;
}

static const char *open_display(struct overlay_x11 *overlay,
                                const struct overlay_x11_options *options)
{
    const char *detail = NULL;
    if (!x11_connection_open(&overlay->x11, options->display, &detail))
        return detail;
    if (!has_shape(overlay))
        return "the display has no SHAPE 1.1 extension, which drawing on the screen needs";
    if ((options->banner || options->panic) && (detail = keys_open(overlay, options->panic)))
        return detail;
    read_atoms(overlay);
    overlay->scale = read_scale(overlay);
    overlay->gc = xcb_generate_id(overlay->x11.xcb);
    xcb_create_gc(overlay->x11.xcb, overlay->gc, overlay->x11.screen->root, 0, NULL);
    if (!canvas_open(overlay) || !laser_open(overlay) ||
        (options->banner && !banner_open(overlay, options)))
        return "out of memory";
    stack_open(overlay);
    return xcb_connection_has_error(overlay->x11.xcb) ? "the display is gone" : NULL;
}

int overlay_x11_new(uv_loop_t *loop, const struct overlay_x11_options *options,
                    const struct log *log, const struct overlay_events *events, void *user,
                    struct overlay **out, const char **detail)
{
    *detail = NULL;
    struct overlay_x11 *overlay = calloc(1, sizeof *overlay);
    if (!overlay)
        return QA_ENOMEM;
    overlay->overlay.ops = &x11_ops;
    overlay->log = log;
    overlay->events = *events;
    overlay->user = user;
    uv_timer_t *timers[TIMERS];
    list_timers(overlay, timers);
    for (size_t i = 0; i < TIMERS; i++) {
        uv_timer_init(loop, timers[i]);
        timers[i]->data = overlay;
    }
    int error = (*detail = open_display(overlay, options)) ? QA_ESCREEN : 0;
    if (!error && !x11_connection_attach(&overlay->x11, loop, on_ready, overlay))
        error = QA_ENOMEM;
    if (error) {
        x11_destroy(&overlay->overlay);
        return error;
    }
    *out = &overlay->overlay;
    return 0;
}
