/* Input scripts of qa-help: every command, every refusal with its line, nothing kept of bad lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/annotate.h>
#include <qassist/consent.h>
#include <qassist/input.h>

#include "qa-help/script.h"

static bool parse(struct script *script, const char *text, char error[SCRIPT_ERROR_SIZE])
{
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    assert_non_null(file);
    bool good = script_parse_file(script, file, error);
    fclose(file);
    return good;
}

static void parse_good(struct script *script, const char *text)
{
    char error[SCRIPT_ERROR_SIZE] = "";
    if (!parse(script, text, error))
        fail_msg("%s", error);
}

static void test_pointer_commands(void **state)
{
    struct script script = {0};
    parse_good(&script, "# a comment\n\n  move 10 20\r\nclick 1 2\nclick 3 4 right\n"
                        "down 5 6 back\nup 5 6 back\nwheel 7 8 -120 360\n");
    assert_int_equal(script.count, 8);
    const struct script_step *step = script.steps;
    assert_int_equal(step[0].kind, SCRIPT_MOVE);
    assert_int_equal(step[0].x, 10);
    assert_int_equal(step[0].y, 20);
    assert_int_equal(step[0].line, 3);
    assert_int_equal(step[1].code, QA_BUTTON_LEFT);
    assert_true(step[1].pressed);
    assert_false(step[2].pressed);
    assert_int_equal(step[3].code, QA_BUTTON_RIGHT);
    assert_int_equal(step[5].code, QA_BUTTON_BACK);
    assert_int_equal(step[7].wheel_x, -QA_WHEEL_STEP);
    assert_int_equal(step[7].wheel_y, 3 * QA_WHEEL_STEP);
    script_free(&script);
}

static void test_drawing_commands(void **state)
{
    struct script script = {0};
    parse_good(&script, "point 10 20\npoint hide\nmark stroke red 4 1,2 3,4  8191,0\n"
                        "mark arrow #00fF7f 64 5,6\nundo\nclear\n");
    assert_int_equal(script.count, 6);
    const struct script_step *step = script.steps;
    assert_int_equal(step[0].kind, SCRIPT_POINT);
    assert_int_equal(step[0].y, 20);
    assert_int_equal(step[1].kind, SCRIPT_POINT_HIDE);
    assert_int_equal(step[2].kind, SCRIPT_MARK);
    assert_int_equal(step[2].code, QA_MARK_STROKE);
    assert_int_equal(step[2].width, 4);
    assert_string_equal(step[2].text, "1,2 3,4  8191,0");
    assert_int_equal(step[3].code, QA_MARK_ARROW);
    assert_int_equal(step[3].colour, 0x00ff7f);
    assert_int_equal(step[4].kind, SCRIPT_UNDO);
    assert_int_equal(step[5].kind, SCRIPT_CLEAR);
    script_free(&script);
    static const char *const bad[] = {"point\n",
                                      "point 1\n",
                                      "point away\n",
                                      "undo 1\n",
                                      "clear all\n",
                                      "mark\n",
                                      "mark stroke red 4\n",
                                      "mark star red 4 1,2\n",
                                      "mark stroke pink 4 1,2\n",
                                      "mark stroke #12345 4 1,2\n",
                                      "mark stroke #12345g 4 1,2\n",
                                      "mark stroke red 0 1,2\n",
                                      "mark stroke red 65 1,2\n",
                                      "mark stroke red 4 1\n",
                                      "mark stroke red 4 1,\n",
                                      "mark stroke red 4 1,2,3\n",
                                      "mark stroke red 4 -1,2\n",
                                      "mark stroke red 4 1,8192\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char error[SCRIPT_ERROR_SIZE] = "";
        assert_false(parse(&script, bad[i], error));
        assert_memory_equal(error, "line 1: ", 8);
        assert_int_equal(script.count, 0);
    }
    script_free(&script);
}

static void test_drag_presses_moves_and_lets_go(void **state)
{
    struct script script = {0};
    parse_good(&script, "drag 100 100 20 180\n");
    assert_true(script.count >= 3);
    const struct script_step *last = &script.steps[script.count - 1];
    assert_true(script.steps[0].pressed);
    assert_int_equal(script.steps[0].x, 100);
    for (size_t i = 1; i + 1 < script.count; i++)
        assert_int_equal(script.steps[i].kind, SCRIPT_MOVE);
    assert_int_equal(last[-1].x, 20);
    assert_int_equal(last[-1].y, 180);
    assert_int_equal(last->kind, SCRIPT_BUTTON);
    assert_false(last->pressed);
    script_free(&script);
}

static void expect_keys(const char *line, size_t count, const uint32_t *codes, const bool *pressed)
{
    struct script script = {0};
    parse_good(&script, line);
    assert_int_equal(script.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(script.steps[i].kind, SCRIPT_KEY);
        assert_int_equal(script.steps[i].code, codes[i]);
        assert_int_equal(script.steps[i].pressed, pressed[i]);
    }
    script_free(&script);
}

static void test_keys_and_combinations(void **state)
{
    expect_keys("key a", 2, (uint32_t[]){0x1e, 0x1e}, (bool[]){true, false});
    expect_keys("key ENTER down", 1, (uint32_t[]){0x1c}, (bool[]){true});
    expect_keys("key 0x11d up", 1, (uint32_t[]){0x11d}, (bool[]){false});
    /* What was pressed first is let go last. */
    expect_keys("key ctrl+shift+t", 6, (uint32_t[]){0x1d, 0x2a, 0x14, 0x14, 0x2a, 0x1d},
                (bool[]){true, true, true, false, false, false});
    expect_keys("key alt+f4 up", 2, (uint32_t[]){0x3e, 0x38}, (bool[]){false, false});
}

