/* The WebSocket link against a real relay: bytes, backpressure, and its end at any time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "link/sigpipe.h"
#include "ws_fixture.h"

static void wait_until_received(const struct side *side, size_t wanted)
{
    uint64_t until = clock_ms() + WAIT_MS;
    while (side->received < wanted && clock_ms() < until) {
        uv_run(&ws.loop, UV_RUN_ONCE);
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
    const char *const arguments[] = {"--dev",    "--state",     ws.folder,
                                     "--listen", "127.0.0.1:0", NULL};
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
    const char *const arguments[] = {"--dev",    "--state",     ws.folder,
                                     "--listen", "127.0.0.1:0", NULL};
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
    connect_to_port(&side, "localhost", ws.relay.port);
    wait_for(&side.opened, 1);
    assert_int_equal(link_send_text(side.link, "nonsense", 8), 0);
    wait_for(&side.closed, 1);
    assert_int_equal(side.last.type, RELAY_ERROR);
    assert_int_equal(side.last.error, QA_EPROTO);
    assert_int_equal(side.error, QA_ERELAY_LOST);
    drop(&side);
}

/* ---- ends at any time ---- */

static void test_destroyed_at_any_time(void **state)
{
    struct side sides[40];
    for (int i = 0; i < 40; i++) {
        connect_to_port(&sides[i], i % 3 ? "localhost" : "127.0.0.1",
                        i % 5 ? ws.relay.port : free_port());
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
        connect_to_port(&sides[i], "localhost", ws.relay.port);
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
        connect_to_port(&sides[i], "127.0.0.1", ws.relay.port);
    assert_int_equal(link_ws_new(ws.host, "wss://localhost", &side_events, &side, &link),
                     QA_ELIMIT);
    assert_null(link);
    for (size_t i = 0; i < WS_LINKS_MAX; i++)
        drop(&sides[i]);
}

static void test_closed_before_it_is_open(void **state)
{
    struct side side;
    connect_to_port(&side, "localhost", ws.relay.port);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTED(test_bytes_both_ways),
        HOSTED(test_a_reader_that_pauses),
        HOSTED(test_close_sends_what_is_queued),
        HOSTED(test_the_relay_dies),
        HOSTED(test_the_relay_falls_silent),
        HOSTED(test_wrong_words_end_in_words),
        HOSTED(test_destroyed_at_any_time),
        HOSTED(test_many_at_once),
        HOSTED(test_more_than_there_may_be),
        HOSTED(test_closed_before_it_is_open),
        cmocka_unit_test(test_the_guard_swallows_only_what_it_should),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
