#include "relay/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/buffer.h"
#include "relay/listener.h"
#include "relay/metrics.h"
#include "relay/server.h"

#define CONNECTIONS_MAX 16
#define ANSWER_MAX      (64 * 1024)
#define ADDRESS_MAX     300

struct admin {
    struct relay_server *server;
    uv_poll_t poll;
    int fd;
    size_t connections;
};

/* ---- answers ---- */

static int fill(const struct relay_server *server, const char *path, struct buffer *body,
                const char **status, const char **type)
{
    bool is_ready = !server->draining && !server->stopping;
    const char *words = NULL;
    *status = "200 OK";
    *type = "text/plain; charset=utf-8";
    if (!strcmp(path, "/metrics")) {
        *type = "text/plain; version=0.0.4; charset=utf-8";
        return metrics_write(server, body);
    }
    if (!strcmp(path, "/healthz")) {
        words = "ok\n";
    } else if (!strcmp(path, "/readyz")) {
        *status = is_ready ? "200 OK" : "503 Service Unavailable";
        words = is_ready ? "ready\n" : server->stopping ? "stopping\n" : "draining\n";
    } else {
        *status = "404 Not Found";
        words = "here are /metrics, /healthz and /readyz\n";
    }
    return buffer_append(body, words, strlen(words));
}

static int answer(struct lws *wsi, const struct relay_server *server, const char *path)
{
    struct buffer body, whole;
    const char *status, *type;
    char head[256];
    buffer_init(&body, ANSWER_MAX);
    buffer_init(&whole, LWS_PRE + sizeof head + ANSWER_MAX);
    int error = fill(server, path, &body, &status, &type);
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\ncontent-type: %s\r\ncache-control: no-store\r\n"
                          "content-length: %zu\r\n\r\n",
                          status, type, body.length);
    uint8_t *room = error ? NULL : buffer_reserve(&whole, LWS_PRE + (size_t)length + body.length);
    bool written = false;
    if (room) {
        memcpy(room + LWS_PRE, head, (size_t)length);
        memcpy(room + LWS_PRE + length, buffer_data(&body), body.length);
        /* What the socket does not take at once libwebsockets keeps. */
        written = lws_write(wsi, room + LWS_PRE, (size_t)length + body.length,
                            LWS_WRITE_HTTP_HEADERS) >= 0;
    }
    buffer_free(&body);
    buffer_free(&whole);
    return written && !lws_http_transaction_completed(wsi) ? 0 : -1;
}

int admin_event(struct admin *admin, struct lws *wsi, enum lws_callback_reasons reason, void *in)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        /* Nothing here takes anything. */
        if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
            return -1;
        return answer(wsi, admin->server, in);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return -1; /* no WebSockets */
    case LWS_CALLBACK_WSI_DESTROY:
        if (admin->connections)
            admin->connections--;
        return 0;
    default:
        return 0;
    }
}

/* ---- connections ---- */

static void acceptable(uv_poll_t *poll, int status, int events)
{
    struct admin *admin = poll->data;
    int fd = accept4(admin->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (admin->connections >= CONNECTIONS_MAX) {
        close(fd);
        return;
    }
    /* On the relay's vhost, without TLS: among several libwebsockets chooses by what the client
     * calls the host. */
    const lws_adopt_desc_t adopt = {
        .vh = admin->server->vhost,
        .type = LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET,
        .fd.sockfd = fd,
        .opaque = admin,
    };
    size_t before = admin->connections++;
    if (!lws_adopt_descriptor_vhost_via_info(&adopt))
        admin->connections = before;
}

/* Each worker has a port of its own: the first one's, and those that follow. */
static const char *place_of(const struct relay_options *options, char out[ADDRESS_MAX])
{
    const char *address = options->metrics_listen, *colon = address ? strrchr(address, ':') : NULL;
    int port = colon ? atoi(colon + 1) : 0;
    if (options->worker <= 1 || !port)
        return address;
    snprintf(out, ADDRESS_MAX, "%.*s:%d", (int)(colon - address), address,
             port + (int)options->worker - 1);
    return out;
}

int admin_new(struct relay_server *server, struct admin **out, char *why, size_t why_size)
{
    const struct relay_options *options = &server->options;
    *out = NULL;
    struct admin *admin = calloc(1, sizeof *admin);
    if (!admin)
        return QA_ENOMEM;
    admin->server = server;
    char own[ADDRESS_MAX];
    int error =
        listener_open(place_of(options, own), options->metrics_fd, &admin->fd, why, why_size);
    if (error) {
        free(admin);
        return error;
    }
    if (uv_poll_init(&server->loop, &admin->poll, admin->fd)) {
        close(admin->fd);
        free(admin);
        return QA_ENOMEM;
    }
    admin->poll.data = admin;
    uv_poll_start(&admin->poll, UV_READABLE, acceptable);
    *out = admin;
    return 0;
}

unsigned admin_port(const struct admin *admin)
{
    return listener_port_of(admin->fd);
}

static void closed(uv_handle_t *handle)
{
    const struct admin *admin = handle->data;
    close(admin->fd);
}

void admin_close(struct admin *admin)
{
    if (admin)
        uv_close((uv_handle_t *)&admin->poll, closed);
}

void admin_free(struct admin *admin)
{
    free(admin);
}
