#include "relay/forward.h"

#include <string.h>

#include "base/clock.h"
#include "relay/server.h"
#include "relay/usage.h"

/* Messages written at a time, so that one fast pair leaves room for the others. */
#define WRITES_MAX 4

static bool can_write_now(const struct connection *to)
{
    return !to->out.length && !to->texts.length && !to->ping_due && !lws_partial_buffered(to->wsi);
}

static void hold_back(struct connection *from)
{
    if (from->held_back)
        return;
    from->held_back = true;
    lws_rx_flow_control(from->wsi, 0);
}

void forward_read_on(struct connection *connection)
{
    if (!connection->held_back)
        return;
    connection->held_back = false;
    connection->alive_ms = clock_ms();
    lws_rx_flow_control(connection->wsi, 1);
    /* 4.1 may hold bytes it has read and sleep over them. */
    relay_server_wake(connection->server);
}

/* False when the socket is broken: the peer is ended, and with it the pair. */
static bool write_to(struct connection *to, uint8_t *data, size_t length)
{
    /* What the socket does not take at once libwebsockets keeps: only < 0 is an error. */
    if (lws_write(to->wsi, data, length, LWS_WRITE_BINARY) < 0)
        return false;
    to->written += length;
    return true;
}

int forward_bytes(struct connection *from, uint8_t *data, size_t length)
{
    struct connection *to = from->peer;
    from->server->bytes += length;
    /* What was too much is not passed on any more, and neither is what comes after it. */
    if (!usage_moved(from, length))
        return 0;
    if (can_write_now(to)) {
        if (!write_to(to, data, length))
            connection_kill(to);
        return 0;
    }
    if (buffer_append(&to->out, data, length))
        return -1;
    lws_callback_on_writable(to->wsi);
    if (to->out.length >= FORWARD_HOLD_BACK)
        hold_back(from);
    return 0;
}

int forward_write(struct connection *connection)
{
    uint8_t *message = connection->server->scratch + LWS_PRE;
    for (int i = 0; i < WRITES_MAX && connection->out.length; i++) {
        size_t length = connection->out.length < FORWARD_MESSAGE_MAX ? connection->out.length
                                                                     : FORWARD_MESSAGE_MAX;
        memcpy(message, buffer_data(&connection->out), length);
        buffer_consume(&connection->out, length);
        if (!write_to(connection, message, length))
            return -1;
        if (lws_partial_buffered(connection->wsi))
            break;
    }
    if (connection->peer && connection->out.length <= FORWARD_READ_ON)
        forward_read_on(connection->peer);
    return 0;
}
