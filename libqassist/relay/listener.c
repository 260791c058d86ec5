#include "relay/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "relay/arrival.h"

#define BACKLOG 512
/* Accepted at a time, so that a flood of connections leaves room for the pairs. */
#define ACCEPTS_MAX 16

struct listener {
    struct relay_server *server;
    uv_poll_t poll;
    int fd;
    unsigned port;
};

/* ---- accepting ---- */

static void acceptable(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    struct relay_server *server = listener->server;
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        int fd =
            accept4(listener->fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return; /* none waits; or it went away, or descriptors are out: the next turn tries */
        arrival_take(server, fd, (const struct sockaddr *)&from);
    }
}

/* ---- from another process ---- */

/* The descriptor that came; -1: none waits; -2: the other process is gone. */
static int receive_fd(int channel)
{
    char byte;
    struct iovec piece = {.iov_base = &byte, .iov_len = 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR) ? -1 : -2;
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    int fd = -1;
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

static void passed(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof from;
        int fd = receive_fd(listener->fd);
        if (fd == -2) {
            uv_poll_stop(poll);
            raise(SIGTERM); /* handled as ever, from the loop */
        }
        if (fd < 0)
            return;
        /* Who is gone already has no address. */
        if (getpeername(fd, (struct sockaddr *)&from, &size))
            close(fd);
        else
            arrival_take(listener->server, fd, (const struct sockaddr *)&from);
    }
}

/* ---- listening ---- */

/* Splits "HOST:PORT" or "[V6]:PORT" in place; "" and "*" mean every address. */
static int split(char *text, char **host, char **port)
{
    char *colon = strrchr(text, ':');
    if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return QA_EINVAL;
    *colon = '\0';
    *port = colon + 1;
    *host = text;
    size_t length = strlen(text);
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text[length - 1] = '\0';
        *host = text + 1;
    } else if (strchr(text, ':')) {
        return QA_EINVAL;
    }
    if (!strcmp(*host, "*"))
        *host = *host + 1;
    return 0;
}

static int bind_and_listen(const struct addrinfo *at, int *out)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return QA_EIO;
    const int on = 1, off = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, BACKLOG)) {
        int kept = errno;
        close(fd);
        errno = kept;
        return QA_EIO;
    }
    *out = fd;
    return 0;
}

static const char *advice(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another program listens there; end it or choose another port";
    case EACCES:
        return "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE";
    case EADDRNOTAVAIL:
        return "this machine does not have that address";
    default:
        return strerror(error);
    }
}

/* *found: freeaddrinfo. */
static int resolve(const char *address, struct addrinfo **found, char *why, size_t why_size)
{
    char text[300], *host, *port;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    int length = snprintf(text, sizeof text, "%s", address);
    if (length < 0 || (size_t)length >= sizeof text || split(text, &host, &port) ||
        atol(port) > 65535) {
        snprintf(why, why_size,
                 "'%.100s' is no address to listen on; it is ADDRESS:PORT, such as 0.0.0.0:443 or "
                 "[::]:443",
                 address);
        return QA_EINVAL;
    }
    /* No host: IPv6 with IPv4 mapped into it comes before IPv4 alone. */
    int status = getaddrinfo(*host ? host : "::", port, &hints, found);
    if (status) {
        snprintf(why, why_size, "cannot listen on %s: %s", address, gai_strerror(status));
        return QA_EINVAL;
    }
    return 0;
}

int listener_check(const char *address, char *why, size_t why_size)
{
    struct addrinfo *found;
    int error = resolve(address, &found, why, why_size);
    if (!error)
        freeaddrinfo(found);
    return error;
}

static int open_socket(const char *address, int *fd, char *why, size_t why_size)
{
    struct addrinfo *found;
    int error = resolve(address, &found, why, why_size);
    if (error)
        return error;
    error = bind_and_listen(found, fd);
    if (error)
        snprintf(why, why_size, "cannot listen on %s: %s", address, advice(errno));
    freeaddrinfo(found);
    return error;
}

unsigned listener_port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size))
        return 0;
    char port[8];
    if (getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof port, NI_NUMERICSERV))
        return 0;
    return (unsigned)atoi(port);
}

/* One that listens already, of another program's making. */
static int take_socket(int given, int *fd, char *why, size_t why_size)
{
    int listens = 0, flags = fcntl(given, F_GETFL);
    socklen_t size = sizeof listens;
    *fd = given;
    if (getsockopt(given, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) || !listens || flags < 0 ||
        fcntl(given, F_SETFL, flags | O_NONBLOCK)) {
        snprintf(why, why_size, "the descriptor %d that was handed over is no socket that listens",
                 given);
        return QA_EIO;
    }
    fcntl(given, F_SETFD, FD_CLOEXEC);
    return 0;
}

int listener_open(const char *address, int given, int *fd, char *why, size_t why_size)
{
    return given ? take_socket(given, fd, why, why_size) : open_socket(address, fd, why, why_size);
}

static int watch(struct relay_server *server, int fd, uv_poll_cb callback, struct listener **out)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (!listener || uv_poll_init(&server->loop, &listener->poll, fd)) {
        free(listener);
        close(fd);
        return QA_ENOMEM;
    }
    listener->server = server;
    listener->fd = fd;
    listener->port = listener_port_of(fd);
    listener->poll.data = listener;
    uv_poll_start(&listener->poll, UV_READABLE, callback);
    *out = listener;
    return 0;
}

int listener_new(struct relay_server *server, const char *address, struct listener **out, char *why,
                 size_t why_size)
{
    int fd;
    *out = NULL;
    int error = listener_open(address, server->options.listen_fd, &fd, why, why_size);
    return error ? error : watch(server, fd, acceptable, out);
}

int listener_new_passed(struct relay_server *server, int channel, struct listener **out)
{
    *out = NULL;
    int error = watch(server, channel, passed, out);
    /* From here on some may be sent. */
    if (!error && send(channel, "r", 1, MSG_NOSIGNAL) != 1)
        error = QA_EIO;
    return error;
}

unsigned listener_port(const struct listener *listener)
{
    return listener->port;
}

static void closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    close(listener->fd);
    free(listener);
}

void listener_free(struct listener *listener)
{
    if (listener)
        uv_close((uv_handle_t *)&listener->poll, closed);
}
