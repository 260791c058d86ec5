/* Proxies: how they are written, which connections take one, and what is said when they do not
 * work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "link/ws_proxy.h"

static void test_proxies(void **state)
{
    struct ws_proxy proxy;
    assert_int_equal(ws_proxy_parse("http://proxy.example:8080/", &proxy), 0);
    assert_string_equal(proxy.host, "proxy.example");
    assert_int_equal(proxy.port, 8080);
    assert_string_equal(proxy.auth, "");

    assert_int_equal(ws_proxy_parse("http://me:p%40ss@w%3ard@10.0.0.1:3128", &proxy), 0);
    assert_string_equal(proxy.auth, "me:p@ss@w:rd");
    assert_string_equal(proxy.host, "10.0.0.1");

    assert_int_equal(ws_proxy_parse("proxy.example", &proxy), 0);
    assert_int_equal(proxy.port, 1080);
    assert_string_equal(proxy.shown, "proxy.example:1080");
    assert_int_equal(ws_proxy_parse("[2001:db8::1]:3128", &proxy), 0);
    assert_string_equal(proxy.shown, "[2001:db8::1]:3128");

    assert_int_equal(ws_proxy_parse("socks5://proxy.example:1080", &proxy), QA_EINVAL);
    assert_int_equal(ws_proxy_parse("https://proxy.example", &proxy), QA_EINVAL);
    assert_int_equal(ws_proxy_parse("http://", &proxy), QA_EINVAL);
    assert_int_equal(ws_proxy_parse("http://a:%0d%0aX@proxy.example:1", &proxy), QA_EINVAL);
    assert_int_equal(ws_proxy_parse("http://a:%4@proxy.example:1", &proxy), QA_EINVAL);
    char text[300] = "http://";
    memset(text + 7, 'u', 95);
    strcat(text, "@proxy.example:1");
    assert_int_equal(ws_proxy_parse(text, &proxy), QA_EINVAL);
    assert_int_equal(ws_proxy_parse(text + 1, &proxy), QA_EINVAL);
}

static bool bypassed(const char *list, const char *address)
{
    struct ws_url url;
    assert_int_equal(ws_url_parse(address, &url), 0);
    return ws_proxy_bypassed(list, url.host, url.port);
}

static void test_no_proxy(void **state)
{
    assert_false(bypassed(NULL, "wss://relay.example"));
    assert_false(bypassed("", "wss://relay.example"));
    assert_true(bypassed("*", "wss://relay.example"));
    assert_true(bypassed("a.example, relay.example", "wss://relay.example"));
    assert_true(bypassed("RELAY.example", "wss://relay.EXAMPLE"));
    assert_true(bypassed("example", "wss://relay.example"));
    assert_true(bypassed(".relay.example", "wss://eu.relay.example"));
    assert_false(bypassed("lay.example", "wss://relay.example"));
    assert_false(bypassed("relay.example.org", "wss://relay.example"));
    assert_true(bypassed("relay.example:443", "wss://relay.example"));
    assert_false(bypassed("relay.example:444", "wss://relay.example"));
    assert_true(bypassed("10.0.0.1", "wss://10.0.0.1"));
    assert_false(bypassed("10.0.0.1", "wss://10.0.0.10"));
    assert_true(bypassed("2001:db8::1", "wss://[2001:db8::1]"));
    assert_true(bypassed("[2001:db8::1]", "wss://[2001:db8::1]"));
    assert_true(bypassed(",, ,", "wss://localhost:8443"));
    assert_true(bypassed(NULL, "wss://127.0.0.1:8443"));
    assert_true(bypassed(NULL, "wss://[::1]:8443"));
    assert_false(bypassed("......", "wss://relay.example"));
    assert_true(bypassed("10.0.0.0/8", "wss://10.9.8.7"));
    assert_false(bypassed("10.0.0.0/8", "wss://11.0.0.1"));
    assert_true(bypassed("192.168.16.0/20", "wss://192.168.31.1"));
    assert_false(bypassed("192.168.16.0/20", "wss://192.168.32.1"));
    assert_true(bypassed("0.0.0.0/0", "wss://192.0.2.1"));
    assert_true(bypassed("192.0.2.1/32", "wss://192.0.2.1"));
    assert_true(bypassed("2001:db8::/33", "wss://[2001:db8:7fff::1]"));
    assert_false(bypassed("2001:db8::/33", "wss://[2001:db8:8000::1]"));
    static const char *const bad[] = {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/8x", "10.0.0.0/-1",
                                      "/8",        "10.0.0.0/ 8", "::/129",      "0.0.0.1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(bypassed(bad[i], "wss://10.0.0.1"));
    /* Longer than any address, with the slash behind the room for one. */
    char text[WS_HOST_MAX + 12];
    memset(text, '1', sizeof text);
    strcpy(text + sizeof text - 3, "/8");
    assert_false(bypassed(text, "wss://10.0.0.1"));
}

