/* Control messages: what is written is read back, and nothing else is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/consent.h>
#include <qassist/errors.h>
#include <qassist/session.h>

#include "wire/control_message.h"

static void test_round_trip(void **state)
{
    const struct control_message messages[] = {
        {.type = CONTROL_PERMISSIONS,
         .permissions = QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL,
         .causes = QA_PAUSED_BY_SHARER | QA_PAUSED_BY_PROMPT,
         .epoch = 15},
        {.type = CONTROL_PERMISSIONS,
         .permissions = QA_PERMISSION_VIEW,
         .refused = QA_PERMISSIONS_ALL & ~QA_PERMISSION_VIEW,
         .wait_s = CONTROL_WAIT_MAX,
         .error = QA_EDENIED},
        {.type = CONTROL_REQUEST, .permissions = QA_PERMISSION_CONTROL},
        {.type = CONTROL_REQUEST,
         .permissions = QA_PERMISSION_POINT | QA_PERMISSION_CLIPBOARD_TO_HELPER,
         .text = "Gr\xc3\xbc\xc3\x9f Gott: \"fix\" the \\printer"},
        {.type = CONTROL_PAUSE, .yes = true},
        {.type = CONTROL_PAUSE},
        {.type = CONTROL_BYE, .error = QA_ENOTALLOWED},
        {.type = CONTROL_BYE},
        {.type = CONTROL_PING},
        {.type = CONTROL_PONG},
        {.type = CONTROL_CHAT, .id = 1, .text = "Hello,\n\"you\" \\ Größe"},
        {.type = CONTROL_CHAT_DELIVERED, .id = UINT32_MAX},
        {.type = CONTROL_CLIPBOARD, .first = true, .text = "a\tb\r\n"},
        {.type = CONTROL_CLIPBOARD, .last = true},
        {.type = CONTROL_CLIPBOARD_TAKEN},
        {.type = CONTROL_POINT, .point = {.shown = true, .place = {QA_MARK_PLACE_MAX, 0}}},
        {.type = CONTROL_POINT},
        {.type = CONTROL_MARK,
         .mark = {.step = QA_MARK_BEGIN,
                  .kind = QA_MARK_RECTANGLE,
                  .colour = 0xffffff,
                  .width = QA_MARK_WIDTH_MAX,
                  .places = {{1, 2}, {3, 4}},
                  .count = 2}},
        {.type = CONTROL_MARK, .mark = {.step = QA_MARK_TO, .places = {{5, 6}}, .count = 1}},
        {.type = CONTROL_MARK,
         .mark = {.step = QA_MARK_TO, .picture = 32767, .places = {{5, 6}}, .count = 1}},
        {.type = CONTROL_POINT, .point = {.shown = true, .picture = 3, .place = {1, 2}}},
        {.type = CONTROL_MARK, .mark = {.step = QA_MARK_END}},
        {.type = CONTROL_MARK, .mark = {.step = QA_MARK_UNDO}},
        {.type = CONTROL_MARK, .mark = {.step = QA_MARK_CLEAR}},
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        char text[CONTROL_MESSAGE_MAX];
        int length = control_message_encode(&messages[i], text);
        assert_true(length > 0);
        struct control_message read;
        assert_int_equal(control_message_decode(text, (size_t)length, &read), 0);
        assert_int_equal(read.type, messages[i].type);
        assert_int_equal(read.permissions, messages[i].permissions);
        assert_int_equal(read.refused, messages[i].refused);
        assert_int_equal(read.wait_s, messages[i].wait_s);
        assert_int_equal(read.causes, messages[i].causes);
        assert_int_equal(read.yes, messages[i].yes);
        assert_int_equal(read.epoch, messages[i].epoch);
        assert_int_equal(read.error, messages[i].error);
        assert_int_equal(read.id, messages[i].id);
        assert_int_equal(read.first, messages[i].first);
        assert_int_equal(read.last, messages[i].last);
        assert_string_equal(read.text, messages[i].text);
    }
}

/* Even where every character takes two bytes in JSON. */
static void test_the_longest_texts_fit(void **state)
{
    struct control_message message = {.type = CONTROL_CLIPBOARD, .first = true, .last = true};
    memset(message.text, '"', CONTROL_TEXT_MAX);
    char text[CONTROL_MESSAGE_MAX];
    int length = control_message_encode(&message, text);
    assert_true(length > 2 * CONTROL_TEXT_MAX);
    struct control_message read;
    assert_int_equal(control_message_decode(text, (size_t)length, &read), 0);
    assert_string_equal(read.text, message.text);
}

