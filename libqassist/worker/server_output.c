#include "worker/quit.h"
#include "worker/server.h"

/* How far the peer may be behind. */
#define FRAMES_IN_FLIGHT 2
/* A frame ends with the rectangle that goes beyond; the rest goes into the next one. */
#define FRAME_BYTES ((size_t)512 * 1024)

void server_output_start(struct server *server, struct encoder *encoder)
{
    if (!encoder)
        quit(WORKER_EXIT_MEMORY, "no memory for the encoder");
    server->encoder = encoder;
    tiles_mark_all_unsent(&server->tiles);
    if (!server->announced)
        ipc_send_simple(server->ipc, WORKER_READY);
    server->announced = true;
}

void server_output_acknowledge(struct server *server, uint32_t frame_id)
{
    /* Of what was sent, never backwards. */
    if (frame_id - server->flow.acknowledged <= server->flow.last_id - server->flow.acknowledged)
        server->flow.acknowledged = frame_id;
}

static bool may_send(const struct server *server)
{
    const struct server_flow *flow = &server->flow;
    if (!server->active || !server->encoder || server->suppressed)
        return false;
    if (server->layer.output.length)
        return false; /* the library or the network does not take it */
    return !flow->by_acknowledgement || flow->suspended ||
           flow->last_id - flow->acknowledged < FRAMES_IN_FLIGHT;
}

static void send_frame(struct server *server)
{
    struct tiles *tiles = &server->tiles;
    tiles_collect(tiles, server->picture);
    if (!tiles->rect_count)
        return;
    struct encoder_frame frame = {.pixels = tiles->copy,
                                  .stride = (size_t)tiles->width * 4,
                                  .rects = tiles->rects,
                                  .count = tiles->rect_count,
                                  .id = ++server->flow.last_id};
    ptrdiff_t sent = server->encoder->send(server->encoder, &frame, FRAME_BYTES);
    if (sent < 0)
        quit(WORKER_EXIT_PEER, "the peer takes no frame of this kind");
    for (size_t i = (size_t)sent; i < tiles->rect_count; i++) {
        const struct tiles_rect *rect = &tiles->rects[i];
        tiles_mark_unsent(tiles, rect->x, rect->y, rect->width, rect->height);
    }
    server_gfx_service(server);
}

static bool refine_is_due(const struct server *server)
{
    const struct encoder *encoder = server->encoder;
    return encoder && encoder->refine_in && encoder->refine_in(encoder) == 0;
}

/* False: there was nothing. */
static bool send_refinement(struct server *server)
{
    struct encoder_frame frame = {.pixels = server->tiles.copy,
                                  .stride = (size_t)server->tiles.width * 4,
                                  .id = server->flow.last_id + 1};
    int sent = server->encoder->refine(server->encoder, &frame, FRAME_BYTES);
    if (sent < 0)
        quit(WORKER_EXIT_PEER, "the peer takes no frame of this kind");
    server->flow.last_id += (uint32_t)sent;
    server_gfx_service(server);
    return sent > 0;
}

int server_output_timeout(const struct server *server)
{
    /* What keeps from sending ends with an event. */
    if (!may_send(server) || !server->encoder->refine_in)
        return -1;
    return server->encoder->refine_in(server->encoder);
}

void server_output_pump(struct server *server)
{
    while (server->tiles.waiting && may_send(server))
        send_frame(server);
    while (may_send(server) && refine_is_due(server) && send_refinement(server))
        ;
    if (server->active && !server->layer.output.length)
        server_cursor_send(server);
}
