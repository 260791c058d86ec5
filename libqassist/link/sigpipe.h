/*
 * Keeps SIGPIPE from the program that embeds us: TLS and libuv write to sockets without
 * MSG_NOSIGNAL. The signal is held back in the calling thread between begin and end, and what came
 * in between is swallowed; the program's own handler and mask are as they were afterwards. Whoever
 * runs a loop with links on it does so between the two.
 */
#ifndef LINK_SIGPIPE_H
#define LINK_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct sigpipe_guard {
    sigset_t mask_before;
    bool pending_before;
};

void sigpipe_guard_begin(struct sigpipe_guard *guard);
void sigpipe_guard_end(struct sigpipe_guard *guard);

#endif
