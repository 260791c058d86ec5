/*
 * One end of a relayed pair as scripts/bench relay drives it: a TCP connection, with TLS or
 * without, and with WebSocket frames or without. Opened with blocking calls, used without.
 */
#ifndef BENCH_LOAD_END_H
#define BENCH_LOAD_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#define MESSAGE_MAX 65536u

struct end {
    int fd;
    SSL *ssl;   /* NULL: plain TCP */
    bool is_ws; /* WebSocket frames both ways; ours are masked */
    uint64_t frame_left;
    uint8_t head[4 + 125]; /* of the frame that comes, or a whole ping */
    size_t head_length;
};

/* Says why and ends the program: a measurement with a part missing is none. */
void fail(const char *what);

/* TLS 1.3, or only 1.2. */
SSL_CTX *tls_client(bool only_1_2);
SSL_CTX *tls_server(const char *certificate, const char *key);

/* Blocking. `from` is a number of our address: a program may have limits for each. */
void end_connect(struct end *end, unsigned port, unsigned from);
void end_accept(struct end *end, int listener);
void end_start_tls(struct end *end, SSL_CTX *context, bool as_server);
void end_write(struct end *end, const void *data, size_t length);
size_t end_read(struct end *end, void *data, size_t size);
void end_read_all(struct end *end, void *data, size_t length);
/* The request for a WebSocket and its answer. */
void end_upgrade(struct end *end, const char *subprotocol);
/* A text message; what is received is ended by NUL. */
void end_say(struct end *end, const char *text);
void end_hear(struct end *end, char *text, size_t size);

/* From here on nothing blocks. */
void end_set_running(struct end *end);

/* A message's bytes as they are sent, `length` in all; the count of payload bytes in it. */
size_t end_make_message(const struct end *end, uint8_t *message, size_t length);

/* All of a message, again with the same one if it says 0: not yet. */
bool end_send(struct end *end, const uint8_t *message, size_t length);

/* Payload bytes that came in one read, or -1: none are there. Answers pings. */
ssize_t end_receive(struct end *end);

void end_close(struct end *end);

#endif
