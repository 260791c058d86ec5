#include "link/ws_link.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "link/ws_tls.h"

#define CLOSE_MS   5000
#define PING_MS    20000
#define SILENCE_MS 40000
#define ALPN       "http/1.1"
#define WORKER_MAX 9999
/* With the head of a client's message, 8 bytes, it fills one TLS record. */
#define MESSAGE_MAX (LINK_BINARY_MAX - 8)

/* Before each message in the queue. */
struct head {
    uint32_t length;
    uint32_t is_text;
};

static void tick(uv_timer_t *timer);

/* ---- life ---- */

void ws_link_release(struct ws_link *link)
{
    if (--link->holds)
        return;
    if (link->addresses)
        freeaddrinfo(link->addresses);
    buffer_free(&link->out);
    buffer_free(&link->text);
    explicit_bzero(&link->proxy, sizeof link->proxy);
    link->host->links--;
    free(link);
}

static void timer_closed(uv_handle_t *handle)
{
    ws_link_release(handle->data);
}

/* Lets libwebsockets end the connection when it likes; none of its callbacks finds the link. */
static void detach(struct ws_link *link)
{
    resolve_cancel(link->resolve);
    link->resolve = NULL;
    ws_probe_cancel(link->probe);
    link->probe = NULL;
    if (link->attempt)
        link->attempt->link = NULL;
    if (link->wsi) {
        lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        ws_host_wake(link->host);
    }
    link->attempt = NULL;
    link->wsi = NULL;
    ws_connect_forget_proxy(link);
}

void ws_link_finish(struct ws_link *link, int error, const char *format, ...)
{
    if (link->state == WS_CLOSED)
        return;
    char detail[WS_DETAIL_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);

    link->state = WS_CLOSED;
    detach(link);
    uv_timer_stop(&link->timer);
    if (error)
        log_info(link->host->log, "relay: %s", qa_strerror(error));
    link->events.closed(link->user, error, detail);
}

void ws_link_hurry(struct ws_link *link)
{
    uv_timer_start(&link->timer, tick, 0, WS_TICK_MS);
}

/* ---- sending ---- */

static void want_write(struct ws_link *link)
{
    if (link->wsi)
        lws_callback_on_writable(link->wsi);
}

static int enqueue(struct ws_link *link, const void *data, size_t length, bool is_text)
{
    if (link->state != WS_OPEN)
        return QA_ESTATE;
    if (length > LINK_QUEUE_MAX - link->queued)
        return QA_ELIMIT;
    struct head head = {.length = (uint32_t)length, .is_text = is_text};
    uint8_t *room = buffer_reserve(&link->out, sizeof head + length);
    if (!room)
        return buffer_room(&link->out) < sizeof head + length ? QA_ELIMIT : QA_ENOMEM;
    memcpy(room, &head, sizeof head);
    if (length)
        memcpy(room + sizeof head, data, length);
    buffer_commit(&link->out, sizeof head + length);
    link->queued += length;
    if (link->queued > LINK_LOW_WATER)
        link->above_low_water = true;
    want_write(link);
    return 0;
}

static int send_text(struct link *base, const char *data, size_t length)
{
    if (length > LINK_TEXT_MAX)
        return QA_ELIMIT;
    return enqueue((struct ws_link *)base, data, length, true);
}

static int send_binary(struct link *base, const uint8_t *data, size_t length)
{
    if (length > LINK_BINARY_MAX)
        return QA_ELIMIT;
    return enqueue((struct ws_link *)base, data, length, false);
}

static size_t queued(const struct link *base)
{
    return ((const struct ws_link *)base)->queued;
}

/*
 * Moves the next text, or as many binary bytes as fit into one message, to `out`: the stream is
 * joined and split so that a message with its head fills one TLS record.
 */
static size_t take_message(struct ws_link *link, uint8_t *out, bool *is_text)
{
    size_t taken = 0;
    *is_text = false;
    while (link->out.length && taken < MESSAGE_MAX) {
        struct head head;
        memcpy(&head, buffer_data(&link->out), sizeof head);
        if (head.is_text && taken)
            break;
        const uint8_t *bytes = buffer_data(&link->out) + sizeof head + link->first_sent;
        size_t length = head.length - link->first_sent;
        if (!head.is_text && length > MESSAGE_MAX - taken)
            length = MESSAGE_MAX - taken;
        memcpy(out + taken, bytes, length);
        taken += length;
        link->first_sent += length;
        if (link->first_sent < head.length)
            break;
        buffer_consume(&link->out, sizeof head + head.length);
        link->first_sent = 0;
        *is_text = head.is_text;
        if (head.is_text)
            break;
    }
    link->queued -= taken;
    return taken;
}

