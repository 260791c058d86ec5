/* Messages to and from the relay: round trips, and what a hostile side may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "wire/relay_message.h"

#define SID "000102030405060708090a0b0c0d0eff"

static const struct relay_message examples[] = {
    {.type = RELAY_CREATE, .version = 1, .token = "qah_AZaz09-._~\"\\"},
    {.type = RELAY_JOIN, .version = UINT32_MAX, .route = "00042"},
    {.type = RELAY_CREATED,
     .route = "123456789",
     .sid = {0, 1, 2, 255},
     .expires_s = 600,
     .shown_name = "Zo\xc3\xab L.",
     .organisation = "A \"quoted\" \\ name / more"},
    {.type = RELAY_JOINED, .sid = {0xff}, .shown_name = "A"},
    {.type = RELAY_PEER},
    {.type = RELAY_TRIED},
    {.type = RELAY_PEER_GONE},
    {.type = RELAY_PEER_GONE, .lost = true},
    {.type = RELAY_JOINED, .sid = {1}, .shown_name = "A", .ticket = "abc-_09"},
    {.type = RELAY_REJOIN, .version = 1, .ticket = "abc-_09"},
    {.type = RELAY_REJOINED, .wait_s = 120},
    {.type = RELAY_KEEP, .keep_s = 1200},
    {.type = RELAY_FEATURES},
    {.type = RELAY_FEATURES, .features = 0xff},
    {.type = RELAY_REPORT, .words = "They asked for my bank's password.\n\xc3\xa9"},
    {.type = RELAY_ERROR, .error = QA_ERATE, .detail = "wait a little", .retry_s = 17},
    {.type = RELAY_ERROR, .error = QA_ECODE_UNKNOWN},
    {.type = RELAY_SIGN_IN, .version = 1},
    {.type = RELAY_SIGN_IN, .version = 1, .id_token = "eyJ.eyJ.abc"},
    {.type = RELAY_SIGN_IN_WITH,
     .nonce = "n-_1",
     .issuer_count = 2,
     .issuers = {{.issuer = "https://a.example",
                  .client_id = "qassist",
                  .scope = "openid profile",
                  .organisation = "\xc3\x84rzte & S\xc3\xb6hne"},
                 {.issuer = "https://b.example/x",
                  .client_id = "2",
                  .scope = "openid",
                  .organisation = "B",
                  .device = true}}},
    {.type = RELAY_SIGNED_IN,
     .token = "qa2.abc",
     .expires_s = 3600,
     .shown_name = "Ada L.",
     .organisation = "A",
     .account = "o12"},
    {.type = RELAY_SIGN_OUT, .version = 1, .token = "qa2.abc"},
    {.type = RELAY_SIGNED_OUT},
    {.type = RELAY_MOVE, .pass = "p.q", .worker = 3},
    {.type = RELAY_MOVE, .pass = "p.q", .url = "wss://node1.help.example.org:8443"},
    {.type = RELAY_JOIN, .version = 1, .route = "12345", .pass = "p.q"},
};

static void test_round_trips(void **state)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char text[RELAY_MESSAGE_MAX];
        struct relay_message read;
        int length = relay_message_encode(&examples[i], text);
        assert_true(length > 0);
        assert_int_equal(strlen(text), length);
        assert_int_equal(relay_message_decode(text, (size_t)length, &read), 0);
        assert_memory_equal(&read, &examples[i], sizeof read);
    }
}

static void test_longest_fields_fit(void **state)
{
    struct relay_message message = {.type = RELAY_CREATE, .version = 1}, read;
    char text[RELAY_MESSAGE_MAX];
    memset(message.token, '"', RELAY_TOKEN_MAX);
    int length = relay_message_encode(&message, text);
    assert_true(length > 2 * RELAY_TOKEN_MAX);
    assert_int_equal(relay_message_decode(text, (size_t)length, &read), 0);
    assert_memory_equal(&read, &message, sizeof read);

    message = (struct relay_message){.type = RELAY_ERROR, .error = QA_EIO, .retry_s = UINT32_MAX};
    memset(message.detail, '\\', RELAY_DETAIL_MAX);
    length = relay_message_encode(&message, text);
    assert_true(length > 2 * RELAY_DETAIL_MAX);
    assert_int_equal(relay_message_decode(text, (size_t)length, &read), 0);
    assert_memory_equal(&read, &message, sizeof read);

    message = (struct relay_message){.type = RELAY_SIGN_IN, .version = 1};
    memset(message.id_token, 'x', RELAY_ID_TOKEN_MAX);
    length = relay_message_encode(&message, text);
    assert_true(length > RELAY_ID_TOKEN_MAX);
    assert_int_equal(relay_message_decode(text, (size_t)length, &read), 0);
    assert_memory_equal(&read, &message, sizeof read);

    message = (struct relay_message){.type = RELAY_SIGN_IN_WITH, .nonce = "n"};
    message.issuer_count = RELAY_ISSUERS_MAX;
    for (size_t i = 0; i < RELAY_ISSUERS_MAX; i++) {
        memset(message.issuers[i].issuer, 'x', RELAY_ISSUER_MAX);
        memset(message.issuers[i].client_id, 'x', RELAY_CLIENT_MAX);
        memset(message.issuers[i].scope, 'x', RELAY_SCOPE_MAX);
        memset(message.issuers[i].organisation, '"', RELAY_NAME_MAX);
    }
    length = relay_message_encode(&message, text);
    assert_int_equal(relay_message_decode(text, (size_t)length, &read), 0);
    assert_memory_equal(&read, &message, sizeof read);

    message = (struct relay_message){.type = RELAY_REPORT};
    memset(message.words, '"', RELAY_WORDS_MAX);
    length = relay_message_encode(&message, text);
    assert_true(length > 2 * RELAY_WORDS_MAX);
    assert_int_equal(relay_message_decode(text, (size_t)length, &read), 0);
    assert_memory_equal(&read, &message, sizeof read);
}

static void test_every_error_has_its_name(void **state)
{
#define CHECK_ERROR(number, name, words)                                             \
    {                                                                                \
        struct relay_message message = {.type = RELAY_ERROR, .error = number}, read; \
        char text[RELAY_MESSAGE_MAX];                                                \
        int length = relay_message_encode(&message, text);                           \
        assert_true(length > 0);                                                     \
        assert_non_null(strstr(text, "\"" #name "\""));                              \
        assert_int_equal(relay_message_decode(text, (size_t)length, &read), 0);      \
        assert_int_equal(read.error, number);                                        \
    }
    QA_ERROR_MAP(CHECK_ERROR)
#undef CHECK_ERROR
}

static void test_encode_refuses_bad_fields(void **state)
{
    const struct relay_message bad[] = {
        {.type = 0},
        {.type = 14},
        {.type = 4000000},
        {.type = RELAY_CREATE, .version = 0, .token = "x"},
        {.type = RELAY_CREATE, .version = 1, .token = ""},
        {.type = RELAY_CREATE, .version = 1, .token = "a b"},
        {.type = RELAY_CREATE, .version = 1, .token = "a\xc3\xa4"},
        {.type = RELAY_JOIN, .version = 1, .route = "1234"},
        {.type = RELAY_JOINED, .shown_name = ""},
        {.type = RELAY_JOINED, .shown_name = "a\nb"},
        {.type = RELAY_JOINED,
         .shown_name = "a",
         .organisation = "\xe2\x80\xae"
                         "x"},
        {.type = RELAY_CREATED, .route = "12345", .shown_name = "a", .expires_s = 0},
        {.type = RELAY_REJOIN, .version = 1, .ticket = ""},
        {.type = RELAY_REJOIN, .version = 1, .ticket = "a b"},
        {.type = RELAY_REJOINED, .wait_s = 0},
        {.type = RELAY_FEATURES, .features = 0x100},
        {.type = RELAY_REPORT, .words = ""},
        {.type = RELAY_REPORT, .words = "a\tb"},
        {.type = RELAY_ERROR, .error = 0},
        {.type = RELAY_ERROR, .error = -999},
        {.type = RELAY_ERROR, .error = QA_EIO, .detail = "\xff"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[RELAY_MESSAGE_MAX];
        assert_int_equal(relay_message_encode(&bad[i], text), QA_EINVAL);
    }
}

static int decode(const char *text, struct relay_message *out)
{
    /* Exactly its bytes on the heap, so that a sanitizer sees any read past them. */
    size_t length = strlen(text);
    char *copy = malloc(length ? length : 1);
    memcpy(copy, text, length);
    int error = relay_message_decode(copy, length, out);
    free(copy);
    return error;
}

