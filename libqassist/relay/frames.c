#include "relay/frames.h"

#include <string.h>

#include <qassist/errors.h>

/* ---- heads ---- */

static size_t head_length_of(const uint8_t *head)
{
    unsigned length = head[1] & 0x7f;
    return 2u + (length == 126 ? 2u : length == 127 ? 8u : 0u) + (head[1] & 0x80 ? 4u : 0u);
}

static uint64_t big_endian(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static uint64_t payload_length_of(const uint8_t *head)
{
    unsigned length = head[1] & 0x7f;
    return length < 126 ? length : big_endian(head + 2, length == 126 ? 2 : 8);
}

static bool is_control(unsigned kind)
{
    return kind & 8;
}

static int check_control(const struct frame_reader *reader)
{
    if (reader->kind > FRAME_PONG || !reader->is_last || reader->left > FRAME_CONTROL_MAX)
        return QA_EPROTO;
    return 0;
}

static int check_data(const struct frame_reader *reader)
{
    if (reader->kind > FRAME_BINARY || reader->left > INT64_MAX)
        return QA_EPROTO;
    /* A message goes on if and only if one has begun. */
    return (reader->kind == FRAME_MORE) == (reader->message != 0) ? 0 : QA_EPROTO;
}

static int open_frame(struct frame_reader *reader)
{
    const uint8_t *head = reader->head;
    if (head[0] & 0x70)
        return QA_EPROTO;
    reader->kind = head[0] & 0x0f;
    reader->is_last = head[0] & 0x80;
    reader->left = payload_length_of(head);
    reader->mask_at = 0;
    memset(reader->mask, 0, sizeof reader->mask);
    if (head[1] & 0x80)
        memcpy(reader->mask, head + reader->head_length - 4, 4);
    reader->head_length = 0;
    reader->is_inside = true;
    if (is_control(reader->kind)) {
        reader->control_length = 0;
        return check_control(reader);
    }
    if (check_data(reader))
        return QA_EPROTO;
    if (reader->kind != FRAME_MORE)
        reader->message = reader->kind;
    return 0;
}

/* Until the head is complete or there is no more; the count of bytes taken, or QA_EPROTO. */
static ssize_t read_head(struct frame_reader *reader, const uint8_t *data, size_t length)
{
    size_t taken = 0;
    while (taken < length) {
        reader->head[reader->head_length++] = data[taken++];
        if (reader->head_length < 2 || reader->head_length < head_length_of(reader->head))
            continue;
        if (open_frame(reader))
            return QA_EPROTO;
        break;
    }
    return (ssize_t)taken;
}

/* ---- payloads ---- */

/* As many bytes as the widest registers that compilers use by themselves hold, twice. */
typedef uint64_t words __attribute__((vector_size(32)));

static void unmask(struct frame_reader *reader, uint8_t *data, size_t length)
{
    uint8_t mask[sizeof(words)];
    words mask_words, some;
    for (size_t i = 0; i < sizeof mask; i++)
        mask[i] = reader->mask[(reader->mask_at + i) & 3];
    memcpy(&mask_words, mask, sizeof mask_words);
    reader->mask_at = (uint8_t)((reader->mask_at + length) & 3);
    size_t at = 0;
    for (; at + sizeof some <= length; at += sizeof some) {
        memcpy(&some, data + at, sizeof some);
        some ^= mask_words;
        memcpy(data + at, &some, sizeof some);
    }
    for (size_t i = 0; at < length; i++, at++)
        data[at] ^= mask[i];
}

static void close_frame(struct frame_reader *reader)
{
    reader->is_inside = false;
    if (!is_control(reader->kind) && reader->is_last)
        reader->message = 0;
}

static void take_control(struct frame_reader *reader, const uint8_t *data, size_t length,
                         struct frame_piece *piece)
{
    if (length)
        memcpy(reader->control + reader->control_length, data, length);
    reader->control_length = (uint8_t)(reader->control_length + length);
    if (reader->left)
        return;
    *piece = (struct frame_piece){.kind = (enum frame_kind)reader->kind,
                                  .data = reader->control,
                                  .length = reader->control_length,
                                  .is_last = true};
}

ssize_t frame_read(struct frame_reader *reader, uint8_t *data, size_t length,
                   struct frame_piece *piece)
{
    ssize_t taken = 0;
    piece->kind = FRAME_MORE;
    if (!reader->is_inside) {
        taken = read_head(reader, data, length);
        if (taken < 0 || !reader->is_inside)
            return taken;
        data += taken;
        length -= (size_t)taken;
    }
    if (!length && reader->left)
        return taken;
    size_t here = length < reader->left ? length : (size_t)reader->left;
    reader->left -= here;
    unmask(reader, data, here);
    if (is_control(reader->kind))
        take_control(reader, data, here, piece);
    else
        *piece = (struct frame_piece){.kind = (enum frame_kind)reader->message,
                                      .data = data,
                                      .length = here,
                                      .is_last = reader->is_last && !reader->left};
    if (!reader->left)
        close_frame(reader);
    return taken + (ssize_t)here;
}

/* ---- out ---- */

size_t frame_head(uint8_t out[FRAME_HEAD_MAX], enum frame_kind kind, size_t length)
{
    out[0] = (uint8_t)(0x80u | (unsigned)kind);
    if (length < 126) {
        out[1] = (uint8_t)length;
        return 2;
    }
    out[1] = 126;
    out[2] = (uint8_t)(length >> 8);
    out[3] = (uint8_t)length;
    return 4;
}
