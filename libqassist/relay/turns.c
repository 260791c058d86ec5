#include "relay/turns.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <qassist/errors.h>

#define EVENTS_MAX 256

struct turns {
    void (*turn)(struct stream *stream);
    struct stream_scratch *scratch;
    int epoll;
    uv_poll_t poll;
    uv_idle_t idle; /* runs while somebody waits for a turn: the loop does not sleep then */
    TAILQ_HEAD(, stream) queue;
    uint64_t round;
    bool is_closed;
};

struct stream_scratch *turns_scratch(struct turns *turns)
{
    return turns->scratch;
}

/* ---- the queue ---- */

static void run(struct turns *turns);

static void idle(uv_idle_t *handle)
{
    run(handle->data);
}

void turns_wake(struct stream *stream)
{
    struct turns *turns = stream->turns;
    if (!stream->ssl || stream->is_queued || turns->is_closed)
        return;
    if (TAILQ_EMPTY(&turns->queue))
        uv_idle_start(&turns->idle, idle);
    stream->is_queued = true;
    stream->round = turns->round;
    TAILQ_INSERT_TAIL(&turns->queue, stream, queue);
}

static void take_out(struct stream *stream)
{
    if (!stream->is_queued)
        return;
    stream->is_queued = false;
    TAILQ_REMOVE(&stream->turns->queue, stream, queue);
}

/* ---- events ---- */

/* Edge-triggered: what is not read or written now is remembered in the stream. */
static int collect(struct turns *turns)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(turns->epoll, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        struct stream *stream = events[i].data.ptr;
        if (events[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            stream->is_readable = true;
        if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            stream->is_hung_up = true;
        turns_wake(stream);
    }
    return count;
}

static void run(struct turns *turns)
{
    while (collect(turns) == EVENTS_MAX)
        ;
    /* Who is woken from here on waits for the next round. */
    turns->round++;
    struct stream *stream;
    while (!turns->is_closed && (stream = TAILQ_FIRST(&turns->queue)) &&
           stream->round != turns->round) {
        take_out(stream);
        turns->turn(stream);
    }
    if (TAILQ_EMPTY(&turns->queue) && !turns->is_closed)
        uv_idle_stop(&turns->idle);
}

static void ready(uv_poll_t *poll, int status, int events)
{
    run(poll->data);
}

int turns_add(struct stream *stream)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = stream};
    return epoll_ctl(stream->turns->epoll, EPOLL_CTL_ADD, stream->fd, &event) ? QA_EIO : 0;
}

void turns_remove(struct stream *stream)
{
    take_out(stream);
    epoll_ctl(stream->turns->epoll, EPOLL_CTL_DEL, stream->fd, NULL);
}

/* ---- making and taking down ---- */

int turns_new(uv_loop_t *loop, void (*turn)(struct stream *stream), struct turns **out)
{
    *out = NULL;
    struct turns *turns = calloc(1, sizeof *turns);
    if (!turns)
        return QA_ENOMEM;
    turns->turn = turn;
    TAILQ_INIT(&turns->queue);
    turns->scratch = stream_scratch_new();
    turns->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!turns->scratch || turns->epoll < 0 || uv_poll_init(loop, &turns->poll, turns->epoll)) {
        turns_free(turns);
        return QA_EIO;
    }
    uv_idle_init(loop, &turns->idle);
    turns->poll.data = turns->idle.data = turns;
    uv_poll_start(&turns->poll, UV_READABLE, ready);
    *out = turns;
    return 0;
}

void turns_close(struct turns *turns)
{
    if (!turns || turns->is_closed)
        return;
    turns->is_closed = true;
    uv_close((uv_handle_t *)&turns->poll, NULL);
    uv_close((uv_handle_t *)&turns->idle, NULL);
}

void turns_free(struct turns *turns)
{
    if (!turns)
        return;
    stream_scratch_free(turns->scratch);
    if (turns->epoll >= 0)
        close(turns->epoll);
    free(turns);
}
