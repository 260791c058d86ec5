/* Records: any cut of the stream, bounds, and nothing taken beyond the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "wire/record.h"

static void test_any_cut_gives_the_same_records(void **state)
{
    static const size_t sizes[] = {1, 2, 255, 256, RECORD_MAX, 7};
    uint8_t stream[4096], payload[RECORD_MAX];
    size_t total = 0;
    for (size_t i = 0; i < 6; i++) {
        memset(payload, (int)(i + 1), sizeof payload);
        int length = record_write(payload, sizes[i], stream + total, sizeof stream - total);
        assert_int_equal(length, sizes[i] + 2);
        total += (size_t)length;
    }
    for (size_t piece = 1; piece <= total; piece += piece < 20 ? 1 : 97) {
        struct record_reader reader;
        record_reader_init(&reader);
        size_t at = 0, found = 0;
        while (at < total) {
            const uint8_t *record = NULL;
            size_t used = 0, length = 0;
            size_t given = total - at < piece ? total - at : piece;
            int result = record_read(&reader, stream + at, given, &used, &record, &length);
            assert_true(used <= given);
            at += used;
            if (!result) {
                assert_int_equal(used, given);
                continue;
            }
            assert_int_equal(result, 1);
            assert_int_equal(length, sizes[found]);
            for (size_t i = 0; i < length; i++)
                assert_int_equal(record[i], found + 1);
            found++;
        }
        assert_int_equal(found, 6);
    }
}

static void test_what_follows_is_left(void **state)
{
    static const uint8_t bytes[] = {0, 3, 'a', 'b', 'c', 0x16, 0x03, 0x03};
    struct record_reader reader;
    const uint8_t *record;
    size_t used, length;
    record_reader_init(&reader);
    assert_int_equal(record_read(&reader, bytes, sizeof bytes, &used, &record, &length), 1);
    assert_int_equal(used, 5);
    assert_int_equal(length, 3);
    assert_memory_equal(record, "abc", 3);
    assert_int_equal(record_read(&reader, bytes, 0, &used, &record, &length), 0);
    assert_int_equal(used, 0);
}

static void test_bad_lengths(void **state)
{
    static const uint8_t zero[] = {0, 0, 1}, long_one[] = {0x04, 0x01, 1}, longest[] = {0xff, 0xff};
    const uint8_t *bad[] = {zero, long_one, longest};
    for (size_t i = 0; i < 3; i++) {
        struct record_reader reader;
        const uint8_t *record;
        size_t used, length;
        record_reader_init(&reader);
        assert_int_equal(record_read(&reader, bad[i], 1, &used, &record, &length), 0);
        assert_int_equal(record_read(&reader, bad[i] + 1, 1, &used, &record, &length), QA_EPROTO);
        assert_int_equal(record_read(&reader, zero, 3, &used, &record, &length), QA_EPROTO);
    }
    uint8_t out[RECORD_MAX + 2], payload[RECORD_MAX + 1] = {0};
    assert_int_equal(record_write(payload, 0, out, sizeof out), QA_EINVAL);
    assert_int_equal(record_write(payload, RECORD_MAX + 1, out, sizeof out), QA_EINVAL);
    assert_int_equal(record_write(payload, 10, out, 11), QA_EINVAL);
    assert_int_equal(record_write(payload, 10, out, 12), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_cut_gives_the_same_records),
        cmocka_unit_test(test_what_follows_is_left),
        cmocka_unit_test(test_bad_lengths),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
