#include "worker/ipc.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "worker/quit.h"

static void wait_for(struct ipc *ipc, short events)
{
    struct pollfd entry = {.fd = ipc->fd, .events = events};
    if (poll(&entry, 1, -1) < 0 && errno != EINTR)
        quit(WORKER_EXIT_SYSTEM, "poll");
}

/* False when nothing waits. */
static bool receive_one(struct ipc *ipc, union worker_message *message)
{
    ssize_t received;
    do {
        received = recv(ipc->fd, message, sizeof *message, MSG_DONTWAIT | MSG_TRUNC);
    } while (received < 0 && errno == EINTR);
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return false;
    if (received <= 0)
        quit(WORKER_EXIT_DONE, "the library closed");
    if (!worker_message_valid(message, (size_t)received))
        quit(WORKER_EXIT_CONTROL, "message not valid");
    return true;
}

static void answer_ping(struct ipc *ipc, const struct worker_ping *ping)
{
    union worker_message message = {.ping = {.sequence = ping->sequence}};
    worker_message_init(&message, WORKER_PONG, sizeof message.ping);
    ipc_send(ipc, &message);
}

struct worker_hello ipc_greet(struct ipc *ipc)
{
    union worker_message message;
    while (!receive_one(ipc, &message))
        wait_for(ipc, POLLIN);
    if (message.header.type != WORKER_HELLO || message.hello.version != WORKER_PROTOCOL_VERSION)
        quit(WORKER_EXIT_CONTROL, "no hello");
    return message.hello;
}

static void handle(struct ipc *ipc, const union worker_message *message)
{
    if (message->header.type == WORKER_PING)
        answer_ping(ipc, &message->ping);
    else
        ipc->handle(ipc->user, message);
}

void ipc_receive(struct ipc *ipc)
{
    union worker_message message;
    while (receive_one(ipc, &message))
        handle(ipc, &message);
}

void ipc_receive_only(struct ipc *ipc, enum worker_message_type type)
{
    struct worker_header head;
    union worker_message message;
    while (recv(ipc->fd, &head, sizeof head, MSG_DONTWAIT | MSG_PEEK) == (ssize_t)sizeof head &&
           (head.type == (uint32_t)type || head.type == WORKER_PING) && receive_one(ipc, &message))
        handle(ipc, &message);
}

void ipc_send(struct ipc *ipc, const union worker_message *message)
{
    while (send(ipc->fd, message, message->header.length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
            wait_for(ipc, POLLOUT);
        else if (errno != EINTR)
            quit(WORKER_EXIT_DONE, "the library is gone");
    }
}

void ipc_send_simple(struct ipc *ipc, enum worker_message_type type)
{
    union worker_message message;
    worker_message_init(&message, type, sizeof message.header);
    ipc_send(ipc, &message);
}
