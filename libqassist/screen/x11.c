#include "screen/x11.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>
#include <xcb/randr.h>
#include <xcb/xinput.h>

#include "screen/prompt_classes.h"

void x11_screen_fail(struct x11_screen *x11, const char *detail)
{
    if (x11->over)
        return;
    x11->over = true;
    x11_connection_stop(&x11->x11);
    uv_timer_stop(&x11->capture.pace);
    uv_timer_stop(&x11->cursor.timer);
    uv_timer_stop(&x11->prompts.linger);
    log_warning(x11->log, "screen: %s", detail);
    x11->events.failed(x11->user, QA_ESCREEN, detail);
}

static void on_event(struct x11_screen *x11, const xcb_generic_event_t *event)
{
    xcb_connection_t *xcb = x11->x11.xcb;
    uint8_t type = event->response_type & 0x7f;
    x11_prompts_event(x11, event);
    if (type == XCB_CONFIGURE_NOTIFY) {
        const xcb_configure_notify_event_t *configure = (const void *)event;
        if (configure->window == x11->x11.screen->root)
            x11->capture.layout_old = true;
    } else if (type == XCB_GE_GENERIC) {
        const xcb_ge_generic_event_t *generic = (const void *)event;
        if (generic->extension == x11->cursor.xi_opcode &&
            generic->event_type == XCB_INPUT_RAW_MOTION)
            x11_cursor_moved(x11);
    } else if (x11->monitors.first_event && type >= x11->monitors.first_event &&
               type <= x11->monitors.first_event + XCB_RANDR_NOTIFY) {
        x11->capture.layout_old = true;
    } else if (type == xcb_get_extension_data(xcb, &xcb_damage_id)->first_event) {
        x11->capture.changed = true;
    } else if (type == xcb_get_extension_data(xcb, &xcb_xfixes_id)->first_event +
                           XCB_XFIXES_CURSOR_NOTIFY) {
        x11->cursor.shape_changed = true;
    }
}

void x11_screen_take_events(struct x11_screen *x11)
{
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(x11->x11.xcb))) {
        on_event(x11, event);
        free(event);
    }
}

static void on_ready(void *user)
{
    struct x11_screen *x11 = user;
    if (x11->over || !x11->started)
        return;
    x11_screen_take_events(x11);
    x11_prompts_step(x11);
    x11_capture_step(x11);
    x11_cursor_step(x11);
    if (x11->over)
        return;
    x11_connection_flush(&x11->x11);
    if (x11_connection_lost(&x11->x11))
        x11_screen_fail(x11, "the display is gone");
}

static int x11_start(struct screen *screen)
{
    struct x11_screen *x11 = (struct x11_screen *)screen;
    if (x11->started || x11->over)
        return QA_ESCREEN;
    x11->started = true;
    x11_capture_start(x11);
    x11_prompts_start(x11);
    x11_monitors_start(x11);
    x11_cursor_start(x11);
    x11_connection_flush(&x11->x11);
    x11_connection_wake(&x11->x11);
    return xcb_connection_has_error(x11->x11.xcb) ? QA_ESCREEN : 0;
}

static void x11_set_paused(struct screen *screen, bool paused)
{
    struct x11_screen *x11 = (struct x11_screen *)screen;
    if (x11->paused == paused)
        return;
    x11->paused = paused;
    if (!x11->started || x11->over)
        return;
    if (paused) {
        x11_cursor_pause(x11);
        x11_capture_settle(x11);
    } else {
        x11_capture_forget(x11);
        x11_cursor_resume(x11);
    }
    x11_connection_flush(&x11->x11);
    x11_connection_wake(&x11->x11);
}

static void x11_set_busy(struct screen *screen, bool busy)
{
    struct x11_screen *x11 = (struct x11_screen *)screen;
    x11->busy = busy;
    if (!busy)
        x11_connection_wake(&x11->x11);
}

