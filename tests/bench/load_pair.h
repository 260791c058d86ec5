/*
 * Pairs through the program that is measured: how two ends of ours get together through each kind.
 */
#ifndef BENCH_LOAD_PAIR_H
#define BENCH_LOAD_PAIR_H

#include "load_end.h"

struct pair {
    struct end from, to;
    struct end control; /* of TURN: the connection that holds the allocation */
    bool has_control;
    uint64_t sent, received; /* payload bytes */
};

struct way {
    /* qassist: both dial in; tls, turn, websocket: the program connects to `listener` */
    enum { WAY_QASSIST, WAY_TLS, WAY_TURN, WAY_WEBSOCKET } kind;
    unsigned port; /* of the program */
    const char *token;
    SSL_CTX *client, *server;
    int listener;
    unsigned listener_port;
};

/* Where the program is to connect to. */
void way_listen(struct way *way);

/* Opens a pair, and sees to it that the two ends are those of each other. `from`: end_connect. */
void pair_open(const struct way *way, struct pair *pair, unsigned from);

void pair_close(struct pair *pair);

#endif
