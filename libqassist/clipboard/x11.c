#include "clipboard/x11.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

xcb_window_t x11_clipboard_window(struct x11_clipboard *x11)
{
    xcb_window_t window = xcb_generate_id(x11->x11.xcb);
    const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;
    xcb_create_window(x11->x11.xcb, 0, window, x11->x11.screen->root, 0, 0, 1, 1, 0,
                      XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, XCB_CW_EVENT_MASK,
                      &events);
    return window;
}

void x11_clipboard_forget(char **text, size_t length)
{
    if (*text)
        sodium_memzero(*text, length);
    free(*text);
    *text = NULL;
}

static void lose(struct x11_clipboard *x11)
{
    if (x11->over)
        return;
    x11->over = true;
    x11_connection_stop(&x11->x11);
    uv_timer_stop(&x11->read.pace);
    uv_timer_stop(&x11->read.deadline);
    uv_timer_stop(&x11->serve.timer);
    log_warning(x11->log, "clipboard: the display is gone");
}

static void on_owner(struct x11_clipboard *x11, const xcb_xfixes_selection_notify_event_t *event)
{
    const xcb_generic_event_t *generic = (const void *)event;
    if (!x11->watched || (int32_t)(generic->full_sequence - x11->watched_since) < 0 ||
        event->selection != x11->atoms.clipboard)
        return;
    /* Ours is what the helper put there; nobody's is nothing. */
    if (event->owner == x11->window || event->owner == XCB_NONE)
        x11_read_cancel(x11);
    else
        x11_read_begin(x11, event->selection_timestamp);
}

static void on_event(struct x11_clipboard *x11, const xcb_generic_event_t *event)
{
    switch (event->response_type & 0x7f) {
    case XCB_SELECTION_REQUEST:
        x11_serve_requested(x11, (const void *)event);
        return;
    case XCB_SELECTION_CLEAR:
        x11_serve_lost(x11, (const void *)event);
        return;
    case XCB_SELECTION_NOTIFY:
        x11_read_notified(x11, (const void *)event);
        return;
    case XCB_PROPERTY_NOTIFY:
        x11_read_property(x11, (const void *)event);
        x11_serve_property(x11, (const void *)event);
        return;
    case XCB_DESTROY_NOTIFY:
        x11_serve_destroyed(x11, (const void *)event);
        return;
    default:
        break;
    }
    uint8_t first = xcb_get_extension_data(x11->x11.xcb, &xcb_xfixes_id)->first_event;
    if ((event->response_type & 0x7f) == first + XCB_XFIXES_SELECTION_NOTIFY)
        on_owner(x11, (const void *)event);
    /* Errors are about windows of other programs that are gone. */
}

static void on_ready(void *user)
{
    struct x11_clipboard *x11 = user;
    if (x11->over)
        return;
    xcb_generic_event_t *event;
    while (!x11->over && (event = xcb_poll_for_event(x11->x11.xcb))) {
        on_event(x11, event);
        free(event);
    }
    if (!x11->over)
        x11_read_step(x11);
    if (x11->over)
        return;
    x11_connection_flush(&x11->x11);
    if (x11_connection_lost(&x11->x11))
        lose(x11);
}

static void x11_set_watched(struct clipboard *clipboard, bool watched)
{
    struct x11_clipboard *x11 = (struct x11_clipboard *)clipboard;
    if (x11->over || x11->watched == watched)
        return;
    x11->watched = watched;
    if (!watched)
        x11_read_cancel(x11);
    x11->watched_since = xcb_xfixes_select_selection_input(
                             x11->x11.xcb, x11->window, x11->atoms.clipboard,
                             watched ? XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER : 0)
                             .sequence;
    x11_connection_flush(&x11->x11);
}

static int x11_put(struct clipboard *clipboard, const char *text, size_t length)
{
    struct x11_clipboard *x11 = (struct x11_clipboard *)clipboard;
    if (x11->over)
        return 0;
    int error = x11_serve_put(x11, text, length);
    x11_connection_flush(&x11->x11);
    return error;
}

