/* The WebSocket link against what is no relay, is not to be trusted, or is behind a proxy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "ws_fixture.h"

/* ---- not getting there ---- */

static void expect_failure(const char *name, unsigned port, int error, const char *words)
{
    struct side side;
    connect_to_port(&side, name, port);
    wait_for(&side.closed, 1);
    if (side.error != error || !strstr(side.detail, words))
        fail_msg("%s: %s", qa_err_name(side.error), side.detail);
    assert_int_equal(side.opened, 0);
    drop(&side);
}

static void test_nobody_there(void **state)
{
    unsigned port = free_port();
    char shown[64];
    snprintf(shown, sizeof shown, "127.0.0.1:%u", port);
    for (int i = 0; i < 5; i++)
        expect_failure("127.0.0.1", port, QA_ERELAY, shown);
    expect_failure("localhost", port, QA_ERELAY, "localhost:");
    expect_failure("nobody.invalid", 443, QA_ERELAY, "nobody.invalid");
}

static void test_something_else_there(void **state)
{
    make_certificate(ws.certificate, ws.key, "DNS:localhost,IP:127.0.0.1", -1, 10);
    strcpy(ws.ca, ws.certificate);
    trust(ws.certificate);
    static const struct {
        enum server_kind kind;
        int error;
        const char *words;
    } others[] = {{SERVER_TLS, QA_EVERSION, "not as a relay"},
                  {SERVER_HTTP, QA_EVERSION, "not as a relay"},
                  {SERVER_TEXT, QA_EVERSION, "127.0.0.1:"},
                  {SERVER_CLOSES, QA_EVERSION, "127.0.0.1:"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct server other = start_server(others[i].kind, ws.certificate, ws.key, 0);
        expect_failure("127.0.0.1", other.port, others[i].error, others[i].words);
        stop_server(&other);
    }
    snprintf(ws.ca, sizeof ws.ca, "%s/ca.pem", ws.folder);
}

static void test_no_answer(void **state)
{
    struct server other = start_server(SERVER_SILENT, NULL, NULL, 0);
    uint64_t before = clock_ms();
    expect_failure("127.0.0.1", other.port, QA_ERELAY, "did not answer");
    assert_true(clock_ms() - before >= 15000);
    stop_server(&other);
}

/* ---- trust ---- */

/* The same, by a host that trusts `authorities` (NULL: the system's). */
static void expect_trust(const char *authorities, const char *name, unsigned port,
                         const char *words)
{
    trust(authorities);
    if (words) {
        expect_failure(name, port, QA_ETRUST, words);
        return;
    }
    struct side side;
    connect_to_port(&side, name, port);
    wait_for(&side.opened, 1);
    drop(&side);
}

static void test_trust(void **state)
{
    expect_trust(ws.ca, "localhost", ws.relay.port, NULL);
    expect_trust(ws.ca, "127.0.0.1", ws.relay.port, NULL);
    expect_trust(NULL, "localhost", ws.relay.port, "no authority that is trusted");
    /* The relay answers there too, but its certificate does not say so. */
    expect_trust(ws.ca, "127.0.0.2", ws.relay.port, "for another name");

    make_certificate(ws.certificate, ws.key, "DNS:localhost,IP:127.0.0.1", -20, -10);
    struct server other = start_server(SERVER_TLS, ws.certificate, ws.key, 0);
    expect_trust(ws.certificate, "localhost", other.port, "has expired");
    expect_trust(ws.ca, "localhost", other.port, "no authority that is trusted");
    stop_server(&other);

    make_certificate(ws.certificate, ws.key, "DNS:localhost,IP:127.0.0.1", 10, 20);
    other = start_server(SERVER_TLS, ws.certificate, ws.key, 0);
    expect_trust(ws.certificate, "localhost", other.port, "not valid yet");
    stop_server(&other);

    make_certificate(ws.certificate, ws.key, "DNS:other.example,DNS:*.localhost", -1, 20);
    other = start_server(SERVER_TLS, ws.certificate, ws.key, 0);
    expect_trust(ws.certificate, "localhost", other.port, "for another name");
    expect_trust(ws.certificate, "127.0.0.1", other.port, "for another name");
    stop_server(&other);
}

static void test_trust_by_ipv6(void **state)
{
    if (access("/proc/net/if_inet6", R_OK))
        skip();
    expect_trust(ws.ca, "[::1]", ws.relay.port, NULL);
    make_certificate(ws.certificate, ws.key, "DNS:localhost,IP:::2", -1, 20);
    char state_dir[100];
    snprintf(state_dir, sizeof state_dir, "%s", ws.folder);
    const char *const arguments[] = {"--cert",  ws.certificate, "--key",   ws.key, "--state",
                                     state_dir, "--listen",     "[::1]:0", NULL};
    struct server other = start_relay(arguments);
    /* A certificate that is trusted, for another address. */
    expect_trust(ws.certificate, "[::1]", other.port, "for another name");
    stop_server(&other);
}

static void test_unreadable_authorities(void **state)
{
    struct ws_host *other;
    assert_int_equal(ws_host_new(&ws.loop, "/nowhere/ca.pem", NULL, &other), QA_ETRUST);
    assert_null(other);
    assert_int_equal(ws_host_new(&ws.loop, "/dev/null", NULL, &other), QA_ETRUST);
}

/* ---- proxy ---- */

static void test_proxy(void **state)
{
    make_certificate(ws.certificate, ws.key, "DNS:relay.test", -1, 20);
    const char *const arguments[] = {"--cert",  ws.certificate, "--key",       ws.key, "--state",
                                     ws.folder, "--listen",     "127.0.0.1:0", NULL};
    struct server other = start_relay(arguments);
    struct server proxy = start_server(SERVER_PROXY, NULL, NULL, other.port);
    trust(ws.certificate);

    char value[100];
    struct side side;
    snprintf(value, sizeof value, "http://user:pass%%20word@localhost:%u/", proxy.port);
    setenv("https_proxy", value, 1);
    setenv("http_proxy", "http://nobody.invalid:1", 1);
    connect_to(&side, "wss://relay.test:8443");
    wait_for(&side.opened, 1);
    drop(&side);

    /* Loopback goes without it. */
    expect_failure("localhost", other.port, QA_ETRUST, "for another name");

    snprintf(value, sizeof value, "http://user:wrong@localhost:%u/", proxy.port);
    setenv("https_proxy", value, 1);
    expect_failure("relay.test", 8443, QA_ERELAY, "a way of signing in that is not known here");
    setenv("no_proxy", "relay.test", 1);
    expect_failure("relay.test", 8443, QA_ERELAY, "relay.test");
    unsetenv("no_proxy");
    setenv("https_proxy", "socks5://localhost:1", 1);
    expect_failure("relay.test", 443, QA_ERELAY, "the variable https_proxy names no proxy");
    setenv("https_proxy", "http://me:x@127.0.0.1:9", 1);
    expect_failure("relay.test", 443, QA_ERELAY, "the proxy 127.0.0.1:9 cannot be reached");
    unsetenv("https_proxy");
    unsetenv("http_proxy");
    stop_server(&proxy);
    stop_server(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTED(test_nobody_there),  HOSTED(test_something_else_there),
        HOSTED(test_no_answer),     HOSTED(test_trust),
        HOSTED(test_trust_by_ipv6), HOSTED(test_unreadable_authorities),
        HOSTED(test_proxy),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
