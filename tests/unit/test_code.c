/* The security code: check digit, what people type, drawing and showing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "base/random.h"
#include "wire/code.h"

static void only_digits(const char *text, char *out)
{
    for (; *text; text++)
        if (*text != ' ')
            *out++ = *text;
    *out = '\0';
}

static void test_known_check_digit(void **state)
{
    /* Damm's own example: 572 has the check digit 4; leading zeros change nothing. */
    struct code code = {.route = "00000", .secret = "000572"};
    char text[CODE_TEXT_SIZE];
    code_format(&code, text);
    assert_string_equal(text, "0000 0000 5724");
}

static void test_draw_format_parse(void **state)
{
    static const char *const routes[] = {"12345", "123456", "0000007", "99999999", "123456789"};
    for (size_t i = 0; i < 500; i++) {
        struct code code, read;
        char text[CODE_TEXT_SIZE];
        const char *route = routes[i % 5];
        assert_int_equal(code_draw(route, &code), 0);
        assert_string_equal(code.route, route);
        assert_int_equal(strspn(code.secret, "0123456789"), CODE_SECRET_DIGITS);
        code_format(&code, text);
        size_t digits = strlen(route) + CODE_SECRET_DIGITS + 1;
        assert_int_equal(strlen(text), digits + (digits - 1) / 4);
        assert_int_equal(text[4], ' ');
        assert_int_equal(code_parse(text, &read), 0);
        assert_string_equal(read.route, code.route);
        assert_string_equal(read.secret, code.secret);
    }
}

static void test_secrets_differ_and_cover_all_digits(void **state)
{
    int seen[CODE_SECRET_DIGITS][10] = {{0}};
    for (size_t i = 0; i < 2000; i++) {
        struct code code;
        assert_int_equal(code_draw("12345", &code), 0);
        for (size_t place = 0; place < CODE_SECRET_DIGITS; place++)
            seen[place][code.secret[place] - '0']++;
    }
    for (size_t place = 0; place < CODE_SECRET_DIGITS; place++)
        for (size_t digit = 0; digit < 10; digit++)
            assert_in_range(seen[place][digit], 100, 320);
}

static void test_draw_refuses_bad_routes(void **state)
{
    static const char *const bad[] = {"",       "1234",   "1234567890", "12a45",
                                      " 12345", "12345 ", "-1234"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct code code = {.route = "11111", .secret = "222222"};
        assert_false(code_route_valid(bad[i]));
        assert_int_equal(code_draw(bad[i], &code), QA_EINVAL);
        assert_string_equal(code.secret, "");
    }
    struct code again;
    assert_int_equal(code_draw("12345", &again), 0);
    assert_int_equal(code_draw(again.route, &again), 0);
    assert_string_equal(again.route, "12345");
}

static void test_every_wrong_digit_is_caught(void **state)
{
    for (size_t round = 0; round < 200; round++) {
        struct code code, read;
        char text[CODE_TEXT_SIZE], digits[CODE_DIGITS_MAX + 1];
        assert_int_equal(code_draw(round % 2 ? "48219" : "300718264", &code), 0);
        code_format(&code, text);
        only_digits(text, digits);
        for (size_t place = 0; digits[place]; place++) {
            char right = digits[place];
            for (char wrong = '0'; wrong <= '9'; wrong++) {
                digits[place] = wrong;
                assert_int_equal(code_parse(digits, &read), wrong == right ? 0 : QA_ECODE_CHECK);
            }
            digits[place] = right;
        }
    }
}

static void test_every_swap_of_neighbours_is_caught(void **state)
{
    for (size_t round = 0; round < 500; round++) {
        struct code code, read;
        char text[CODE_TEXT_SIZE], digits[CODE_DIGITS_MAX + 1];
        assert_int_equal(code_draw(round % 2 ? "48219" : "300718264", &code), 0);
        code_format(&code, text);
        only_digits(text, digits);
        for (size_t place = 0; digits[place + 1]; place++) {
            char left = digits[place], right = digits[place + 1];
            if (left == right)
                continue;
            digits[place] = right;
            digits[place + 1] = left;
            assert_int_equal(code_parse(digits, &read), QA_ECODE_CHECK);
            assert_string_equal(read.secret, "");
            digits[place] = left;
            digits[place + 1] = right;
        }
    }
}

static void test_what_people_type(void **state)
{
    static const char *const good[] = {
        "000000005724",
        "0000 0000 5724",
        "  0000-0000-5724\r\n",
        "\t0000.0000.5724",
        "0000\xc2\xa0"
        "0000\xe2\x80\xaf"
        "5724",
        "0000\xe2\x80\x89"
        "0000\xe2\x80\x8a"
        "5724",
        "0000\xe2\x80\x93"
        "0000\xe2\x80\x94"
        "5724",
        "0000\xe2\x80\x91"
        "0000\xe2\x88\x92"
        "5724",
        "0000\xe3\x80\x80"
        "0000 - 5724",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct code code;
        assert_int_equal(code_parse(good[i], &code), 0);
        assert_string_equal(code.route, "00000");
        assert_string_equal(code.secret, "000572");
    }
}

static void test_what_is_no_code(void **state)
{
    static const char *const bad[] = {
        "",
        "    ",
        "12345",
        "00000000572",       /* one short */
        "00000000000005724", /* one too many */
        "0000 0000 572x",
        "0000 0000 572O",
        "+00000005724",
        "0000,0000,5724",
        "\xd9\xa0\xd9\xa0\xd9\xa0\xd9\xa0 0000 5724", /* Arabic-Indic zeros */
        "\xef\xbc\x90"
        "00000005724",        /* a full-width zero */
        "0000 0000 5724\xe2", /* cut in a character */
        "0000 0000 5724\xe2\x80",
        "0000 0000 5724\xff",
        "0000 0000 5724\x01",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct code code = {.route = "11111", .secret = "222222"};
        assert_int_equal(code_parse(bad[i], &code), QA_ECODE_FORMAT);
        assert_string_equal(code.route, "");
        assert_string_equal(code.secret, "");
    }
}

static int prepare(void **state)
{
    return random_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_check_digit),
        cmocka_unit_test(test_draw_format_parse),
        cmocka_unit_test(test_secrets_differ_and_cover_all_digits),
        cmocka_unit_test(test_draw_refuses_bad_routes),
        cmocka_unit_test(test_every_wrong_digit_is_caught),
        cmocka_unit_test(test_every_swap_of_neighbours_is_caught),
        cmocka_unit_test(test_what_people_type),
        cmocka_unit_test(test_what_is_no_code),
    };
    return cmocka_run_group_tests_name("code", tests, prepare, NULL);
}