static void test_text_is_taken_as_it_is(void **state)
{
    struct script script = {0};
    parse_good(&script, "text  Grüße € ж\\n\\t\\\\ # no comment \nsnapshot /tmp/a b.png\n");
    assert_int_equal(script.count, 2);
    assert_string_equal(script.steps[0].text, " Grüße € ж\n\t\\ # no comment ");
    assert_int_equal(script.steps[1].kind, SCRIPT_SNAPSHOT);
    assert_string_equal(script.steps[1].text, "/tmp/a b.png");
    assert_true(script_step_is_input(&script.steps[0]));
    assert_false(script_step_is_input(&script.steps[1]));
    script_free(&script);
}

static void test_requests_have_a_list_and_a_purpose(void **state)
{
    struct script script = {0};
    parse_good(&script,
               "request control\nrequest point,annotate,clipboard-to-helper  to show you \n"
               "pause\nresume\n");
    assert_int_equal(script.count, 4);
    assert_int_equal(script.steps[0].code, QA_PERMISSION_CONTROL);
    assert_null(script.steps[0].text);
    assert_int_equal(script.steps[1].code, QA_PERMISSION_POINT | QA_PERMISSION_ANNOTATE |
                                               QA_PERMISSION_CLIPBOARD_TO_HELPER);
    assert_string_equal(script.steps[1].text, "to show you ");
    assert_int_equal(script.steps[2].kind, SCRIPT_PAUSE);
    assert_int_equal(script.steps[3].kind, SCRIPT_RESUME);
    script_free(&script);

    char error[SCRIPT_ERROR_SIZE], line[QA_PURPOSE_MAX + 32];
    snprintf(line, sizeof line, "request control %0*d", QA_PURPOSE_MAX, 1);
    assert_true(script_parse_line(&script, line, 1, error));
    snprintf(line, sizeof line, "request control %0*d", QA_PURPOSE_MAX + 1, 1);
    assert_false(script_parse_line(&script, line, 1, error));
    script_free(&script);
}

static void test_waits(void **state)
{
    struct script script = {0};
    parse_good(&script, "wait 250\nwait-frame\nwait-frame 5\nwait-still\nrequest control\nend");
    assert_int_equal(script.count, 6);
    assert_int_equal(script.steps[0].milliseconds, 250);
    assert_int_equal(script.steps[1].milliseconds, 10000);
    assert_int_equal(script.steps[2].milliseconds, 5);
    assert_int_equal(script.steps[3].milliseconds, 700);
    assert_int_equal(script.steps[4].kind, SCRIPT_REQUEST);
    assert_int_equal(script.steps[5].kind, SCRIPT_END);
    script_free(&script);
}

static void test_refusals_name_the_line(void **state)
{
    static const char *const bad[] = {
        "moove 1 2",
        "move 1",
        "move 1 2 3",
        "move -1 2",
        "move 1 16384",
        "move 1 2x",
        "move 1 99999999999999999999",
        "click 1 2 leftt",
        "click 1 2 left 3",
        "drag 1 2 3",
        "wheel 1 2 3",
        "wheel 1 2 0 12001",
        "key",
        "key nokey",
        "key ctrl+",
        "key +",
        "key a sideways",
        "key 0x",
        "key 0x80",
        "key 0x100",
        "key 0x200",
        "key 0xzz",
        "key a+b+c+d+e+f+g",
        "text",
        "text ",
        "text a\\x",
        "text a\\",
        "text a\x01",
        "wait",
        "wait -1",
        "wait 3600001",
        "wait 1 2",
        "wait-frame x",
        "request",
        "request  ",
        "request view",
        "request control,view",
        "request control,",
        "request ,control",
        "request everything",
        "request controlcontrolcontrolcontrolcontrolcontrolcontrol",
        "pause now",
        "resume 1",
        "snapshot",
        "snapshot ",
        "end now",
        "a b c d e f g h i j",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct script script = {0};
        char text[256], error[SCRIPT_ERROR_SIZE] = "";
        snprintf(text, sizeof text, "wait 1\n%s\nwait 2\n", bad[i]);
        if (parse(&script, text, error))
            fail_msg("accepted: %s", bad[i]);
        if (strncmp(error, "line 2: ", 8) != 0)
            fail_msg("'%s' is refused with '%s'", bad[i], error);
        assert_int_equal(script.count, 1); /* nothing of the bad line is kept */
        script_free(&script);
    }
}

static void test_hostile_files(void **state)
{
    struct script script = {0};
    char error[SCRIPT_ERROR_SIZE];
    static const char nul[] = "wait 1\nte\0xt";
    FILE *file = fmemopen((void *)nul, sizeof nul - 1, "r");
    assert_false(script_parse_file(&script, file, error));
    assert_non_null(strstr(error, "NUL"));
    fclose(file);

    static char line[SCRIPT_LINE_MAX + 2];
    memset(line, 'x', sizeof line - 1);
    assert_false(parse(&script, line, error));
    assert_non_null(strstr(error, "longer"));
    script_free(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pointer_commands),
        cmocka_unit_test(test_drag_presses_moves_and_lets_go),
        cmocka_unit_test(test_drawing_commands),
        cmocka_unit_test(test_keys_and_combinations),
        cmocka_unit_test(test_text_is_taken_as_it_is),
        cmocka_unit_test(test_requests_have_a_list_and_a_purpose),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_refusals_name_the_line),
        cmocka_unit_test(test_hostile_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
