/*
 * Bounded byte queues: append at the end, take from the front, never beyond the limit.
 * The memory is wiped when it is let go.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *memory;
    size_t start;    /* first byte in use */
    size_t length;   /* bytes in use */
    size_t capacity; /* bytes allocated */
    size_t limit;    /* most bytes it may hold */
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_free(struct buffer *buffer);

/* 0, QA_ELIMIT (nothing was appended) or QA_ENOMEM (likewise). */
int buffer_append(struct buffer *buffer, const void *data, size_t length);

/*
 * Room for up to `length` more bytes at the end, to be filled by the caller and then committed;
 * NULL when that is over the limit or memory is out.
 */
uint8_t *buffer_reserve(struct buffer *buffer, size_t length);
void buffer_commit(struct buffer *buffer, size_t length);

/* The bytes in use, buffer->length of them. */
const uint8_t *buffer_data(const struct buffer *buffer);

/* Lets the first `length` bytes go. */
void buffer_consume(struct buffer *buffer, size_t length);

size_t buffer_room(const struct buffer *buffer);

#endif
