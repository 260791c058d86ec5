/* Printable text: what is refused, where it is cut, and names made short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/printable.h"

static void encode(uint32_t point, char out[5])
{
    memset(out, 0, 5);
    if (point < 0x80) {
        out[0] = (char)point;
    } else if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
    } else {
        out[0] = (char)(0xf0 | point >> 18);
        out[1] = (char)(0x80 | (point >> 12 & 0x3f));
        out[2] = (char)(0x80 | (point >> 6 & 0x3f));
        out[3] = (char)(0x80 | (point & 0x3f));
    }
}

static void assert_stripped(const char *text, const char *rest)
{
    char out[64];
    assert_false(printable_valid(text, 63));
    assert_int_equal(printable_copy(text, out, sizeof out), strlen(rest));
    assert_string_equal(out, rest);
}

static void test_plain_text_stays(void **state)
{
    static const char *const good[] = {
        "",
        "Ada Lovelace",
        "Zo\xc3\xab",
        "\xd0\x96\xd0\xb5\xd0\xbd\xd1\x8f",
        "\xe5\xb1\xb1\xe7\x94\xb0",
        "\xf0\x9f\x98\x80",
        "O'Brien & Co. (EU)",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char out[64];
        assert_true(printable_valid(good[i], 63));
        assert_int_equal(printable_copy(good[i], out, sizeof out), strlen(good[i]));
        assert_string_equal(out, good[i]);
    }
}

static void test_unshown_characters_are_stripped(void **state)
{
    static const uint32_t unshown[] = {
        0x01,    0x09,    0x0a,    0x1b,     0x7f,     0x80,   0x85,    0x9f,    0xad,
        0x34f,   0x61c,   0x115f,  0x1160,   0x17b4,   0x17b5, 0x180b,  0x180e,  0x180f,
        0x200b,  0x200d,  0x200e,  0x200f,   0x2028,   0x2029, 0x202a,  0x202e,  0x2060,
        0x2066,  0x2069,  0x206f,  0x3164,   0xe000,   0xf8ff, 0xfdd0,  0xfdef,  0xfeff,
        0xffa0,  0xfff0,  0xfff9,  0xfffb,   0xfffe,   0xffff, 0x1fffe, 0xe0000, 0xe0001,
        0xe0041, 0xe0fff, 0xf0000, 0x10fffd, 0x10ffff, 0xfe0f, 0x2800,
    };
    for (size_t i = 0; i < sizeof unshown / sizeof unshown[0]; i++) {
        char character[5], text[16];
        encode(unshown[i], character);
        strcpy(text, "a");
        strcat(text, character);
        strcat(text, "b");
        assert_stripped(text, "ab");
    }
}

static void test_neighbours_of_the_stripped_stay(void **state)
{
    static const uint32_t shown[] = {0x20,   0x7e,   0xa0,   0xac,    0xae,    0x61b,
                                     0x200a, 0x2010, 0x2027, 0x202f,  0x2070,  0x3163,
                                     0xd7ff, 0xf900, 0xfffd, 0x1f600, 0x1fffd, 0x20000};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        char character[5];
        encode(shown[i], character);
        assert_true(printable_valid(character, 4));
    }
}

static void test_what_is_not_utf8(void **state)
{
    assert_stripped("a\xff"
                    "b",
                    "ab");
    assert_stripped("a\x80"
                    "b",
                    "ab");
    assert_stripped("a\xc0\xaf"
                    "b",
                    "ab"); /* overlong / */
    assert_stripped("a\xc1\xbf"
                    "b",
                    "ab");
    assert_stripped("a\xe0\x80\xaf"
                    "b",
                    "ab"); /* overlong again */
    assert_stripped("a\xe0\x9f\xbf"
                    "b",
                    "ab");
    assert_stripped("a\xf0\x8f\xbf\xbf"
                    "b",
                    "ab");
    assert_stripped("a\xed\xa0\x80"
                    "b",
                    "ab"); /* surrogate */
    assert_stripped("a\xed\xbf\xbf"
                    "b",
                    "ab");
    assert_stripped("a\xf4\x90\x80\x80"
                    "b",
                    "ab"); /* beyond U+10FFFF */
    assert_stripped("a\xf5\x80\x80\x80"
                    "b",
                    "ab");
    assert_stripped("a\xf8\x88\x80\x80\x80"
                    "b",
                    "ab");
    assert_stripped("a\xe2\x82"
                    "b",
                    "ab"); /* cut short */
    assert_stripped("ab\xe2\x82", "ab");
    assert_stripped("ab\xf0\x9f\x98", "ab");
    assert_stripped("ab\xc3", "ab");
}

