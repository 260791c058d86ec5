/*
 * Keeps SIGPIPE from the program while the library writes to sockets, without touching its handler:
 * the signal is blocked in this thread, and one that came is taken away.
 */
#ifndef API_SIGPIPE_H
#define API_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct sigpipe_guard {
    sigset_t before;
    bool was_pending;
};

void sigpipe_block(struct sigpipe_guard *guard);
void sigpipe_restore(const struct sigpipe_guard *guard);

#endif
