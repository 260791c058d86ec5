/* Texts between users: what may be shown or pasted stays as it is, everything else goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>
#include <qassist/session.h>

#include "wire/talk_text.h"

static void expect_lines(const char *given, const char *wanted)
{
    char out[TALK_LINES_BYTES(QA_CHAT_MAX) + 1];
    assert_int_equal(talk_text_lines(given, QA_CHAT_MAX, out), strlen(wanted));
    assert_string_equal(out, wanted);
}

static void test_lines(void **state)
{
    expect_lines("Hello", "Hello");
    expect_lines("Grüße, мир, 世界 \xf0\x9f\x98\x80", "Grüße, мир, 世界 \xf0\x9f\x98\x80");
    expect_lines("one\ntwo\r\nthree", "one\ntwo\nthree");
    expect_lines("a\tb", "a b");
    expect_lines(" \n around \n\n ", "around");
    expect_lines("\x1b[2J\x07\x7f\xc2\x9b", "[2J");
    expect_lines("\xe2\x80\xaeright to left", "right to left");
    expect_lines("not \xff\xc0\x80 UTF-8", "not  UTF-8");
    expect_lines("", "");
    expect_lines("\n\t \x01", "");
}

static void test_lines_are_bounded_by_characters(void **state)
{
    char text[4 * QA_CHAT_MAX + 8] = "", out[TALK_LINES_BYTES(QA_CHAT_MAX) + 1];
    for (size_t i = 0; i < QA_CHAT_MAX; i++)
        memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
    assert_int_equal(talk_text_lines(text, QA_CHAT_MAX, out), 4 * QA_CHAT_MAX);
    assert_string_equal(out, text);
    strcat(text, " \n");
    assert_int_equal(talk_text_lines(text, QA_CHAT_MAX, out), 4 * QA_CHAT_MAX);
    strcat(text, "x");
    assert_int_equal(talk_text_lines(text, QA_CHAT_MAX, out), QA_EINVAL);
}

static void expect_clipboard(const char *given, size_t length, const char *wanted)
{
    /* Allocated to the byte, so that a sanitizer sees one read too far. */
    char *data = malloc(length ? length : 1);
    char *out = malloc(length + 1);
    memcpy(data, given, length);
    assert_int_equal(talk_text_clipboard(data, length, out), strlen(wanted));
    assert_string_equal(out, wanted);
    free(data);
    free(out);
}

static void test_clipboard(void **state)
{
    expect_clipboard(" tab\tline\r\n", 11, " tab\tline\r\n");
    expect_clipboard("with\0nul\0", 9, "withnul");
    expect_clipboard("\x1b[201~\x08\x7f\xc2\x85", 10, "[201~");
    /* What marks direction or joins characters is part of a text that is pasted. */
    expect_clipboard("\xe2\x80\x8f\xe2\x80\x8d", 6, "\xe2\x80\x8f\xe2\x80\x8d");
    expect_clipboard("cut \xf0\x9f\x98", 7, "cut ");
    expect_clipboard("cut \xc3", 5, "cut ");
    expect_clipboard("", 0, "");
}

static void test_cuts_fall_between_characters(void **state)
{
    assert_int_equal(talk_text_cut("abc", 3), 3);
    assert_int_equal(talk_text_cut("abc", 2), 2);
    assert_int_equal(talk_text_cut("a\xf0\x9f\x98\x80", 5), 5);
    assert_int_equal(talk_text_cut("a\xf0\x9f\x98\x80z", 4), 1);
    assert_int_equal(talk_text_cut("", 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lines_are_bounded_by_characters),
        cmocka_unit_test(test_clipboard),
        cmocka_unit_test(test_cuts_fall_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
