#include <errno.h>
#include <sys/socket.h>

#include <qassist/errors.h>

#include "rdp/rdp_private.h"

/* More than any window of the mux lets through; beyond it something is wrong. */
#define READS_PER_WAKE 8

void rdp_stream_update(struct rdp *rdp)
{
    int wanted = 0;
    if (rdp->state == RDP_RUNNING && !rdp->stream_closed) {
        if (rdp->reading)
            wanted |= UV_READABLE;
        if (rdp->to_worker.length)
            wanted |= UV_WRITABLE;
    }
    rdp_watch(&rdp->stream_poll, &rdp->stream_watched, wanted, rdp_stream_on_poll);
}

/* The worker's end is gone; why is told when its process ends. */
static void close_stream(struct rdp *rdp)
{
    rdp->stream_closed = true;
    buffer_free(&rdp->to_worker);
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void write_bytes(struct rdp *rdp)
{
    size_t written = 0;
    while (rdp->to_worker.length) {
        ssize_t sent = send(rdp->stream_fd, buffer_data(&rdp->to_worker), rdp->to_worker.length,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (!would_block())
                close_stream(rdp);
            break;
        }
        buffer_consume(&rdp->to_worker, (size_t)sent);
        written += (size_t)sent;
    }
    if (written && rdp->events.consumed)
        rdp->events.consumed(rdp->user, written);
}

static void read_bytes(struct rdp *rdp)
{
    uint8_t data[RDP_BYTES_MAX];
    for (int i = 0; i < READS_PER_WAKE; i++) {
        if (rdp->state != RDP_RUNNING || !rdp->reading)
            return;
        ssize_t received = recv(rdp->stream_fd, data, sizeof data, MSG_DONTWAIT);
        if (received < 0 && would_block())
            return;
        if (received <= 0) {
            close_stream(rdp);
            return;
        }
        if (rdp->events.bytes)
            rdp->events.bytes(rdp->user, data, (size_t)received);
        if ((size_t)received < sizeof data)
            return;
    }
}

void rdp_stream_on_poll(uv_poll_t *handle, int status, int events)
{
    struct rdp *rdp = handle->data;
    /* An error shows itself in send or recv. */
    if (status < 0)
        events = UV_READABLE | UV_WRITABLE;
    if (rdp->state == RDP_RUNNING && (events & UV_WRITABLE))
        write_bytes(rdp);
    if (rdp->state == RDP_RUNNING && !rdp->stream_closed && (events & UV_READABLE))
        read_bytes(rdp);
    if (rdp->state == RDP_RUNNING && status < 0)
        rdp->stream_closed = true;
    if (rdp->state == RDP_RUNNING)
        rdp_stream_update(rdp);
}
