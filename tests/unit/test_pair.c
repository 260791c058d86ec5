/* Links in memory: order, backpressure, taps, ends. Each behaves as link.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "link/pair.h"

struct side {
    struct link *link;
    int opened, drained, closed, error;
    size_t received;
    uint32_t sum;
    char text[128];
    bool destroy_on_binary;
};

static uv_loop_t loop;
static struct side sides[2];
static struct link *ends[2];

static void on_opened(void *user)
{
    ((struct side *)user)->opened++;
}

static void on_text(void *user, const char *data, size_t length)
{
    struct side *side = user;
    assert_true(length < sizeof side->text);
    memcpy(side->text, data, length);
    side->text[length] = '\0';
}

static void on_binary(void *user, const uint8_t *data, size_t length)
{
    struct side *side = user;
    for (size_t i = 0; i < length; i++)
        side->sum = side->sum * 31 + data[i];
    side->received += length;
    if (side->destroy_on_binary) {
        link_destroy(side->link);
        side->link = NULL;
    }
}

static void on_drained(void *user)
{
    ((struct side *)user)->drained++;
}

static void on_closed(void *user, int error, const char *detail)
{
    struct side *side = user;
    assert_non_null(detail);
    side->closed++;
    side->error = error;
}

static const struct link_events events = {on_opened, on_text, on_binary, on_drained, on_closed};

static void turn(int times)
{
    while (times--)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void start(const struct pair_options *options)
{
    memset(sides, 0, sizeof sides);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(link_pair_new(&loop, options, ends), 0);
    for (int i = 0; i < 2; i++) {
        sides[i].link = ends[i];
        link_pair_set_events(ends[i], &events, &sides[i]);
        assert_int_equal(sides[i].opened, 0);
    }
    assert_int_equal(link_send_binary(ends[0], (const uint8_t *)"x", 1), QA_ESTATE);
    turn(4);
    assert_int_equal(sides[0].opened, 1);
    assert_int_equal(sides[1].opened, 1);
}

static void end(void)
{
    for (int i = 0; i < 2; i++)
        link_destroy(sides[i].link);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static uint32_t send_numbers(struct link *link, size_t count, size_t size)
{
    uint32_t sum = 0;
    uint8_t bytes[1000];
    for (size_t n = 0; n < count; n++) {
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)(n * 7 + i);
            sum = sum * 31 + bytes[i];
        }
        assert_int_equal(link_send_binary(link, bytes, size), 0);
    }
    return sum;
}

static void test_both_ways_in_order(void **state)
{
    start(NULL);
    uint32_t there = send_numbers(ends[0], 50, 777);
    uint32_t back = send_numbers(ends[1], 70, 11);
    assert_int_equal(sides[1].received, 0);
    turn(400);
    assert_int_equal(sides[1].received, 50 * 777);
    assert_int_equal(sides[1].sum, there);
    assert_int_equal(sides[0].received, 70 * 11);
    assert_int_equal(sides[0].sum, back);
    assert_int_equal(sides[0].drained, 1);
    assert_int_equal(sides[1].drained, 0);
    end();
}

static void test_a_receiver_that_does_not_read(void **state)
{
    start(NULL);
    link_set_reading(ends[1], false);
    uint8_t bytes[16384] = {0};
    for (size_t sent = 0; sent + sizeof bytes <= LINK_QUEUE_MAX; sent += sizeof bytes)
        assert_int_equal(link_send_binary(ends[0], bytes, sizeof bytes), 0);
    assert_int_equal(link_send_binary(ends[0], bytes, 1), QA_ELIMIT);
    turn(1000);
    assert_int_equal(sides[1].received, 0);
    assert_true(link_queued(ends[0]) > LINK_LOW_WATER);
    assert_int_equal(sides[0].drained, 0);
    link_set_reading(ends[1], true);
    turn(1000);
    assert_int_equal(sides[1].received, LINK_QUEUE_MAX);
    assert_int_equal(link_queued(ends[0]), 0);
    assert_int_equal(sides[0].drained, 1);
    end();
}

static void test_close_drains_and_tells_the_other(void **state)
{
    start(NULL);
    uint32_t sum = send_numbers(ends[0], 100, 1000);
    link_close(ends[0]);
    assert_int_equal(link_send_binary(ends[0], (const uint8_t *)"x", 1), QA_ESTATE);
    turn(1000);
    assert_int_equal(sides[0].closed, 1);
    assert_int_equal(sides[0].error, 0);
    assert_int_equal(sides[1].sum, sum);
    assert_string_equal(sides[1].text, "{\"type\":\"peer_gone\"}");
    assert_int_equal(sides[1].closed, 1);
    assert_int_equal(sides[1].error, QA_ERELAY_LOST);
    end();
}

static void test_destroyed_inside_an_event(void **state)
{
    start(NULL);
    sides[1].destroy_on_binary = true;
    send_numbers(ends[0], 5, 10);
    turn(100);
    assert_int_equal(sides[1].received, 10);
    assert_int_equal(sides[1].closed, 0);
    assert_int_equal(sides[0].closed, 1);
    assert_int_equal(sides[0].error, QA_ERELAY_LOST);
    end();
}

struct meddler {
    int seen;
    char sunk[64];
};

/* Swallows the first message, doubles the others. */
static void meddle(void *user, int from, const uint8_t *data, size_t length,
                   void (*deliver)(void *cookie, int to, const uint8_t *data, size_t length),
                   void *cookie)
{
    struct meddler *meddler = user;
    if (meddler->seen++ == 0)
        return;
    deliver(cookie, !from, data, length);
    deliver(cookie, !from, data, length);
    deliver(cookie, from, data, 1);
}

static void sink(void *user, int from, const char *data, size_t length)
{
    struct meddler *meddler = user;
    assert_int_equal(from, 1);
    memcpy(meddler->sunk, data, length);
}

static void test_tap_and_texts(void **state)
{
    struct meddler meddler = {0};
    const struct pair_options options = {.tap = meddle, .text_sink = sink, .user = &meddler};
    start(&options);
    send_numbers(ends[0], 3, 10);
    assert_int_equal(link_send_text(ends[1], "to the relay", 12), 0);
    link_pair_text(ends[1], "from the relay", 14);
    assert_string_equal(sides[1].text, "");
    turn(100);
    assert_int_equal(meddler.seen, 3);
    assert_int_equal(sides[1].received, 40);
    assert_int_equal(sides[0].received, 2);
    assert_string_equal(meddler.sunk, "to the relay");
    assert_string_equal(sides[1].text, "from the relay");
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways_in_order),
        cmocka_unit_test(test_a_receiver_that_does_not_read),
        cmocka_unit_test(test_close_drains_and_tells_the_other),
        cmocka_unit_test(test_destroyed_inside_an_event),
        cmocka_unit_test(test_tap_and_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
