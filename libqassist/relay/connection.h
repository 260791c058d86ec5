/*
 * One connection to the relay: its state, what waits to be written to it and when it is dead. What
 * the messages mean is rendezvous.h, where the bytes of a pair go is forward.h.
 */
#ifndef RELAY_CONNECTION_H
#define RELAY_CONNECTION_H

#include <sys/queue.h>

#include <libwebsockets.h>

#include "base/buffer.h"
#include "relay/address.h"
#include "relay/directory.h"
#include "relay/frames.h"
#include "relay/outcome.h"
#include "relay/stream.h"
#include "relay/ticket.h"
#include "wire/relay_message.h"

/* Time to have a token looked at, waiting for others' included. */
#define CONNECTION_CHECK_MS 30000
#define CONNECTION_CLOSE_MS 5000
/* A ping that often, and dead after that long without a sign of life. */
#define CONNECTION_PING_MS 15000
#define CONNECTION_DEAD_MS 40000

enum connection_state {
    CONNECTION_NEW,      /* TLS and HTTP */
    CONNECTION_HELLO,    /* a WebSocket that has not said what it wants */
    CONNECTION_CHECKING, /* a helper whose token is being verified */
    CONNECTION_WAITING,  /* a helper with a code */
    CONNECTION_COMING,   /* has a ticket; is the one in its place alive? */
    CONNECTION_AWAITING, /* back in its session, where the other one is not yet */
    CONNECTION_PAIRED,
    CONNECTION_LEFT,    /* the other is gone: gets what is queued, then peer_gone, then the close */
    CONNECTION_CLOSING, /* gets the queued texts, then the close */
    CONNECTION_ENDED    /* said good-bye itself */
};

struct relay_server;
struct verifier_job;
struct sign_in_job;
struct asking;

struct connection {
    struct relay_server *server;
    LIST_ENTRY(connection) all; /* of the server's */
    struct lws *wsi;
    struct stream stream; /* open while it is a WebSocket */
    struct frame_reader frames;
    enum connection_state state;
    struct address address; /* of the client, unless `forwards` */
    bool forwards;          /* of a load balancer that has not said yet for whom */
    struct subject from;    /* the address, as limits count it */
    bool is_websocket;
    bool is_dead;  /* killed; only its memory is left */
    bool direct;   /* asked for this very node, not for a balancer before it */
    bool in_hello; /* counted among those that have not said anything */
    bool counted, counted_unasked, counted_session, counted_code; /* in the server's presence */
    uint64_t deadline_ms;
    enum outcome_kind asked;

    /* to be written */
    struct buffer texts; /* uint32_t length and bytes, again and again */
    struct buffer out;   /* bytes for a pair's stream */
    bool ping_due, pong_due, gone_said;
    uint8_t pong[FRAME_CONTROL_MAX]; /* what the last ping said */
    uint8_t pong_length;
    bool peer_lost; /* LEFT: the other one may come back */
    uint16_t close_code;
    char close_reason[64];
    bool close_said, close_heard; /* the close frames */
    bool frames_broken;           /* what comes is no WebSocket any more */

    /* signs of life */
    bool heard; /* something, in this turn */
    uint64_t pinged_ms, alive_ms;
    bool unanswered;    /* asked for a sign of life, and none came yet */
    uint64_t written;   /* stream bytes given to the socket */
    uint64_t delivered; /* of them, those that the other side's TCP has; the most seen */

    /* a text message that is not complete yet */
    struct buffer text_in;

    /* of helpers */
    struct verifier_job *job;
    struct sign_in_job *signing;
    struct asking *asking; /* what the directory is asked for it */
    unsigned draws;        /* routes that another node had already */
    struct directory_entry *entry;
    char shown_name[RELAY_NAME_MAX + 1];
    char organisation[RELAY_NAME_MAX + 1];
    char account[ACCOUNTS_ID_DIGITS + 1];

    /* of sessions */
    bool in_session; /* sid and role are those of a meeting, which may be over */
    uint8_t sid[RELAY_SID_BYTES];
    enum ticket_role role;
    bool reported;

    /* of pairs */
    struct connection *peer;
    bool held_back; /* not read from, because the peer's queue is full */
    uint64_t paired_ms;
    uint64_t moved; /* bytes from here that usage.h has not seen yet */
};

/* Queues a text message. */
void connection_say(struct connection *connection, const struct relay_message *message);

/* Queues an error message, then closes. detail may be NULL for the error's own text. No refusal for
 * a time goes out without a number of seconds. */
void connection_refuse(struct connection *connection, int error, uint32_t retry_s,
                       const char *detail);

/* Closes with a code once what is queued in texts is out. */
void connection_close(struct connection *connection, uint16_t code, const char *reason);

/* The other one is gone: it gets what is queued, then peer_gone, then the close. */
void connection_left(struct connection *left, bool lost);

/* Asks for a sign of life, and whether one came since then. */
void connection_ask(struct connection *connection);
bool connection_answered(struct connection *connection);

/* Ends it from the loop, without a word. */
void connection_kill(struct connection *connection);

/* In a turn: plain bytes that came; a stream_take (endpoint.c). */
bool endpoint_take(void *user, uint8_t *data, size_t length);

/* Its turn: writes what is due, reads what came. */
void connection_turn(struct stream *stream);

/* Something was heard. */
void connection_heard(struct connection *connection, uint64_t now);

/* TLS bytes that the other side's TCP has not acknowledged. */
size_t connection_unsent(const struct connection *connection);

/* Looks at deadlines and pings. */
void connection_check(struct connection *connection, uint64_t now);

#endif
