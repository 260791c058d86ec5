#include "worker/layer.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <winpr/synch.h>

#include "base/clock.h"
#include "worker/quit.h"

/* A frame at most is ever in here; a peer that makes us answer without end gets no further. */
#define OUTPUT_MAX ((size_t)256 * 1024 * 1024)
/* No more than this is kept back for what follows it. */
#define CORK_MAX ((size_t)16 * 1024)
/* As much is seen at a time: about what a socket holds. */
#define LOOK_MAX ((size_t)256 * 1024)

struct layer_context {
    struct layer *layer;
};

static struct layer *layer_of(void *context)
{
    return ((struct layer_context *)context)->layer;
}

void layer_flush(struct layer *layer)
{
    while (layer->output.length) {
        ssize_t sent = send(layer->fd, buffer_data(&layer->output), layer->output.length,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (sent < 0)
            quit(WORKER_EXIT_DONE, "the byte stream is closed");
        buffer_consume(&layer->output, (size_t)sent);
        if (!layer->first_us)
            layer->first_us = clock_us();
    }
}

void layer_cork(struct layer *layer)
{
    layer->corked = true;
}

void layer_uncork(struct layer *layer)
{
    layer->corked = false;
    layer_flush(layer);
}

static int layer_write(void *context, const void *data, int length)
{
    struct layer *layer = layer_of(context);
    if (length <= 0)
        return length;
    if (buffer_append(&layer->output, data, (size_t)length) != 0)
        quit(WORKER_EXIT_MEMORY, "too much output waits");
    layer->written += (uint64_t)length;
    if (!layer->corked || layer->output.length >= CORK_MAX)
        layer_flush(layer);
    return length;
}

/* Whenever all that was seen was read. */
static void look(struct layer *layer)
{
    static uint8_t sink[LOOK_MAX];
    if (!layer->watched || layer->received < layer->there)
        return;
    ssize_t count = recv(layer->fd, sink, sizeof sink, MSG_PEEK | MSG_DONTWAIT);
    if (count <= 0)
        return;
    layer->there = layer->received + (uint64_t)count;
    layer->there_us = clock_us();
}

static int layer_read(void *context, void *data, int length)
{
    struct layer *layer = layer_of(context);
    if (layer->held) {
        layer->would_block = true;
        return 0;
    }
    look(layer);
    ssize_t received;
    do {
        received = recv(layer->fd, data, (size_t)length, MSG_DONTWAIT);
    } while (received < 0 && errno == EINTR);
    if (received > 0) {
        layer->received += (uint64_t)received;
        return (int)received;
    }
    if (received == 0)
        quit(WORKER_EXIT_DONE, "the byte stream ended");
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        quit(WORKER_EXIT_SYSTEM, "recv");

    /* FreeRDP also reads without waiting through `layer_wait` while it connects. */
    layer->would_block = true;
    if (layer->deadline_ms) {
        ipc_receive(layer->ipc);
        if (clock_ms() >= layer->deadline_ms)
            quit(WORKER_EXIT_TIMEOUT, "no connection in time");
    }
    return 0;
}

static int time_left(const struct layer *layer)
{
    if (!layer->deadline_ms)
        return -1;
    uint64_t now = clock_ms();
    return now >= layer->deadline_ms ? 0 : (int)(layer->deadline_ms - now);
}

/* Until the stream can be read, however long FreeRDP would wait: it asks again anyway. */
static BOOL layer_wait(void *context, BOOL for_write, DWORD timeout)
{
    struct layer *layer = layer_of(context);
    if (for_write)
        return TRUE;
    for (;;) {
        struct pollfd entries[] = {
            {.fd = layer->fd, .events = POLLIN | (layer->output.length ? POLLOUT : 0)},
            {.fd = layer->ipc->fd, .events = POLLIN}};
        int count = poll(entries, 2, time_left(layer));
        if (count < 0 && errno != EINTR)
            quit(WORKER_EXIT_SYSTEM, "poll");
        if (count == 0)
            quit(WORKER_EXIT_TIMEOUT, "no connection in time");
        if (entries[1].revents)
            ipc_receive(layer->ipc);
        if (entries[0].revents & POLLOUT)
            layer_flush(layer);
        if (entries[0].revents & (POLLIN | POLLHUP | POLLERR))
            return TRUE;
    }
}

static HANDLE layer_event(void *context)
{
    return layer_of(context)->event;
}

static BOOL layer_close(void *context)
{
    return TRUE;
}

static void watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        quit(WORKER_EXIT_START, "epoll_ctl");
}

void layer_init(struct layer *layer, int fd, struct ipc *ipc)
{
    *layer = (struct layer){.fd = fd, .ipc = ipc, .event_fd = epoll_create1(EPOLL_CLOEXEC)};
    buffer_init(&layer->output, OUTPUT_MAX);
    if (layer->event_fd < 0)
        quit(WORKER_EXIT_START, "epoll_create1");
    watch(layer->event_fd, fd);
    watch(layer->event_fd, ipc->fd);
    layer->event = CreateFileDescriptorEventA(NULL, TRUE, FALSE, layer->event_fd, WINPR_FD_READ);
    if (!layer->event)
        quit(WORKER_EXIT_START, "event");
}

rdpTransportLayer *layer_transport(struct layer *layer, rdpTransport *transport)
{
    rdpTransportLayer *result = transport_layer_new(transport, sizeof(struct layer_context));
    if (!result)
        return NULL;
    ((struct layer_context *)result->userContext)->layer = layer;
    result->Read = layer_read;
    result->Write = layer_write;
    result->Wait = layer_wait;
    result->Close = layer_close;
    result->GetEvent = layer_event;
    return result;
}
