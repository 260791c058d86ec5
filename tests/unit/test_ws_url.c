/* Relay addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "link/ws.h"
#include "link/ws_url.h"

static void test_good_addresses(void **state)
{
    struct ws_url url;
    assert_int_equal(ws_url_parse("wss://relay.example", &url), 0);
    assert_string_equal(url.host, "relay.example");
    assert_int_equal(url.port, 443);
    assert_string_equal(url.path, "/");
    assert_string_equal(url.authority, "relay.example");
    assert_string_equal(url.shown, "relay.example:443");

    assert_int_equal(ws_url_parse("WSS://127.0.0.1:8443/a/b?c=d", &url), 0);
    assert_string_equal(url.host, "127.0.0.1");
    assert_int_equal(url.port, 8443);
    assert_string_equal(url.path, "/a/b?c=d");
    assert_string_equal(url.authority, "127.0.0.1:8443");
    assert_false(url.is_ipv6);

    assert_int_equal(ws_url_parse("wss://[2001:db8::1]:444", &url), 0);
    assert_string_equal(url.host, "2001:db8::1");
    assert_true(url.is_ipv6);
    assert_string_equal(url.authority, "[2001:db8::1]:444");
}

static void test_bad_addresses(void **state)
{
    static const char *const bad[] = {
        "",
        "wss://",
        "ws://relay.example",
        "https://relay.example",
        "relay.example",
        "wss:///path",
        "wss://:443",
        "wss://relay.example:",
        "wss://relay.example:0",
        "wss://relay.example:65536",
        "wss://relay.example:+443",
        "wss://relay.example:443:443",
        "wss://user@relay.example",
        "wss://user:password@relay.example",
        "wss://relay.example?x",
        "wss://relay.example#x",
        "wss://relay.example/a b",
        "wss://relay.example/a#b",
        "wss://relay.example/\r\nHost: x",
        "wss://relay example",
        "wss://relay.example\n",
        "wss://-relay.example",
        "wss://.example",
        "wss://[::1",
        "wss://[::1]x",
        "wss://[relay.example]",
        "wss://[]",
        "wss://::1",
        "wss://r\xc3\xa9lay.example",
        "wss://relay.example/\x7f",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!ws_url_check(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(ws_url_check(NULL), QA_EINVAL);
}

static void test_lengths(void **state)
{
    char text[700] = "wss://";
    memset(text + 6, 'a', 127);
    assert_int_equal(ws_url_check(text), 0);
    text[6 + 127] = 'a';
    assert_int_equal(ws_url_check(text), QA_EINVAL);

    strcpy(text, "wss://relay.example/");
    size_t used = strlen(text);
    memset(text + used, 'p', 512 - used);
    text[512] = '\0';
    assert_int_equal(ws_url_check(text), 0);
    strcpy(text + 512, "p");
    assert_int_equal(ws_url_check(text), QA_EINVAL);
}

static void test_where_a_service_may_send_its_clients(void **state)
{
    static const char service[] = "wss://help.example.org";
    assert_true(ws_url_may_move(service, "wss://help.example.org"));
    assert_true(ws_url_may_move(service, "wss://HELP.example.org:8443/x"));
    assert_true(ws_url_may_move(service, "wss://node1.help.example.org"));
    assert_true(ws_url_may_move("wss://localhost:1", "wss://localhost:2"));
    assert_true(ws_url_may_move("wss://10.0.0.1", "wss://10.0.0.1:444"));
    assert_true(ws_url_may_move("wss://[::1]", "wss://[::1]:444"));
    assert_false(ws_url_may_move(service, "wss://example.org"));
    assert_false(ws_url_may_move(service, "wss://node1.example.org"));
    assert_false(ws_url_may_move(service, "wss://evilhelp.example.org"));
    assert_false(ws_url_may_move(service, "wss://help.example.org.evil.example"));
    assert_false(ws_url_may_move(service, "wss://10.0.0.1"));
    assert_false(ws_url_may_move(service, "wss://[::1]"));
    assert_false(ws_url_may_move("wss://10.0.0.1", "wss://1.10.0.0.1"));
    assert_false(ws_url_may_move(service, "http://help.example.org"));
    assert_false(ws_url_may_move(service, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_addresses),
        cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_where_a_service_may_send_its_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
