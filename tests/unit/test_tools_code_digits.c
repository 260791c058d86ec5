/* A code as it is typed and pasted: what is kept, how it is grouped, where the cursor goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "qa-share/code_digits.h"

static void expect(const char *typed, bool clean, const char *digits)
{
    char out[CODE_DIGITS_MOST + 1];
    assert_int_equal(code_digits_only(typed, strlen(typed), out, sizeof out), clean);
    assert_string_equal(out, digits);
}

static void test_what_is_kept(void **state)
{
    expect("", true, "");
    expect("4821 9305 7716", true, "482193057716");
    expect("  4821-9305.7716\n", true, "482193057716");
    expect("4821\u00a09305\u20117716", true, "482193057716");
    expect("Code: 4821", false, "4821");
    expect("482l", false, "482");
    expect("\u0664\u0668", false, "");
    expect("\xe2\x80", false, "");
    expect("12345678901234567890", true, "1234567890123456");
}

static void test_groups(void **state)
{
    static const char *const grouped[] = {
        "", "1", "12", "123", "1234", "1234 5", "1234 56", "1234 567", "1234 5678", "1234 5678 9",
    };
    for (size_t i = 0; i < sizeof grouped / sizeof *grouped; i++) {
        char digits[16] = "", out[CODE_GROUPED_SIZE];
        snprintf(digits, sizeof digits, "%.*s", (int)i, "123456789");
        code_digits_group(digits, out);
        assert_string_equal(out, grouped[i]);
        assert_int_equal(code_digits_cursor(i), strlen(out));
    }
    char out[CODE_GROUPED_SIZE];
    code_digits_group("12345678901234567890", out);
    assert_string_equal(out, "1234 5678 9012 3456");
}

/* Of ten last digits one is right. */
static void test_standing(void **state)
{
    char digits[] = "482193057710";
    int good = 0;
    for (char last = '0'; last <= '9'; last++) {
        digits[11] = last;
        good += code_digits_look(digits) == CODE_GOOD;
    }
    assert_int_equal(good, 1);
    assert_int_equal(code_digits_look(""), CODE_TOO_SHORT);
    assert_int_equal(code_digits_look("48219305771"), CODE_TOO_SHORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_standing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
