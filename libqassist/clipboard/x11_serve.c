#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "clipboard/x11.h"

#define CHECK_MS    1000
#define PATIENCE_MS 10000 /* for a program to take a piece */

static char *copy_of(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

int x11_serve_put(struct x11_clipboard *x11, const char *text, size_t length)
{
    struct x11_serve *serve = &x11->serve;
    char *copy = copy_of(text, length);
    if (!copy)
        return QA_ENOMEM;
    x11_clipboard_forget(&serve->text, serve->length);
    serve->text = copy;
    serve->length = length;
    /* Who takes a selection says since when, by the server's clock. */
    if (!serve->stamping)
        xcb_change_property(x11->x11.xcb, XCB_PROP_MODE_REPLACE, x11->window, x11->atoms.stamp,
                            XCB_ATOM_INTEGER, 32, 0, NULL);
    serve->stamping = true;
    return 0;
}

static void take_selection(struct x11_clipboard *x11, xcb_timestamp_t now)
{
    struct x11_serve *serve = &x11->serve;
    serve->stamping = false;
    if (!serve->text)
        return;
    serve->since = now;
    serve->owned = true;
    xcb_set_selection_owner(x11->x11.xcb, x11->window, x11->atoms.clipboard, now);
}

void x11_serve_lost(struct x11_clipboard *x11, const xcb_selection_clear_event_t *event)
{
    struct x11_serve *serve = &x11->serve;
    if (event->owner != x11->window || event->selection != x11->atoms.clipboard || !serve->owned ||
        (int32_t)(event->time - serve->since) < 0)
        return; /* from before it was taken again */
    serve->owned = false;
    if (!serve->stamping)
        x11_clipboard_forget(&serve->text, serve->length);
}

/* ---- giving away ---- */

static void notify(struct x11_clipboard *x11, const xcb_selection_request_event_t *request,
                   xcb_atom_t property)
{
    const xcb_selection_notify_event_t event = {.response_type = XCB_SELECTION_NOTIFY,
                                                .time = request->time,
                                                .requestor = request->requestor,
                                                .selection = request->selection,
                                                .target = request->target,
                                                .property = property};
    char bytes[32] = {0};
    memcpy(bytes, &event, sizeof event);
    xcb_send_event(x11->x11.xcb, 0, request->requestor, 0, bytes);
}

static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

static void give_targets(struct x11_clipboard *x11, xcb_window_t requestor, xcb_atom_t property)
{
    const struct x11_atoms *atoms = &x11->atoms;
    const xcb_atom_t targets[] = {atoms->targets, atoms->timestamp, atoms->utf8, atoms->mime,
                                  XCB_ATOM_STRING};
    uint32_t count = sizeof targets / sizeof targets[0];
    if (!is_ascii(x11->serve.text, x11->serve.length))
        count--;
    xcb_change_property(x11->x11.xcb, XCB_PROP_MODE_REPLACE, requestor, property, XCB_ATOM_ATOM, 32,
                        count, targets);
}

static struct x11_served *find_served(struct x11_clipboard *x11, xcb_window_t requestor,
                                      xcb_atom_t property)
{
    for (size_t i = 0; i < X11_SERVED_MAX; i++) {
        struct x11_served *served = &x11->serve.served[i];
        if (served->requestor == requestor && (!requestor || served->property == property))
            return served;
    }
    return NULL;
}

static bool any_served(const struct x11_clipboard *x11, xcb_window_t requestor)
{
    for (size_t i = 0; i < X11_SERVED_MAX; i++)
        if (x11->serve.served[i].requestor &&
            (!requestor || x11->serve.served[i].requestor == requestor))
            return true;
    return false;
}

static void watch_requestor(struct x11_clipboard *x11, xcb_window_t requestor, uint32_t events)
{
    xcb_change_window_attributes(x11->x11.xcb, requestor, XCB_CW_EVENT_MASK, &events);
}

static void end_served(struct x11_clipboard *x11, struct x11_served *served)
{
    xcb_window_t requestor = served->requestor;
    x11_clipboard_forget(&served->text, served->length);
    *served = (struct x11_served){0};
    if (requestor && !any_served(x11, requestor))
        watch_requestor(x11, requestor, 0);
    if (!any_served(x11, XCB_NONE))
        uv_timer_stop(&x11->serve.timer);
}

/* Announces that the text comes in pieces. False when too many take pieces already. */
static bool begin_pieces(struct x11_clipboard *x11, const xcb_selection_request_event_t *request,
                         xcb_atom_t property)
{
    struct x11_served *served = find_served(x11, request->requestor, property);
    if (served)
        end_served(x11, served);
    served = find_served(x11, XCB_NONE, XCB_NONE);
    char *text = served ? copy_of(x11->serve.text, x11->serve.length) : NULL;
    if (!text)
        return false;
    *served = (struct x11_served){.requestor = request->requestor,
                                  .property = property,
                                  .target = request->target,
                                  .text = text,
                                  .length = x11->serve.length,
                                  .moved_ms = clock_ms()};
    const uint32_t least = (uint32_t)served->length;
    watch_requestor(x11, request->requestor,
                    XCB_EVENT_MASK_PROPERTY_CHANGE | XCB_EVENT_MASK_STRUCTURE_NOTIFY);
    xcb_change_property(x11->x11.xcb, XCB_PROP_MODE_REPLACE, request->requestor, property,
                        x11->atoms.incr, 32, 1, &least);
    if (!uv_is_active((uv_handle_t *)&x11->serve.timer))
        uv_timer_start(&x11->serve.timer, x11_serve_on_timer, CHECK_MS, CHECK_MS);
    return true;
}

static bool give_text(struct x11_clipboard *x11, const xcb_selection_request_event_t *request,
                      xcb_atom_t property)
{
    if (x11->serve.length > X11_PIECE)
        return begin_pieces(x11, request, property);
    xcb_change_property(x11->x11.xcb, XCB_PROP_MODE_REPLACE, request->requestor, property,
                        request->target, 8, (uint32_t)x11->serve.length, x11->serve.text);
    return true;
}

/* Any program can name any window, also one of ours or, in an event of its own making, none. */
static bool may_ask(const struct x11_clipboard *x11, xcb_window_t requestor)
{
    const xcb_setup_t *setup = xcb_get_setup(x11->x11.xcb);
    return requestor && (requestor & ~setup->resource_id_mask) != setup->resource_id_base;
}

static bool give(struct x11_clipboard *x11, const xcb_selection_request_event_t *request,
                 xcb_atom_t property)
{
    const struct x11_atoms *atoms = &x11->atoms;
    const struct x11_serve *serve = &x11->serve;
    if (request->owner != x11->window || request->selection != atoms->clipboard ||
        !may_ask(x11, request->requestor) || !serve->owned || !serve->text ||
        (request->time != XCB_CURRENT_TIME && (int32_t)(request->time - serve->since) < 0))
        return false;
    if (request->target == atoms->targets) {
        give_targets(x11, request->requestor, property);
        return true;
    }
    if (request->target == atoms->timestamp) {
        xcb_change_property(x11->x11.xcb, XCB_PROP_MODE_REPLACE, request->requestor, property,
                            XCB_ATOM_INTEGER, 32, 1, &serve->since);
        return true;
    }
    bool known = request->target == atoms->utf8 || request->target == atoms->mime ||
                 (request->target == XCB_ATOM_STRING && is_ascii(serve->text, serve->length));
    return known && give_text(x11, request, property);
}

void x11_serve_requested(struct x11_clipboard *x11, const xcb_selection_request_event_t *event)
{
    /* Very old programs name no property. */
    xcb_atom_t property = event->property ? event->property : event->target;
    notify(x11, event, give(x11, event, property) ? property : XCB_NONE);
}

static void next_piece(struct x11_clipboard *x11, struct x11_served *served)
{
    if (served->finishing) {
        end_served(x11, served);
        return;
    }
    size_t length = served->length - served->sent;
    if (length > X11_PIECE)
        length = X11_PIECE;
    xcb_change_property(x11->x11.xcb, XCB_PROP_MODE_REPLACE, served->requestor, served->property,
                        served->target, 8, (uint32_t)length, served->text + served->sent);
    served->sent += length;
    served->finishing = !length;
    served->moved_ms = clock_ms();
}

void x11_serve_property(struct x11_clipboard *x11, const xcb_property_notify_event_t *event)
{
    if (event->window == x11->window) {
        if (event->atom == x11->atoms.stamp && x11->serve.stamping)
            take_selection(x11, event->time);
        return;
    }
    struct x11_served *served =
        event->state == XCB_PROPERTY_DELETE ? find_served(x11, event->window, event->atom) : NULL;
    if (served)
        next_piece(x11, served);
}

void x11_serve_destroyed(struct x11_clipboard *x11, const xcb_destroy_notify_event_t *event)
{
    for (size_t i = 0; i < X11_SERVED_MAX; i++) {
        struct x11_served *served = &x11->serve.served[i];
        if (served->requestor && served->requestor == event->window)
            end_served(x11, served);
    }
}

void x11_serve_on_timer(uv_timer_t *timer)
{
    struct x11_clipboard *x11 = timer->data;
    uint64_t now = clock_ms();
    for (size_t i = 0; i < X11_SERVED_MAX; i++) {
        struct x11_served *served = &x11->serve.served[i];
        if (served->requestor && now - served->moved_ms >= PATIENCE_MS)
            end_served(x11, served);
    }
    x11_connection_flush(&x11->x11);
}

void x11_serve_free(struct x11_clipboard *x11)
{
    struct x11_serve *serve = &x11->serve;
    for (size_t i = 0; i < X11_SERVED_MAX; i++)
        x11_clipboard_forget(&serve->served[i].text, serve->served[i].length);
    x11_clipboard_forget(&serve->text, serve->length);
    serve->owned = false;
}
