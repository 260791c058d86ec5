/*
 * The frames of a WebSocket (RFC 6455) at the server's end: what came is taken apart where it lies,
 * without a copy, and heads are made for what goes out. No I/O.
 */
#ifndef RELAY_FRAMES_H
#define RELAY_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum frame_kind {
    FRAME_MORE = 0, /* of a message that began before; the reader tells its kind instead */
    FRAME_TEXT = 1,
    FRAME_BINARY = 2,
    FRAME_CLOSE = 8,
    FRAME_PING = 9,
    FRAME_PONG = 10
};

#define FRAME_CONTROL_MAX 125u
/* The longest head of a frame with at most 65535 bytes that is not masked. */
#define FRAME_HEAD_MAX 4u

/* Zero it before the first byte. */
struct frame_reader {
    uint64_t left; /* bytes of the present frame that are to come */
    uint8_t head[14];
    uint8_t head_length;
    uint8_t mask[4];
    uint8_t mask_at;
    uint8_t kind;    /* of the present frame */
    uint8_t message; /* kind of the message that is not complete; 0: none is */
    bool is_inside;  /* the head of the present frame is complete */
    bool is_last;    /* the present frame is its message's last one */
    uint8_t control_length;
    uint8_t control[FRAME_CONTROL_MAX];
};

/* A part of a message, or a whole control frame; the bytes are unmasked. */
struct frame_piece {
    enum frame_kind kind;
    uint8_t *data;
    size_t length;
    bool is_last; /* the message ends with it */
};

/*
 * Takes a piece from the bytes, or all of them without one (`kind` is FRAME_MORE then). They are
 * changed, and the piece points into them or into the reader. The count of bytes taken, or
 * QA_EPROTO: these are no frames, and the reader is not to be used again.
 */
ssize_t frame_read(struct frame_reader *reader, uint8_t *data, size_t length,
                   struct frame_piece *piece);

/* Makes the head of a whole message of up to 65535 bytes; its length. */
size_t frame_head(uint8_t out[FRAME_HEAD_MAX], enum frame_kind kind, size_t length);

#endif
