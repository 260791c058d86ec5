/*
 * Records: how the pairing messages are cut out of the relay's byte stream, before the channel
 * stands. Each is a two-byte big-endian length and that many bytes (1 to RECORD_MAX). What follows
 * the last pairing record is TLS, byte for byte.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_MAX 1024

struct record_reader {
    uint8_t bytes[2 + RECORD_MAX];
    size_t length;
};

void record_reader_init(struct record_reader *reader);

/*
 * Takes up to `length` bytes; *used says how many. Returns 1 with a whole record in *record and
 * *record_length (valid until the next call), 0 when more bytes are needed, QA_EPROTO for a bad
 * length.
 */
int record_read(struct record_reader *reader, const uint8_t *data, size_t length, size_t *used,
                const uint8_t **record, size_t *record_length);

/* Writes header and payload to out (2 + length bytes); returns their number, or QA_EINVAL. */
int record_write(const uint8_t *payload, size_t length, uint8_t *out, size_t size);

#endif
