#include "relay/connection.h"

#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "relay/comeback.h"
#include "relay/forward.h"
#include "relay/rendezvous.h"
#include "relay/server.h"
#include "relay/turns.h"

/* When nothing says for how long. */
#define RETRY_S 5

static void want_write(struct connection *connection)
{
    if (!connection->is_dead)
        turns_wake(&connection->stream);
}

/* ---- saying ---- */

void connection_say(struct connection *connection, const struct relay_message *message)
{
    char text[RELAY_MESSAGE_MAX];
    int length = relay_message_encode(message, text);
    if (length < 0) {
        relay_log(connection->server, QA_LOG_ERROR, "event=encode_failed error=%s",
                  qa_err_name(length));
        return;
    }
    uint32_t size = (uint32_t)length;
    uint8_t *room = buffer_reserve(&connection->texts, sizeof size + size);
    /* Its reader is that far behind: a notice more or less does not matter. */
    if (!room)
        return;
    memcpy(room, &size, sizeof size);
    memcpy(room + sizeof size, text, size);
    buffer_commit(&connection->texts, sizeof size + size);
    want_write(connection);
}

static uint16_t close_code_of(int error)
{
    switch (error) {
    case QA_EPROTO:
    case QA_EVERSION:
        return LWS_CLOSE_STATUS_PROTOCOL_ERR;
    case QA_ERELAY_LOST:
        return LWS_CLOSE_STATUS_GOINGAWAY;
    case QA_EAUTH:
    case QA_ERATE:
    case QA_ELIMIT:
    case QA_ETIMEOUT:
        return LWS_CLOSE_STATUS_POLICY_VIOLATION;
    default:
        return LWS_CLOSE_STATUS_NORMAL;
    }
}

static bool is_for_a_time(int error)
{
    return error == QA_ERATE || error == QA_ELIMIT || error == QA_ETIMEOUT;
}

void connection_refuse(struct connection *connection, int error, uint32_t retry_s,
                       const char *detail)
{
    if (connection->state >= CONNECTION_CLOSING || connection->is_dead)
        return;
    if (!retry_s && is_for_a_time(error))
        retry_s = RETRY_S;
    struct relay_message message = {.type = RELAY_ERROR, .error = error, .retry_s = retry_s};
    snprintf(message.detail, sizeof message.detail, "%s", detail ? detail : qa_strerror(error));
    outcome_note(connection, error);
    connection_say(connection, &message);
    connection_close(connection, close_code_of(error), qa_strerror(error));
}

void connection_close(struct connection *connection, uint16_t code, const char *reason)
{
    if (connection->state >= CONNECTION_CLOSING || connection->is_dead)
        return;
    /* Who is sent away because the relay stops, or because the other one is lost, may come back. */
    rendezvous_leave(connection,
                     connection->server->stopping || connection->state == CONNECTION_LEFT);
    connection->state = CONNECTION_CLOSING;
    connection->deadline_ms = clock_ms() + CONNECTION_CLOSE_MS;
    connection->close_code = code;
    snprintf(connection->close_reason, sizeof connection->close_reason, "%s", reason);
    buffer_free(&connection->out);
    /* What it still sends is read, so that its own close can come in. */
    connection->held_back = false;
    if (connection->is_websocket)
        want_write(connection);
    else
        relay_server_hurry(connection->server);
}

void connection_left(struct connection *left, bool lost)
{
    if ((left->state != CONNECTION_PAIRED && left->state != CONNECTION_AWAITING) || left->is_dead)
        return;
    left->state = CONNECTION_LEFT;
    left->peer_lost = lost;
    left->alive_ms = clock_ms();
    /* Its own close must be able to come in. */
    forward_read_on(left);
    want_write(left);
}

void connection_kill(struct connection *connection)
{
    if (connection->is_dead)
        return;
    rendezvous_leave(connection, true);
    connection->is_dead = true;
    stream_close(&connection->stream);
    if (connection->wsi) {
        lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        relay_server_wake(connection->server);
    }
}

/* ---- writing ---- */

