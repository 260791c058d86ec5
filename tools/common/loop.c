#include "common/loop.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

void loop_init(struct loop *loop)
{
    *loop = (struct loop){0};
    for (int i = 0; i < LOOP_WATCHES; i++)
        loop->watches[i].fd = -1;
}

void loop_watch(struct loop *loop, int fd, loop_fn fn, void *user)
{
    for (int i = 0; i < LOOP_WATCHES; i++)
        if (loop->watches[i].fd < 0) {
            loop->watches[i] = (struct loop_watch){fd, fn, user};
            return;
        }
}

void loop_unwatch(struct loop *loop, int fd)
{
    for (int i = 0; i < LOOP_WATCHES; i++)
        if (loop->watches[i].fd == fd)
            loop->watches[i].fd = -1;
}

void loop_timer_init(struct loop *loop, struct loop_timer *timer, loop_fn fn, void *user)
{
    *timer = (struct loop_timer){.next = loop->timers, .fn = fn, .user = user};
    loop->timers = timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t milliseconds_from_now)
{
    timer->armed = true;
    timer->due = loop_now() + milliseconds_from_now;
}

void loop_timer_clear(struct loop_timer *timer)
{
    timer->armed = false;
}

int64_t loop_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int until_next_timer(const struct loop *loop)
{
    int64_t wait = -1, now = loop_now();
    for (const struct loop_timer *timer = loop->timers; timer; timer = timer->next) {
        if (!timer->armed)
            continue;
        int64_t left = timer->due > now ? timer->due - now : 0;
        if (wait < 0 || left < wait)
            wait = left;
    }
    return wait > 60000 ? 60000 : (int)wait;
}

static void run_timers(struct loop *loop)
{
    int64_t now = loop_now();
    for (struct loop_timer *timer = loop->timers; timer && !loop->stopped; timer = timer->next)
        if (timer->armed && timer->due <= now) {
            timer->armed = false;
            timer->fn(timer->user);
        }
}

static void run_watches(struct loop *loop, const struct pollfd *polled)
{
    for (int i = 0; i < LOOP_WATCHES && !loop->stopped; i++) {
        struct loop_watch watch = loop->watches[i];
        if (watch.fd >= 0 && watch.fd == polled[i].fd && polled[i].revents)
            watch.fn(watch.user);
    }
}

int loop_prepare(const struct loop *loop, struct pollfd polled[LOOP_WATCHES])
{
    for (int i = 0; i < LOOP_WATCHES; i++)
        polled[i] = (struct pollfd){.fd = loop->watches[i].fd, .events = POLLIN};
    return until_next_timer(loop);
}

void loop_work(struct loop *loop, const struct pollfd polled[LOOP_WATCHES])
{
    run_watches(loop, polled);
    run_timers(loop);
}

bool loop_run(struct loop *loop)
{
    while (!loop->stopped) {
        struct pollfd polled[LOOP_WATCHES];
        int timeout = loop_prepare(loop, polled);
        if (poll(polled, LOOP_WATCHES, timeout) < 0) {
            if (errno != EINTR)
                return false;
            loop_prepare(loop, polled); /* what poll left there means nothing */
        }
        loop_work(loop, polled);
    }
    loop->stopped = false;
    return true;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
