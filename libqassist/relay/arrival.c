#include "relay/arrival.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "relay/proxy_header.h"
#include "relay/rendezvous.h"
#include "relay/server.h"

/* Unsent bytes the kernel may hold of each connection. */
#define UNSENT_MAX (128 * 1024)
#define HEADER_MAX 8192 /* of all X-Forwarded-For together; libwebsockets takes less */

/* A connection from a load balancer, before the end of its PROXY header. */
struct arrival {
    struct relay_server *server;
    LIST_ENTRY(arrival) all;
    uv_poll_t poll;
    int fd;
    struct address from; /* the balancer */
    uint64_t deadline_ms;
    size_t have, need;
    uint8_t header[PROXY_HEADER_MAX];
};

int arrival_read_lists(const struct relay_options *options, struct address_list *proxies,
                       struct address_list *forwarders, char *why, size_t why_size)
{
    const char *texts[2] = {options->proxy_protocol, options->forwarded_for};
    struct address_list *lists[2] = {proxies, forwarders};
    for (int i = 0; i < 2; i++) {
        if (address_list_parse(texts[i] ? texts[i] : "", lists[i])) {
            snprintf(why, why_size,
                     "'%.100s' is not a list of at most %d addresses or networks, such as "
                     "10.0.0.7,2001:db8::/32",
                     texts[i], ADDRESS_LIST_MAX);
            return QA_EINVAL;
        }
    }
    return 0;
}

/* ---- room ---- */

static bool has_room(const struct relay_server *server, const struct subject *from)
{
    const struct relay_options *options = &server->options;
    unsigned most = options->max_unasked_per_address;
    return server->connection_count < options->max_connections + RELAY_SURPLUS &&
           server->unasked_count < options->max_unasked &&
           (!from || !most || presence_count(server->presence, PRESENCE_UNASKED, from) < most);
}

static void turn_away(struct relay_server *server, int fd)
{
    server->turned_away++;
    relay_log(server, QA_LOG_DEBUG, "event=turned_away connections=%zu unasked=%zu",
              server->connection_count, server->unasked_count);
    close(fd);
}

bool arrival_is_too_much(const struct connection *connection, const char **why)
{
    const struct relay_server *server = connection->server;
    const struct relay_options *options = &server->options;
    unsigned most = options->max_connections_per_address;
    if (server->connection_count - server->unasked_count > options->max_connections) {
        *why = "the relay is full";
        return true;
    }
    *why = "there are too many connections from this address";
    return most && presence_count(server->presence, PRESENCE_CONNECTION, &connection->from) > most;
}

/* ---- counting ---- */

static void count(struct connection *connection, enum presence_kind kind, bool *counted)
{
    *counted = !presence_add(connection->server->presence, kind, &connection->from);
}

static void uncount(struct connection *connection, enum presence_kind kind, bool *counted)
{
    if (*counted)
        presence_drop(connection->server->presence, kind, &connection->from);
    *counted = false;
}

static void comes_from(struct connection *connection, const struct address *from)
{
    connection->from = subject_of_address(from);
    count(connection, PRESENCE_CONNECTION, &connection->counted);
    if (connection->in_hello)
        count(connection, PRESENCE_UNASKED, &connection->counted_unasked);
}

void arrival_asked(struct connection *connection)
{
    if (!connection->in_hello)
        return;
    connection->in_hello = false;
    connection->server->unasked_count--;
    uncount(connection, PRESENCE_UNASKED, &connection->counted_unasked);
}

void arrival_forget(struct connection *connection)
{
    struct relay_server *server = connection->server;
    connection->is_dead = true;
    rendezvous_leave(connection, true);
    uncount(connection, PRESENCE_CONNECTION, &connection->counted);
    uncount(connection, PRESENCE_SESSION, &connection->counted_session);
    LIST_REMOVE(connection, all);
    server->connection_count--;
    stream_close(&connection->stream);
    buffer_free(&connection->texts);
    buffer_free(&connection->out);
    buffer_free(&connection->text_in);
    free(connection);
}

/* ---- a connection of its own ---- */

static void set_socket_options(int fd)
{
    const int on = 1, unsent = UNSENT_MAX;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

static struct connection *add_connection(struct relay_server *server)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->server = server;
    connection->deadline_ms = clock_ms() + server->options.hello_s * 1000u;
    buffer_init(&connection->texts, 2 * RELAY_MESSAGE_MAX);
    buffer_init(&connection->out, FORWARD_QUEUE_MAX);
    buffer_init(&connection->text_in, RELAY_MESSAGE_MAX);
    LIST_INSERT_HEAD(&server->connections, connection, all);
    server->connection_count++;
    connection->in_hello = true;
    server->unasked_count++;
    return connection;
}

/* Nothing of TLS was read from it yet. */
static void adopt(struct relay_server *server, int fd, const struct address *from)
{
    bool forwards = address_list_has(&server->forwarders, from);
    struct subject subject = subject_of_address(from);
    if (!has_room(server, forwards ? NULL : &subject)) {
        turn_away(server, fd);
        return;
    }
    struct connection *connection = add_connection(server);
    if (!connection) {
        close(fd);
        return;
    }
    connection->address = *from;
    connection->forwards = forwards;
    if (!forwards)
        comes_from(connection, from);
    set_socket_options(fd);
    server->accepted++;
    const lws_adopt_desc_t how = {
        .vh = server->vhost,
        .type = LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL,
        .fd.sockfd = fd,
        .opaque = connection,
    };
    /* If it fails, the socket is closed, and libwebsockets may or may not tell of the end: the
     * memory stays in the list until it does, or until the server ends. */
    if (!lws_adopt_descriptor_vhost_via_info(&how)) {
        connection->is_dead = true;
        arrival_asked(connection);
    }
}

