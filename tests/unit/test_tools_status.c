/* qa-share's status line at every width, and how answers are understood. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/consent.h>
#include <qassist/session.h>

#include "common/text.h"
#include "qa-share/status_line.h"

static void expect(struct status_line status, const char *expected)
{
    char out[256];
    status_line_format(&status, 79, out, sizeof out);
    assert_string_equal(out, expected);
}

static void test_words(void **state)
{
    expect((struct status_line){.name = "Ada L.", .seconds = 192},
           "Ada L. sees your screen | 03:12 | p pause  c write  e end");
    expect((struct status_line){.name = "Ada L.",
                                .seconds = 3725,
                                .permissions = QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL},
           "Ada L. controls your screen | 1:02:05 | p pause  t take back  c write  e end");
    expect((struct status_line){.name = "Ada L.", .causes = QA_PAUSED_BY_SHARER},
           "Paused: Ada L. sees nothing | 00:00 | p go on  c write  e end");
    expect((struct status_line){.name = "Ada L.", .causes = QA_PAUSED_BY_PROMPT},
           "Prompt: Ada L. sees nothing | 00:00 | p pause  c write  e end");
    expect((struct status_line){.name = "Ada L.", .causes = QA_PAUSED_BY_HELPER},
           "Ada L. paused | 00:00 | p pause  c write  e end");
    expect((struct status_line){.name = "Ada L.", .permissions = QA_PERMISSION_POINT},
           "Ada L. sees your screen, and more | 00:00 | p pause  t take back  e end");
    expect((struct status_line){.name = "Ada L.", .apart = true},
           "Nothing is shared: waiting for the connection to Ada L. | e end");
}

static void test_widths(void **state)
{
    static const char *const names[] = {"A", "Ada L.", "Bartholomäus-Maximilian K. of Somewhere",
                                        "日本語の名前はここに長く書く"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (size_t columns = 1; columns < 140; columns++) {
            struct status_line status = {.name = names[i], .permissions = columns % 64};
            char out[256];
            status_line_format(&status, columns, out, sizeof out);
            assert_true(text_columns(out) <= columns);
        }
    }
    char out[256];
    /* The way to end is in sight, whatever goes on. */
    for (unsigned causes = 0; causes < 8; causes++) {
        for (unsigned permissions = 0; permissions <= QA_PERMISSIONS_ALL; permissions++) {
            struct status_line status = {.name = names[2],
                                         .permissions = permissions | QA_PERMISSION_VIEW,
                                         .causes = causes,
                                         .seconds = 36000};
            status_line_format(&status, 79, out, sizeof out);
            assert_non_null(strstr(out, "e end"));
        }
    }
}

static void test_answers(void **state)
{
    assert_int_equal(answer_understand(""), ANSWER_NO);
    assert_int_equal(answer_understand("  "), ANSWER_NO);
    assert_int_equal(answer_understand("n"), ANSWER_NO);
    assert_int_equal(answer_understand("No"), ANSWER_NO);
    assert_int_equal(answer_understand("y"), ANSWER_YES);
    assert_int_equal(answer_understand(" YES "), ANSWER_YES);
    assert_int_equal(answer_understand("e"), ANSWER_END);
    assert_int_equal(answer_understand("c"), ANSWER_WRITE);
    assert_int_equal(answer_understand("r"), ANSWER_REPORT);
    assert_int_equal(answer_understand("yy"), ANSWER_UNCLEAR);
    assert_int_equal(answer_understand("y n"), ANSWER_UNCLEAR);
    assert_int_equal(answer_understand("yesssssssssssssssssssssss"), ANSWER_UNCLEAR);
}

static void expect_keys(const char *typed, const char *expected)
{
    enum key_state state = KEY_PLAIN;
    char got[32];
    size_t length = 0;
    for (; *typed; typed++)
        if (key_is_plain(&state, *typed))
            got[length++] = *typed;
    got[length] = '\0';
    assert_string_equal(got, expected);
}

/* An arrow or function key must not be taken for the letters that it sends. */
static void test_escape_sequences_are_no_keys(void **state)
{
    expect_keys("pte", "pte");
    expect_keys("\x1b[Ae", "e");
    expect_keys("\x1bOpt", "t");
    expect_keys("\x1b[15~p\x1b[1;5Ct", "pt");
    expect_keys("\x1b\x1b[Be", "e");
    expect_keys("\x1bpe", "e"); /* Alt+p */
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_escape_sequences_are_no_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
