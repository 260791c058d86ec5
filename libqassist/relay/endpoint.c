/* What libwebsockets tells of connections, handed on to those it concerns. */
#include <string.h>

#include <openssl/ssl.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "relay/admin.h"
#include "relay/arrival.h"
#include "relay/forward.h"
#include "relay/nodes.h"
#include "relay/rendezvous.h"
#include "relay/server.h"
#include "relay/web.h"

/* ---- plain HTTP ---- */

static int answer(struct connection *connection, const char *status, const char *text)
{
    uint8_t response[LWS_PRE + 512];
    int length = snprintf((char *)response + LWS_PRE, sizeof response - LWS_PRE,
                          "HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\n"
                          "cache-control: no-store\r\ncontent-length: %zu\r\n"
                          "connection: close\r\n\r\n%s",
                          status, strlen(text), text);
    if (lws_write(connection->wsi, response + LWS_PRE, (size_t)length, LWS_WRITE_HTTP_HEADERS) < 0)
        return -1;
    connection_close(connection, 0, "");
    return 0;
}

#define WEB_HEADERS_MAX 1024

/* No script, nothing from elsewhere, in nobody's frame; and nothing is told to where a link leads.
 */
#define GUARDS                                                                                 \
    "content-security-policy: default-src 'none'; style-src 'self'; base-uri 'none'; "         \
    "form-action 'none'; frame-ancestors 'none'\r\n"                                           \
    "x-content-type-options: nosniff\r\nx-frame-options: DENY\r\nreferrer-policy: "            \
    "no-referrer\r\ncross-origin-opener-policy: same-origin\r\ncross-origin-resource-policy: " \
    "same-origin\r\n"

static void copy_header(struct lws *wsi, enum lws_token_indexes token, char *out, int size)
{
    if (lws_hdr_copy(wsi, out, size, token) <= 0)
        *out = '\0';
}

/* False: there is no such page. */
static bool find_page(struct connection *connection, const char *path, struct web_answer *page)
{
    char host[160], languages[200];
    copy_header(connection->wsi, WSI_TOKEN_HOST, host, sizeof host);
    copy_header(connection->wsi, WSI_TOKEN_HTTP_ACCEPT_LANGUAGE, languages, sizeof languages);
    const struct web_request request = {.path = path, .host = host, .languages = languages};
    return web_answer(connection->server, &request, page);
}

static int answer_page(struct connection *connection, const struct web_answer *page)
{
    uint8_t room[LWS_PRE + WEB_HEADERS_MAX + WEB_BODY_MAX], *response = room + LWS_PRE;
    bool head = lws_hdr_total_length(connection->wsi, WSI_TOKEN_GET_URI) <= 0;
    int length =
        snprintf((char *)response, WEB_HEADERS_MAX,
                 "HTTP/1.1 200 OK\r\ncontent-type: %s\r\n%s%s%s" GUARDS
                 "cache-control: no-cache\r\nvary: accept-language\r\n"
                 "content-length: %zu\r\nconnection: close\r\n\r\n",
                 page->type, page->language ? "content-language: " : "",
                 page->language ? page->language : "", page->language ? "\r\n" : "", page->length);
    if (!head) {
        memcpy(response + length, page->body, page->length);
        length += (int)page->length;
    }
    if (lws_write(connection->wsi, response, (size_t)length, LWS_WRITE_HTTP_HEADERS) < 0)
        return -1;
    connection_close(connection, 0, "");
    return 0;
}

static bool is_read(struct lws *wsi)
{
    return lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0 ||
           lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
}

static int answer_http(struct connection *connection, const char *path)
{
    struct web_answer page;
    if (path && !strcmp(path, "/healthz"))
        return answer(connection, "200 OK", "ok\n");
    if (!is_read(connection->wsi))
        return answer(connection, "405 Method Not Allowed", "There are only pages to read.\n");
    if (path && find_page(connection, path, &page))
        return answer_page(connection, &page);
    return answer(connection, "404 Not Found",
                  "This is a relay of qassist. Use qa-help or qa-share with its address.\n");
}

/*
 * Only our own clients: they name the subprotocol, and no web page can make a browser try routes
 * from its visitor's address, since a browser names the page's origin.
 */
static bool may_upgrade(struct lws *wsi)
{
    return lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) > 0 &&
           lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) <= 0;
}

static bool asked_for_this_node(const struct relay_server *server, struct lws *wsi)
{
    char host[RELAY_URL_MAX + 1];
    return server->nodes && lws_hdr_copy(wsi, host, sizeof host, WSI_TOKEN_HOST) > 0 &&
           nodes_is_own_host(server->nodes, host);
}

/* ---- messages ---- */

