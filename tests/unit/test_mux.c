/* The mux: order, priority, windows, bounds, and what a hostile peer may send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "wire/mux.h"

#define FRAME(stream, kind, length)                               \
    {                                                             \
        stream, kind, (uint8_t)((length) >> 8), (uint8_t)(length) \
    }

/* One end and all that arrived there. */
struct end {
    struct mux *mux;
    size_t messages;
    size_t control_bytes;
    uint8_t next_message; /* every message is filled with its number */
    size_t rdp_bytes;
    uint8_t next_rdp; /* RDP bytes count up */
    bool consume;     /* give credit back at once */
};

static void on_control(void *user, const char *data, size_t length)
{
    struct end *end = user;
    for (size_t i = 0; i < length; i++)
        assert_int_equal((uint8_t)data[i], end->next_message);
    end->next_message++;
    end->messages++;
    end->control_bytes += length;
}

static void on_rdp(void *user, const uint8_t *data, size_t length)
{
    struct end *end = user;
    for (size_t i = 0; i < length; i++)
        assert_int_equal(data[i], end->next_rdp++);
    end->rdp_bytes += length;
    if (end->consume)
        mux_rdp_consumed(end->mux, length);
}

static void open_end(struct end *end)
{
    static const struct mux_events events = {on_control, on_rdp};
    memset(end, 0, sizeof *end);
    assert_int_equal(mux_new(&events, end, &end->mux), 0);
}

/* Deterministic, so that a failure comes again. */
static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static size_t pull(struct end *from, uint8_t *out)
{
    return mux_pull(from->mux, out, MUX_CONTROL_MAX + 4);
}

/* Passes everything that may go, in pieces of all sizes. */
static void pump(struct end *from, struct end *to, uint32_t *seed)
{
    static uint8_t bytes[MUX_CONTROL_MAX + 4];
    size_t length;
    while ((length = pull(from, bytes))) {
        for (size_t at = 0; at < length;) {
            size_t piece = draw(seed) % (draw(seed) % 8 ? 9 : 5000) + 1;
            if (piece > length - at)
                piece = length - at;
            assert_int_equal(mux_feed(to->mux, bytes + at, piece), 0);
            at += piece;
        }
    }
}

static int send_message(struct end *end, uint8_t number, size_t length)
{
    static char message[MUX_CONTROL_MAX + 1];
    memset(message, number, sizeof message);
    return mux_send_control(end->mux, message, length);
}

static size_t send_rdp(struct end *end, uint8_t *next, size_t length)
{
    static uint8_t bytes[MUX_RDP_QUEUE + 1];
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(*next + i);
    if (mux_send_rdp(end->mux, bytes, length))
        return 0;
    *next = (uint8_t)(*next + length);
    return length;
}

static void test_both_streams_both_ways(void **state)
{
    struct end a, b;
    uint32_t seed = 7;
    size_t sent[2] = {0, 0}, messages[2] = {0, 0}, control[2] = {0, 0};
    uint8_t next[2] = {0, 0};
    open_end(&a);
    open_end(&b);
    a.consume = b.consume = true;
    for (size_t round = 0; round < 600; round++) {
        struct end *from = round % 2 ? &a : &b;
        size_t *total = &sent[round % 2];
        if (draw(&seed) % 3 == 0) {
            size_t length = draw(&seed) % MUX_CONTROL_MAX + 1;
            assert_int_equal(send_message(from, (uint8_t)messages[round % 2]++, length), 0);
            control[round % 2] += length;
        }
        size_t room = mux_rdp_room(from->mux);
        *total += send_rdp(from, &next[round % 2], draw(&seed) % (room + 1));
        pump(&a, &b, &seed);
        pump(&b, &a, &seed);
    }
    assert_true(sent[0] > 4 * MUX_RDP_WINDOW && sent[1] > 4 * MUX_RDP_WINDOW);
    assert_int_equal(b.rdp_bytes, sent[1]);
    assert_int_equal(a.rdp_bytes, sent[0]);
    assert_int_equal(b.messages, messages[1]);
    assert_int_equal(a.messages, messages[0]);
    assert_int_equal(b.control_bytes, control[1]);
    assert_int_equal(a.control_bytes, control[0]);
    mux_free(a.mux);
    mux_free(b.mux);
}

