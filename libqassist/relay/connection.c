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

/* When nothing says for how long. */
#define RETRY_S 5

static void want_write(struct connection *connection)
{
    if (connection->wsi && !connection->is_dead)
        lws_callback_on_writable(connection->wsi);
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
    if (connection->wsi) {
        lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        relay_server_wake(connection->server);
    }
}

/* ---- writing: one message at each call ---- */

/*
 * One that is held back gets a pong instead: its own pings are not read, and it must not take the
 * relay for dead.
 */
static int write_ping(struct connection *connection)
{
    enum lws_write_protocol kind = connection->held_back ? LWS_WRITE_PONG : LWS_WRITE_PING;
    uint8_t ping[LWS_PRE + 4] = {0};
    connection->ping_due = false;
    /* libwebsockets does not tell of a pong without payload. */
    memcpy(ping + LWS_PRE, "ping", 4);
    return lws_write(connection->wsi, ping + LWS_PRE, 4, kind) < 0 ? -1 : 0;
}

static int write_text(struct connection *connection)
{
    uint8_t text[LWS_PRE + RELAY_MESSAGE_MAX];
    uint32_t size;
    memcpy(&size, buffer_data(&connection->texts), sizeof size);
    memcpy(text + LWS_PRE, buffer_data(&connection->texts) + sizeof size, size);
    buffer_consume(&connection->texts, sizeof size + size);
    return lws_write(connection->wsi, text + LWS_PRE, size, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

static int say_gone(struct connection *connection)
{
    const struct relay_message gone = {.type = RELAY_PEER_GONE, .lost = connection->peer_lost};
    connection->gone_said = true;
    connection_say(connection, &gone);
    return 0;
}

int connection_writeable(struct connection *connection)
{
    if (connection->is_dead)
        return -1;
    /* What libwebsockets still holds of the last message goes first; it calls again after that. */
    if (lws_partial_buffered(connection->wsi))
        return 0;
    if (connection->state == CONNECTION_ENDED)
        return 0;
    int result = 0;
    if (connection->ping_due)
        result = write_ping(connection);
    else if (connection->texts.length)
        result = write_text(connection);
    else if (connection->out.length)
        result = forward_write(connection);
    else if (connection->state == CONNECTION_LEFT && !connection->gone_said)
        result = say_gone(connection);
    if (result < 0)
        return -1;
    if (connection->state == CONNECTION_CLOSING && !connection->texts.length)
        relay_server_hurry(connection->server);
    if (connection->ping_due || connection->texts.length || connection->out.length ||
        (connection->state == CONNECTION_LEFT && !connection->gone_said))
        want_write(connection);
    return 0;
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
    if (ioctl(lws_get_socket_fd(connection->wsi), SIOCOUTQ, &unsent) || unsent < 0)
        return 0;
    return (size_t)unsent;
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
               !lws_partial_buffered(connection->wsi) && !connection_unsent(connection)) {
        connection_close(connection, LWS_CLOSE_STATUS_NORMAL, "the other side is gone");
    }
}

/*
 * Not by returning -1 from a callback: libwebsockets 4.1, as Debian builds it, closes such a
 * connection a second time at once on libuv, which leaves no time for the close frame.
 */
static void finish_closing(struct connection *connection, uint64_t now)
{
    if (now >= connection->deadline_ms) {
        connection_kill(connection);
        return;
    }
    if (connection->texts.length || lws_partial_buffered(connection->wsi))
        return;
    connection->state = CONNECTION_ENDED;
    if (connection->is_websocket)
        lws_close_reason(connection->wsi, (enum lws_close_status)connection->close_code,
                         (unsigned char *)connection->close_reason,
                         strlen(connection->close_reason));
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
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
