/*
 * The WebSocket link against a real relay and against what is none: bytes, backpressure, trust,
 * proxies, and that nothing of it is left on the loop, in the descriptors or the signals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "link/sigpipe.h"
#include "link/ws.h"
#include "wire/relay_message.h"
#include "ws_servers.h"

#define WAIT_MS 60000

static uv_loop_t loop;
static struct ws_host *host;
static char folder[64], ca[128], certificate[128], key[128], token[RELAY_TOKEN_MAX + 1];
static struct server relay;
static size_t descriptors_before;
static struct sigaction sigpipe_before;

/* ---- one end ---- */

struct side {
    struct link *link;
    int opened, closed, error, drained;
    char detail[512];
    struct relay_message last;
    int texts;
    size_t to_send, sent, received;
    uint32_t sum_sent, sum_received;
    bool destroy_when_opened;
};

static void on_opened(void *user)
{
    struct side *side = user;
    side->opened++;
    if (side->destroy_when_opened) {
        link_destroy(side->link);
        side->link = NULL;
    }
}

static void on_text(void *user, const char *data, size_t length)
{
    struct side *side = user;
    side->texts++;
    assert_int_equal(relay_message_decode(data, length, &side->last), 0);
}

static uint32_t add(uint32_t sum, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum = sum * 31 + data[i];
    return sum;
}

static void on_binary(void *user, const uint8_t *data, size_t length)
{
    struct side *side = user;
    side->received += length;
    side->sum_received = add(side->sum_received, data, length);
}

/* In odd sizes, and no more than the link wants. */
static void send_more(struct side *side)
{
    static uint8_t bytes[LINK_BINARY_MAX];
    while (side->sent < side->to_send && link_queued(side->link) <= LINK_LOW_WATER) {
        size_t length = (side->sent * 7 + 1) % LINK_BINARY_MAX + 1;
        if (length > side->to_send - side->sent)
            length = side->to_send - side->sent;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)(side->sent / 251 + i);
        assert_int_equal(link_send_binary(side->link, bytes, length), 0);
        side->sent += length;
        side->sum_sent = add(side->sum_sent, bytes, length);
    }
}

static void on_drained(void *user)
{
    struct side *side = user;
    side->drained++;
    assert_true(link_queued(side->link) <= LINK_LOW_WATER);
    send_more(side);
}

static void on_closed(void *user, int error, const char *detail)
{
    struct side *side = user;
    side->closed++;
    side->error = error;
    snprintf(side->detail, sizeof side->detail, "%s", detail);
}

static const struct link_events events = {on_opened, on_text, on_binary, on_drained, on_closed};

static void nudge(uv_timer_t *timer)
{
}

/* Turns the loop until the number is there. */
static void wait_for(const int *number, int wanted)
{
    uint64_t until = clock_ms() + WAIT_MS;
    uv_timer_t timer;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, nudge, 20, 20);
    while (*number < wanted && clock_ms() < until) {
        struct sigpipe_guard guard;
        sigpipe_guard_begin(&guard);
        uv_run(&loop, UV_RUN_ONCE);
        sigpipe_guard_end(&guard);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(*number, wanted);
}

static void turn_for(uint64_t milliseconds)
{
    const int never = 0;
    uint64_t until = clock_ms() + milliseconds;
    while (clock_ms() < until && !never) {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
}

/* ---- set-up ---- */

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *list = opendir("/proc/self/fd");
    while (list && readdir(list))
        count++;
    if (list)
        closedir(list);
    return count;
}

static void read_token(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%255s", token), 1);
    fclose(file);
}

static int stop_all(void **state)
{
    char path[512];
    stop_server(&relay);
    DIR *list = opendir(folder);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (list)
        closedir(list);
    return rmdir(folder);
}

static void host_done(void *user)
{
    ++*(int *)user;
}

static void connect_to(struct side *side, const char *url)
{
    memset(side, 0, sizeof *side);
    assert_int_equal(link_ws_new(host, url, &events, side, &side->link), 0);
    assert_int_equal(side->closed, 0);
}

