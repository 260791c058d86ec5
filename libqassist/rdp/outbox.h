/*
 * What the library has to tell its worker. Kept as the latest state rather than as a queue of
 * messages, so that a slow worker costs no memory and gets the newest: damage is merged, a cursor
 * or a place overtakes the one before. Only input keeps its order, in a short ring.
 */
#ifndef RDP_OUTBOX_H
#define RDP_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qassist/input.h>
#include <qassist/picture.h>

#include "rdp/worker_protocol.h"

#define OUTBOX_INPUT_MAX 256

struct outbox_input {
    bool is_epoch;
    unsigned epoch;
    qa_input_event event;
};

struct outbox {
    bool hello;
    uint32_t role;
    uint32_t flags;
    uint32_t connect_limit_ms;

    bool ping;
    uint32_t ping_sequence;
    bool frame_done;
    bool refresh;
    bool patience;

    bool size;
    int32_t width;
    int32_t height;
    uint32_t generation;
    bool damage; /* to be said, though it be none */
    qa_rect rects[WORKER_DAMAGE_MAX];
    size_t rect_count;
    uint32_t captures; /* sizes and damage that were sent, ever */

    bool cursor; /* its first message waits */
    struct worker_cursor shape;
    uint8_t *cursor_pixels; /* what is left to send, or NULL */
    size_t cursor_length;
    size_t cursor_sent;
    bool position;
    int32_t position_x;
    int32_t position_y;

    struct outbox_input input[OUTBOX_INPUT_MAX];
    size_t input_first;
    size_t input_count;
};

void outbox_free(struct outbox *outbox);

void outbox_set_size(struct outbox *outbox, int32_t width, int32_t height);
/* Parts outside of the picture are cut off. */
void outbox_add_damage(struct outbox *outbox, const qa_rect *damage, size_t count);
/* 0, QA_EINVAL, QA_ENOMEM. */
int outbox_set_cursor(struct outbox *outbox, const qa_cursor *cursor);
int outbox_set_cursor_position(struct outbox *outbox, int32_t x, int32_t y);
/* 0, QA_EINVAL, QA_ELIMIT. A move that follows a waiting move takes its place. */
int outbox_add_input(struct outbox *outbox, const qa_input_event *event);
int outbox_add_epoch(struct outbox *outbox, unsigned epoch);

bool outbox_empty(const struct outbox *outbox);

/* Sends what the socket takes. 0, or QA_EIO when the worker's end is closed. */
int outbox_flush(struct outbox *outbox, int fd);

#endif
