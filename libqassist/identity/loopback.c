#include "identity/loopback.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#define REQUEST_MAX 8192
#define VISITORS    8
#define VISIT_MS    10000

struct loopback {
    uv_tcp_t listener;
    unsigned handles; /* of the loop that point here */
    struct visitor *first;
    unsigned visitors;
    uint16_t port;
    bool freed;
    bool (*came)(void *user, const char *query);
    void *user;
};

struct visitor {
    struct loopback *loopback;
    struct visitor *next;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    unsigned handles;
    bool answering; /* its request is being looked at, or answered */
    size_t length;
    char request[REQUEST_MAX + 1];
    char answer[1024];
};

static const char page[] = "<!doctype html><html lang=en><meta charset=utf-8><title>qassist</title>"
                           "<body style=\"font-family:sans-serif;margin:4em auto;max-width:30em\">"
                           "<h1>%s</h1><p>%s</p>";

static void release(struct loopback *loopback)
{
    if (!--loopback->handles)
        free(loopback);
}

static void on_visitor_closed(uv_handle_t *handle)
{
    struct visitor *visitor = handle->data;
    if (--visitor->handles)
        return;
    struct loopback *loopback = visitor->loopback;
    loopback->visitors--;
    struct visitor **at = &loopback->first;
    while (*at != visitor)
        at = &(*at)->next;
    *at = visitor->next;
    sodium_memzero(visitor, sizeof *visitor);
    free(visitor);
    release(loopback);
}

static void dismiss(struct visitor *visitor)
{
    if (uv_is_closing((uv_handle_t *)&visitor->tcp))
        return;
    uv_close((uv_handle_t *)&visitor->tcp, on_visitor_closed);
    uv_close((uv_handle_t *)&visitor->timer, on_visitor_closed);
}

static void on_written(uv_write_t *write, int status)
{
    dismiss(write->data);
}

static void answer(struct visitor *visitor, const char *status, const char *title, const char *text)
{
    char body[512];
    int length = snprintf(body, sizeof body, page, title, text);
    length = snprintf(visitor->answer, sizeof visitor->answer,
                      "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
                      "Content-Length: %d\r\nCache-Control: no-store\r\n"
                      "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n%s",
                      status, length, body);
    uv_buf_t data = uv_buf_init(visitor->answer, (unsigned)length);
    visitor->write.data = visitor;
    uv_read_stop((uv_stream_t *)&visitor->tcp);
    if (uv_write(&visitor->write, (uv_stream_t *)&visitor->tcp, &data, 1, on_written))
        dismiss(visitor);
}

/* The whole head came. */
static void handle_request(struct visitor *visitor)
{
    struct loopback *loopback = visitor->loopback;
    char *at = visitor->request, *end = strchr(at, '\r');
    bool ours = false;
    visitor->answering = true;
    *end = '\0';
    if (!strncmp(at, "GET /?", 6) && (end = strchr(at + 6, ' '))) {
        *end = '\0';
        ours = !loopback->freed && loopback->came(loopback->user, at + 6);
    }
    if (ours)
        answer(visitor, "200 OK", "Back to qassist",
               "You can close this page; qassist goes on by itself.");
    else
        answer(visitor, "404 Not Found", "Nothing here",
               "This address is for a sign-in that is under way. Start again from qassist.");
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    struct visitor *visitor = handle->data;
    *out =
        uv_buf_init(visitor->request + visitor->length, (unsigned)(REQUEST_MAX - visitor->length));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *data)
{
    struct visitor *visitor = stream->data;
    if (count < 0) {
        dismiss(visitor);
        return;
    }
    visitor->length += (size_t)count;
    visitor->request[visitor->length] = '\0';
    if (strlen(visitor->request) == visitor->length && strstr(visitor->request, "\r\n\r\n"))
        handle_request(visitor);
    else if (visitor->length == REQUEST_MAX)
        dismiss(visitor);
}

static void on_late(uv_timer_t *timer)
{
    dismiss(timer->data);
}

static void on_visitor(uv_stream_t *listener, int status)
{
    struct loopback *loopback = listener->data;
    struct visitor *visitor = status ? NULL : calloc(1, sizeof *visitor);
    if (!visitor)
        return;
    visitor->loopback = loopback;
    visitor->handles = 2;
    visitor->next = loopback->first;
    loopback->first = visitor;
    loopback->handles++;
    loopback->visitors++;
    uv_tcp_init(listener->loop, &visitor->tcp);
    uv_timer_init(listener->loop, &visitor->timer);
    visitor->tcp.data = visitor->timer.data = visitor;
    if (uv_accept(listener, (uv_stream_t *)&visitor->tcp) || loopback->visitors > VISITORS ||
        uv_read_start((uv_stream_t *)&visitor->tcp, on_room, on_read))
        dismiss(visitor);
    else
        uv_timer_start(&visitor->timer, on_late, VISIT_MS, 0);
}

static void on_listener_closed(uv_handle_t *handle)
{
    release(handle->data);
}

int loopback_new(uv_loop_t *loop, bool (*came)(void *user, const char *query), void *user,
                 struct loopback **out)
{
    struct sockaddr_in address;
    int length = sizeof address;
    *out = NULL;
    struct loopback *loopback = calloc(1, sizeof *loopback);
    if (!loopback)
        return QA_ENOMEM;
    loopback->came = came;
    loopback->user = user;
    loopback->handles = 1;
    uv_tcp_init(loop, &loopback->listener);
    loopback->listener.data = loopback;
    uv_ip4_addr("127.0.0.1", 0, &address);
    if (uv_tcp_bind(&loopback->listener, (const struct sockaddr *)&address, 0) ||
        uv_listen((uv_stream_t *)&loopback->listener, VISITORS, on_visitor) ||
        uv_tcp_getsockname(&loopback->listener, (struct sockaddr *)&address, &length)) {
        uv_close((uv_handle_t *)&loopback->listener, on_listener_closed);
        return QA_EIO;
    }
    loopback->port = ntohs(address.sin_port);
    *out = loopback;
    return 0;
}

void loopback_address(const struct loopback *loopback, char out[40])
{
    snprintf(out, 40, "http://127.0.0.1:%u/", loopback->port);
}

void loopback_free(struct loopback *loopback)
{
    if (!loopback)
        return;
    loopback->freed = true;
    for (struct visitor *visitor = loopback->first; visitor; visitor = visitor->next)
        if (!visitor->answering)
            dismiss(visitor);
    uv_close((uv_handle_t *)&loopback->listener, on_listener_closed);
}