static void test_what_is_allowed(void **state)
{
    struct relay_message read;
    assert_int_equal(decode(" {\"version\" : 1.0, \"type\":\"join\", \"route\":\"12345\",\n"
                            "\"later\":{\"a\":[1,{\"type\":\"x\"}]}, \"more\":null } \r\n",
                            &read),
                     0);
    assert_int_equal(read.type, RELAY_JOIN);
    assert_string_equal(read.route, "12345");
    assert_int_equal(decode("{\"type\":\"error\",\"error\":\"ELATER_THAN_THIS\"}", &read), 0);
    assert_int_equal(read.error, QA_EPROTO);
    assert_int_equal(decode("{\"type\":\"peer\",\"note\":\"a\\\\u0000b\"}", &read), 0);
    assert_int_equal(decode("{\"type\":\"joined\",\"sid\":\"" SID "\",\"shown_name\":"
                            "\"Zo\\u00eb \\ud83d\\ude00\"}",
                            &read),
                     0);
    assert_string_equal(read.shown_name, "Zo\xc3\xab \xf0\x9f\x98\x80");
    assert_int_equal(read.sid[15], 0xff);
    assert_string_equal(read.ticket, "");
    assert_int_equal(
        decode("{\"type\":\"features\",\"features\":[\"view\",\"flying\",\"chat\"]}", &read), 0);
    assert_int_equal(read.features, RELAY_FEATURE_VIEW | RELAY_FEATURE_CHAT);
    assert_int_equal(decode("{\"type\":\"peer_gone\",\"lost\":false}", &read), 0);
    assert_false(read.lost);
}

