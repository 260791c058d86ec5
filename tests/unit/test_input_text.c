/* Keys and text typed into a real xterm, on several layouts: what arrives in a file there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <unistd.h>
#include <xcb/xkb.h>
#include <xcb/xtest.h>

#include <qassist/errors.h>

#include "input/input.h"
#include "x_server.h"

#define LINE_MAX_BYTES 4000

struct fixture {
    struct x_server server; /* first */
    xcb_connection_t *xcb;
    xcb_screen_t *screen;
    pid_t xterm;
    char path[128];
    char expected[2 * LINE_MAX_BYTES];
    uv_loop_t loop;
    struct input *input;
    unsigned descriptors;
};

static bool xterm_is_under_pointer(void *user)
{
    struct fixture *f = user;
    if (access(f->path, F_OK))
        return false;
    xcb_query_pointer_reply_t *reply =
        xcb_query_pointer_reply(f->xcb, xcb_query_pointer(f->xcb, f->screen->root), NULL);
    bool is_there = reply && reply->child;
    free(reply);
    return is_there;
}

static int start_server(void **state)
{
    x_server_fixture(state, sizeof(struct fixture), "1000x700x24");
    struct fixture *f = *state;
    f->xcb = x_server_connect(&f->server, &f->screen);
    return 0;
}

static int stop_server(void **state)
{
    struct fixture *f = *state;
    xcb_disconnect(f->xcb);
    return x_server_fixture_end(state);
}

static void set_layout(struct fixture *f, const char *layout)
{
    x_server_run(&f->server, (const char *[]){"setxkbmap", layout, NULL});
}

static int setup(void **state)
{
    struct fixture *f = *state;
    set_layout(f, "us");
    f->descriptors = open_descriptors();
    assert_int_equal(uv_loop_init(&f->loop), 0);
    snprintf(f->path, sizeof f->path, "%s/typed", f->server.directory);
    unlink(f->path);
    f->expected[0] = 0;
    char command[200];
    snprintf(command, sizeof command, "exec cat > %s", f->path);
    xcb_warp_pointer(f->xcb, XCB_NONE, f->screen->root, 0, 0, 0, 0, 100, 100);
    x_sync(f->xcb);
    f->xterm = x_server_spawn(&f->server, (const char *[]){"xterm", "-geometry", "90x30+0+0", "-e",
                                                           "sh", "-c", command, NULL});
    assert_true(run_polling(&f->loop, xterm_is_under_pointer, f));
    const char *detail;
    assert_int_equal(input_xtest_new(&f->loop, f->server.display, NULL, &f->input, &detail), 0);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->input)
        f->input->ops->destroy(f->input);
    close_loop(&f->loop);
    assert_int_equal(open_descriptors(), f->descriptors);
    end_process(f->xterm);
    return 0;
}

static void key(struct fixture *f, uint32_t scancode, bool pressed)
{
    qa_input_event event = {
        .size = sizeof event, .type = QA_INPUT_KEY, .scancode = scancode, .pressed = pressed};
    assert_int_equal(f->input->ops->inject(f->input, &event), 0);
}

static void tap(struct fixture *f, uint32_t scancode)
{
    key(f, scancode, true);
    key(f, scancode, false);
}

static void text(struct fixture *f, const char *utf8)
{
    const uint8_t *at = (const uint8_t *)utf8;
    while (*at) {
        unsigned more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : *at >= 0xc0 ? 1 : 0;
        uint32_t codepoint = more == 3 ? *at & 7 : more == 2 ? *at & 15 : more ? *at & 31 : *at;
        for (at++; more; more--)
            codepoint = codepoint << 6 | (*at++ & 63);
        qa_input_event event = {
            .size = sizeof event, .type = QA_INPUT_TEXT, .codepoint = codepoint};
        assert_int_equal(f->input->ops->inject(f->input, &event), 0);
    }
}

static size_t read_typed(const struct fixture *f, char *typed, size_t size)
{
    FILE *file = fopen(f->path, "rb");
    assert_non_null(file);
    size_t length = fread(typed, 1, size - 1, file);
    fclose(file);
    typed[length] = 0;
    return length;
}