static void test_control_goes_first(void **state)
{
    struct end a;
    uint8_t out[MUX_CONTROL_MAX + 4], next = 0;
    open_end(&a);
    assert_int_equal(send_rdp(&a, &next, MUX_RDP_QUEUE), MUX_RDP_QUEUE);
    assert_int_equal(send_message(&a, 0, 10), 0);
    assert_int_equal(send_message(&a, 1, MUX_CONTROL_MAX), 0);

    /* The first fits; RDP does not overtake the second, which does not fit behind it. */
    assert_int_equal(pull(&a, out), 14);
    assert_int_equal(out[0], 0);
    assert_int_equal(pull(&a, out), MUX_CONTROL_MAX + 4);
    assert_int_equal(out[0], 0);
    /* Whole RDP chunks only. */
    assert_int_equal(pull(&a, out), MUX_RDP_CHUNK + 4);
    assert_int_equal(out[0], 1);
    assert_int_equal(send_message(&a, 2, 1), 0);
    assert_int_equal(pull(&a, out), 5 + MUX_RDP_CHUNK + 4);
    assert_int_equal(out[0], 0);
    assert_int_equal(out[5], 1);
    mux_free(a.mux);
}

static void test_sender_keeps_to_the_window(void **state)
{
    struct end a, b;
    uint32_t seed = 1;
    uint8_t next = 0, out[MUX_CONTROL_MAX + 4];
    open_end(&a);
    open_end(&b);
    for (size_t i = 0; i < 40; i++) {
        send_rdp(&a, &next, mux_rdp_room(a.mux));
        pump(&a, &b, &seed);
    }
    assert_int_equal(b.rdp_bytes, MUX_RDP_WINDOW);
    assert_int_equal(mux_rdp_room(a.mux), 0);
    assert_int_equal(pull(&a, out), 0);
    /* Control still passes. */
    assert_int_equal(send_message(&a, 0, 100), 0);
    pump(&a, &b, &seed);
    assert_int_equal(b.messages, 1);

    /* Credit comes back in batches: nothing below a quarter, one frame for all above. */
    mux_rdp_consumed(b.mux, MUX_RDP_WINDOW / 4 - 1);
    assert_int_equal(pull(&b, out), 0);
    mux_rdp_consumed(b.mux, 1);
    mux_rdp_consumed(b.mux, 5000);
    assert_int_equal(pull(&b, out), 8);
    static const uint8_t window[] = {1, 1, 0, 4, 0x00, 0x01, 0x13, 0x88};
    assert_memory_equal(out, window, 8);
    assert_int_equal(mux_feed(a.mux, out, 8), 0);
    pump(&a, &b, &seed);
    assert_int_equal(b.rdp_bytes, MUX_RDP_WINDOW + MUX_RDP_QUEUE);
    send_rdp(&a, &next, mux_rdp_room(a.mux));
    pump(&a, &b, &seed);
    assert_int_equal(b.rdp_bytes, MUX_RDP_WINDOW + MUX_RDP_WINDOW / 4 + 5000);
    mux_free(a.mux);
    mux_free(b.mux);
}

/* Feeds DATA frames of RDP as they are, whatever the window says. */
static int feed_rdp(struct end *end, size_t length, uint8_t *next)
{
    uint8_t frame[4 + MUX_RDP_CHUNK] = FRAME(1, 0, length);
    for (size_t i = 0; i < length; i++)
        frame[4 + i] = (uint8_t)(*next + i);
    *next = (uint8_t)(*next + length);
    return mux_feed(end->mux, frame, 4 + length);
}