static void connect_to_port(struct side *side, const char *name, unsigned port)
{
    char url[200];
    snprintf(url, sizeof url, "wss://%s:%u", name, port);
    connect_to(side, url);
}

static void drop(struct side *side)
{
    link_destroy(side->link);
    side->link = NULL;
}

/* What libraries open once for the whole process is not counted. */
static int warm_up(void)
{
    int done = 0;
    struct side side;
    if (uv_loop_init(&loop) || ws_host_new(&loop, ca, NULL, &host))
        return -1;
    connect_to_port(&side, "localhost", free_port());
    wait_for(&side.closed, 1);
    drop(&side);
    ws_host_free(host, host_done, &done);
    wait_for(&done, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static int start_all(void **state)
{
    char path[128];
    strcpy(folder, "/tmp/qassist-ws-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    const char *const arguments[] = {"--dev",  "--state",
                                     folder,   "--listen",
                                     "[::]:0", "--joins-per-minute",
                                     "100000", "--creates-per-minute",
                                     "100000", NULL};
    relay = start_relay(arguments);
    snprintf(ca, sizeof ca, "%s/ca.pem", folder);
    snprintf(certificate, sizeof certificate, "%s/other-cert.pem", folder);
    snprintf(key, sizeof key, "%s/other-key.pem", folder);
    snprintf(path, sizeof path, "%s/dev-helper.token", folder);
    read_token(path);
    return warm_up();
}

static int open_host(void **state)
{
    struct sigaction now;
    descriptors_before = count_descriptors();
    sigaction(SIGPIPE, NULL, &sigpipe_before);
    if (uv_loop_init(&loop) || ws_host_new(&loop, ca, NULL, &host))
        return -1;
    sigaction(SIGPIPE, NULL, &now);
    return now.sa_handler == sigpipe_before.sa_handler ? 0 : -1;
}

/* What is there before must be there after, and no more. */
static int close_host(void **state)
{
    int done = 0;
    struct sigaction now;
    ws_host_free(host, host_done, &done);
    wait_for(&done, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop)) {
        uv_print_all_handles(&loop, stderr);
        return -1;
    }
    sigaction(SIGPIPE, NULL, &now);
    if (now.sa_handler != sigpipe_before.sa_handler)
        return -1;
    size_t descriptors = count_descriptors();
    if (descriptors != descriptors_before)
        fprintf(stderr, "descriptors: %zu before, %zu after\n", descriptors_before, descriptors);
    return descriptors == descriptors_before ? 0 : -1;
}

static void say(struct side *side, const struct relay_message *message)
{
    char text[RELAY_MESSAGE_MAX];
    int length = relay_message_encode(message, text);
    assert_true(length > 0);
    assert_int_equal(link_send_text(side->link, text, (size_t)length), 0);
}

static void make_pair(struct side *helper, struct side *sharer)
{
    connect_to_port(helper, "localhost", relay.port);
    connect_to_port(sharer, "127.0.0.1", relay.port);
    wait_for(&helper->opened, 1);
    wait_for(&sharer->opened, 1);
    struct relay_message message = {.type = RELAY_CREATE, .version = RELAY_PROTOCOL_VERSION};
    strcpy(message.token, token);
    say(helper, &message);
    wait_for(&helper->texts, 1);
    assert_int_equal(helper->last.type, RELAY_CREATED);
    memset(&message, 0, sizeof message);
    message.type = RELAY_JOIN;
    message.version = RELAY_PROTOCOL_VERSION;
    strcpy(message.route, helper->last.route);
    say(sharer, &message);
    wait_for(&sharer->texts, 1);
    wait_for(&helper->texts, 2);
    assert_int_equal(sharer->last.type, RELAY_JOINED);
    assert_int_equal(helper->last.type, RELAY_PEER);
}

/* ---- sessions ---- */

static void wait_until_received(const struct side *side, size_t wanted)
{
    uint64_t until = clock_ms() + WAIT_MS;
    while (side->received < wanted && clock_ms() < until) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    assert_int_equal(side->received, wanted);
}

static void test_bytes_both_ways(void **state)
{
    struct side helper, sharer;
    make_pair(&helper, &sharer);
    helper.to_send = 6 * 1024 * 1024 + 13;
    sharer.to_send = 5 * 1024 * 1024 + 7;
    send_more(&helper);
    send_more(&sharer);
    wait_until_received(&sharer, helper.to_send);
    wait_until_received(&helper, sharer.to_send);
    assert_int_equal(sharer.sum_received, helper.sum_sent);
    assert_int_equal(helper.sum_received, sharer.sum_sent);
    assert_true(helper.drained > 10);

    link_close(helper.link);
    wait_for(&helper.closed, 1);
    assert_int_equal(helper.error, 0);
    wait_for(&sharer.closed, 1);
    assert_int_equal(sharer.last.type, RELAY_PEER_GONE);
    assert_int_equal(sharer.error, QA_ERELAY_LOST);
    assert_int_equal(link_send_binary(sharer.link, (const uint8_t *)"x", 1), QA_ESTATE);
    drop(&helper);
    drop(&sharer);
}

static void test_a_reader_that_pauses(void **state)
{
    struct side helper, sharer;
    make_pair(&helper, &sharer);
    link_set_reading(sharer.link, false);
    helper.to_send = 24 * 1024 * 1024;
    send_more(&helper);
    turn_for(1500);
    assert_int_equal(sharer.received, 0);
    /* Held back through TCP, all the way. */
    assert_true(helper.sent < helper.to_send);
    size_t held = helper.sent;
    turn_for(300);
    assert_true(helper.sent - held < 1024 * 1024);
    link_set_reading(sharer.link, true);
    wait_until_received(&sharer, helper.to_send);
    assert_int_equal(sharer.sum_received, helper.sum_sent);
    drop(&helper);
    drop(&sharer);
}

static void test_close_sends_what_is_queued(void **state)
{
    static uint8_t bytes[LINK_BINARY_MAX];
    struct side helper, sharer;
    make_pair(&helper, &sharer);
    size_t sent = 0;
    while (link_send_binary(helper.link, bytes, sizeof bytes) == 0)
        sent += sizeof bytes;
    assert_int_equal(sent, LINK_QUEUE_MAX);
    link_close(helper.link);
    assert_int_equal(helper.closed, 0);
    wait_for(&sharer.closed, 1);
    assert_int_equal(sharer.received, sent);
    assert_int_equal(sharer.last.type, RELAY_PEER_GONE);
    wait_for(&helper.closed, 1);
    assert_int_equal(helper.error, 0);
    drop(&helper);
    drop(&sharer);
}

static void test_the_relay_dies(void **state)
{
    struct side side;
    const char *const arguments[] = {"--dev", "--state", folder, "--listen", "127.0.0.1:0", NULL};
    struct server other = start_relay(arguments);
    connect_to_port(&side, "localhost", other.port);
    wait_for(&side.opened, 1);
    stop_server(&other);
    wait_for(&side.closed, 1);
    assert_int_equal(side.error, QA_ERELAY_LOST);
    drop(&side);
}

static void test_the_relay_falls_silent(void **state)
{
    struct side side;
    const char *const arguments[] = {"--dev", "--state", folder, "--listen", "127.0.0.1:0", NULL};
    struct server other = start_relay(arguments);
    connect_to_port(&side, "localhost", other.port);
    wait_for(&side.opened, 1);
    kill(other.pid, SIGSTOP);
    uint64_t before = clock_ms();
    wait_for(&side.closed, 1);
    assert_int_equal(side.error, QA_ERELAY_LOST);
    assert_true(clock_ms() - before >= 30000);
    stop_server(&other);
    drop(&side);
}

static void test_wrong_words_end_in_words(void **state)
{
    struct side side;
    connect_to_port(&side, "localhost", relay.port);
    wait_for(&side.opened, 1);
    assert_int_equal(link_send_text(side.link, "nonsense", 8), 0);
    wait_for(&side.closed, 1);
    assert_int_equal(side.last.type, RELAY_ERROR);
    assert_int_equal(side.last.error, QA_EPROTO);
    assert_int_equal(side.error, QA_ERELAY_LOST);
    drop(&side);
}

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
    make_certificate(certificate, key, "DNS:localhost,IP:127.0.0.1", -1, 10);
    strcpy(ca, certificate);
    int done = 0;
    ws_host_free(host, host_done, &done);
    wait_for(&done, 1);
    assert_int_equal(ws_host_new(&loop, certificate, NULL, &host), 0);
    static const struct {
        enum server_kind kind;
        const char *words;
    } others[] = {{SERVER_TLS, "not as a relay"},
                  {SERVER_HTTP, "not as a relay"},
                  {SERVER_TEXT, "127.0.0.1:"},
                  {SERVER_CLOSES, "127.0.0.1:"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct server other = start_server(others[i].kind, certificate, key, 0);
        expect_failure("127.0.0.1", other.port, QA_ERELAY, others[i].words);
        stop_server(&other);
    }
    snprintf(ca, sizeof ca, "%s/ca.pem", folder);
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
    int done = 0;
    ws_host_free(host, host_done, &done);
    wait_for(&done, 1);
    assert_int_equal(ws_host_new(&loop, authorities, NULL, &host), 0);
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
    expect_trust(ca, "localhost", relay.port, NULL);
    expect_trust(ca, "127.0.0.1", relay.port, NULL);
    expect_trust(NULL, "localhost", relay.port, "no authority that is trusted");
    /* The relay answers there too, but its certificate does not say so. */
    expect_trust(ca, "127.0.0.2", relay.port, "for another name");

    make_certificate(certificate, key, "DNS:localhost,IP:127.0.0.1", -20, -10);
    struct server other = start_server(SERVER_TLS, certificate, key, 0);
    expect_trust(certificate, "localhost", other.port, "has expired");
    expect_trust(ca, "localhost", other.port, "no authority that is trusted");
    stop_server(&other);

    make_certificate(certificate, key, "DNS:localhost,IP:127.0.0.1", 10, 20);
    other = start_server(SERVER_TLS, certificate, key, 0);
    expect_trust(certificate, "localhost", other.port, "not valid yet");
    stop_server(&other);

    make_certificate(certificate, key, "DNS:other.example,DNS:*.localhost", -1, 20);
    other = start_server(SERVER_TLS, certificate, key, 0);
    expect_trust(certificate, "localhost", other.port, "for another name");
    expect_trust(certificate, "127.0.0.1", other.port, "for another name");
    stop_server(&other);
}

static void test_trust_by_ipv6(void **state)
{
    if (access("/proc/net/if_inet6", R_OK))
        skip();
    expect_trust(ca, "[::1]", relay.port, NULL);
    make_certificate(certificate, key, "DNS:localhost,IP:::2", -1, 20);
    char state_dir[100];
    snprintf(state_dir, sizeof state_dir, "%s", folder);
    const char *const arguments[] = {"--cert",  certificate, "--key",   key, "--state",
                                     state_dir, "--listen",  "[::1]:0", NULL};
    struct server other = start_relay(arguments);
    /* A certificate that is trusted, for another address. */
    expect_trust(certificate, "[::1]", other.port, "for another name");
    stop_server(&other);
}

static void test_unreadable_authorities(void **state)
{
    struct ws_host *other;
    assert_int_equal(ws_host_new(&loop, "/nowhere/ca.pem", NULL, &other), QA_ETRUST);
    assert_null(other);
    assert_int_equal(ws_host_new(&loop, "/dev/null", NULL, &other), QA_ETRUST);
}

/* ---- proxy ---- */

static void test_proxy(void **state)
{
    make_certificate(certificate, key, "DNS:relay.test", -1, 20);
    const char *const arguments[] = {"--cert", certificate, "--key",       key, "--state",
                                     folder,   "--listen",  "127.0.0.1:0", NULL};
    struct server other = start_relay(arguments);
    struct server proxy = start_server(SERVER_PROXY, NULL, NULL, other.port);
    int done = 0;
    ws_host_free(host, host_done, &done);
    wait_for(&done, 1);
    assert_int_equal(ws_host_new(&loop, certificate, NULL, &host), 0);

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
    expect_failure("relay.test", 8443, QA_ERELAY, "proxy");
    setenv("no_proxy", "relay.test", 1);
    expect_failure("relay.test", 8443, QA_ERELAY, "relay.test");
    unsetenv("no_proxy");
    setenv("https_proxy", "socks5://localhost:1", 1);
    struct link *link;
    assert_int_equal(link_ws_new(host, "wss://relay.test", &events, &side, &link), QA_EINVAL);
    unsetenv("https_proxy");
    unsetenv("http_proxy");
    stop_server(&proxy);
    stop_server(&other);
}

/* ---- ends at any time ---- */

static void test_destroyed_at_any_time(void **state)
{
    struct side sides[40];
    for (int i = 0; i < 40; i++) {
        connect_to_port(&sides[i], i % 3 ? "localhost" : "127.0.0.1",
                        i % 5 ? relay.port : free_port());
        sides[i].destroy_when_opened = i % 2;
        turn_for((uint64_t)i % 7);
        if (sides[i].link && i % 4 == 0)
            drop(&sides[i]);
    }
    turn_for(200);
    for (int i = 0; i < 40; i++)
        if (sides[i].link)
            drop(&sides[i]);
}

static void test_many_at_once(void **state)
{
    static struct side sides[40];
    for (size_t i = 0; i < 40; i++)
        connect_to_port(&sides[i], "localhost", relay.port);
    for (size_t i = 0; i < 40; i++)
        wait_for(&sides[i].opened, 1);
    for (size_t i = 0; i < 40; i++)
        drop(&sides[i]);
}

static void test_more_than_there_may_be(void **state)
{
    static struct side sides[WS_LINKS_MAX];
    struct side side;
    struct link *link;
    for (size_t i = 0; i < WS_LINKS_MAX; i++)
        connect_to_port(&sides[i], "127.0.0.1", relay.port);
    assert_int_equal(link_ws_new(host, "wss://localhost", &events, &side, &link), QA_ELIMIT);
    assert_null(link);
    for (size_t i = 0; i < WS_LINKS_MAX; i++)
        drop(&sides[i]);
}

static void test_closed_before_it_is_open(void **state)
{
    struct side side;
    connect_to_port(&side, "localhost", relay.port);
    link_close(side.link);
    assert_int_equal(side.closed, 0);
    wait_for(&side.closed, 1);
    assert_int_equal(side.error, 0);
    assert_int_equal(side.opened, 0);
    drop(&side);
}

static void test_the_guard_swallows_only_what_it_should(void **state)
{
    struct sigpipe_guard guard;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    sigpipe_guard_begin(&guard);
    assert_int_equal(write(ends[1], "x", 1), -1);
    sigpipe_guard_end(&guard);
    close(ends[1]);
    /* Still here: it did not end the process. One that the program held back itself stays. */
    sigset_t set, before, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    raise(SIGPIPE);
    sigpipe_guard_begin(&guard);
    sigpipe_guard_end(&guard);
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 1);
    int number;
    sigwait(&set, &number);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

#define HOSTED(test) cmocka_unit_test_setup_teardown(test, open_host, close_host)

int main(void)
{
    /* Whoever runs the tests may have a proxy. */
    static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "no_proxy",
                                            "NO_PROXY"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
    signal(SIGPIPE, SIG_DFL);
    const struct CMUnitTest tests[] = {
        HOSTED(test_bytes_both_ways),
        HOSTED(test_a_reader_that_pauses),
        HOSTED(test_close_sends_what_is_queued),
        HOSTED(test_the_relay_dies),
        HOSTED(test_the_relay_falls_silent),
        HOSTED(test_wrong_words_end_in_words),
        HOSTED(test_nobody_there),
        HOSTED(test_something_else_there),
        HOSTED(test_no_answer),
        HOSTED(test_trust),
        HOSTED(test_trust_by_ipv6),
        HOSTED(test_unreadable_authorities),
        HOSTED(test_proxy),
        HOSTED(test_destroyed_at_any_time),
        HOSTED(test_many_at_once),
        HOSTED(test_more_than_there_may_be),
        HOSTED(test_closed_before_it_is_open),
        cmocka_unit_test(test_the_guard_swallows_only_what_it_should),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
