/* What the tools share and what knows no session: exit codes, addresses, keys, text, tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/input-event-codes.h>

#include <qassist/errors.h>
#include <qassist/input.h>

#include "common/exits.h"
#include "common/relay_url.h"
#include "common/text.h"
#include "qa-help/code_panel.h"
#include "qa-help/keys.h"
#include "qa-help/screen_list.h"
#include "qa-help/token.h"

static void test_every_error_has_an_exit_code_and_advice(void **state)
{
#define CHECK(number, name, text)                                       \
    if (QA_##name != QA_ECANCELED) {                                    \
        assert_int_not_equal(exit_code_for(QA_##name), 0);              \
        assert_true(*exit_advice(QA_##name, EXIT_ROLE_HELPER) != '\0'); \
        assert_true(*exit_advice(QA_##name, EXIT_ROLE_SHARER) != '\0'); \
    }
    QA_ERROR_MAP(CHECK)
#undef CHECK
    assert_int_equal(exit_code_for(0), EXIT_ENDED);
    assert_int_equal(exit_code_for(QA_ECODE_USED), EXIT_CODE);
    assert_int_equal(exit_code_for(QA_ETRUST), EXIT_RELAY);
    assert_int_equal(exit_code_for(QA_EPEER_LOST), EXIT_PEER);
    assert_int_equal(exit_code_for(QA_EDENIED), EXIT_DENIED);
    assert_int_equal(exit_code_for(QA_EWORKER), EXIT_DEVICE);
    assert_int_equal(exit_code_for(QA_ETAMPERED), EXIT_PROTOCOL);
    assert_int_equal(exit_code_for(-9999), EXIT_INTERNAL);
}

static void expect_story(int error, uint32_t retry_s, enum exit_role role, const char *expected)
{
    char story[256];
    exit_story(error, "", retry_s, role, story, sizeof story);
    assert_string_equal(story, expected);
}

static void test_when_to_try_again(void **state)
{
#define TRIES "too many tries; wait before the next. "
    expect_story(QA_ERATE, 0, EXIT_ROLE_HELPER, TRIES "Wait a minute before the next try.");
    expect_story(QA_ERATE, 2, EXIT_ROLE_HELPER, TRIES "Try again in 2 seconds.");
    expect_story(QA_ERATE, 119, EXIT_ROLE_SHARER, TRIES "Try again in 119 seconds.");
    expect_story(QA_ERATE, 121, EXIT_ROLE_SHARER, TRIES "Try again in 3 minutes.");
    expect_story(QA_ERATE, 7201, EXIT_ROLE_SHARER, TRIES "Try again in 3 hours.");
    /* What no relay means. */
    expect_story(QA_ERATE, UINT32_MAX, EXIT_ROLE_HELPER,
                 TRIES "Wait a minute before the next try.");
    expect_story(QA_ELIMIT, 1, EXIT_ROLE_HELPER,
                 "a limit was reached. Get a new code and tell it to the sharer.");
    expect_story(QA_ELIMIT, 1, EXIT_ROLE_SHARER,
                 "a limit was reached. Ask your helper for a new code and try again.");
    expect_story(QA_EAUTH, 60, EXIT_ROLE_SHARER,
                 "the relay does not accept this sign-in. Check --token-file, or ask whoever runs "
                 "the relay for a new token.");
    expect_story(QA_EAUTH, 0, EXIT_ROLE_SIGNED_IN,
                 "the relay does not accept this sign-in. Sign in again, or ask whoever runs the "
                 "relay.");
    expect_story(QA_ERATE, 59, EXIT_ROLE_SIGNED_IN, TRIES "Try again in 59 seconds.");
}

static void expect_url(const char *text, const char *expected)
{
    char url[RELAY_URL_SIZE];
    assert_true(relay_url_complete(text, url));
    assert_string_equal(url, expected);
}

