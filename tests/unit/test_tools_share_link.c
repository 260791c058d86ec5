/* Links that fill in a code: what is taken of them, and that nothing else gets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "qa-share/share_link.h"

static void expect(const char *text, const char *host, const char *digits)
{
    struct share_link link;
    assert_true(share_link_meant(text));
    assert_true(share_link_read(text, &link));
    assert_string_equal(link.host, host);
    assert_string_equal(link.digits, digits);
}

static void test_what_is_taken(void **state)
{
    expect("qassist://relay.example/482193057716", "relay.example", "482193057716");
    expect("qassist://relay.example:8443/4821-9305-7716", "relay.example:8443", "482193057716");
    expect("QAssist://Relay.Example/4821", "Relay.Example", "4821");
    expect("qassist://relay.example", "relay.example", "");
    expect("qassist://relay.example/", "relay.example", "");
    expect("qassist:///4821-9305-7716", "", "482193057716");
    expect("qassist://[::1]:8443/482193057716", "[::1]:8443", "482193057716");
}

static void test_what_is_not(void **state)
{
    static const char *const bad[] = {
        "qassist:",
        "qassist://",
        "qassist:482193057716",
        "qassist:/relay.example/482193057716",
        "https://relay.example/482193057716",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "qassist://relay.example/482193057716?yes-view",
        "qassist://relay.example/482193057716#now",
        "qassist://relay.example/--yes-view",
        "qassist://relay.example/4821 --yes-view",
        "qassist://--yes-view/482193057716",
        "qassist://-relay.example/482193057716",
        "qassist://ada@relay.example/482193057716",
        "qassist://relay.example:0/482193057716",
        "qassist://relay.example:65536/482193057716",
        "qassist://relay.example:/482193057716",
        "qassist://relay.example:+443/482193057716",
        "qassist://relay.example:4430000000000/482193057716",
        "qassist://[::1/482193057716",
        "qassist://[]/482193057716",
        "qassist://relay.example/a/482193057716",
        "qassist://relay.example/4821%209305",
        "qassist://relay.example/4821\n9305",
        "qassist://relay\x1b.example/482193057716",
        "qassist://relay.example/482193057716482193057716",
        "qassist://r\xc3\xa9lais.example/482193057716",
        " qassist://relay.example/482193057716",
    };
    struct share_link link;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (share_link_read(bad[i], &link))
            fail_msg("taken: %s", bad[i]);
}

static void test_a_long_one(void **state)
{
    static char text[100000];
    struct share_link link;
    memset(text, 'a', sizeof text - 1);
    memcpy(text, "qassist://", 10);
    assert_false(share_link_read(text, &link));
    text[10 + SHARE_LINK_HOST_SIZE] = '\0';
    assert_false(share_link_read(text, &link));
    text[10 + SHARE_LINK_HOST_SIZE - 1] = '\0';
    assert_true(share_link_read(text, &link));
    assert_int_equal(strlen(link.host), SHARE_LINK_HOST_SIZE - 1);
    memset(text, '1', sizeof text - 1);
    memcpy(text, "qassist:///", 11);
    assert_false(share_link_read(text, &link));
}

static void test_codes_are_no_links(void **state)
{
    assert_false(share_link_meant("4821 9305 7716"));
    assert_false(share_link_meant(""));
    assert_false(share_link_meant(":"));
    assert_false(share_link_meant("--gui"));
    assert_true(share_link_meant("http://relay.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_what_is_not),
        cmocka_unit_test(test_a_long_one),
        cmocka_unit_test(test_codes_are_no_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
