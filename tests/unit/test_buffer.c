/* The bounded queue: order, limits, reuse of room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "base/buffer.h"

static void test_order_is_kept_over_many_sizes(void **state)
{
    struct buffer buffer;
    buffer_init(&buffer, 5000);
    uint8_t next_in = 0, next_out = 0;
    size_t held = 0;
    for (size_t round = 0; round < 20000; round++) {
        uint8_t bytes[97];
        size_t length = round % sizeof bytes;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)(next_in + i);
        int error = buffer_append(&buffer, bytes, length);
        if (held + length > 5000) {
            assert_int_equal(error, QA_ELIMIT);
        } else {
            assert_int_equal(error, 0);
            next_in = (uint8_t)(next_in + length);
            held += length;
        }
        assert_int_equal(buffer.length, held);
        size_t take = held ? (round * 31) % (held < 90 ? held : 90) : 0;
        for (size_t i = 0; i < take; i++)
            assert_int_equal(buffer_data(&buffer)[i], next_out++);
        buffer_consume(&buffer, take);
        held -= take;
    }
    buffer_free(&buffer);
}

static void test_limit_appends_nothing(void **state)
{
    struct buffer buffer;
    buffer_init(&buffer, 10);
    assert_int_equal(buffer_append(&buffer, "0123456789", 10), 0);
    assert_int_equal(buffer_append(&buffer, "x", 1), QA_ELIMIT);
    assert_int_equal(buffer.length, 10);
    assert_null(buffer_reserve(&buffer, 1));
    assert_int_equal(buffer_append(&buffer, "", 0), 0);
    buffer_consume(&buffer, 10);
    assert_int_equal(buffer_append(&buffer, "abc", 3), 0);
    assert_memory_equal(buffer_data(&buffer), "abc", 3);
    buffer_free(&buffer);
}

static void test_error_names(void **state)
{
    assert_string_equal(qa_err_name(QA_ECODE_WRONG), "QA_ECODE_WRONG");
    assert_string_equal(qa_err_name(-9999), "QA_UNKNOWN");
    assert_string_equal(qa_strerror(-9999), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_kept_over_many_sizes),
        cmocka_unit_test(test_limit_appends_nothing),
        cmocka_unit_test(test_error_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
