/* The list of screens and the choice, as control messages: read back as written, nothing else
 * taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "wire/control_message.h"

static char text[CONTROL_MESSAGE_MAX];

static struct control_message read_back(const struct control_message *message)
{
    struct control_message read;
    int length = control_message_encode(message, text);
    assert_true(length > 0);
    assert_int_equal(control_message_decode(text, (size_t)length, &read), 0);
    assert_int_equal(read.type, message->type);
    return read;
}

static struct control_message full_list(void)
{
    struct control_message message = {.type = CONTROL_SCREENS};
    struct control_screens *screens = &message.screens;
    screens->count = CONTROL_SCREENS_MAX;
    screens->chosen = UINT32_MAX;
    screens->picture = CONTROL_PICTURE_MAX;
    for (uint32_t i = 0; i < CONTROL_SCREENS_MAX; i++) {
        struct control_screen *screen = &screens->list[i];
        *screen = (struct control_screen){.id = UINT32_MAX - i,
                                          .x = CONTROL_SCREEN_SIDE_MAX,
                                          .y = (int32_t)i,
                                          .width = CONTROL_SCREEN_SIDE_MAX,
                                          .height = 1,
                                          .scale = 25 + i * 65,
                                          .primary = i == 3};
        memset(screen->name, i % 2 ? '"' : 'n', CONTROL_SCREEN_NAME_MAX);
    }
    return message;
}

static void test_a_list_is_read_back(void **state)
{
    struct control_message message = full_list();
    struct control_message read = read_back(&message);
    assert_memory_equal(&read.screens, &message.screens, sizeof read.screens);

    memset(&message.screens, 0, sizeof message.screens);
    read = read_back(&message);
    assert_int_equal(read.screens.count, 0);
    assert_int_equal(read.screens.chosen, 0);
}

static void test_a_choice_is_read_back(void **state)
{
    const uint32_t ids[] = {0, 1, UINT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct control_message read =
            read_back(&(struct control_message){.type = CONTROL_CHOOSE_SCREEN, .id = ids[i]});
        assert_int_equal(read.id, ids[i]);
    }
}

static void refuse_to_write(const struct control_message *message)
{
    assert_int_equal(control_message_encode(message, text), QA_EINVAL);
}

static void test_what_cannot_be_is_not_written(void **state)
{
    const struct control_message good = full_list();
    struct control_message message = good;
    message.screens.count = CONTROL_SCREENS_MAX + 1;
    refuse_to_write(&message);
    message = good;
    message.screens.picture = CONTROL_PICTURE_MAX + 1;
    refuse_to_write(&message);
    message = good;
    message.screens.chosen = 7;
    refuse_to_write(&message);
    message = good;
    message.screens.list[5].id = message.screens.list[4].id;
    refuse_to_write(&message);
    message = good;
    message.screens.list[0].id = 0;
    refuse_to_write(&message);
    message = good;
    message.screens.list[2].name[0] = '\0';
    refuse_to_write(&message);
    message = good;
    message.screens.list[2].name[0] = '\x1b';
    refuse_to_write(&message);
    message = good;
    message.screens.list[2].width = 0;
    refuse_to_write(&message);
    message = good;
    message.screens.list[2].x = -1;
    refuse_to_write(&message);
    message = good;
    message.screens.list[2].scale = 1001;
    refuse_to_write(&message);
}

#define SCREEN(id, name, more)        \
    "{\"id\":" id ",\"name\":\"" name \
    "\",\"x\":0,\"y\":0,\"width\":10,\"height\":10,\"scale\":100,\"primary\":true" more "}"
#define LIST(screens, chosen) \
    "{\"type\":\"screens\",\"screens\":[" screens "],\"chosen\":" chosen ",\"picture\":7}"

static int decode(const char *data)
{
    struct control_message message;
    return control_message_decode(data, strlen(data), &message);
}

static void test_what_is_not_such_a_message(void **state)
{
    assert_int_equal(decode(LIST("", "0")), 0);
    assert_int_equal(decode(LIST(SCREEN("1", "a", ",\"later\":[]"), "1")), 0);
    const char *const texts[] = {
        "{\"type\":\"screens\"}",
        "{\"type\":\"screens\",\"screens\":[]}",
        "{\"type\":\"screens\",\"screens\":[],\"chosen\":0}",
        "{\"type\":\"screens\",\"screens\":[],\"chosen\":0,\"picture\":32768}",
        "{\"type\":\"screens\",\"screens\":{},\"chosen\":0}",
        LIST("1", "0"),
        LIST("{}", "0"),
        LIST("", "1"),
        LIST("", "-1"),
        LIST("", "\"0\""),
        LIST(SCREEN("0", "a", ""), "0"),
        LIST(SCREEN("1.5", "a", ""), "0"),
        LIST(SCREEN("4294967296", "a", ""), "0"),
        LIST(SCREEN("1", "0123456789012345678901234567890123456789012345678901234567890123", ""),
             "0"),
        LIST(SCREEN("1", "a", "") "," SCREEN("1", "b", ""), "0"),
        LIST("{\"id\":1,\"name\":\"a\",\"x\":-1,\"y\":0,\"width\":10,\"height\":10,\"scale\":100,"
             "\"primary\":true}",
             "0"),
        LIST("{\"id\":1,\"name\":\"a\",\"x\":0,\"y\":0,\"width\":0,\"height\":10,\"scale\":100,"
             "\"primary\":true}",
             "0"),
        LIST("{\"id\":1,\"name\":\"a\",\"x\":0,\"y\":0,\"width\":10,\"height\":10,\"scale\":100,"
             "\"primary\":1}",
             "0"),
        "{\"type\":\"choose_screen\"}",
        "{\"type\":\"choose_screen\",\"id\":-1}",
        "{\"type\":\"choose_screen\",\"id\":1e10}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (decode(texts[i]) != QA_EPROTO)
            fail_msg("taken: %s", texts[i]);
}

/* What is no text to show is left out; a name there is in any case. */
static void test_names_can_be_shown(void **state)
{
    const struct {
        const char *data;
        const char *name;
    } cases[] = {{LIST(SCREEN("12", "HDMI-1", ""), "0"), "HDMI-1"},
                 {LIST(SCREEN("12", "a\\u001b[2Jb", ""), "0"), "a[2Jb"},
                 {LIST(SCREEN("12", "\\u202elive", ""), "0"), "live"},
                 {LIST(SCREEN("12", "\\u0007", ""), "0"), "screen 12"},
                 {LIST(SCREEN("12", "", ""), "0"), "screen 12"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct control_message message;
        assert_int_equal(control_message_decode(cases[i].data, strlen(cases[i].data), &message), 0);
        assert_string_equal(message.screens.list[0].name, cases[i].name);
    }
}

static void test_more_than_can_be_are_not_read(void **state)
{
    char all[CONTROL_MESSAGE_MAX] = "{\"type\":\"screens\",\"screens\":[";
    for (unsigned i = 1; i <= CONTROL_SCREENS_MAX + 1; i++) {
        char id[8];
        snprintf(id, sizeof id, "%u", i);
        strcat(strcat(strcat(all, i > 1 ? "," : ""), "{\"id\":"), id);
        strcat(all, ",\"name\":\"a\",\"x\":0,\"y\":0,\"width\":1,\"height\":1,\"scale\":100,"
                    "\"primary\":false}");
    }
    strcat(all, "],\"chosen\":0,\"picture\":1}");
    assert_int_equal(decode(all), QA_EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_is_read_back),
        cmocka_unit_test(test_a_choice_is_read_back),
        cmocka_unit_test(test_what_cannot_be_is_not_written),
        cmocka_unit_test(test_what_is_not_such_a_message),
        cmocka_unit_test(test_names_can_be_shown),
        cmocka_unit_test(test_more_than_can_be_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
