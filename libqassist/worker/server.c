#include "worker/server.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "worker/quit.h"
#include "worker/video_encoder.h"

/* Who waits shorter found something that had come before. */
#define SLEPT_US 200

static void on_size(struct server *server, const struct worker_size *size)
{
    bool first = !server->tiles.copy;
    server->generation = size->generation;
    if (!tiles_resize(&server->tiles, size->width, size->height))
        quit(WORKER_EXIT_MEMORY, "no memory for the picture");
    if (!first)
        server_peer_resize(server);
    server_output_captured(server);
}

static void on_damage(struct server *server, const struct worker_damage *damage)
{
    /* The library sends a size before damage of that size. */
    if (damage->width != server->tiles.width || damage->height != server->tiles.height)
        quit(WORKER_EXIT_CONTROL, "damage of another picture");
    server_output_damaged(server, damage);
}

static void on_message(void *user, const union worker_message *message)
{
    struct server *server = user;
    switch (message->header.type) {
    case WORKER_SIZE:
        on_size(server, &message->size);
        break;
    case WORKER_DAMAGE:
        on_damage(server, &message->damage);
        break;
    case WORKER_CURSOR:
        server_cursor_shape(server, &message->cursor);
        break;
    case WORKER_CURSOR_DATA:
        server_cursor_data(server, &message->cursor_data);
        break;
    case WORKER_CURSOR_POSITION:
        server_cursor_position(server, &message->position);
        break;
    default:
        quit(WORKER_EXIT_CONTROL, "message out of place");
    }
}

void server_init(struct server *server, struct ipc *ipc, int stream_fd, const uint8_t *picture,
                 bool verbose)
{
    *server = (struct server){
        .ipc = ipc, .picture = picture, .video_works = video_encoder_prepare(verbose)};
    ipc->handle = on_message;
    ipc->user = server;
    layer_init(&server->layer, stream_fd, ipc);
    server_peer_init(server);
    server_gfx_init(server);
    server_input_init(server);
}

_Noreturn void server_run(struct server *server)
{
    for (;;) {
        struct pollfd entries[] = {
            {.fd = server->ipc->fd, .events = POLLIN},
            {.fd = server->layer.fd,
             .events = POLLIN | (server->layer.output.length ? POLLOUT : 0)}};
        /* RDP starts with the first size: not a byte of the peer is read before. */
        nfds_t count = server->tiles.copy ? 2 : 1;
        uint64_t before_us = clock_us();
        if (poll(entries, count, server_output_timeout(server)) < 0) {
            if (errno == EINTR)
                continue;
            quit(WORKER_EXIT_SYSTEM, "poll");
        }
        /* There is nothing of the peer, or it came while this waited. */
        if (!(entries[1].revents & POLLIN) || clock_us() - before_us >= SLEPT_US)
            server->heard_us = clock_us();
        if (entries[0].revents)
            ipc_receive(server->ipc);
        if (count == 2 && (entries[1].revents & POLLOUT))
            layer_flush(&server->layer);
        if (count == 2 && (entries[1].revents & ~POLLOUT))
            server_peer_receive(server);
        server_output_pump(server);
    }
}