static const char *const hostile[] = {
    "{\"type\":\"rejoin\",\"version\":1}",
    "{\"type\":\"rejoin\",\"version\":1,\"ticket\":7}",
    "{\"type\":\"rejoin\",\"version\":1,\"ticket\":\"\"}",
    "{\"type\":\"rejoin\",\"version\":1,\"ticket\":\"a\\u0001\"}",
    "{\"type\":\"keep\",\"keep_s\":-1}",
    "{\"type\":\"keep\"}",
    "{\"type\":\"features\"}",
    "{\"type\":\"features\",\"features\":\"view\"}",
    "{\"type\":\"features\",\"features\":[1]}",
    "{\"type\":\"peer_gone\",\"lost\":1}",
    "{\"type\":\"report\"}",
    "{\"type\":\"report\",\"words\":\"\"}",
    "{\"type\":\"report\",\"words\":\"\\u202e\"}",
    "",
    " ",
    "{",
    "{}",
    "[]",
    "null",
    "\"peer\"",
    "1",
    "{\"type\":\"peer\"",
    "{\"type\":\"peer\"}x",
    "{\"type\":\"peer\"}{}",
    "{\"type\":\"peer\",}",
    "{\"type\":1}",
    "{\"type\":null}",
    "{\"type\":[\"peer\"]}",
    "{\"type\":\"PEER\"}",
    "{\"Type\":\"peer\"}",
    "{\"type\":\"\"}",
    "{\"type\":\"unknown\"}",
    "{\"type\":\"peer\",\"type\":\"peer\"}",
    "{\"type\":\"peer\",\"x\":1,\"x\":2}",
    "{\"type\":\"peer\",\"\\u0078\":1,\"x\":2}",
    "{\"type\":\"peer\\u0000x\"}",
    "{\"type\\u0000x\":\"peer\"}",
    "{\"type\":\"peer\",\"a\":\"\\u0000\"}",
    "{\"type\":\"peer\",\"a\":\"\\\\\\u0000\"}",
    "{\"type\":\"peer\",\"a\":\"\x01\"}",
    "{\"type\":\"peer\",\"a\":\"\\ud800\"}",
    "{\"type\":\"join\",\"version\":1}",
    "{\"type\":\"join\",\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":\"1\",\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":true,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":0,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":-1,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":1.5,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":4294967296,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":1e300,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":1e999,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":-1e999,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":NaN,\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":[1],\"route\":\"12345\"}",
    "{\"type\":\"join\",\"version\":1,\"route\":12345}",
    "{\"type\":\"join\",\"version\":1,\"route\":\"1234\"}",
    "{\"type\":\"join\",\"version\":1,\"route\":\"1234567890\"}",
    "{\"type\":\"join\",\"version\":1,\"route\":\"12 45\"}",
    "{\"type\":\"join\",\"version\":1,\"route\":\"\xd9\xa1\xd9\xa1\xd9\xa1\"}",
    "{\"type\":\"create\",\"version\":1,\"token\":\"\"}",
    "{\"type\":\"create\",\"version\":1,\"token\":\"a b\"}",
    "{\"type\":\"create\",\"version\":1,\"token\":\"a\\nb\"}",
    "{\"type\":\"joined\",\"sid\":\"" SID "\",\"shown_name\":\"\"}",
    "{\"type\":\"joined\",\"sid\":\"" SID "\",\"shown_name\":\"a\\u202eb\"}",
    "{\"type\":\"joined\",\"sid\":\"" SID "\",\"shown_name\":\"a\\u0007b\"}",
    "{\"type\":\"joined\",\"sid\":\"" SID "\",\"shown_name\":\"a\xff\"}",
    "{\"type\":\"joined\",\"sid\":\"" SID "\",\"shown_name\":{}}",
    "{\"type\":\"joined\",\"sid\":\"" SID "00\",\"shown_name\":\"a\"}",
    "{\"type\":\"joined\",\"sid\":\"00\",\"shown_name\":\"a\"}",
    "{\"type\":\"joined\",\"sid\":\"000102030405060708090A0B0C0D0EFF\",\"shown_name\":\"a\"}",
    "{\"type\":\"joined\",\"sid\":\"000102030405060708090a0b0c0d0egg\",\"shown_name\":\"a\"}",
    "{\"type\":\"error\"}",
    "{\"type\":\"error\",\"error\":-7}",
    "{\"type\":\"error\",\"error\":\"\"}",
    "{\"type\":\"error\",\"error\":\"no such\"}",
    "{\"type\":\"error\",\"error\":\"EIO\",\"detail\":5}",
    "{\"type\":\"error\",\"error\":\"EIO\",\"retry_s\":-2}",
};