/* One message at each call. -1 when the connection is broken. */
static int write_some(struct ws_link *link)
{
    uint8_t *payload = link->host->scratch + LWS_PRE;
    if (link->ping_due) {
        link->ping_due = false;
        memcpy(payload, "ping", 4);
        if (lws_write(link->wsi, payload, 4, LWS_WRITE_PING) < 0)
            return -1;
    } else if (link->out.length) {
        bool is_text;
        size_t length = take_message(link, payload, &is_text);
        /* What the socket does not take at once libwebsockets keeps: only < 0 is an error. */
        if (lws_write(link->wsi, payload, length, is_text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY) < 0)
            return -1;
    } else if (link->state == WS_CLOSING) {
        ws_link_hurry(link);
    }
    if (link->out.length || link->ping_due || (link->state == WS_CLOSING && !link->goodbye_said))
        want_write(link);
    return 0;
}

static int writeable(struct ws_link *link)
{
    if (write_some(link) < 0)
        return -1;
    if (link->above_low_water && link->queued <= LINK_LOW_WATER) {
        link->above_low_water = false;
        if (link->state == WS_OPEN)
            link->events.drained(link->user);
    }
    return 0;
}

static void set_reading(struct link *base, bool reading)
{
    struct ws_link *link = (struct ws_link *)base;
    if (link->reading == reading)
        return;
    link->reading = reading;
    if (!link->wsi || link->state != WS_OPEN)
        return;
    lws_rx_flow_control(link->wsi, reading);
    if (reading) {
        /* While paused nothing could be heard; and what libwebsockets holds back comes only when
         * its loop turns. */
        link->heard_ms = clock_ms();
        ws_host_wake(link->host);
    }
}

/* ---- receiving ---- */

static int received(struct ws_link *link, const uint8_t *data, size_t length)
{
    link->heard_ms = clock_ms();
    if (link->state != WS_OPEN)
        return 0;
    if (lws_frame_is_binary(link->wsi)) {
        if (length)
            link->events.binary(link->user, data, length);
        return 0;
    }
    if (buffer_append(&link->text, data, length)) {
        ws_link_finish(link, QA_EPROTO, "the relay sent a message that is too long");
        return -1;
    }
    if (!lws_is_final_fragment(link->wsi))
        return 0;
    struct buffer text = link->text;
    buffer_init(&link->text, LINK_TEXT_MAX);
    link->events.text(link->user, text.length ? (const char *)buffer_data(&text) : "", text.length);
    buffer_free(&text);
    return 0;
}

/* Two bytes of code, then the relay's words, which are shown only when they are plain. */
static void remember_goodbye(struct ws_link *link, const uint8_t *data, size_t length)
{
    size_t used = 0;
    for (size_t i = 2; i < length && used + 1 < sizeof link->goodbye; i++)
        if (data[i] >= 0x20 && data[i] < 0x7f)
            link->goodbye[used++] = (char)data[i];
    link->goodbye[used] = '\0';
}

static void connection_ended(struct ws_link *link)
{
    link->wsi = NULL;
    if (link->close_asked)
        ws_link_finish(link, 0, "closed");
    else if (link->goodbye[0])
        ws_link_finish(link, QA_ERELAY_LOST, "the relay closed the connection: %s", link->goodbye);
    else
        ws_link_finish(link, QA_ERELAY_LOST, "the connection to %s broke off", link->url.shown);
}

/* ---- time ---- */

static void keep_alive(struct ws_link *link, uint64_t now)
{
    if (!link->reading)
        return;
    if (now - link->heard_ms >= SILENCE_MS) {
        ws_link_finish(link, QA_ERELAY_LOST, "%s did not answer for %d seconds", link->url.shown,
                       SILENCE_MS / 1000);
        return;
    }
    if (now - link->heard_ms >= PING_MS && now - link->pinged_ms >= PING_MS) {
        link->pinged_ms = now;
        link->ping_due = true;
        want_write(link);
    }
}

/*
 * Not by returning -1 from a callback: libwebsockets 4.1, as Debian builds it, closes such a
 * connection a second time at once on libuv, which leaves no time for the close frame.
 */