static void test_receiver_notices_who_exceeds_the_window(void **state)
{
    struct end b;
    uint8_t next = 0, out[MUX_CONTROL_MAX + 4];
    open_end(&b);
    for (size_t i = 0; i < MUX_RDP_WINDOW / MUX_RDP_CHUNK; i++)
        assert_int_equal(feed_rdp(&b, MUX_RDP_CHUNK, &next), 0);
    /* What was consumed is not credit before the WINDOW frame is on its way. */
    mux_rdp_consumed(b.mux, 100);
    assert_int_equal(feed_rdp(&b, 1, &next), QA_EPROTO);
    assert_int_equal(b.rdp_bytes, MUX_RDP_WINDOW);
    /* Final: no more in, none out. */
    mux_rdp_consumed(b.mux, MUX_RDP_WINDOW);
    assert_int_equal(pull(&b, out), 0);
    assert_int_equal(mux_feed(b.mux, (const uint8_t[])FRAME(0, 0, 1), 4), QA_EPROTO);
    mux_free(b.mux);
}

static void test_consuming_more_than_came_gives_no_credit(void **state)
{
    struct end b;
    uint8_t next = 0, out[MUX_CONTROL_MAX + 4];
    open_end(&b);
    mux_rdp_consumed(b.mux, SIZE_MAX);
    assert_int_equal(pull(&b, out), 0);
    for (size_t i = 0; i < MUX_RDP_WINDOW / MUX_RDP_CHUNK; i++)
        assert_int_equal(feed_rdp(&b, MUX_RDP_CHUNK, &next), 0);
    mux_rdp_consumed(b.mux, SIZE_MAX);
    mux_rdp_consumed(b.mux, SIZE_MAX);
    assert_int_equal(pull(&b, out), 8);
    static const uint8_t window[] = {1, 1, 0, 4, 0x00, 0x04, 0x00, 0x00};
    assert_memory_equal(out, window, 8);
    mux_free(b.mux);
}

static int feed_window(struct end *end, uint32_t credit)
{
    const uint8_t frame[] = {1,
                             1,
                             0,
                             4,
                             (uint8_t)(credit >> 24),
                             (uint8_t)(credit >> 16),
                             (uint8_t)(credit >> 8),
                             (uint8_t)credit};
    return mux_feed(end->mux, frame, sizeof frame);
}

static void test_credit_is_bounded(void **state)
{
    struct end a;
    open_end(&a);
    assert_int_equal(feed_window(&a, (1u << 30) - MUX_RDP_WINDOW), 0);
    assert_int_equal(feed_window(&a, 1), QA_EPROTO);
    mux_free(a.mux);
    open_end(&a);
    assert_int_equal(feed_window(&a, UINT32_MAX), QA_EPROTO);
    mux_free(a.mux);
    open_end(&a);
    assert_int_equal(feed_window(&a, 0), QA_EPROTO);
    mux_free(a.mux);
}

static void test_broken_frames(void **state)
{
    static const uint8_t bad[][4] = {
        FRAME(2, 0, 10),     FRAME(255, 0, 10),
        FRAME(0, 1, 4),      FRAME(0, 2, 4),
        FRAME(1, 2, 4),      FRAME(0, 0, 0),
        FRAME(1, 0, 0),      FRAME(0, 0, MUX_CONTROL_MAX + 1),
        FRAME(0, 0, 0xffff), FRAME(1, 0, MUX_RDP_CHUNK + 1),
        FRAME(1, 0, 0xffff), FRAME(1, 1, 3),
        FRAME(1, 1, 5),      FRAME(1, 1, 0),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct end b;
        open_end(&b);
        assert_int_equal(mux_feed(b.mux, bad[i], 3), 0);
        assert_int_equal(mux_feed(b.mux, bad[i] + 3, 1), QA_EPROTO);
        assert_int_equal(mux_feed(b.mux, bad[i], 0), QA_EPROTO);
        assert_int_equal(b.messages + b.rdp_bytes, 0);
        mux_free(b.mux);
    }
}