static void x11_renew(struct screen *screen)
{
    struct x11_screen *x11 = (struct x11_screen *)screen;
    x11->capture.renew = true;
    x11_connection_wake(&x11->x11);
}

static void x11_expect_answer(struct screen *screen)
{
    struct x11_screen *x11 = (struct x11_screen *)screen;
    x11_capture_expect_answer(x11);
    x11_connection_wake(&x11->x11);
}

static int x11_choose(struct screen *screen, uint32_t id)
{
    struct x11_screen *x11 = (struct x11_screen *)screen;
    struct x11_monitors *monitors = &x11->monitors;
    bool known = id == 0;
    for (size_t i = 0; i < monitors->list.count; i++)
        known = known || monitors->list.monitors[i].id == id;
    if (!known || !x11->started || x11->over)
        return QA_EINVAL;
    monitors->wanted = id;
    monitors->answer_due = true;
    x11->capture.layout_old = true;
    x11_connection_wake(&x11->x11);
    return 0;
}

static void x11_begin_with(struct screen *screen, const char *name)
{
    struct x11_screen *x11 = (struct x11_screen *)screen;
    snprintf(x11->monitors.first, sizeof x11->monitors.first, "%s", name);
}

static void on_closed(void *user)
{
    struct x11_screen *x11 = user;
    free(x11->prompts.classes);
    free(x11->prompts.queries);
    free(x11);
}

static void x11_destroy(struct screen *screen)
{
    struct x11_screen *x11 = (struct x11_screen *)screen;
    x11->paused = true;
    x11_capture_settle(x11);
    x11->over = true;
    x11_connection_close_timer(&x11->x11, &x11->capture.pace);
    x11_connection_close_timer(&x11->x11, &x11->cursor.timer);
    x11_connection_close_timer(&x11->x11, &x11->prompts.linger);
    x11_connection_close(&x11->x11, on_closed, x11);
}

static const struct screen_ops x11_ops = {.start = x11_start,
                                          .set_paused = x11_set_paused,
                                          .set_busy = x11_set_busy,
                                          .renew = x11_renew,
                                          .expect_answer = x11_expect_answer,
                                          .choose = x11_choose,
                                          .begin_with = x11_begin_with,
                                          .destroy = x11_destroy};

static const char *open_display(struct x11_screen *x11, const char *display)
{
    const char *detail = NULL;
    if (!x11_connection_open(&x11->x11, display, &detail))
        return detail;
    detail = x11_capture_open(x11);
    if (!detail) {
        x11_monitors_open(x11);
        x11_cursor_open(x11);
    }
    return detail;
}

int screen_x11_new(uv_loop_t *loop, const char *display, const char *prompts,
                   struct picture *picture, const struct log *log,
                   const struct screen_events *events, void *user, struct screen **out,
                   const char **detail)
{
    *detail = NULL;
    struct x11_screen *x11 = calloc(1, sizeof *x11);
    char *classes = strdup(prompts ? prompts : prompt_classes_default);
    if (!x11 || !classes) {
        free(x11);
        free(classes);
        return QA_ENOMEM;
    }
    x11->screen.ops = &x11_ops;
    x11->picture = picture;
    x11->log = log;
    x11->events = *events;
    x11->user = user;
    x11->prompts.classes = classes;
    uv_timer_init(loop, &x11->capture.pace);
    uv_timer_init(loop, &x11->cursor.timer);
    uv_timer_init(loop, &x11->prompts.linger);
    x11->capture.pace.data = x11;
    x11->cursor.timer.data = x11;
    x11->prompts.linger.data = x11;
    int error = (*detail = open_display(x11, display)) ? QA_ESCREEN : 0;
    if (!error && !x11_connection_attach(&x11->x11, loop, on_ready, x11))
        error = QA_ENOMEM;
    if (error) {
        x11_destroy(&x11->screen);
        return error;
    }
    *out = &x11->screen;
    return 0;
}