static void say_goodbye(struct ws_link *link)
{
    if (link->goodbye_said || link->out.length || !link->wsi || lws_partial_buffered(link->wsi))
        return;
    if (link->abandoned) {
        ws_link_finish(link, 0, "left");
        return;
    }
    link->goodbye_said = true;
    lws_close_reason(link->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
    lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

static void tick(uv_timer_t *timer)
{
    struct ws_link *link = timer->data;
    uint64_t now = clock_ms();
    switch (link->state) {
    case WS_RESOLVING:
    case WS_CONNECTING:
        if (link->close_asked)
            ws_link_finish(link, 0, "closed");
        else if (link->misled)
            ws_link_finish(link, QA_ERELAY, "%s", link->refusal);
        else if (now >= link->deadline_ms)
            ws_connect_late(link);
        else if (link->connect_due)
            ws_connect_next(link);
        break;
    case WS_OPEN:
        keep_alive(link, now);
        break;
    case WS_CLOSING:
        say_goodbye(link);
        if (now >= link->deadline_ms)
            ws_link_finish(link, 0, "closed; the relay did not answer any more");
        break;
    case WS_CLOSED:
        break;
    }
}

/* ---- the table ---- */

static void close_link(struct link *base)
{
    struct ws_link *link = (struct ws_link *)base;
    if (link->close_asked || link->state == WS_CLOSED)
        return;
    link->close_asked = true;
    if (link->state != WS_OPEN) {
        ws_link_hurry(link);
        return;
    }
    link->state = WS_CLOSING;
    link->deadline_ms = clock_ms() + CLOSE_MS - WS_TICK_MS;
    /* The relay's half of the good-bye must be able to come in. */
    lws_rx_flow_control(link->wsi, 1);
    want_write(link);
    ws_host_wake(link->host);
}

static void abandon(struct link *base)
{
    struct ws_link *link = (struct ws_link *)base;
    if (!link->close_asked)
        link->abandoned = true;
    close_link(base);
}

static void destroy(struct link *base)
{
    struct ws_link *link = (struct ws_link *)base;
    link->state = WS_CLOSED;
    detach(link);
    uv_close((uv_handle_t *)&link->timer, timer_closed);
    ws_link_release(link);
}

/* libwebsockets sends the close frame by itself, when the loop turns. */
static void leave(struct link *base)
{
    struct ws_link *link = (struct ws_link *)base;
    if (link->state == WS_OPEN && link->wsi && !lws_partial_buffered(link->wsi))
        lws_close_reason(link->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
    destroy(base);
}

static const struct link_ops ops = {
    .send_text = send_text,
    .send_binary = send_binary,
    .queued = queued,
    .set_reading = set_reading,
    .close = close_link,
    .abandon = abandon,
    .destroy = destroy,
    .leave = leave,
};

int link_ws_new(struct ws_host *host, const char *url, const struct link_events *events, void *user,
                struct link **out)
{
    *out = NULL;
    if (host->links >= WS_LINKS_MAX)
        return QA_ELIMIT;
    struct ws_link *link = calloc(1, sizeof *link);
    if (!link)
        return QA_ENOMEM;
    int error = ws_url_parse(url, &link->url);
    if (error) {
        free(link);
        return error;
    }
    link->base.ops = &ops;
    link->host = host;
    link->events = *events;
    link->user = user;
    link->reading = true;
    link->untrusted = X509_V_OK;
    strcpy(link->alpn, ALPN);
    link->deadline_ms = clock_ms() + WS_CONNECT_MS;
    buffer_init(&link->out, 2 * LINK_QUEUE_MAX);
    buffer_init(&link->text, LINK_TEXT_MAX);
    uv_timer_init(host->loop, &link->timer);
    link->timer.data = link;
    link->holds = 2;
    host->links++;
    error = ws_connect_start(link);
    if (error) {
        destroy(&link->base);
        return error;
    }
    if (!link->misled)
        uv_timer_start(&link->timer, tick, WS_TICK_MS, WS_TICK_MS);
    *out = &link->base;
    return 0;
}

void link_ws_set_worker(struct link *base, uint32_t worker)
{
    struct ws_link *link = (struct ws_link *)base;
    if (worker && worker <= WORKER_MAX)
        snprintf(link->alpn, sizeof link->alpn, ALPN ",qassist-w%u", worker);
}

/* ---- what libwebsockets tells ---- */

static int link_event(struct ws_link *link, struct lws *wsi, enum lws_callback_reasons reason,
                      void *in, size_t length)
{
    switch (reason) {
    case LWS_CALLBACK_WSI_CREATE:
        link->reached = true;
        return 0;
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
        return ws_connect_subprotocol_agreed(wsi) ? 0 : -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        ws_connect_failed(link, in ? (const char *)in : "no WebSocket there");
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        link->wsi = wsi;
        ws_connect_done(link);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return received(link, in, length);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        link->heard_ms = clock_ms();
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return writeable(link);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        remember_goodbye(link, in, length);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        connection_ended(link);
        return 0;
    default:
        return 0;
    }
}

/*
 * Where libwebsockets can take no further connection it ends one at once, with no callback before
 * this.
 */
static void ended_untold(struct ws_link *link)
{
    link->attempt = NULL;
    if (link->state == WS_CONNECTING)
        ws_connect_failed(link, "no connection");
    else
        connection_ended(link);
}

static int verify(struct ws_attempt *attempt, X509_STORE_CTX *verification, bool verdict)
{
    if (!attempt || !attempt->link)
        return 1;
    return !ws_tls_verify(verification, verdict, &attempt->link->url, &attempt->link->untrusted);
}

int ws_link_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t length)
{
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS) {
        struct ws_host *host = lws_context_user(lws_get_context(wsi));
        ws_tls_setup(user, host->trusted);
        return 0;
    }
    struct ws_attempt *attempt = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION)
        return verify(attempt, user, length == 1);
    if (!attempt)
        return 0;
    if (reason == LWS_CALLBACK_WSI_DESTROY) {
        struct ws_link *link = attempt->link;
        ws_host_forget(attempt->host, attempt, wsi);
        if (link)
            ended_untold(link);
        return 0;
    }
    if (attempt->link)
        return link_event(attempt->link, wsi, reason, in, length);
    bool may_go_on = reason != LWS_CALLBACK_CLIENT_ESTABLISHED &&
                     reason != LWS_CALLBACK_CLIENT_RECEIVE &&
                     reason != LWS_CALLBACK_CLIENT_WRITEABLE;
    return may_go_on ? 0 : -1;
}