static bool is_line_complete(void *user)
{
    const struct fixture *f = user;
    char typed[2 * LINE_MAX_BYTES];
    return read_typed(f, typed, sizeof typed) >= strlen(f->expected);
}

/* Ends the line and compares all that the terminal got. */
static void expect_line(struct fixture *f, const char *line)
{
    tap(f, 0x1c);
    strcat(f->expected, line);
    strcat(f->expected, "\n");
    run_polling(&f->loop, is_line_complete, f);
    char typed[2 * LINE_MAX_BYTES];
    read_typed(f, typed, sizeof typed);
    assert_string_equal(typed, f->expected);
}

static void expect_text(struct fixture *f, const char *line)
{
    text(f, line);
    expect_line(f, line);
}

static const char sample[] = "Grüße € ж 😀 – Ça va? «où» ÄÖ ñ 你好 Ω l'été @#{}[]\\|~^`";

static void test_scancodes_give_the_letters_of_the_layout(void **state)
{
    struct fixture *f = *state;
    const uint32_t first_row[] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15};
    set_layout(f, "fr");
    for (unsigned i = 0; i < 6; i++)
        tap(f, first_row[i]);
    tap(f, 0x03);
    key(f, 0x2a, true);
    tap(f, 0x03);
    tap(f, 0x10);
    key(f, 0x2a, false);
    key(f, 0x138, true);
    tap(f, 0x12);
    key(f, 0x138, false);
    expect_line(f, "azertyé2A€");
    set_layout(f, "de");
    tap(f, 0x15);
    tap(f, 0x27);
    expect_line(f, "zö");
    set_layout(f, "ru");
    for (unsigned i = 0; i < 6; i++)
        tap(f, first_row[i]);
    expect_line(f, "йцукен");
}

static void test_text_arrives_on_any_layout(void **state)
{
    struct fixture *f = *state;
    const char *layouts[] = {"us", "fr", "de", "ru", "gr", "us(dvorak)"};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        set_layout(f, layouts[i]);
        expect_text(f, "The quick brown fox, 1234567890 (50%)! \"a+b=c;\" <d> A_B:");
        expect_text(f, sample);
    }
}

static void test_the_second_group_counts(void **state)
{
    struct fixture *f = *state;
    set_layout(f, "us,ru");
    expect_text(f, "first hello привет €");
    /* The sharer switches to Russian, and the helper types on. */
    xcb_xkb_use_extension_reply_t *use =
        xcb_xkb_use_extension_reply(f->xcb, xcb_xkb_use_extension(f->xcb, 1, 0), NULL);
    assert_non_null(use);
    free(use);
    xcb_xkb_latch_lock_state(f->xcb, XCB_XKB_ID_USE_CORE_KBD, 0, 0, true, 1, 0, false, 0);
    x_sync(f->xcb);
    tap(f, 0x10);
    expect_line(f, "й");
    expect_text(f, "second hello привет €");
    expect_text(f, sample);
    xcb_xkb_latch_lock_state(f->xcb, XCB_XKB_ID_USE_CORE_KBD, 0, 0, true, 0, 0, false, 0);
    x_sync(f->xcb);
    expect_text(f, sample);
}