static void test_what_texts_may_not_hold_is_left_out(void **state)
{
    const char *text = "{\"type\":\"chat\",\"id\":1,\"text\":\" \\u001b[2Jhi\\u202e\\tyou\\n\"}";
    struct control_message read;
    assert_int_equal(control_message_decode(text, strlen(text), &read), 0);
    assert_string_equal(read.text, "[2Jhi you");
    text = "{\"type\":\"clipboard\",\"first\":true,\"last\":true,\"text\":\"\\u001b[201~"
           "\\tx\\r\\n\xff\"}";
    assert_int_equal(control_message_decode(text, strlen(text), &read), 0);
    assert_string_equal(read.text, "[201~\tx\r\n");
}

static void test_a_purpose_is_short(void **state)
{
    struct control_message message = {.type = CONTROL_REQUEST};
    char text[CONTROL_MESSAGE_MAX];
    memset(message.text, 'x', QA_PURPOSE_MAX);
    int length = control_message_encode(&message, text);
    assert_true(length > QA_PURPOSE_MAX);
    struct control_message read;
    assert_int_equal(control_message_decode(text, (size_t)length, &read), 0);
    assert_string_equal(read.text, message.text);
    message.text[QA_PURPOSE_MAX] = 'x';
    assert_int_equal(control_message_encode(&message, text), QA_EINVAL);

    char *end = strstr(text, "xxx");
    memmove(end + 1, end, strlen(end) + 1);
    assert_int_equal(control_message_decode(text, strlen(text), &read), QA_EPROTO);
}

static void test_what_is_not_a_message(void **state)
{
    const char *const texts[] = {
        "",
        "x",
        "[]",
        "1",
        "{}",
        "{\"type\":1}",
        "{\"type\":\"nonsense\"}",
        "{\"type\":\"request\"}",
        "{\"type\":\"request\",\"permissions\":\"control\"}",
        "{\"type\":\"request\",\"permissions\":[1]}",
        "{\"type\":\"bye\"}",
        "{\"type\":\"bye\",\"reason\":1}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":tru"
        "e,\"epoch\":0,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":[1]"
        ",\"epoch\":0,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":[],"
        "\"epoch\":16,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":[],"
        "\"epoch\":-1,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":[],"
        "\"epoch\":0.5,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":[],\""
        "epoch\":1e99,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":[]"
        ",\"epoch\":0,\"reason\":\"OK\",\"refused\":0,\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":[],\""
        "epoch\":0,\"reason\":\"OK\",\"refused\":[],\"wait_s\":86401}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":[],\""
        "epoch\":0,\"reason\":\"OK\",\"refused\":[],\"wait_s\":\"1\"}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paused\":"
        "[],\"epoch\":0,\"reason\":0,\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"paused\":[],\"epoch\""
        ":0,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"epoc"
        "h\":0,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"pause"
        "d\":[],\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"pa"
        "used\":[],\"epoch\":0,\"refused\":[],\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"paus"
        "ed\":[],\"epoch\":0,\"reason\":\"OK\",\"wait_s\":0}",
        "{\"type\":\"permissions\",\"permissions\":[],\"pause"
        "d\":[],\"epoch\":0,\"reason\":\"OK\",\"refused\":[]}",
        "{\"type\":\"pause\"}",
        "{\"type\":\"pause\",\"paused\":1}",
        "{\"type\":\"request\",\"permissions\":[]}",
        "{\"type\":\"request\",\"permissions\":[],\"purpose\":1}",
        "{\"type\":\"ping\"} x",
        "{\"type\":\"chat\",\"id\":1}",
        "{\"type\":\"chat\",\"id\":1,\"text\":\"\"}",
        "{\"type\":\"chat\",\"id\":1,\"text\":\" \\n\"}",
        "{\"type\":\"chat\",\"id\":0,\"text\":\"x\"}",
        "{\"type\":\"chat\",\"id\":4294967296,\"text\":\"x\"}",
        "{\"type\":\"chat_delivered\",\"id\":-1}",
        "{\"type\":\"chat_delivered\"}",
        "{\"type\":\"clipboard\",\"first\":1,\"last\":true,\"text\":\"x\"}",
        "{\"type\":\"clipboard\",\"first\":true,\"last\":true}",
        "{\"type\":\"clipboard\",\"last\":true,\"text\":\"x\"}",
    };
    struct control_message read;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(control_message_decode(texts[i], strlen(texts[i]), &read), QA_EPROTO);
    assert_int_equal(control_message_decode("{\"type\":\"ping\"}\0", 16, &read), QA_EPROTO);
    char deep[CONTROL_MESSAGE_MAX];
    memset(deep, '[', sizeof deep);
    assert_int_equal(control_message_decode(deep, sizeof deep - 1, &read), QA_EPROTO);
    assert_int_equal(control_message_decode(deep, sizeof deep, &read), QA_EPROTO);
}