/* ---- a PROXY header ---- */

static void poll_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Without the descriptor, which goes on its own way. */
static void end(struct arrival *arrival)
{
    struct relay_server *server = arrival->server;
    LIST_REMOVE(arrival, all);
    server->connection_count--;
    server->unasked_count--;
    uv_close((uv_handle_t *)&arrival->poll, poll_closed);
}

static void refuse(struct arrival *arrival, const char *reason)
{
    int fd = arrival->fd;
    relay_log(arrival->server, QA_LOG_INFO, "event=proxy_header_refused reason=%s", reason);
    end(arrival);
    close(fd);
}

static void header_is_whole(struct arrival *arrival)
{
    struct relay_server *server = arrival->server;
    struct address from;
    if (proxy_header_read(arrival->header, arrival->have, &from)) {
        refuse(arrival, "malformed");
        return;
    }
    if (!from.family)
        from = arrival->from;
    int fd = arrival->fd;
    end(arrival);
    adopt(server, fd, &from);
}

/*
 * Never more than the header is taken out of the socket, for what follows is TLS and not ours to
 * read. Not by looking at it with MSG_PEEK: half a header would be readable all the time.
 */
static void readable(uv_poll_t *poll, int status, int events)
{
    struct arrival *arrival = poll->data;
    while (arrival->have < arrival->need) {
        ssize_t got = recv(arrival->fd, arrival->header + arrival->have,
                           arrival->need - arrival->have, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR) && !status)
            return;
        if (got <= 0) {
            refuse(arrival, "cut_off");
            return;
        }
        arrival->have += (size_t)got;
        if (arrival->have == PROXY_HEADER_START) {
            int length = proxy_header_length(arrival->header);
            if (length < 0) {
                refuse(arrival, length == QA_ELIMIT ? "too_long" : "not_version_2");
                return;
            }
            arrival->need = (size_t)length;
        }
    }
    header_is_whole(arrival);
}

static void await_header(struct relay_server *server, int fd, const struct address *from)
{
    struct arrival *arrival = has_room(server, NULL) ? calloc(1, sizeof *arrival) : NULL;
    if (!arrival || uv_poll_init(&server->loop, &arrival->poll, fd)) {
        free(arrival);
        turn_away(server, fd);
        return;
    }
    arrival->server = server;
    arrival->poll.data = arrival;
    arrival->fd = fd;
    arrival->from = *from;
    arrival->need = PROXY_HEADER_START;
    arrival->deadline_ms = clock_ms() + server->options.hello_s * 1000u;
    LIST_INSERT_HEAD(&server->arrivals, arrival, all);
    server->connection_count++;
    server->unasked_count++;
    uv_poll_start(&arrival->poll, UV_READABLE, readable);
}

void arrival_check(struct relay_server *server, uint64_t now)
{
    for (struct arrival *arrival = LIST_FIRST(&server->arrivals), *next; arrival; arrival = next) {
        next = LIST_NEXT(arrival, all);
        if (now >= arrival->deadline_ms)
            refuse(arrival, "too_late");
    }
}

void arrival_end_all(struct relay_server *server)
{
    while (!LIST_EMPTY(&server->arrivals)) {
        struct arrival *arrival = LIST_FIRST(&server->arrivals);
        int fd = arrival->fd;
        end(arrival);
        close(fd);
    }
}

void arrival_take(struct relay_server *server, int fd, const struct sockaddr *from)
{
    struct address address;
    address_from(from, &address);
    if (address_list_has(&server->proxies, &address))
        await_header(server, fd, &address);
    else
        adopt(server, fd, &address);
}

/* ---- X-Forwarded-For ---- */

/*
 * Each balancer adds at the end from where it got the request; before that anybody may have written
 * anything. So it is read from the end, as long as who wrote the next one is trusted.
 */
static void follow(const struct address_list *forwarders, const char *header, struct address *from)
{
    size_t end = strlen(header);
    while (end && address_list_has(forwarders, from)) {
        size_t begin = end;
        while (begin && header[begin - 1] != ',')
            begin--;
        const char *text = header + begin;
        size_t length = end - begin;
        while (length && (*text == ' ' || *text == '\t')) {
            text++;
            length--;
        }
        while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
            length--;
        struct address named;
        if (length && !address_parse(text, length, &named))
            return;
        if (length)
            *from = named;
        end = begin ? begin - 1 : 0;
    }
}

bool arrival_forwarded(struct connection *connection)
{
    struct relay_server *server = connection->server;
    if (!connection->forwards)
        return true;
    int length = lws_hdr_total_length(connection->wsi, WSI_TOKEN_X_FORWARDED_FOR);
    struct address from = connection->address;
    char header[HEADER_MAX];
    if (length > 0) {
        if (lws_hdr_copy(connection->wsi, header, sizeof header, WSI_TOKEN_X_FORWARDED_FOR) < 0)
            return false;
        follow(&server->forwarders, header, &from);
    }
    connection->forwards = false;
    connection->address = from;
    struct subject subject = subject_of_address(&from);
    unsigned most = server->options.max_unasked_per_address;
    if (most && presence_count(server->presence, PRESENCE_UNASKED, &subject) >= most)
        return false;
    comes_from(connection, &from);
    return true;
}
