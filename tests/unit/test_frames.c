/* WebSocket frames as the relay takes them apart: any cut, any mask, and what is no frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "relay/frames.h"

#define BYTES_MAX 400000u

struct heard {
    uint8_t data[3][BYTES_MAX]; /* texts, binaries, control frames, each after the other */
    size_t length[3];
    size_t messages[16]; /* whole ones of each kind */
};

static size_t put(uint8_t *at, bool is_last, unsigned kind, bool masked, const uint8_t *payload,
                  size_t length)
{
    static const uint8_t mask[4] = {0x9a, 0x01, 0xff, 0x5c};
    size_t head = 2;
    at[0] = (uint8_t)((is_last ? 0x80u : 0u) | kind);
    at[1] = masked ? 0x80 : 0;
    if (length < 126) {
        at[1] |= (uint8_t)length;
    } else if (length < 65536) {
        at[1] |= 126;
        at[2] = (uint8_t)(length >> 8);
        at[3] = (uint8_t)length;
        head = 4;
    } else {
        at[1] |= 127;
        for (int i = 0; i < 8; i++)
            at[2 + i] = (uint8_t)((uint64_t)length >> (56 - 8 * i));
        head = 10;
    }
    if (masked) {
        memcpy(at + head, mask, sizeof mask);
        head += sizeof mask;
    }
    for (size_t i = 0; i < length; i++)
        at[head + i] = masked ? payload[i] ^ mask[i & 3] : payload[i];
    return head + length;
}

static void hear(struct heard *heard, const struct frame_piece *piece)
{
    size_t which = piece->kind == FRAME_TEXT ? 0 : piece->kind == FRAME_BINARY ? 1 : 2;
    memcpy(heard->data[which] + heard->length[which], piece->data, piece->length);
    heard->length[which] += piece->length;
    if (piece->is_last)
        heard->messages[piece->kind]++;
}

/* In cuts of `cut` bytes, each from a copy that ends where the cut does. */
static int read_all(const uint8_t *data, size_t length, size_t cut, struct heard *heard)
{
    struct frame_reader reader = {0};
    memset(heard->length, 0, sizeof heard->length);
    memset(heard->messages, 0, sizeof heard->messages);
    for (size_t at = 0; at < length;) {
        size_t here = length - at < cut ? length - at : cut, done = 0;
        uint8_t *copy = malloc(here);
        assert_non_null(copy);
        memcpy(copy, data + at, here);
        while (done < here) {
            struct frame_piece piece;
            ssize_t taken = frame_read(&reader, copy + done, here - done, &piece);
            if (taken < 0) {
                free(copy);
                return (int)taken;
            }
            assert_in_range(taken, 1, here - done);
            if (piece.kind != FRAME_MORE)
                hear(heard, &piece);
            done += (size_t)taken;
        }
        free(copy);
        at += here;
    }
    return 0;
}

static struct heard heard;
static uint8_t stream[BYTES_MAX];
static uint8_t bytes[BYTES_MAX];

static void test_any_cut(void **state)
{
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + (i >> 9));
    size_t length = 0;
    length += put(stream + length, true, FRAME_TEXT, true, (const uint8_t *)"words", 5);
    length += put(stream + length, false, FRAME_BINARY, true, bytes, 300);
    length += put(stream + length, true, FRAME_PING, true, (const uint8_t *)"ping!", 5);
    length += put(stream + length, false, FRAME_MORE, true, bytes + 300, 0);
    length += put(stream + length, true, FRAME_MORE, true, bytes + 300, 70000);
    length += put(stream + length, true, FRAME_BINARY, false, bytes + 70300, 125);
    length += put(stream + length, true, FRAME_BINARY, true, bytes + 70425, 126);
    length += put(stream + length, true, FRAME_TEXT, true, NULL, 0);
    length += put(stream + length, true, FRAME_CLOSE, true, (const uint8_t *)"\x03\xe8", 2);

    static const size_t cuts[] = {1, 2, 3, 7, 13, 31, 64, 1000, 16384, BYTES_MAX};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        assert_int_equal(read_all(stream, length, cuts[i], &heard), 0);
        assert_int_equal(heard.messages[FRAME_TEXT], 2);
        assert_int_equal(heard.messages[FRAME_BINARY], 3);
        assert_int_equal(heard.messages[FRAME_PING], 1);
        assert_int_equal(heard.messages[FRAME_CLOSE], 1);
        assert_int_equal(heard.length[0], 5);
        assert_memory_equal(heard.data[0], "words", 5);
        assert_int_equal(heard.length[1], 70551);
        assert_memory_equal(heard.data[1], bytes, 70551);
        assert_int_equal(heard.length[2], 7);
        assert_memory_equal(heard.data[2], "ping!\x03\xe8", 7);
    }
}

static void test_what_is_no_frame(void **state)
{
    static const struct {
        const char *data;
        size_t length;
    } wrong[] = {
        {"\x83\x80....", 6},                                  /* a kind that does not exist */
        {"\x8b\x80....", 6},                                  /* the same among control frames */
        {"\xc1\x80....", 6},                                  /* a reserved bit */
        {"\x09\x80....", 6},                                  /* a ping in parts */
        {"\x89\xfe\x00\x80....", 8},                          /* a ping that is too long */
        {"\x80\x80....", 6},                                  /* the rest of nothing */
        {"\x01\x80....\x81\x80....", 12},                     /* begun twice */
        {"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff....", 14}, /* 2^64 - 1 bytes */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(read_all((const uint8_t *)wrong[i].data, wrong[i].length, 100, &heard),
                         QA_EPROTO);
        assert_int_equal(read_all((const uint8_t *)wrong[i].data, wrong[i].length, 1, &heard),
                         QA_EPROTO);
    }
}

static void test_heads(void **state)
{
    static const size_t lengths[] = {0, 1, 125, 126, 16376, 65535};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        size_t head = frame_head(stream, FRAME_BINARY, lengths[i]);
        assert_int_equal(head, lengths[i] < 126 ? 2 : 4);
        memcpy(stream + head, bytes, lengths[i]);
        assert_int_equal(read_all(stream, head + lengths[i], 5000, &heard), 0);
        assert_int_equal(heard.messages[FRAME_BINARY], 1);
        assert_int_equal(heard.length[1], lengths[i]);
    }
}

/* Whatever comes, no piece is outside of what was given: the address sanitizer looks. */
static void test_noise(void **state)
{
    unsigned seed = 4711;
    for (int round = 0; round < 3000; round++) {
        size_t length = 1 + (size_t)rand_r(&seed) % 300;
        for (size_t i = 0; i < length; i++)
            stream[i] = (uint8_t)rand_r(&seed);
        /* Often enough a beginning that is right. */
        stream[0] = (uint8_t[]){0x82, 0x02, 0x81, 0x89}[round & 3];
        int error = read_all(stream, length, 1 + (size_t)rand_r(&seed) % 40, &heard);
        assert_true(error == 0 || error == QA_EPROTO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_cut),
        cmocka_unit_test(test_what_is_no_frame),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
