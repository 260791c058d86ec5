/*
 * Several processes behind one port: this one accepts the connections, looks for the worker that a
 * client's first TLS message asks for (client_hello.h) and hands the socket over; who asks for none
 * goes to each in turn. It reads nothing and passes on no bytes itself. A worker that dies is
 * started again.
 */
#ifndef RELAY_WORKERS_H
#define RELAY_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

#define WORKERS_MAX 128
/* The descriptor that a worker gets its connections through. */
#define WORKERS_CHANNEL 3

struct workers_options {
    const char *listen;
    int listen_fd; /* one that listens already, or 0 */
    unsigned count;
    bool hangup_ends; /* SIGHUP is an end like any other */
    char **argv;      /* this program's; each worker gets it with two more options */
    /* All of them are there; false: give up. */
    bool (*ready)(void *user, unsigned port);
    /* Twice a second, where not NULL. */
    void (*alive)(void *user);
    void *user;
    const struct log *log;
};

/*
 * Serves until SIGTERM or SIGINT; SIGUSR1 (drain) and SIGHUP (settings) are handed on to the
 * workers. Returns 0, the exit code of a worker that could not start, or a negative error with a
 * sentence in `why`.
 */
int workers_run(const struct workers_options *options, char *why, size_t why_size);

#endif