static void test_cut_between_characters(void **state)
{
    const char *text = "a\xc3\xab\xe5\xb1\xb1\xf0\x9f\x98\x80";
    static const size_t lengths[] = {0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t size = 0; size < 13; size++) {
        char out[16];
        memset(out, '#', sizeof out);
        assert_int_equal(printable_copy(text, out, size), lengths[size]);
        assert_int_equal(out[size], '#');
        if (size)
            assert_true(strlen(out) == lengths[size] && !memcmp(out, text, lengths[size]));
    }
    assert_true(printable_valid(text, 10));
    assert_false(printable_valid(text, 9));
}

static void assert_short(const char *name, const char *expected)
{
    char out[97];
    assert_int_equal(printable_first_name_initial(name, out, sizeof out), strlen(expected));
    assert_string_equal(out, expected);
}

static void test_first_name_and_initial(void **state)
{
    assert_short("Ada Lovelace", "Ada L.");
    assert_short("Ada", "Ada");
    assert_short("", "");
    assert_short("   ", "");
    assert_short("  Ada   King  Lovelace ", "Ada L.");
    assert_short("Ada\xc2\xa0Lovelace", "Ada L.");
    assert_short("\xc3\x89lodie \xc3\x89luard", "\xc3\x89lodie \xc3\x89.");
    assert_short("Elodie E\xcc\x81luard", "Elodie E\xcc\x81.");
    assert_short("Ada (Lovelace)", "Ada L.");
    assert_short("Ada Lovelace (-)", "Ada L.");
    assert_short("Ada -", "Ada");
    assert_short("Ad\xe2\x80\xae"
                 "a \xe2\x80\x8bLovelace\x1b",
                 "Ada L.");
    assert_short("A\nda Love\rlace", "Ada L.");
    assert_short("\xe5\xb1\xb1\xe7\x94\xb0", "\xe5\xb1\xb1\xe7\x94\xb0");
}

/* Directories write the last name first: it must not be taken for the first one. */
static void test_last_name_first(void **state)
{
    char out[64];
    assert_short("Lovelace, Ada", "Ada L.");
    assert_short("Lovelace,Ada", "Ada L.");
    assert_short("de la Cruz, Mar\xc3\xad"
                 "a Jos\xc3\xa9",
                 "Mar\xc3\xad"
                 "a d.");
    assert_short("Lovelace, ", "Lovelace");
    assert_short(", Ada", "Ada");
    assert_short("Ada Lovelace, PhD", "Ada L.");
    assert_short("Ada Lovelace, Ph.D.", "Ada L.");
    assert_short("Lovelace, Ada, PhD", "Ada L.");
    assert_int_equal(printable_given_family("Ada", "Lovelace", out, sizeof out), 6);
    assert_string_equal(out, "Ada L.");
    assert_int_equal(printable_given_family("Ada Augusta", "de la Cruz", out, sizeof out), 6);
    assert_string_equal(out, "Ada d.");
    assert_int_equal(printable_given_family("Ada", "", out, sizeof out), 3);
    assert_int_equal(printable_given_family("", "Lovelace", out, sizeof out), 3);
    assert_string_equal(out, " L.");
}

static void test_long_names_fit(void **state)
{
    char name[4000], out[97];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    memcpy(name + 3000, " Lovelace", 9);
    assert_int_equal(printable_first_name_initial(name, out, sizeof out), 96);
    assert_string_equal(out + 93, " L.");
    for (size_t size = 1; size < 20; size++) {
        char small[21];
        memset(small, '#', sizeof small);
        size_t length = printable_first_name_initial("Ada Lovelace", small, size);
        assert_true(length < size);
        assert_int_equal(strlen(small), length);
        assert_int_equal(small[size], '#');
        assert_true(printable_valid(small, size));
    }
    assert_int_equal(printable_first_name_initial("Ada", out, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_text_stays),
        cmocka_unit_test(test_unshown_characters_are_stripped),
        cmocka_unit_test(test_neighbours_of_the_stripped_stay),
        cmocka_unit_test(test_what_is_not_utf8),
        cmocka_unit_test(test_cut_between_characters),
        cmocka_unit_test(test_first_name_and_initial),
        cmocka_unit_test(test_last_name_first),
        cmocka_unit_test(test_long_names_fit),
    };
    return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
