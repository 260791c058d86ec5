#include "relay/forward.h"

#include <string.h>

#include "base/clock.h"
#include "relay/server.h"
#include "relay/turns.h"
#include "relay/usage.h"

/* ---- holding back ---- */

static bool can_write_now(const struct connection *to)
{
    return !to->out.length && !to->texts.length && !to->ping_due && !stream_is_full(&to->stream);
}

void forward_read_on(struct connection *connection)
{
    if (!connection->held_back)
        return;
    connection->held_back = false;
    connection->alive_ms = clock_ms();
    turns_wake(&connection->stream);
}

/* ---- messages ---- */

/* The message's bytes are behind room for its head. 0, or -1: the socket is broken. */
static int write_message(struct connection *to, uint8_t *message, size_t length)
{
    uint8_t head[FRAME_HEAD_MAX];
    size_t head_length = frame_head(head, FRAME_BINARY, length);
    uint8_t *start = message + FRAME_HEAD_MAX - head_length;
    memcpy(start, head, head_length);
    if (stream_write(&to->stream, start, head_length + length))
        return -1;
    to->written += length;
    return 0;
}

static int queue(struct connection *from, const uint8_t *data, size_t length)
{
    struct connection *to = from->peer;
    if (buffer_append(&to->out, data, length))
        return -1;
    if (to->out.length >= FORWARD_HOLD_BACK)
        from->held_back = true;
    return 0;
}

/* ---- a turn's bytes ---- */

/* The count of bytes that still fit. */
static size_t gather(struct forward_gather *gathered, const uint8_t *data, size_t length)
{
    size_t taken = 0;
    while (taken < length) {
        if (!gathered->count || gathered->last_length == FORWARD_MESSAGE_MAX) {
            if (gathered->count == FORWARD_GATHER)
                break;
            gathered->count++;
            gathered->last_length = 0;
        }
        size_t room = FORWARD_MESSAGE_MAX - gathered->last_length;
        size_t here = length - taken < room ? length - taken : room;
        uint8_t *message = gathered->messages[gathered->count - 1] + FRAME_HEAD_MAX;
        memcpy(message + gathered->last_length, data + taken, here);
        gathered->last_length += here;
        taken += here;
    }
    return taken;
}

/* A large piece that nothing waits before; the count of bytes that are on their way with it. */
static size_t write_directly(struct connection *from, uint8_t *data, size_t length)
{
    if (from->server->gather.count || length < FORWARD_DIRECT || !can_write_now(from->peer))
        return 0;
    size_t here = length < FORWARD_MESSAGE_MAX ? length : FORWARD_MESSAGE_MAX;
    if (write_message(from->peer, data - FRAME_HEAD_MAX, here))
        connection_kill(from->peer);
    return here;
}

int forward_bytes(struct connection *from, uint8_t *data, size_t length)
{
    from->server->bytes += length;
    /* What was too much is not passed on any more, and neither is what comes after it. */
    if (!usage_moved(from, length))
        return 0;
    size_t written = write_directly(from, data, length);
    data += written;
    length -= written;
    while (length && from->peer) {
        if (!can_write_now(from->peer) && !from->server->gather.count)
            return queue(from, data, length);
        size_t taken = gather(&from->server->gather, data, length);
        data += taken;
        length -= taken;
        /* The peer may be found gone by it. */
        if (length)
            forward_flush(from);
    }
    return 0;
}

void forward_flush(struct connection *from)
{
    struct forward_gather *gathered = &from->server->gather;
    struct connection *to = from->peer;
    size_t count = gathered->count;
    gathered->count = 0;
    if (!to)
        return;
    for (size_t i = 0; i < count; i++) {
        size_t length = i + 1 < count ? FORWARD_MESSAGE_MAX : gathered->last_length;
        if (write_message(to, gathered->messages[i], length)) {
            connection_kill(to);
            return;
        }
    }
    if (stream_flush(&to->stream))
        connection_kill(to);
}

/* ---- the queue ---- */

int forward_write(struct connection *connection)
{
    uint8_t *message = connection->server->gather.messages[0];
    size_t budget = STREAM_BATCH;
    while (budget && connection->out.length && !stream_is_full(&connection->stream)) {
        size_t length = connection->out.length < FORWARD_MESSAGE_MAX ? connection->out.length
                                                                     : FORWARD_MESSAGE_MAX;
        memcpy(message + FRAME_HEAD_MAX, buffer_data(&connection->out), length);
        buffer_consume(&connection->out, length);
        if (write_message(connection, message, length))
            return -1;
        budget -= length < budget ? length : budget;
    }
    if (!connection->out.length)
        buffer_free(&connection->out);
    if (stream_flush(&connection->stream))
        return -1;
    if (connection->peer && connection->out.length <= FORWARD_READ_ON)
        forward_read_on(connection->peer);
    return 0;
}