static void test_relay_addresses(void **state)
{
    expect_url("relay.example", "wss://relay.example");
    expect_url("https://relay.example/", "wss://relay.example/");
    expect_url("WSS://relay.example:8443/a", "wss://relay.example:8443/a");
    expect_url("localhost:8443", "wss://localhost:8443");
    char url[RELAY_URL_SIZE], host[RELAY_URL_SIZE];
    static const char *const bad[] = {
        "",     "ws://relay.example",  "http://relay.example", "a b", "wss://", "/path",
        "a\nb", "relay.ex\xc3\xa4mple"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(relay_url_complete(bad[i], url));
    char longest[RELAY_URL_SIZE + 10];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_false(relay_url_complete(longest, url));
    relay_url_host("wss://relay.example:8443/path", host);
    assert_string_equal(host, "relay.example:8443");
}

static void test_names_of_keys(void **state)
{
    assert_int_equal(keys_by_name("q", 1), 0x10);
    assert_int_equal(keys_by_name("Q", 1), 0x10);
    assert_int_equal(keys_by_name("enter+x", 5), 0x1c);
    assert_int_equal(keys_by_name("delete", 6), QA_SCANCODE_EXTENDED | 0x53);
    assert_int_equal(keys_by_name("", 0), 0);
    assert_int_equal(keys_by_name("ente", 4), 0);
    for (size_t i = 0; keys_name(i); i++) {
        uint32_t code = keys_by_name(keys_name(i), strlen(keys_name(i)));
        assert_in_range(code & 0x7f, 1, 0x7f);
        assert_int_equal(code & ~(QA_SCANCODE_EXTENDED | 0x7f), 0);
    }
}

static void test_linux_key_codes(void **state)
{
    assert_int_equal(keys_from_evdev(KEY_A), 0x1e);
    assert_int_equal(keys_from_evdev(KEY_102ND), 0x56);
    assert_int_equal(keys_from_evdev(KEY_F12), 0x58);
    assert_int_equal(keys_from_evdev(KEY_RIGHTALT), QA_SCANCODE_EXTENDED | 0x38);
    assert_int_equal(keys_from_evdev(KEY_KPENTER), QA_SCANCODE_EXTENDED | 0x1c);
    assert_int_equal(keys_from_evdev(KEY_LEFTMETA), QA_SCANCODE_EXTENDED | 0x5b);
    assert_int_equal(keys_from_evdev(0), 0);
    assert_int_equal(keys_from_evdev(KEY_POWER), 0);
    assert_int_equal(keys_from_evdev(0xffffffff), 0);
    /* No two keys become one. */
    bool seen[0x180] = {false};
    for (uint32_t code = 0; code < 256; code++) {
        uint32_t scancode = keys_from_evdev(code);
        if (!scancode)
            continue;
        assert_true(scancode < 0x180);
        assert_false(seen[scancode]);
        seen[scancode] = true;
    }
}

static void expect_safe(const char *text, const char *expected)
{
    char out[64];
    text_safe(text, out, sizeof out);
    assert_string_equal(out, expected);
}

static void test_foreign_text_is_harmless(void **state)
{
    expect_safe("Zoë Ж.", "Zoë Ж.");
    expect_safe("a\x1b[2Jb\n", "a?[2Jb?");
    expect_safe("\xe2\x80\xae"
                "evil",
                "?evil");
    expect_safe("\xc3", "?");
    expect_safe("\xed\xa0\x80", "???");
    expect_safe("\xc0\x80", "??");
    char small[4];
    text_safe("aäöü", small, sizeof small);
    assert_string_equal(small, "aä");
}

static void test_paragraphs_are_broken(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    text_wrap(file, "one two three four", 9);
    fclose(file);
    assert_string_equal(text, "one two\nthree\nfour\n");
    free(text);
}

static void draw(const char *code, size_t columns, char *out, size_t size)
{
    memset(out, 0, size);
    FILE *file = fmemopen(out, size, "w");
    code_panel_draw(file, code, columns, false);
    fclose(file);
}

static void test_code_panel_keeps_to_the_width(void **state)
{
    for (size_t columns = 40; columns <= 120; columns++) {
        char out[4096];
        draw("4821 9305 7716", columns, out, sizeof out);
        for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
            assert_true(strlen(line) <= columns);
    }
    char out[4096];
    draw("4821 9305 7716", 60, out, sizeof out);
    assert_non_null(strstr(out, "4821   9305   7716"));
    draw("4821 9305 7716", 80, out, sizeof out);
    assert_non_null(strstr(out, "#####"));
    assert_non_null(strstr(out, "4821 9305 7716"));
}

static void test_time_left(void **state)
{
    char text[32];
    code_panel_time_left(599, text, sizeof text);
    assert_string_equal(text, "9 min 59 s");
    code_panel_time_left(61, text, sizeof text);
    assert_string_equal(text, "1 min 01 s");
    code_panel_time_left(7, text, sizeof text);
    assert_string_equal(text, "7 s");
}

static void write_token(const char *path, const char *content, size_t length, mode_t mode)
{
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void test_token_file(void **state)
{
    char directory[] = "/tmp/test_tools_XXXXXX", path[64], token[TOKEN_SIZE], error[1024];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/token", directory);

    assert_false(token_read(path, token, error, sizeof error));
    write_token(path, "abc.def-1\nsecond line\n", 22, 0600);
    assert_true(token_read(path, token, error, sizeof error));
    assert_string_equal(token, "abc.def-1");
    write_token(path, "abc", 3, 0400);
    assert_true(token_read(path, token, error, sizeof error));
    assert_string_equal(token, "abc");

    static const mode_t open_modes[] = {0640, 0604, 0620, 0601, 0644};
    for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++) {
        write_token(path, "abc\n", 4, open_modes[i]);
        assert_false(token_read(path, token, error, sizeof error));
        assert_non_null(strstr(error, "chmod 600"));
        assert_int_equal(token[0], 0);
    }
    write_token(path, "\n", 1, 0600);
    assert_false(token_read(path, token, error, sizeof error));
    write_token(path, "a\0b\n", 4, 0600);
    assert_false(token_read(path, token, error, sizeof error));
    static char large[TOKEN_SIZE + 1];
    memset(large, 'a', sizeof large);
    write_token(path, large, sizeof large, 0600);
    assert_false(token_read(path, token, error, sizeof error));
    assert_false(token_read(directory, token, error, sizeof error));
    unlink(path);
    rmdir(directory);
}

static void set_screens(struct screen_list *list, const uint32_t *ids, size_t count,
                        uint32_t chosen)
{
    static const char *const names[] = {"", "LEFT", "RIGHT", "MIDDLE"};
    qa_screen_info infos[3];
    const qa_screen_info *pointers[3];
    for (size_t i = 0; i < count; i++) {
        infos[i] = (qa_screen_info){
            .size = sizeof *infos, .id = ids[i], .name = names[ids[i]], .width = 1, .height = 1};
        pointers[i] = &infos[i];
    }
    screen_list_set(list, pointers, count, chosen);
}

static void test_what_is_said_of_other_screens(void **state)
{
    static const uint32_t all[] = {1, 2, 3}, outer[] = {1, 2};
    struct screen_list before = {0}, now;
    char text[512];
    set_screens(&now, all, 3, 0);
    assert_false(screen_list_change(&before, &now, NULL, text, sizeof text));
#define SAYS(first, first_chosen, second, count, second_chosen, asked)           \
    (set_screens(&before, first, sizeof(first) / sizeof *(first), first_chosen), \
     set_screens(&now, second, count, second_chosen),                            \
     screen_list_change(&before, &now, asked, text, sizeof text) ? text : "")
    const uint32_t left = 1, middle = 3, everything = 0;
    assert_string_equal(SAYS(all, 3, all, 3, 3, NULL), "");
    assert_string_equal(SAYS(all, 0, all, 3, 1, &left), "You see the sharer's screen LEFT now.");
    assert_string_equal(SAYS(all, 1, all, 3, 0, &everything),
                        "You see all of the sharer's screens now.");
    assert_string_equal(SAYS(all, 1, all, 3, 1, &left), "");
    assert_string_equal(SAYS(all, 1, all, 3, 1, &middle), "The screen MIDDLE cannot be shown.");
    assert_string_equal(SAYS(all, 1, outer, 2, 1, &middle), "That cannot be shown.");
    assert_string_equal(SAYS(all, 1, all, 3, 1, &everything), "That cannot be shown.");
    assert_string_equal(SAYS(all, 3, outer, 2, 0, NULL),
                        "The sharer unplugged the screen MIDDLE. You see all the others now.");
    assert_string_equal(SAYS(all, 3, outer, 2, 1, NULL),
                        "The sharer unplugged the screen MIDDLE. You see LEFT now.");
    assert_string_equal(SAYS(outer, 2, outer, 1, 0, NULL),
                        "The sharer unplugged the screen RIGHT. You see what is left now.");
    assert_string_equal(SAYS(all, 1, outer, 2, 1, NULL), "The sharer unplugged the screen MIDDLE.");
    assert_string_equal(SAYS(outer, 0, all, 3, 0, NULL),
                        "The sharer plugged in the screen MIDDLE.");
#undef SAYS
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_error_has_an_exit_code_and_advice),
        cmocka_unit_test(test_when_to_try_again),
        cmocka_unit_test(test_relay_addresses),
        cmocka_unit_test(test_names_of_keys),
        cmocka_unit_test(test_linux_key_codes),
        cmocka_unit_test(test_foreign_text_is_harmless),
        cmocka_unit_test(test_paragraphs_are_broken),
        cmocka_unit_test(test_code_panel_keeps_to_the_width),
        cmocka_unit_test(test_time_left),
        cmocka_unit_test(test_token_file),
        cmocka_unit_test(test_what_is_said_of_other_screens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
