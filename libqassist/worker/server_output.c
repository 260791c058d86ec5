#include "base/clock.h"
#include "worker/quit.h"
#include "worker/server.h"

/* Rectangles this large are as good as any; smaller ones keep a frame to what it may have. */
#define LARGE_BUDGET ((size_t)256 * 1024)
/* What takes longer on its way is long. */
#define LONG_US 20000
/* What waited so long is out of date; another capture takes a few milliseconds. */
#define STALE_MS 12

void server_output_start(struct server *server, struct encoder *encoder)
{
    if (!encoder)
        quit(WORKER_EXIT_MEMORY, "no memory for the encoder");
    server->encoder = encoder;
    tiles_mark_all_unsent(&server->tiles);
    server->captured_ms = clock_ms(); /* nothing is too old for the first picture */
    if (!server->announced)
        ipc_send_simple(server->ipc, WORKER_READY);
    server->announced = true;
}

void server_output_forget(struct server *server, bool by_acknowledgement)
{
    server->flow = (struct server_flow){.by_acknowledgement = by_acknowledgement};
    pacing_init(&server->flow.pacing);
}

void server_output_acknowledge(struct server *server, uint32_t frame_id, bool suspended)
{
    struct server_flow *flow = &server->flow;
    flow->suspended = suspended;
    uint64_t now_us = clock_us();
    if (suspended)
        pacing_forget(&flow->pacing);
    else
        pacing_acknowledged(&flow->pacing, frame_id, now_us - server->heard_us, now_us);
}

/* Bytes that a frame may have now; 0: it has to wait. */
static size_t budget_now(const struct server *server)
{
    const struct server_flow *flow = &server->flow;
    if (!server->active || !server->encoder || server->suppressed)
        return 0;
    if (server->layer.output.length)
        return 0; /* the library or the network does not take it */
    if (!flow->by_acknowledgement || flow->suspended)
        return PACING_FRAME_BYTES;
    return pacing_budget(&flow->pacing, clock_us());
}

/* The frame with this id was encoded; sends what of it waits in the channels. */
static void finish_frame(struct server *server, uint64_t written_before, size_t budget,
                         bool more_waits)
{
    struct server_flow *flow = &server->flow;
    server_gfx_service(server);
    size_t bytes = (size_t)(server->layer.written - written_before);
    bool is_full = more_waits || bytes >= budget / 4 * 3;
    uint64_t now_us = clock_us();
    uint64_t first_us = server->layer.first_us ? server->layer.first_us : now_us;
    if (flow->by_acknowledgement && !flow->suspended)
        pacing_sent(&flow->pacing, flow->last_id, bytes, is_full, first_us, now_us);
}

/*
 * How many of the rectangles go now: where the rest takes long on its way, what changes seldom, an
 * answer to what somebody did, does not wait for it. What moved is not shown without what came into
 * view with it.
 */
static size_t first_part(const struct server *server, const struct encoder_frame *frame,
                         size_t budget)
{
    struct encoder *encoder = server->encoder;
    uint64_t rate = pacing_rate(&server->flow.pacing);
    if (!rate || !encoder->estimate || frame->move_count)
        return frame->count;
    size_t seldom = 0;
    while (seldom < frame->count && frame->rects[seldom].rank == TILES_SELDOM)
        seldom++;
    if (!seldom || seldom == frame->count)
        return frame->count;
    size_t rest = encoder->estimate(encoder, frame, seldom);
    if (rest > budget)
        rest = budget;
    return rest * 1000000 / rate < LONG_US ? frame->count : seldom;
}

static void tell_captures(struct server *server, enum worker_message_type type)
{
    union worker_message message = {.captures = {.count = server->captures}};
    worker_message_init(&message, type, sizeof message.captures);
    ipc_send(server->ipc, &message);
}

static void tell_taken(struct server *server)
{
    if (server->taken_due)
        tell_captures(server, WORKER_TAKEN);
    server->taken_due = false;
}

static void attend(void *user)
{
    server_peer_attend(user);
}

/*
 * While something larger is looked at: what is captured meanwhile, an answer to a key most likely,
 * and has nothing to do with it overtakes it.
 */
static void attend_looking(void *user)
{
    struct server *server = user;
    server_peer_attend(server);
    ipc_receive_only(server->ipc, WORKER_DAMAGE);
}

/* What each frame begins with. */
static struct encoder_frame new_frame(struct server *server)
{
    server->layer.first_us = 0;
    return (struct encoder_frame){.pixels = server->tiles.copy,
                                  .stride = (size_t)server->tiles.width * 4,
                                  .id = server->flow.last_id + 1,
                                  .between = attend,
                                  .user = server};
}

static void check_sent(ptrdiff_t sent)
{
    if (sent < 0)
        quit(WORKER_EXIT_PEER, "the peer takes no frame of this kind");
}