/* ---- the choice ---- */

static struct ws_proxy chosen;
static char words[WS_PROXY_WORDS_MAX];

static int choose(void)
{
    return ws_proxy_choose(NULL, "relay.example", 443, &chosen, words);
}

static void test_the_variables(void **state)
{
    assert_int_equal(choose(), 0);
    assert_string_equal(chosen.host, "");

    /* As curl has it: what is for this, before what is for all; small letters before large ones;
     * an empty one is as none. */
    static const char *const order[] = {"ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"};
    for (size_t i = 0; i < 4; i++) {
        char host[16];
        snprintf(host, sizeof host, "p%zu.example", i);
        setenv(order[i], host, 1);
        assert_int_equal(choose(), 0);
        assert_string_equal(chosen.host, host);
        assert_string_equal(strrchr(chosen.source, ' ') + 1, order[i]);
    }
    setenv("https_proxy", "", 1);
    assert_int_equal(choose(), 0);
    assert_string_equal(chosen.host, "p2.example");

    setenv("NO_PROXY", "relay.example", 1);
    assert_int_equal(choose(), 0);
    assert_string_equal(chosen.host, "");
    setenv("no_proxy", "other.example", 1);
    assert_int_equal(choose(), 0);
    assert_string_equal(chosen.host, "p2.example");

    /* No word about the password. */
    static const char *const bad[] = {"socks5://me:secret@proxy.example", "http://me:secret@",
                                      "http://me:secret@proxy.example:x", "me:secret@pro xy"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("https_proxy", bad[i], 1);
        assert_int_equal(choose(), QA_EINVAL);
        assert_null(strstr(words, "secret"));
        assert_non_null(strstr(words, "the variable https_proxy names no proxy"));
        assert_string_equal(chosen.auth, "");
    }
    static const char *const all[] = {"ALL_PROXY",   "all_proxy", "HTTPS_PROXY",
                                      "https_proxy", "NO_PROXY",  "no_proxy"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        unsetenv(all[i]);
}

static const char *explain(const char *proxy, int status, bool basic)
{
    assert_int_equal(ws_proxy_parse(proxy, &chosen), 0);
    chosen.source = "the variable https_proxy";
    ws_proxy_explain(&chosen, status, basic, "relay.example:443", words);
    assert_null(strstr(words, "secret"));
    assert_non_null(strstr(words, "proxy.example:3128"));
    return words;
}

static void test_what_went_wrong_in_words(void **state)
{
    static const char named[] = "me:secret@proxy.example:3128", plain[] = "proxy.example:3128";
    assert_non_null(
        strstr(explain(named, 407, true), "does not accept the user name and password"));
    assert_non_null(strstr(explain(named, 401, false), "does not accept the user name"));
    assert_non_null(strstr(explain(plain, 407, true), "wants a user name and a password"));
    assert_non_null(strstr(explain(named, 407, false), "a way of signing in that is not known"));
    assert_non_null(strstr(explain(named, 403, false), "lets no connection through to relay.ex"));
    assert_non_null(strstr(explain(named, 502, false), "cannot reach relay.example:443"));
    assert_non_null(strstr(explain(named, 0, false), "does not answer as a proxy"));
    assert_non_null(strstr(explain(named, -1, false), "cannot be reached"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proxies),
        cmocka_unit_test(test_no_proxy),
        cmocka_unit_test(test_the_variables),
        cmocka_unit_test(test_what_went_wrong_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