static int write_frame(struct connection *connection, enum frame_kind kind, const void *data,
                       size_t length)
{
    uint8_t frame[FRAME_HEAD_MAX + RELAY_MESSAGE_MAX];
    size_t head_length = frame_head(frame, kind, length);
    if (length)
        memcpy(frame + head_length, data, length);
    return stream_write(&connection->stream, frame, head_length + length);
}

/*
 * One that is held back gets a pong instead: its own pings are not read, and it must not take the
 * relay for dead.
 */
static int write_ping(struct connection *connection)
{
    connection->ping_due = false;
    return write_frame(connection, connection->held_back ? FRAME_PONG : FRAME_PING, "ping", 4);
}

static int write_pong(struct connection *connection)
{
    connection->pong_due = false;
    return write_frame(connection, FRAME_PONG, connection->pong, connection->pong_length);
}

static int write_text(struct connection *connection)
{
    uint32_t size;
    memcpy(&size, buffer_data(&connection->texts), sizeof size);
    int error =
        write_frame(connection, FRAME_TEXT, buffer_data(&connection->texts) + sizeof size, size);
    buffer_consume(&connection->texts, sizeof size + size);
    if (!connection->texts.length)
        buffer_free(&connection->texts);
    return error;
}

static void say_gone(struct connection *connection)
{
    const struct relay_message gone = {.type = RELAY_PEER_GONE, .lost = connection->peer_lost};
    connection->gone_said = true;
    connection_say(connection, &gone);
}

static bool is_due(const struct connection *connection)
{
    if (connection->state == CONNECTION_ENDED)
        return false;
    return connection->ping_due || connection->pong_due || connection->texts.length ||
           connection->out.length ||
           (connection->state == CONNECTION_LEFT && !connection->gone_said);
}

/* What is due, in this order, and of the pair's stream as much as a turn allows. */
static int write_due(struct connection *connection)
{
    struct stream *stream = &connection->stream;
    int error = stream_flush(stream);
    while (!error && !stream_is_full(stream) && is_due(connection)) {
        if (connection->ping_due) {
            error = write_ping(connection);
        } else if (connection->pong_due) {
            error = write_pong(connection);
        } else if (connection->texts.length) {
            error = write_text(connection);
        } else if (connection->out.length) {
            error = forward_write(connection);
            break;
        } else {
            say_gone(connection);
        }
    }
    return error ? error : stream_flush(stream);
}

static int write_goodbye(struct connection *connection)
{
    uint8_t goodbye[2 + sizeof connection->close_reason];
    unsigned code = connection->close_code ? connection->close_code : LWS_CLOSE_STATUS_NORMAL;
    size_t length = strlen(connection->close_reason);
    goodbye[0] = (uint8_t)(code >> 8);
    goodbye[1] = (uint8_t)code;
    memcpy(goodbye + 2, connection->close_reason, length);
    connection->close_said = true;
    if (connection->state == CONNECTION_CLOSING)
        connection->state = CONNECTION_ENDED;
    if (write_frame(connection, FRAME_CLOSE, goodbye, 2 + length))
        return QA_EIO;
    return stream_flush(&connection->stream);
}

/* 0; QA_EIO: broken; QA_EPEER_LOST: both sides said good-bye. */
static int close_in_order(struct connection *connection)
{
    const struct stream *stream = &connection->stream;
    bool wanted = connection->close_heard ||
                  (connection->state == CONNECTION_CLOSING && !connection->texts.length);
    if (wanted && !connection->close_said && !stream_is_full(stream) && write_goodbye(connection))
        return QA_EIO;
    return connection->close_said && connection->close_heard && !stream_is_full(stream)
               ? QA_EPEER_LOST
               : 0;
}

/* ---- a turn ---- */

static bool may_read(const struct connection *connection)
{
    return connection->stream.is_readable && !connection->held_back;
}

static int read_batch(struct connection *connection)
{
    connection->heard = false;
    int error = stream_read(&connection->stream, endpoint_take);
    if (connection->heard)
        connection_heard(connection, clock_ms());
    forward_flush(connection);
    return error;
}

void connection_turn(struct stream *stream)
{
    struct connection *connection = stream->user;
    int error = write_due(connection);
    if (!error && may_read(connection))
        error = read_batch(connection);
    if (connection->is_dead)
        return;
    if (!error)
        error = write_due(connection);
    if (!error)
        error = close_in_order(connection);
    if (error)
        connection_kill(connection);
    else if (may_read(connection) || (is_due(connection) && !stream_is_full(stream)))
        turns_wake(stream);
}

