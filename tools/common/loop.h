/*
 * A small poll(2) loop: a handful of descriptors and timers. Callbacks may add, change and remove
 * anything; nothing here allocates.
 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define LOOP_WATCHES 8

typedef void (*loop_fn)(void *user);

struct loop_watch {
    int fd; /* -1: free */
    loop_fn fn;
    void *user;
};

struct loop_timer {
    struct loop_timer *next;
    bool armed;
    int64_t due; /* loop_now */
    loop_fn fn;
    void *user;
};

struct loop {
    struct loop_watch watches[LOOP_WATCHES];
    struct loop_timer *timers;
    bool stopped;
};

void loop_init(struct loop *loop);

/* Calls fn whenever fd is readable or closed at the other end. */
void loop_watch(struct loop *loop, int fd, loop_fn fn, void *user);
void loop_unwatch(struct loop *loop, int fd);

/* Makes the timer known to the loop; it must live as long as the loop runs. */
void loop_timer_init(struct loop *loop, struct loop_timer *timer, loop_fn fn, void *user);
void loop_timer_set(struct loop_timer *timer, int64_t milliseconds_from_now);
void loop_timer_clear(struct loop_timer *timer);

/* Runs until loop_stop; false when poll itself failed. */
bool loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/*
 * For a loop inside another one: what is to be polled (fd -1: nothing) and for how many
 * milliseconds at most (-1: no end), then the work after polling.
 */
int loop_prepare(const struct loop *loop, struct pollfd polled[LOOP_WATCHES]);
void loop_work(struct loop *loop, const struct pollfd polled[LOOP_WATCHES]);

/* Monotonic milliseconds. */
int64_t loop_now(void);

#endif