static void test_queues_are_bounded(void **state)
{
    struct end a, b;
    uint32_t seed = 3;
    uint8_t next = 0;
    open_end(&a);
    open_end(&b);
    assert_int_equal(send_message(&a, 0, 0), QA_EINVAL);
    assert_int_equal(send_message(&a, 0, MUX_CONTROL_MAX + 1), QA_EINVAL);
    size_t queued = 0;
    while (!send_message(&a, (uint8_t)queued, 5000))
        queued++;
    assert_int_equal(send_message(&a, 0, 5000), QA_ELIMIT);
    assert_int_equal(queued, MUX_CONTROL_QUEUE / 5004);
    assert_int_equal(mux_rdp_room(a.mux), MUX_RDP_QUEUE);
    assert_int_equal(send_rdp(&a, &next, MUX_RDP_QUEUE + 1), 0);
    assert_int_equal(send_rdp(&a, &next, MUX_RDP_QUEUE), MUX_RDP_QUEUE);
    assert_int_equal(mux_send_rdp(a.mux, &next, 1), QA_ELIMIT);
    pump(&a, &b, &seed);
    assert_int_equal(b.messages, queued);
    assert_int_equal(b.rdp_bytes, MUX_RDP_QUEUE);
    mux_free(a.mux);
    mux_free(b.mux);
}

static void test_floods_leave_nothing_behind(void **state)
{
    struct end a;
    uint8_t out[MUX_CONTROL_MAX + 4], next = 0;
    open_end(&a);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(feed_window(&a, 1), 0);
    assert_int_equal(pull(&a, out), 0);
    /* Tiny RDP frames: the credit owed for a thousand of them is still one frame. */
    a.consume = true;
    for (size_t i = 0; i < MUX_RDP_WINDOW; i++)
        assert_int_equal(feed_rdp(&a, 1, &next), 0);
    assert_int_equal(pull(&a, out), 8);
    static const uint8_t frame[] = {0, 0, 0, 1, 0};
    for (size_t i = 0; i < 256; i++) {
        a.next_message = 0;
        assert_int_equal(mux_feed(a.mux, frame, sizeof frame), 0);
    }
    assert_int_equal(a.messages, 256);
    mux_free(a.mux);
}

static void test_held_rdp_waits_and_is_whole_afterwards(void **state)
{
    struct end a, b;
    uint32_t seed = 5;
    uint8_t next = 0;
    open_end(&a);
    open_end(&b);
    send_rdp(&a, &next, MUX_RDP_CHUNK);
    pump(&a, &b, &seed);
    send_rdp(&a, &next, MUX_RDP_QUEUE - 10);
    mux_hold_rdp(a.mux, true);
    assert_int_equal(send_message(&a, 0, 7), 0);
    assert_int_equal(mux_rdp_room(a.mux), 10);
    send_rdp(&a, &next, 10);
    pump(&a, &b, &seed);
    assert_int_equal(b.messages, 1);
    assert_int_equal(b.rdp_bytes, MUX_RDP_CHUNK);
    /* Credit still goes back while our own bytes are held. */
    uint8_t theirs = 0, out[MUX_CONTROL_MAX + 4];
    a.consume = true;
    for (size_t i = 0; i < MUX_RDP_WINDOW / MUX_RDP_CHUNK; i++)
        assert_int_equal(feed_rdp(&a, MUX_RDP_CHUNK, &theirs), 0);
    assert_int_equal(pull(&a, out), 8);

    mux_hold_rdp(a.mux, false);
    pump(&a, &b, &seed);
    assert_int_equal(b.rdp_bytes, MUX_RDP_CHUNK + MUX_RDP_QUEUE);
    mux_free(a.mux);
    mux_free(b.mux);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_streams_both_ways),
        cmocka_unit_test(test_control_goes_first),
        cmocka_unit_test(test_sender_keeps_to_the_window),
        cmocka_unit_test(test_receiver_notices_who_exceeds_the_window),
        cmocka_unit_test(test_consuming_more_than_came_gives_no_credit),
        cmocka_unit_test(test_credit_is_bounded),
        cmocka_unit_test(test_broken_frames),
        cmocka_unit_test(test_queues_are_bounded),
        cmocka_unit_test(test_floods_leave_nothing_behind),
        cmocka_unit_test(test_held_rdp_waits_and_is_whole_afterwards),
    };
    return cmocka_run_group_tests_name("mux", tests, NULL, NULL);
}