/* ---- life and death ---- */

void connection_heard(struct connection *connection, uint64_t now)
{
    connection->alive_ms = now;
    connection->unanswered = false;
}

size_t connection_unsent(const struct connection *connection)
{
    int unsent = 0;
    if (ioctl(connection->stream.fd, SIOCOUTQ, &unsent) || unsent < 0)
        unsent = 0;
    return connection->stream.sealed.length + (size_t)unsent;
}

/* A slow reader that takes some bytes is alive, though its pong is far behind them. */
static void look_for_progress(struct connection *connection, uint64_t now)
{
    uint64_t unsent = connection_unsent(connection);
    uint64_t delivered = connection->written > unsent ? connection->written - unsent : 0;
    if (delivered > connection->delivered) {
        connection->delivered = delivered;
        connection_heard(connection, now);
    }
}

static void keep_alive(struct connection *connection, uint64_t now)
{
    /* While it is held back nothing can be heard from it: its peer's life decides. */
    if (connection->held_back)
        connection_heard(connection, now);
    if (clock_since(now, connection->alive_ms) >= CONNECTION_PING_MS)
        look_for_progress(connection, now);
    if (clock_since(now, connection->alive_ms) >= CONNECTION_DEAD_MS) {
        relay_log(connection->server, QA_LOG_INFO, "event=dead_connection");
        connection_kill(connection);
        return;
    }
    if (clock_since(now, connection->pinged_ms) >= CONNECTION_PING_MS) {
        connection->pinged_ms = now;
        connection->ping_due = true;
        want_write(connection);
    }
}

void connection_ask(struct connection *connection)
{
    look_for_progress(connection, clock_ms());
    connection->unanswered = true;
    connection->ping_due = true;
    want_write(connection);
}

bool connection_answered(struct connection *connection)
{
    look_for_progress(connection, clock_ms());
    return !connection->unanswered;
}

/* Closing before the other side's TCP has everything would throw the rest away. */
static void close_when_delivered(struct connection *connection, uint64_t now)
{
    look_for_progress(connection, now);
    if (clock_since(now, connection->alive_ms) >= CONNECTION_DEAD_MS) {
        relay_log(connection->server, QA_LOG_INFO, "event=drain_gave_up bytes=%zu",
                  connection->out.length);
        connection_kill(connection);
    } else if (connection->gone_said && !connection->texts.length &&
               !connection_unsent(connection)) {
        connection_close(connection, LWS_CLOSE_STATUS_NORMAL, "the other side is gone");
    }
}

static void finish_closing(struct connection *connection, uint64_t now)
{
    if (now >= connection->deadline_ms) {
        connection_kill(connection);
    } else if (connection->is_websocket) {
        want_write(connection);
    } else if (!lws_partial_buffered(connection->wsi)) {
        /* An answer to a plain request. */
        connection->state = CONNECTION_ENDED;
        lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    }
}

void connection_check(struct connection *connection, uint64_t now)
{
    if (connection->is_dead || !connection->wsi)
        return;
    switch (connection->state) {
    case CONNECTION_CLOSING:
        finish_closing(connection, now);
        break;
    case CONNECTION_NEW:
    case CONNECTION_ENDED:
        if (now >= connection->deadline_ms)
            connection_kill(connection);
        break;
    case CONNECTION_HELLO:
        if (now >= connection->deadline_ms)
            connection_refuse(connection, QA_ETIMEOUT, 0, "nothing was asked for in time");
        break;
    case CONNECTION_CHECKING:
        if (now >= connection->deadline_ms)
            connection_refuse(connection, QA_ETIMEOUT, 10, "the relay is busy; try again");
        break;
    case CONNECTION_COMING:
        comeback_check(connection, now);
        break;
    case CONNECTION_WAITING:
    case CONNECTION_AWAITING:
    case CONNECTION_PAIRED:
        keep_alive(connection, now);
        break;
    case CONNECTION_LEFT:
        close_when_delivered(connection, now);
        break;
    }
}
