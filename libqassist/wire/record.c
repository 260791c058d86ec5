#include "wire/record.h"

#include <string.h>

#include <qassist/errors.h>

#define HEADER 2

void record_reader_init(struct record_reader *reader)
{
    memset(reader, 0, sizeof *reader);
}

static size_t payload_length(const struct record_reader *reader)
{
    return (size_t)reader->bytes[0] << 8 | reader->bytes[1];
}

/* Moves bytes in until the reader holds `target` of them; returns how many were taken. */
static size_t fill(struct record_reader *reader, size_t target, const uint8_t *data, size_t length)
{
    size_t take = target - reader->length;
    if (take > length)
        take = length;
    if (take)
        memcpy(reader->bytes + reader->length, data, take);
    reader->length += take;
    return take;
}

int record_read(struct record_reader *reader, const uint8_t *data, size_t length, size_t *used,
                const uint8_t **record, size_t *record_length)
{
    *used = 0;
    /* The record returned last is let go now. */
    if (reader->length > HEADER && reader->length == HEADER + payload_length(reader))
        reader->length = 0;

    if (reader->length < HEADER)
        *used = fill(reader, HEADER, data, length);
    if (reader->length < HEADER)
        return 0;
    size_t payload = payload_length(reader);
    if (payload < 1 || payload > RECORD_MAX)
        return QA_EPROTO;
    if (*used < length)
        *used += fill(reader, HEADER + payload, data + *used, length - *used);
    if (reader->length < HEADER + payload)
        return 0;
    *record = reader->bytes + HEADER;
    *record_length = payload;
    return 1;
}

int record_write(const uint8_t *payload, size_t length, uint8_t *out, size_t size)
{
    if (length < 1 || length > RECORD_MAX || size < HEADER + length)
        return QA_EINVAL;
    out[0] = (uint8_t)(length >> 8);
    out[1] = (uint8_t)length;
    memcpy(out + HEADER, payload, length);
    return (int)(HEADER + length);
}