static void test_hostile_messages_are_refused(void **state)
{
    static const struct relay_message nothing;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct relay_message read;
        memset(&read, 0x55, sizeof read);
        if (decode(hostile[i], &read) != QA_EPROTO)
            fail_msg("accepted: %s", hostile[i]);
        assert_memory_equal(&read, &nothing, sizeof read);
    }
    struct relay_message read;
    assert_int_equal(relay_message_decode("{\"type\":\"peer\"}\0", 16, &read), QA_EPROTO);
    assert_int_equal(relay_message_decode("{\"type\":\"pe\0r\"}", 15, &read), QA_EPROTO);
}

static void test_overlong_fields_are_refused(void **state)
{
    char text[RELAY_MESSAGE_MAX], filler[RELAY_DETAIL_MAX + 2];
    struct relay_message read;
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    snprintf(text, sizeof text, "{\"type\":\"error\",\"error\":\"EIO\",\"detail\":\"%s\"}", filler);
    assert_int_equal(decode(text, &read), QA_EPROTO);
    snprintf(text, sizeof text, "{\"type\":\"create\",\"version\":1,\"token\":\"%s\"}", filler);
    assert_int_equal(decode(text, &read), QA_EPROTO);
    snprintf(text, sizeof text,
             "{\"type\":\"joined\",\"sid\":\"" SID "\",\"shown_name\":\"%.97s\"}", filler);
    assert_int_equal(decode(text, &read), QA_EPROTO);
    snprintf(text, sizeof text,
             "{\"type\":\"joined\",\"sid\":\"" SID "\",\"shown_name\":\"%.96s\"}", filler);
    assert_int_equal(decode(text, &read), 0);
}

static void test_size_depth_and_count_are_bounded(void **state)
{
    char text[RELAY_MESSAGE_MAX + 2];
    struct relay_message read;
    memset(text, ' ', sizeof text);
    memcpy(text, "{\"type\":\"peer\"}", 15);
    assert_int_equal(relay_message_decode(text, RELAY_MESSAGE_MAX, &read), 0);
    assert_int_equal(relay_message_decode(text, RELAY_MESSAGE_MAX + 1, &read), QA_EPROTO);

    memset(text, '[', RELAY_MESSAGE_MAX);
    memcpy(text, "{\"type\":\"peer\",\"a\":", 19);
    assert_int_equal(relay_message_decode(text, RELAY_MESSAGE_MAX, &read), QA_EPROTO);

    size_t length = (size_t)sprintf(text, "{\"type\":\"peer\"");
    for (int i = 0; i < 32; i++)
        length += (size_t)sprintf(text + length, ",\"m%d\":0", i);
    length += (size_t)sprintf(text + length, "}");
    assert_int_equal(relay_message_decode(text, length, &read), QA_EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_longest_fields_fit),
        cmocka_unit_test(test_every_error_has_its_name),
        cmocka_unit_test(test_encode_refuses_bad_fields),
        cmocka_unit_test(test_what_is_allowed),
        cmocka_unit_test(test_hostile_messages_are_refused),
        cmocka_unit_test(test_overlong_fields_are_refused),
        cmocka_unit_test(test_size_depth_and_count_are_bounded),
    };
    return cmocka_run_group_tests_name("relay_message", tests, NULL, NULL);
}
