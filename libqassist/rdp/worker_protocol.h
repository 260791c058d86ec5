/*
 * The private protocol between the library and its worker: one message a packet over a
 * SOCK_SEQPACKET pair, in the machine's own byte order. Both ends check every message with
 * worker_message_valid before they look at it; the library because the worker parses hostile bytes
 * and may be taken over, the worker because a fault should show where it happens.
 */
#ifndef RDP_WORKER_PROTOCOL_H
#define RDP_WORKER_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORKER_PROTOCOL_VERSION 10u

/* The descriptors that a worker starts with, besides 0 to 2. */
#define WORKER_FD_STREAM  3 /* RDP bytes, SOCK_STREAM */
#define WORKER_FD_CONTROL 4 /* these messages, SOCK_SEQPACKET */
#define WORKER_FD_PICTURE 5 /* memfd of PICTURE_CAPACITY bytes */

#define WORKER_DAMAGE_MAX      64
#define WORKER_MOVES_MAX       16
#define WORKER_GENERATION_MAX  32767 /* of a picture: RDP carries it as a monitor's place */
#define WORKER_EPOCHS          16
#define WORKER_WHEEL_MAX       12000 /* a hundred notches in one event */
#define WORKER_CURSOR_SIDE_MAX 384   /* what RDP can carry */
#define WORKER_CURSOR_CHUNK    32768

enum worker_role { WORKER_SERVER = 1, WORKER_CLIENT = 2 };

/* In worker_hello.flags. */
#define WORKER_CLASSIC_BITMAPS 1u /* client: without the graphics pipeline */
#define WORKER_VERBOSE         2u /* FreeRDP's warnings to standard error */

/* How a worker ends by itself. */
enum worker_exit {
    WORKER_EXIT_DONE = 0,     /* the library closed the control socket */
    WORKER_EXIT_START = 10,   /* not started by the library, or set-up failed */
    WORKER_EXIT_PEER = 11,    /* the RDP bytes are not valid, or the peer ended RDP */
    WORKER_EXIT_CONTROL = 12, /* a message of the library is not valid */
    WORKER_EXIT_TIMEOUT = 13, /* no RDP connection in time */
    WORKER_EXIT_MEMORY = 14,
    WORKER_EXIT_SYSTEM = 15 /* a system call failed */
};

enum worker_message_type {
    WORKER_HELLO = 1,           /* first, both ways */
    WORKER_PING = 2,            /* to the worker */
    WORKER_PONG = 3,            /* from the worker */
    WORKER_SIZE = 4,            /* to a server: size of the picture */
    WORKER_DAMAGE = 5,          /* to a server */
    WORKER_CURSOR = 6,          /* server: to it; client: from it; its pixels follow */
    WORKER_CURSOR_DATA = 7,     /* the next pixels of the cursor */
    WORKER_CURSOR_POSITION = 8, /* server: to it; client: from it */
    WORKER_INPUT = 9,           /* client: to it; server: from it */
    WORKER_INPUT_EPOCH = 10,    /* likewise */
    WORKER_READY = 11,          /* from the worker */
    WORKER_FRAME = 12,          /* from a client; it decodes no more until WORKER_FRAME_DONE */
    WORKER_FRAME_DONE = 13,     /* to a client */
    WORKER_TAKEN = 14,          /* from a server: what was said was looked at; the next */
    WORKER_REFRESH = 15,        /* to a client: the whole picture as the next frame */
    WORKER_PATIENCE = 16,       /* to a client: the peer waits; the time to connect begins anew */
    WORKER_RENEW = 17 /* from a server: what was said is out of date; it looks at nothing until
                       * something is said again, be it that nothing changed */
};

struct worker_header {
    uint32_t type;
    uint32_t length; /* of the whole message */
};

struct worker_rect {
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
};

struct worker_hello {
    struct worker_header header;
    uint32_t version;
    uint32_t role;
    uint32_t flags;            /* to the worker, as is the next */
    uint32_t connect_limit_ms; /* client: no RDP connection by then ends it */
};

struct worker_ping { /* and pong */
    struct worker_header header;
    uint32_t sequence;
};

struct worker_captures { /* taken and renew */
    struct worker_header header;
    uint32_t count; /* of WORKER_SIZE and WORKER_DAMAGE, since the first */
};

struct worker_size {
    struct worker_header header;
    int32_t width;
    int32_t height;
    uint32_t generation;
};

struct worker_damage { /* its rectangles lie within width x height, as do those of a frame */
    struct worker_header header;
    int32_t width;
    int32_t height;
    uint32_t count; /* may be 0: nothing changed since */
    struct worker_rect rects[WORKER_DAMAGE_MAX];
};

struct worker_move {
    struct worker_rect to;
    int32_t from_x;
    int32_t from_y;
};

struct worker_frame {
    struct worker_header header;
    int32_t width;
    int32_t height;
    uint32_t generation; /* of the picture */
    uint32_t move_count; /* made one after the other, before anything is painted */
    uint32_t count;      /* painted; 0 where all that changed was moved */
    struct worker_move moves[WORKER_MOVES_MAX];
    struct worker_rect rects[WORKER_DAMAGE_MAX];
};

struct worker_cursor {
    struct worker_header header;
    int32_t width; /* 0 x 0: hidden */
    int32_t height;
    int32_t hot_x;
    int32_t hot_y;
};

struct worker_cursor_data {
    struct worker_header header;
    uint32_t count;
    uint8_t bytes[WORKER_CURSOR_CHUNK];
};

struct worker_position {
    struct worker_header header;
    int32_t x;
    int32_t y;
};

struct worker_input {
    struct worker_header header;
    uint32_t type; /* qa_input_type */
    int32_t x;
    int32_t y;
    uint32_t button;
    uint32_t pressed;
    int32_t wheel_x;
    int32_t wheel_y;
    uint32_t scancode;
    uint32_t codepoint;
};

struct worker_epoch {
    struct worker_header header;
    uint32_t epoch;
};

union worker_message {
    struct worker_header header;
    struct worker_hello hello;
    struct worker_ping ping;
    struct worker_size size;
    struct worker_captures captures;
    struct worker_damage damage;
    struct worker_frame frame;
    struct worker_cursor cursor;
    struct worker_cursor_data cursor_data;
    struct worker_position position;
    struct worker_input input;
    struct worker_epoch epoch;
};

/* Fills in the header. `length` is the message's. */
void worker_message_init(union worker_message *message, enum worker_message_type type,
                         size_t length);

/* Whether a packet of `received` bytes is one well-formed message with every value in range. */
bool worker_message_valid(const union worker_message *message, size_t received);

#endif