/* Sends the frame, of whose rectangles there are `count`; those that do not go now go later. */
static void send_rects(struct server *server, const struct encoder_frame *frame, size_t count,
                       size_t budget)
{
    uint64_t written = server->layer.written;
    server->flow.last_id = frame->id;
    ptrdiff_t sent = server->encoder->send(server->encoder, frame, budget);
    check_sent(sent);
    for (size_t i = (size_t)sent; i < count; i++) {
        const struct tiles_rect *rect = &frame->rects[i];
        tiles_mark_unsent(&server->tiles, rect->x, rect->y, rect->width, rect->height);
    }
    finish_frame(server, written, budget, (size_t)sent < count);
}

/* False: nothing is to be sent. */
static bool collect(struct server *server, size_t budget)
{
    struct tiles *tiles = &server->tiles;
    struct encoder *encoder = server->encoder;
    tiles->find_moves = encoder->takes_moves;
    tiles->hash_keys = encoder->hash_keys;
    tiles->now_ms = clock_ms();
    tiles->rect_pixels_max = budget < LARGE_BUDGET ? budget / 2 : 0;
    tiles->between = attend_looking;
    tiles->user = server;
    tiles_look(tiles, server->picture);
    /* Else something came meanwhile, and is looked at next. */
    if (!tiles->waiting)
        tell_taken(server);
    if (encoder->recall)
        encoder->recall(encoder, tiles->swaps, tiles->swap_count, budget);
    tiles_gather(tiles);
    return tiles->rect_count || tiles->moves.count || tiles->swap_count;
}

static void send_frame(struct server *server, size_t budget)
{
    struct tiles *tiles = &server->tiles;
    server->renewal = RENEWAL_NONE;
    if (!collect(server, budget)) {
        server_gfx_service(server); /* what came for the channels meanwhile */
        return;
    }
    struct encoder_frame frame = new_frame(server);
    frame.moves = tiles->moves.list;
    frame.move_count = tiles->moves.count;
    frame.rects = tiles->rects;
    frame.count = tiles->rect_count;
    frame.count = first_part(server, &frame, budget);
    send_rects(server, &frame, tiles->rect_count, budget);
}

/* A frame of its own, before the one that is being made. False: it goes the usual way. */
static bool send_aside(struct server *server, const struct worker_damage *damage)
{
    struct tiles_rect rects[TILES_ASIDE_MAX];
    size_t budget = budget_now(server);
    ptrdiff_t count = budget ? tiles_look_aside(&server->tiles, damage, rects) : -1;
    if (count <= 0)
        return count == 0;
    struct encoder_frame frame = new_frame(server);
    frame.rects = rects;
    frame.count = (size_t)count;
    frame.alone = true;
    send_rects(server, &frame, (size_t)count, budget);
    return true;
}

void server_output_damaged(struct server *server, const struct worker_damage *damage)
{
    server_output_captured(server);
    if (send_aside(server, damage))
        return;
    for (uint32_t i = 0; i < damage->count; i++)
        tiles_mark_damage(&server->tiles, &damage->rects[i]);
}

static bool refine_is_due(const struct server *server)
{
    const struct encoder *encoder = server->encoder;
    return encoder && encoder->refine_in && encoder->refine_in(encoder) == 0;
}

static void send_refinement(struct server *server, size_t budget)
{
    struct encoder_frame frame = new_frame(server);
    uint64_t written = server->layer.written;
    int sent = server->encoder->refine(server->encoder, &frame, budget);
    check_sent(sent);
    if (!sent)
        return;
    server->flow.last_id = frame.id;
    finish_frame(server, written, budget, refine_is_due(server));
}

void server_output_captured(struct server *server)
{
    if (server->renewal == RENEWAL_ASKED)
        server->renewal = RENEWAL_ANSWERED;
    server->captures++;
    server->taken_due = true;
    server->captured_ms = clock_ms();
}

/*
 * What waited may be out of date by now: a capture more shows what is there instead. True: it is
 * not there yet.
 */
static bool renew(struct server *server)
{
    bool is_old = clock_ms() - server->captured_ms >= STALE_MS;
    if (is_old && server->renewal == RENEWAL_NONE) {
        tell_captures(server, WORKER_RENEW);
        server->renewal = RENEWAL_ASKED;
    }
    return server->renewal == RENEWAL_ASKED;
}

int server_output_timeout(const struct server *server)
{
    /* What keeps from sending ends with an event. */
    if (!budget_now(server))
        return -1;
    if (server->tiles.waiting)
        return server->renewal == RENEWAL_ASKED ? -1 : 0;
    if (!server->encoder->refine_in)
        return -1;
    return server->encoder->refine_in(server->encoder);
}

void server_output_pump(struct server *server)
{
    /* One at a time: what comes in meanwhile, input most of all, does not wait for the next. */
    size_t budget = budget_now(server);
    if (!budget && server->renewal == RENEWAL_ANSWERED)
        server->renewal = RENEWAL_NONE; /* it waits again */
    if (budget && server->taken_due && !server->tiles.waiting)
        tell_taken(server);
    if (budget && server->tiles.waiting && !renew(server))
        send_frame(server, budget);
    else if (budget && !server->tiles.waiting && refine_is_due(server))
        send_refinement(server, budget);
    if (server->active && !server->layer.output.length)
        server_cursor_send(server);
}