static void x11_destroy(struct clipboard *clipboard)
{
    struct x11_clipboard *x11 = (struct x11_clipboard *)clipboard;
    x11->watched = false;
    x11_read_cancel(x11);
    x11_serve_free(x11);
    x11->over = true;
    x11_connection_close_timer(&x11->x11, &x11->read.pace);
    x11_connection_close_timer(&x11->x11, &x11->read.deadline);
    x11_connection_close_timer(&x11->x11, &x11->serve.timer);
    x11_connection_close(&x11->x11, free, x11);
}

static const struct clipboard_ops x11_ops = {
    .set_watched = x11_set_watched, .put = x11_put, .destroy = x11_destroy};

static bool learn_atoms(struct x11_clipboard *x11)
{
    static const char *const names[] = {
#define ATOM_NAME(member, name) name,
        X11_CLIPBOARD_ATOMS(ATOM_NAME)
#undef ATOM_NAME
    };
    xcb_atom_t *const atoms[] = {
#define ATOM_PLACE(member, name) &x11->atoms.member,
        X11_CLIPBOARD_ATOMS(ATOM_PLACE)
#undef ATOM_PLACE
    };
    enum { COUNT = sizeof names / sizeof names[0] };
    xcb_intern_atom_cookie_t asked[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        asked[i] = xcb_intern_atom(x11->x11.xcb, 0, (uint16_t)strlen(names[i]), names[i]);
    bool good = true;
    for (size_t i = 0; i < COUNT; i++) {
        xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(x11->x11.xcb, asked[i], NULL);
        good = good && reply;
        if (reply)
            *atoms[i] = reply->atom;
        free(reply);
    }
    return good;
}

static bool has_xfixes(struct x11_clipboard *x11)
{
    if (!x11_connection_has(&x11->x11, &xcb_xfixes_id))
        return false;
    xcb_xfixes_query_version_reply_t *reply = xcb_xfixes_query_version_reply(
        x11->x11.xcb, xcb_xfixes_query_version(x11->x11.xcb, 5, 0), NULL);
    bool has = reply && reply->major_version >= 1;
    free(reply);
    return has;
}

static const char *open_display(struct x11_clipboard *x11, const char *display)
{
    const char *detail = NULL;
    if (!x11_connection_open(&x11->x11, display, &detail))
        return detail;
    if (!has_xfixes(x11))
        return "the display has no XFixes, which tells what is copied";
    if (!learn_atoms(x11))
        return "the display does not answer";
    x11->window = x11_clipboard_window(x11);
    return NULL;
}

static void init_timer(struct x11_clipboard *x11, uv_loop_t *loop, uv_timer_t *timer)
{
    uv_timer_init(loop, timer);
    timer->data = x11;
}

int clipboard_x11_new(uv_loop_t *loop, const char *display, const struct log *log,
                      const struct clipboard_events *events, void *user, struct clipboard **out,
                      const char **detail)
{
    *detail = NULL;
    struct x11_clipboard *x11 = calloc(1, sizeof *x11);
    if (!x11)
        return QA_ENOMEM;
    x11->clipboard.ops = &x11_ops;
    x11->log = log;
    x11->events = *events;
    x11->user = user;
    init_timer(x11, loop, &x11->read.pace);
    init_timer(x11, loop, &x11->read.deadline);
    init_timer(x11, loop, &x11->serve.timer);
    int error = (*detail = open_display(x11, display)) ? QA_EIO : 0;
    if (!error && !x11_connection_attach(&x11->x11, loop, on_ready, x11))
        error = QA_ENOMEM;
    if (error) {
        x11_destroy(&x11->clipboard);
        return error;
    }
    x11_connection_flush(&x11->x11);
    *out = &x11->clipboard;
    return 0;
}
