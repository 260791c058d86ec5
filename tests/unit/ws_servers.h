/*
 * What a WebSocket link can meet, each in a process of its own on a loopback port: a real relay, a
 * TLS server with a certificate of the test's choice, things that are no relay, a proxy.
 */
#ifndef TESTS_WS_SERVERS_H
#define TESTS_WS_SERVERS_H

#include <sys/types.h>

struct server {
    pid_t pid;
    unsigned port;
};

/* A self-signed certificate and its key as PEM files; days may be negative: expired by then. */
void make_certificate(const char *certificate_file, const char *key_file, const char *names,
                      int first_day, int last_day);

/* `qa-relay ...` with --ready-fd added; a NULL ends the arguments. */
struct server start_relay(const char *const *arguments);

enum server_kind {
    SERVER_TLS,    /* a TLS handshake, then nothing sensible */
    SERVER_HTTP,   /* TLS, and a plain answer to every request */
    SERVER_TEXT,   /* no TLS */
    SERVER_SILENT, /* accepts and says nothing */
    SERVER_CLOSES, /* accepts and resets */
    SERVER_PROXY   /* CONNECT with "user:pass word", to `target` whatever is asked for */
};

struct server start_server(enum server_kind kind, const char *certificate_file,
                           const char *key_file, unsigned target);

/* A port that nothing listens on. */
unsigned free_port(void);

void stop_server(struct server *server);

#endif
