/* A stream of records gives the same records in any pieces. */
#include <string.h>

#include <qassist/errors.h>

#include "fuzz.h"
#include "wire/record.h"

struct result {
    int end; /* 0 or QA_EPROTO */
    size_t records;
    size_t bytes;
    uint32_t sum;
};

static struct result read_in_pieces(const uint8_t *data, size_t size, size_t piece)
{
    struct record_reader reader;
    struct result result = {0};
    size_t at = 0;
    record_reader_init(&reader);
    while (at < size) {
        const uint8_t *record;
        size_t used, length, given = size - at < piece ? size - at : piece;
        int state = record_read(&reader, data + at, given, &used, &record, &length);
        must(used <= given);
        at += used;
        if (state < 0) {
            must(state == QA_EPROTO);
            result.end = state;
            return result;
        }
        if (!state) {
            must(used == given);
            continue;
        }
        must(length >= 1 && length <= RECORD_MAX);
        result.records++;
        result.bytes += length;
        for (size_t i = 0; i < length; i++)
            result.sum = result.sum * 31 + record[i];
    }
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = (size_t)fuzz_byte(&data, &size) + 1;
    struct result whole = read_in_pieces(data, size, SIZE_MAX);
    struct result pieces = read_in_pieces(data, size, piece);
    must(whole.end == pieces.end && whole.records == pieces.records);
    must(whole.bytes == pieces.bytes && whole.sum == pieces.sum);

    uint8_t out[RECORD_MAX + 2];
    int written = record_write(data, size, out, sizeof out);
    must((written > 0) == (size >= 1 && size <= RECORD_MAX));
    if (written > 0) {
        struct result back = read_in_pieces(out, (size_t)written, piece);
        must(back.records == 1 && back.bytes == size);
    }
    return 0;
}
