#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

void buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){.limit = limit};
}

static void release_memory(struct buffer *buffer)
{
    if (buffer->memory) {
        sodium_memzero(buffer->memory, buffer->capacity);
        free(buffer->memory);
    }
    buffer->memory = NULL;
    buffer->start = 0;
    buffer->capacity = 0;
}

void buffer_free(struct buffer *buffer)
{
    release_memory(buffer);
    buffer->length = 0;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t length)
{
    if (length > buffer_room(buffer))
        return NULL;
    size_t needed = buffer->length + length;
    if (buffer->memory && buffer->start + needed <= buffer->capacity)
        return buffer->memory + buffer->start + buffer->length;

    if (needed <= buffer->capacity) {
        memmove(buffer->memory, buffer->memory + buffer->start, buffer->length);
        buffer->start = 0;
        return buffer->memory + buffer->length;
    }

    size_t capacity = buffer->capacity ? buffer->capacity : 1024;
    while (capacity < needed)
        capacity *= 2;
    if (capacity > buffer->limit)
        capacity = buffer->limit;
    uint8_t *memory = malloc(capacity ? capacity : 1);
    if (!memory)
        return NULL;
    if (buffer->length)
        memcpy(memory, buffer->memory + buffer->start, buffer->length);
    size_t kept = buffer->length;
    release_memory(buffer);
    buffer->memory = memory;
    buffer->capacity = capacity;
    buffer->length = kept;
    return memory + kept;
}

void buffer_commit(struct buffer *buffer, size_t length)
{
    buffer->length += length;
}

int buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    if (!length)
        return 0;
    if (length > buffer_room(buffer))
        return QA_ELIMIT;
    uint8_t *room = buffer_reserve(buffer, length);
    if (!room)
        return QA_ENOMEM;
    memcpy(room, data, length);
    buffer_commit(buffer, length);
    return 0;
}

const uint8_t *buffer_data(const struct buffer *buffer)
{
    return buffer->memory ? buffer->memory + buffer->start : NULL;
}

void buffer_consume(struct buffer *buffer, size_t length)
{
    buffer->start += length;
    buffer->length -= length;
    if (!buffer->length) {
        buffer->start = 0;
        /* An idle queue gives a burst's memory back. */
        if (buffer->capacity > 65536)
            release_memory(buffer);
    }
}

size_t buffer_room(const struct buffer *buffer)
{
    return buffer->limit - buffer->length;
}