static void text_came(struct connection *connection, const struct frame_piece *piece)
{
    if (piece->is_last && !connection->text_in.length) {
        rendezvous_text(connection, (const char *)piece->data, piece->length);
        return;
    }
    if (buffer_append(&connection->text_in, piece->data, piece->length)) {
        connection_refuse(connection, QA_EPROTO, 0, "this message is too long");
        return;
    }
    if (piece->is_last) {
        rendezvous_text(connection, (const char *)buffer_data(&connection->text_in),
                        connection->text_in.length);
        buffer_free(&connection->text_in);
    }
}

static void close_came(struct connection *connection)
{
    connection->close_heard = true;
    if (!connection->close_said)
        rendezvous_said_goodbye(connection);
}

static void piece_came(struct connection *connection, const struct frame_piece *piece)
{
    if (piece->kind == FRAME_BINARY) {
        rendezvous_binary(connection, piece->data, piece->length);
        return;
    }
    /* What it said before goes first. */
    forward_flush(connection);
    if (piece->kind == FRAME_TEXT) {
        text_came(connection, piece);
    } else if (piece->kind == FRAME_CLOSE) {
        close_came(connection);
    } else if (piece->kind == FRAME_PING) {
        /* Of many in a turn only the last one is answered. */
        memcpy(connection->pong, piece->data, piece->length);
        connection->pong_length = (uint8_t)piece->length;
        connection->pong_due = true;
    }
}

static void frames_broke(struct connection *connection)
{
    connection->frames_broken = true;
    forward_flush(connection);
    rendezvous_leave(connection, true);
    connection_close(connection, LWS_CLOSE_STATUS_PROTOCOL_ERR, "these are no WebSocket frames");
}

bool endpoint_take(void *user, uint8_t *data, size_t length)
{
    struct connection *connection = user;
    connection->heard = true;
    while (length && !connection->is_dead && !connection->frames_broken &&
           !connection->close_heard) {
        struct frame_piece piece;
        ssize_t taken = frame_read(&connection->frames, data, length, &piece);
        if (taken < 0) {
            frames_broke(connection);
            break;
        }
        if (piece.kind != FRAME_MORE)
            piece_came(connection, &piece);
        data += taken;
        length -= (size_t)taken;
    }
    return !connection->is_dead;
}

/* From here on libwebsockets only holds the connection: it neither reads nor writes. */
static int established(struct connection *connection)
{
    connection->state = CONNECTION_HELLO;
    connection->is_websocket = true;
    connection_heard(connection, clock_ms());
    lws_rx_flow_control(connection->wsi, 0);
    /* No socket's first few hundred bytes are too many for it. */
    if (lws_partial_buffered(connection->wsi))
        return -1;
    return stream_open(&connection->stream, connection->server->turns, connection,
                       lws_get_ssl(connection->wsi), lws_get_socket_fd(connection->wsi));
}

static int connection_event(struct connection *connection, struct lws *wsi,
                            enum lws_callback_reasons reason, void *in)
{
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        connection->direct = asked_for_this_node(connection->server, wsi);
        return may_upgrade(wsi) && arrival_forwarded(connection) ? 0 : -1;
    case LWS_CALLBACK_HTTP:
        return answer_http(connection, in);
    case LWS_CALLBACK_ESTABLISHED:
        return established(connection) ? -1 : 0;
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        /* It did not wait for the answer to its upgrade: no client of ours. */
        return -1;
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
        stream_close(&connection->stream);
        connection->is_dead = true;
        rendezvous_leave(connection, true);
        return 0;
    default:
        return 0;
    }
}

/* ---- TLS ---- */

/* Each handshake takes the certificate of the moment. */
static int choose_certificate(SSL *ssl, void *user)
{
    const struct relay_server *server = user;
    return tls_files_use(&server->tls, ssl) ? 0 : 1;
}

static void set_up_tls(SSL_CTX *tls, struct relay_server *server)
{
    SSL_CTX_set_cert_cb(tls, choose_certificate, server);
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(tls, 0);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
}

int relay_endpoint_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                            size_t length)
{
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
        set_up_tls(user, lws_context_user(lws_get_context(wsi)));
        return 0;
    }
    struct connection *connection = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    if (!connection)
        return 0;
    struct relay_server *server = lws_context_user(lws_get_context(wsi));
    if ((void *)connection == (void *)server->admin)
        return admin_event(server->admin, wsi, reason, in);
    if (reason == LWS_CALLBACK_WSI_DESTROY) {
        arrival_forget(connection);
        return 0;
    }
    if (!connection->wsi)
        connection->wsi = wsi;
    return connection_event(connection, wsi, reason, in);
}