static void test_a_later_version_may_add(void **state)
{
    const char *text = "{\"type\":\"request\",\"permissions\":[\"control\",\"later\"],"
                       "\"purpose\":\"to\\u202e see\",\"x\":1}";
    struct control_message read;
    assert_int_equal(control_message_decode(text, strlen(text), &read), 0);
    assert_int_equal(read.permissions, QA_PERMISSION_CONTROL);
    assert_string_equal(read.text, "to see");
    text = "{\"type\":\"permissions\",\"permissions\":[\"view\"],\"paused\":[\"later\"],"
           "\"epoch\":1,\"reason\":\"OK\",\"refused\":[],\"wait_s\":0}";
    assert_int_equal(control_message_decode(text, strlen(text), &read), 0);
    assert_int_equal(read.causes, QA_PAUSED_BY_SHARER);
    text = "{\"type\":\"bye\",\"reason\":\"ELATER\"}";
    assert_int_equal(control_message_decode(text, strlen(text), &read), 0);
    assert_int_equal(read.error, QA_EPROTO);
}

static void test_marks_that_are_none(void **state)
{
    static const char *const texts[] = {
        "{\"type\":\"point\"}",
        "{\"type\":\"point\",\"shown\":1}",
        "{\"type\":\"point\",\"shown\":true,\"x\":1}",
        "{\"type\":\"point\",\"shown\":true,\"x\":-1,\"y\":0}",
        "{\"type\":\"point\",\"shown\":true,\"x\":8192,\"y\":0}",
        "{\"type\":\"point\",\"shown\":true,\"x\":1.5,\"y\":0}",
        "{\"type\":\"mark\"}",
        "{\"type\":\"mark\",\"step\":\"later\"}",
        "{\"type\":\"mark\",\"step\":\"to\"}",
        "{\"type\":\"mark\",\"step\":\"to\",\"places\":[]}",
        "{\"type\":\"mark\",\"step\":\"to\",\"places\":[1]}",
        "{\"type\":\"mark\",\"step\":\"to\",\"places\":[1,2,3]}",
        "{\"type\":\"mark\",\"step\":\"to\",\"places\":[1,\"2\"]}",
        "{\"type\":\"mark\",\"step\":\"to\",\"places\":[1,99999]}",
        "{\"type\":\"mark\",\"step\":\"to\",\"places\":{\"a\":1,\"b\":2}}",
        "{\"type\":\"mark\",\"step\":\"end\",\"places\":[1,2]}",
        "{\"type\":\"mark\",\"step\":\"to\",\"places\":[1,2],\"picture\":32768}",
        "{\"type\":\"point\",\"shown\":true,\"x\":1,\"y\":1,\"picture\":\"1\"}",
        "{\"type\":\"mark\",\"step\":\"begin\",\"kind\":\"stroke\",\"colour\":0,\"width\":1}",
        "{\"type\":\"mark\",\"step\":\"begin\",\"kind\":\"star\",\"colour\":0,\"width\":1,"
        "\"places\":[1,2]}",
        "{\"type\":\"mark\",\"step\":\"begin\",\"kind\":\"arrow\",\"colour\":16777216,"
        "\"width\":1,\"places\":[1,2]}",
        "{\"type\":\"mark\",\"step\":\"begin\",\"kind\":\"arrow\",\"colour\":0,\"width\":65,"
        "\"places\":[1,2]}",
    };
    struct control_message read;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(control_message_decode(texts[i], strlen(texts[i]), &read), QA_EPROTO);
    /* As many places as fit, and one more. */
    struct control_message most = {.type = CONTROL_MARK, .mark = {.step = QA_MARK_TO}};
    for (size_t i = 0; i < CONTROL_PLACES_MAX; i++)
        most.mark.places[i] = (struct control_place){QA_MARK_PLACE_MAX, QA_MARK_PLACE_MAX};
    most.mark.count = CONTROL_PLACES_MAX;
    char text[CONTROL_MESSAGE_MAX];
    int length = control_message_encode(&most, text);
    assert_true(length > 0);
    assert_int_equal(control_message_decode(text, (size_t)length, &read), 0);
    assert_int_equal(read.mark.count, CONTROL_PLACES_MAX);
    length -= (int)strlen("]}");
    strcpy(text + length, ",1,1]}");
    assert_int_equal(control_message_decode(text, strlen(text), &read), QA_EPROTO);
    most.mark.count++;
    assert_int_equal(control_message_encode(&most, text), QA_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_the_longest_texts_fit),
        cmocka_unit_test(test_what_texts_may_not_hold_is_left_out),
        cmocka_unit_test(test_a_purpose_is_short),
        cmocka_unit_test(test_what_is_not_a_message),
        cmocka_unit_test(test_a_later_version_may_add),
        cmocka_unit_test(test_marks_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
