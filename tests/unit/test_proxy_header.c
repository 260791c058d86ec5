/* The PROXY protocol's header, from load balancers and from those who want to pass for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "relay/proxy_header.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4        "\xc0\x00\x02\x07\x0a\x00\x00\x01\xd4\x31\x01\xbb"
#define V6                                                             \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0" \
    "\0\0\0\0\x01\xd4\x31\x01\xbb"

/* On the heap, so that a sanitizer sees a byte too many that is read. */
static int read_header(const char *bytes, size_t length, struct address *from)
{
    uint8_t *copy = malloc(length);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    int result = length < PROXY_HEADER_START ? QA_EPROTO : proxy_header_length(copy);
    if (result > 0) {
        assert_int_equal(result, length);
        result = proxy_header_read(copy, length, from);
    }
    free(copy);
    return result;
}

#define READ(text, from) read_header(SIGNATURE text, sizeof(SIGNATURE text) - 1, from)

static void expect(const struct address *from, const char *text)
{
    struct address wanted;
    assert_true(address_parse(text, strlen(text), &wanted));
    assert_memory_equal(from, &wanted, sizeof wanted);
}

static void test_what_balancers_say(void **state)
{
    struct address from;
    assert_int_equal(READ("\x21\x11\0\x0c" V4, &from), 0);
    expect(&from, "192.0.2.7");
    assert_int_equal(READ("\x21\x21\0\x24" V6, &from), 0);
    expect(&from, "2001:db8::5");
    /* Extensions follow. */
    assert_int_equal(READ("\x21\x11\0\x14" V4 "\x04\0\x05\0\0\0\0\0", &from), 0);
    expect(&from, "192.0.2.7");
}

static void test_a_connection_of_its_own(void **state)
{
    struct address from;
    assert_int_equal(READ("\x20\0\0\0", &from), 0);
    assert_int_equal(from.family, 0);
    /* Addresses that come with LOCAL mean nothing. */
    assert_int_equal(READ("\x20\x11\0\x0c" V4, &from), 0);
    assert_int_equal(from.family, 0);
    assert_int_equal(READ("\x21\0\0\x03xyz", &from), 0);
    assert_int_equal(from.family, 0);
    char local[16 + 216] = SIGNATURE "\x21\x31\0\xd8/run/somewhere";
    assert_int_equal(read_header(local, sizeof local, &from), 0);
    assert_int_equal(from.family, 0);
}

static void test_what_is_none(void **state)
{
    struct address from;
    const char one[] = "PROXY TCP4 192.0.2.7 10.0.0.1 54321 443\r\n";
    assert_int_equal(proxy_header_length((const uint8_t *)one), QA_EPROTO);
    assert_int_equal(READ("\x11\x11\0\x0c" V4, &from), QA_EPROTO); /* version 1 in that form */
    assert_int_equal(READ("\x22\x11\0\x0c" V4, &from), QA_EPROTO); /* an unknown command */
    assert_int_equal(READ("\x31\x11\0\x0c" V4, &from), QA_EPROTO);
    assert_int_equal(READ("\x21\x41\0\x0c" V4, &from), QA_EPROTO); /* an unknown family */
    assert_int_equal(READ("\x21\x11\0\x0b"
                          "\xc0\0\2\7\x0a\0\0\1\xd4\x31\1",
                          &from),
                     QA_EPROTO);
    assert_int_equal(READ("\x21\x21\0\x0c" V4, &from), QA_EPROTO); /* too short for its family */
    assert_int_equal(READ("\x21\x31\0\x0c" V4, &from), QA_EPROTO);
    /* One byte of the signature. */
    for (size_t i = 0; i < 12; i++) {
        char header[] = SIGNATURE "\x21\x11\0\x0c" V4;
        header[i] ^= 1;
        assert_int_equal(proxy_header_length((const uint8_t *)header), QA_EPROTO);
    }
}

static void test_lengths(void **state)
{
    struct address from;
    char header[PROXY_HEADER_MAX + 16] = SIGNATURE "\x21\x11";
    const size_t inside = PROXY_HEADER_MAX - PROXY_HEADER_START;
    memcpy(header + 16, V4, 12);
    header[14] = (char)(inside >> 8);
    header[15] = (char)inside;
    assert_int_equal(read_header(header, PROXY_HEADER_MAX, &from), 0);
    expect(&from, "192.0.2.7");
    assert_int_equal(proxy_header_read((const uint8_t *)header, PROXY_HEADER_MAX - 1, &from),
                     QA_EPROTO);
    header[15]++;
    assert_int_equal(proxy_header_length((const uint8_t *)header), QA_ELIMIT);
    header[14] = header[15] = (char)0xff;
    assert_int_equal(proxy_header_length((const uint8_t *)header), QA_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_balancers_say),
        cmocka_unit_test(test_a_connection_of_its_own),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