static void set_caps_lock(struct fixture *f)
{
    xcb_test_fake_input(f->xcb, XCB_KEY_PRESS, 66, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
    xcb_test_fake_input(f->xcb, XCB_KEY_RELEASE, 66, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
    x_sync(f->xcb);
}

static void test_caps_lock_changes_nothing(void **state)
{
    struct fixture *f = *state;
    const char *layouts[] = {"us", "fr", "de"};
    for (size_t i = 0; i < 3; i++) {
        set_layout(f, layouts[i]);
        set_caps_lock(f);
        expect_text(f, "Abc XYZ 123 éÉ жЖ ßäÄ");
        /* It is still on. */
        tap(f, 0x12);
        expect_line(f, "E");
        set_caps_lock(f);
        tap(f, 0x12);
        expect_line(f, "e");
    }
}

static void test_a_held_shift_changes_nothing(void **state)
{
    struct fixture *f = *state;
    set_layout(f, "fr");
    xcb_test_fake_input(f->xcb, XCB_KEY_PRESS, 50, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
    x_sync(f->xcb);
    text(f, "aZ2é");
    text(f, "жЖ");
    run_for(&f->loop, 200);
    xcb_test_fake_input(f->xcb, XCB_KEY_RELEASE, 50, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
    x_sync(f->xcb);
    expect_line(f, "aZ2éжЖ");
    /* The helper's own Shift as well. */
    key(f, 0x2a, true);
    text(f, "aZ2éжЖ");
    key(f, 0x2a, false);
    expect_line(f, "aZ2éжЖ");
}

static void test_a_new_layout_counts_at_once(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 4; i++) {
        expect_text(f, "ab qwerty йж é");
        set_layout(f, "fr");
        expect_text(f, "ab qwerty йж é");
        tap(f, 0x10);
        expect_line(f, "a");
        set_layout(f, "ru");
        expect_text(f, "ab qwerty йж é");
        set_layout(f, "us");
    }
}

static void test_many_characters_without_keys(void **state)
{
    struct fixture *f = *state;
    char line[LINE_MAX_BYTES] = "";
    for (uint32_t codepoint = 0x4e00; codepoint < 0x4e00 + 150; codepoint++) {
        char utf8[4] = {(char)(0xe0 | codepoint >> 12), (char)(0x80 | (codepoint >> 6 & 63)),
                        (char)(0x80 | (codepoint & 63)), 0};
        strcat(line, utf8);
    }
    expect_text(f, line);
}

static void test_keys_and_text_keep_their_order(void **state)
{
    struct fixture *f = *state;
    char line[LINE_MAX_BYTES] = "";
    for (unsigned i = 0; i < 40; i++) {
        text(f, i % 2 ? "я" : "é");
        tap(f, 0x1e);
        text(f, "b");
        strcat(line, i % 2 ? "яab" : "éab");
    }
    expect_line(f, line);
}

static xcb_get_keyboard_mapping_reply_t *read_mapping(struct fixture *f)
{
    xcb_get_keyboard_mapping_reply_t *reply =
        xcb_get_keyboard_mapping_reply(f->xcb, xcb_get_keyboard_mapping(f->xcb, 8, 248), NULL);
    assert_non_null(reply);
    return reply;
}

static void test_borrowed_keys_are_given_back(void **state)
{
    struct fixture *f = *state;
    set_layout(f, "fr");
    xcb_get_keyboard_mapping_reply_t *before = read_mapping(f);
    expect_text(f, "жЖ 你好 😀");
    xcb_get_keyboard_mapping_reply_t *meanwhile = read_mapping(f);
    text(f, "я");
    expect_line(f, "я");
    f->input->ops->destroy(f->input);
    f->input = NULL;
    uv_run(&f->loop, UV_RUN_DEFAULT);
    xcb_get_keyboard_mapping_reply_t *after = read_mapping(f);
    size_t bytes = before->length * 4u;
    assert_int_equal(meanwhile->length, before->length);
    assert_int_equal(after->length, before->length);
    assert_memory_not_equal(xcb_get_keyboard_mapping_keysyms(meanwhile),
                            xcb_get_keyboard_mapping_keysyms(before), bytes);
    assert_memory_equal(xcb_get_keyboard_mapping_keysyms(after),
                        xcb_get_keyboard_mapping_keysyms(before), bytes);
    free(before);
    free(meanwhile);
    free(after);
}

#define WITH_XTERM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_XTERM(test_scancodes_give_the_letters_of_the_layout),
        WITH_XTERM(test_text_arrives_on_any_layout),
        WITH_XTERM(test_the_second_group_counts),
        WITH_XTERM(test_caps_lock_changes_nothing),
        WITH_XTERM(test_a_held_shift_changes_nothing),
        WITH_XTERM(test_a_new_layout_counts_at_once),
        WITH_XTERM(test_many_characters_without_keys),
        WITH_XTERM(test_keys_and_text_keep_their_order),
        WITH_XTERM(test_borrowed_keys_are_given_back),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
