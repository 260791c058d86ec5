#include "input/x11_connection.h"

#include <stdlib.h>

#include <xcb/xcbext.h>

static const char *why_not(int error)
{
    switch (error) {
    case XCB_CONN_CLOSED_PARSE_ERR:
        return "the display's name is not valid";
    case XCB_CONN_CLOSED_INVALID_SCREEN:
        return "the display has no such screen";
    case XCB_CONN_CLOSED_MEM_INSUFFICIENT:
        return "out of memory";
    default:
        return "the X display cannot be opened (is it running, and may this user use it?)";
    }
}

bool x11_connection_open(struct x11_connection *connection, const char *display,
                         const char **detail)
{
    *connection = (struct x11_connection){0};
    int number = 0;
    connection->xcb = xcb_connect(display, &number);
    int error = xcb_connection_has_error(connection->xcb);
    if (error) {
        *detail = why_not(error);
        return false;
    }
    xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(connection->xcb));
    for (; screens.rem && number > 0; number--)
        xcb_screen_next(&screens);
    if (!screens.rem) {
        *detail = why_not(XCB_CONN_CLOSED_INVALID_SCREEN);
        return false;
    }
    connection->screen = screens.data;
    return true;
}

bool x11_connection_has(struct x11_connection *connection, xcb_extension_t *extension)
{
    const xcb_query_extension_reply_t *reply = xcb_get_extension_data(connection->xcb, extension);
    return reply && reply->present;
}

/*
 * Looking for a reply may read events, and looking for events replies. What was read makes the
 * descriptor readable no more, so the owner looks again until a round has read nothing.
 */
static void drain(struct x11_connection *connection)
{
    uint64_t before;
    do {
        before = xcb_total_read(connection->xcb);
        connection->on_ready(connection->user);
    } while (connection->xcb && xcb_total_read(connection->xcb) != before);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    drain(handle->data);
}

static void on_wake(uv_async_t *handle)
{
    drain(handle->data);
}

bool x11_connection_attach(struct x11_connection *connection, uv_loop_t *loop,
                           void (*on_ready)(void *user), void *user)
{
    connection->on_ready = on_ready;
    connection->user = user;
    int fd = xcb_get_file_descriptor(connection->xcb);
    if (uv_poll_init(loop, &connection->readable, fd))
        return false;
    connection->readable.data = connection;
    connection->handles++;
    if (uv_async_init(loop, &connection->wake, on_wake))
        return false;
    connection->wake.data = connection;
    connection->handles++;
    /* Set-up may have read events already. */
    uv_async_send(&connection->wake);
    return uv_poll_start(&connection->readable, UV_READABLE, on_readable) == 0;
}

void x11_connection_stop(struct x11_connection *connection)
{
    uv_poll_stop(&connection->readable);
}

bool x11_connection_lost(struct x11_connection *connection)
{
    if (!xcb_connection_has_error(connection->xcb))
        return false;
    x11_connection_stop(connection);
    return true;
}

void x11_connection_flush(struct x11_connection *connection)
{
    uint64_t before = xcb_total_read(connection->xcb);
    xcb_flush(connection->xcb);
    if (xcb_total_read(connection->xcb) != before)
        x11_connection_wake(connection);
}

void x11_connection_wake(struct x11_connection *connection)
{
    uv_async_send(&connection->wake);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct x11_connection *connection = handle->data;
    if (--connection->closing == 0)
        connection->on_closed(connection->user);
}

static void close_handle(struct x11_connection *connection, uv_handle_t *handle)
{
    handle->data = connection;
    connection->closing++;
    uv_close(handle, on_handle_closed);
}

void x11_connection_close_timer(struct x11_connection *connection, uv_timer_t *timer)
{
    close_handle(connection, (uv_handle_t *)timer);
}

void x11_connection_close(struct x11_connection *connection, void (*on_closed)(void *user),
                          void *user)
{
    connection->on_closed = on_closed;
    connection->user = user;
    if (connection->handles > 0)
        close_handle(connection, (uv_handle_t *)&connection->readable);
    if (connection->handles > 1)
        close_handle(connection, (uv_handle_t *)&connection->wake);
    if (connection->xcb)
        xcb_disconnect(connection->xcb);
    connection->xcb = NULL;
    if (!connection->closing)
        on_closed(user);
}

bool x11_connection_answer(struct x11_connection *connection, unsigned *sequence, void **reply)
{
    *reply = NULL;
    if (!*sequence)
        return false;
    xcb_generic_error_t *error = NULL;
    if (!xcb_poll_for_reply(connection->xcb, *sequence, reply, &error))
        return false;
    free(error);
    *sequence = 0;
    return true;
}
