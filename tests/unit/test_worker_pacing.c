/* Pacing against a path that is simulated: a rate, a delay, one queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/pacing.h"

struct flight {
    uint32_t id;
    uint64_t arrives_us;
    uint64_t took_us;
    uint64_t told_us;
};

struct path {
    struct pacing pacing;
    uint64_t rate;     /* bytes a second */
    uint64_t delay_us; /* there and back */
    uint64_t now_us;
    uint64_t free_us; /* the queue is empty then */
    /* The peer works so long at a frame, and so many bytes of it a second (0: no time for them), by
     * the piece (0: when all is there). */
    uint64_t peer_us;
    uint64_t peer_rate;
    size_t piece;
    bool silent; /* it does not tell */
    uint64_t peer_free_us;
    uint64_t own_us;     /* that the sender works at a frame */
    uint64_t longest_us; /* that a frame took there and back */
    struct flight flights[PACING_FRAMES_MAX];
    size_t count;
    uint32_t last_id;
    uint64_t sent;
    uint64_t longest_queue_us;
};

static struct path make(uint64_t rate, uint64_t delay_us)
{
    struct path path = {.rate = rate, .delay_us = delay_us, .now_us = 1000000};
    pacing_init(&path.pacing);
    return path;
}

/* To one who did something else for so long. */
static void deliver_late(struct path *path, uint64_t late_us)
{
    while (path->count && path->flights[0].arrives_us <= path->now_us) {
        if (!path->silent)
            pacing_peer_took(&path->pacing, path->flights[0].id,
                             path->flights[0].took_us / 1000 * 1000,
                             path->flights[0].told_us / 1000 * 1000);
        pacing_acknowledged(&path->pacing, path->flights[0].id, late_us, path->now_us);
        path->count--;
        for (size_t i = 0; i < path->count; i++)
            path->flights[i] = path->flights[i + 1];
    }
}

static void deliver(struct path *path)
{
    deliver_late(path, 0);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The peer's work at a frame that begins to arrive at a time. */
static void work(struct path *path, size_t bytes, uint64_t start_us, struct flight *flight)
{
    size_t piece = path->piece && path->piece < bytes ? path->piece : bytes;
    uint64_t own = path->peer_us + (path->peer_rate ? bytes * 1000000 / path->peer_rate : 0);
    uint64_t began_us = 0, there_us = 0;
    for (size_t done = 0; done < bytes; done += piece) {
        size_t next = bytes - done < piece ? bytes - done : piece;
        there_us = start_us + (done + next) * 1000000 / path->rate + path->delay_us / 2;
        path->peer_free_us = later(path->peer_free_us, there_us);
        began_us = began_us ? began_us : path->peer_free_us;
        path->peer_free_us += own * next / bytes;
    }
    flight->arrives_us = path->peer_free_us + path->delay_us - path->delay_us / 2;
    flight->took_us = path->peer_free_us - began_us;
    flight->told_us = path->peer_free_us - later(began_us, there_us);
}

static void send(struct path *path, size_t bytes, bool is_full)
{
    uint64_t start = path->free_us > path->now_us ? path->free_us : path->now_us;
    if (start - path->now_us > path->longest_queue_us)
        path->longest_queue_us = start - path->now_us;
    path->free_us = start + bytes * 1000000 / path->rate;
    assert_true(path->count < PACING_FRAMES_MAX);
    struct flight *flight = &path->flights[path->count++];
    flight->id = ++path->last_id;
    work(path, bytes, start, flight);
    if (flight->arrives_us - path->now_us > path->longest_us)
        path->longest_us = flight->arrives_us - path->now_us;
    pacing_sent(&path->pacing, path->last_id, bytes, is_full, path->now_us, path->now_us);
    path->sent += bytes;
}

/* For so long, with frames of at most `most` bytes as soon as they may go. */
static void run(struct path *path, uint64_t time_us, size_t most)
{
    path->sent = 0;
    path->longest_queue_us = path->longest_us = 0;
    for (uint64_t end = path->now_us + time_us; path->now_us < end; path->now_us += 250) {
        deliver(path);
        size_t budget = pacing_budget(&path->pacing, path->now_us);
        if (!budget)
            continue;
        path->now_us += path->own_us;
        send(path, budget < most ? budget : most, budget <= most);
        if (path->own_us)
            deliver_late(path, path->own_us);
    }
}

static void test_first_frame_is_small(void **state)
{
    struct path path = make(1000000, 1000);
    size_t budget = pacing_budget(&path.pacing, path.now_us);
    assert_in_range(budget, 1024, 16 * 1024);
    send(&path, budget, true);
    assert_int_equal(pacing_budget(&path.pacing, path.now_us), 0);
}

static void test_slow_path(void **state)
{
    struct path path = make(250000, 100000); /* 2 Mbit/s */
    run(&path, 3000000, SIZE_MAX);
    run(&path, 20000000, SIZE_MAX);
    /* It is used, */
    assert_in_range(path.sent, 20 * 250000 * 8 / 10, 20 * 250000 * 11 / 10);
    assert_in_range(pacing_rate(&path.pacing), 210000, 270000);
    assert_in_range(pacing_delay_us(&path.pacing), 100000, 140000);
    /* and its queue stays short. */
    assert_in_range(path.longest_queue_us, 0, 130000);
}

static void test_fast_path(void **state)
{
    struct path path = make(100000000, 2000);
    run(&path, 200000, SIZE_MAX);
    assert_true(pacing_budget(&path.pacing, path.now_us + 10000) == 0 ||
                pacing_budget(&path.pacing, path.now_us + 10000) > 100000);
    run(&path, 1000000, SIZE_MAX);
    assert_true(path.sent > 50000000);
}

static void test_far_fast_path(void **state)
{
    struct path path = make(5000000, 100000);
    run(&path, 4000000, SIZE_MAX);
    run(&path, 5000000, SIZE_MAX);
    assert_true(path.sent > 5 * 5000000 * 7ull / 10);
}

static void test_path_gets_slow_and_fast_again(void **state)
{
    struct path path = make(5000000, 20000);
    run(&path, 3000000, SIZE_MAX);
    path.rate = 200000;
    run(&path, 8000000, SIZE_MAX);
    run(&path, 5000000, SIZE_MAX);
    assert_in_range(path.longest_queue_us, 0, 150000);
    assert_in_range(pacing_rate(&path.pacing), 180000, 230000);
    path.rate = 5000000;
    run(&path, 5000000, SIZE_MAX);
    run(&path, 2000000, SIZE_MAX);
    assert_true(path.sent > 2 * 5000000 * 7ull / 10);
}

static void test_small_frames_keep_what_is_known(void **state)
{
    struct path path = make(1000000, 50000);
    run(&path, 5000000, SIZE_MAX);
    uint64_t rate = pacing_rate(&path.pacing);
    run(&path, 30000000, 500);
    assert_in_range(pacing_rate(&path.pacing), rate * 9 / 10, rate * 11 / 10);
    assert_in_range(pacing_delay_us(&path.pacing), 50000, 60000);
}

static void test_after_silence_first_little(void **state)
{
    struct path path = make(50000000, 5000);
    run(&path, 3000000, SIZE_MAX);
    path.now_us += 60000000;
    deliver(&path);
    assert_in_range(pacing_budget(&path.pacing, path.now_us), 1024, 64 * 1024);
}

/* Two frames at a time where the peer is near, up to four where it is far. */
static void assert_frames(uint64_t delay_us, size_t wanted)
{
    struct path path = make(1000000000, delay_us);
    run(&path, 12000000, SIZE_MAX);
    path.now_us += 4000000;
    deliver(&path);
    assert_int_equal(path.count, 0);
    size_t sent = 0;
    for (; sent <= PACING_FRAMES_MAX && pacing_budget(&path.pacing, path.now_us); sent++)
        send(&path, 1, false);
    assert_int_equal(sent, wanted);
    /* Forgetting makes room. */
    pacing_forget(&path.pacing);
    assert_true(pacing_budget(&path.pacing, path.now_us) > 0);
}

static void test_frames_on_the_way(void **state)
{
    assert_frames(1000, 2);
    assert_frames(60000, 2);
    assert_frames(70000, 3);
    assert_frames(100000, 4);
    assert_frames(1000000, 4);
}

/* However many frames: their bytes are no more than the path takes, and a short queue. */
static void test_far_path_has_a_short_queue(void **state)
{
    for (uint64_t delay_us = 10000; delay_us <= 160000; delay_us *= 2) {
        struct path path = make(250000, delay_us);
        run(&path, 5000000, SIZE_MAX);
        run(&path, 20000000, SIZE_MAX);
        assert_in_range(path.longest_queue_us, 0, 160000);
        assert_true(path.sent > 20 * 250000 * 8ull / 10);
    }
}

/* A peer that works long at each frame, however small, is no slow path. */
static void test_slow_peer_on_a_fast_path(void **state)
{
    struct path path = make(100000000, 2000);
    path.peer_us = 100000;
    run(&path, 5000000, 12000);
    assert_true(pacing_rate(&path.pacing) > 3000000);
    assert_in_range(pacing_delay_us(&path.pacing), 1000, 4000);
    path.now_us += 300000;
    deliver(&path);
    assert_true(pacing_budget(&path.pacing, path.now_us) > 70000);
    /* It never stands still for it. */
    run(&path, 20000000, 12000);
    assert_true(path.sent >= 12000 * 20 * 10 * 8 / 10);
    /* One that does not say so is taken for one. */
    struct path silent = make(100000000, 2000);
    silent.peer_us = 100000;
    silent.silent = true;
    run(&silent, 5000000, 12000);
    assert_true(pacing_rate(&silent.pacing) < 1000000);
}

static void assert_seen_to_be_slow(struct path *path)
{
    run(path, 5000000, SIZE_MAX);
    run(path, 20000000, SIZE_MAX);
    assert_in_range(pacing_rate(&path->pacing), 0, path->rate * 6 / 5);
    assert_in_range(path->longest_queue_us, 0, 160000);
}

/* Behind a slow path it is seen that the path is slow, and the queue stays short. */
static void test_slow_peer_on_a_slow_path(void **state)
{
    for (uint64_t peer_us = 5000; peer_us <= 160000; peer_us *= 2) {
        struct path path = make(250000, 40000);
        path.peer_us = peer_us;
        assert_seen_to_be_slow(&path);
        /* Small frames, which say little, make it no faster. */
        run(&path, 10000000, 3000);
        path.now_us += 1000000;
        deliver(&path);
        assert_in_range(pacing_budget(&path.pacing, path.now_us), 6 * 1024, 40000);
    }
}

/* What the peer works at while the rest still comes hides nothing of the path. */
static void test_peer_that_works_meanwhile(void **state)
{
    for (uint64_t rate = 250000; rate <= 4000000; rate *= 4)
        for (uint64_t percent = 50; percent <= 200; percent += 15) {
            struct path path = make(rate, 20000);
            path.piece = 4096;
            path.peer_rate = rate * 100 / percent;
            run(&path, 5000000, SIZE_MAX);
            run(&path, 20000000, SIZE_MAX);
            assert_in_range(pacing_rate(&path.pacing), 0, rate * 3 / 2);
            assert_in_range(path.longest_queue_us, 0, 150000);
        }
}

/* Nor is a sender that is slow itself a slow path; */
static void test_slow_sender(void **state)
{
    struct path path = make(100000000, 2000);
    path.own_us = 40000;
    path.peer_us = 10000;
    run(&path, 5000000, 12000);
    assert_true(pacing_rate(&path.pacing) > 3000000);
    run(&path, 20000000, 12000);
    assert_true(path.sent >= 12000 * 20 * 25 * 8 / 10);
    /* nor where its frames are large and the peer says nothing of its own; */
    for (uint64_t own_us = 20000; own_us <= 80000; own_us *= 2) {
        struct path large = make(20000000, 10000);
        large.own_us = own_us;
        large.silent = true;
        run(&large, 5000000, SIZE_MAX);
        run(&large, 20000000, SIZE_MAX);
        assert_true(pacing_rate(&large.pacing) > 4000000);
    }
    /* on one it is seen. */
    for (uint64_t own_us = 5000; own_us <= 80000; own_us *= 2) {
        struct path slow = make(250000, 40000);
        slow.own_us = own_us;
        slow.peer_us = 5000;
        assert_seen_to_be_slow(&slow);
    }
}

/* Nor is its own queue long, however fast the path. */
static void test_slow_peer_has_a_short_queue(void **state)
{
    for (uint64_t rate = 3000000; rate <= 100000000; rate *= 3) {
        struct path path = make(1000000000, 1000);
        path.peer_rate = rate;
        run(&path, 5000000, SIZE_MAX);
        run(&path, 5000000, SIZE_MAX);
        assert_in_range(path.longest_us, 0, 130000);
        assert_true(path.sent > 5 * rate * 7 / 10);
    }
}

/* Whatever it says: no more is on its way than for the fastest path. */
static void test_peer_that_lies(void **state)
{
    struct path path = make(100000, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        size_t budget = pacing_budget(&path.pacing, path.now_us);
        if (budget)
            send(&path, budget, true);
        pacing_peer_took(&path.pacing, path.last_id, UINT64_MAX / 8, UINT64_MAX / 8);
        pacing_peer_took(&path.pacing, i * 7919, 1, 1);
        path.silent = true;
        path.now_us += 1000;
        deliver(&path);
        assert_true(path.pacing.in_flight <= PACING_FRAMES_MAX * PACING_FRAME_BYTES);
    }
}

static void test_unknown_acknowledgements(void **state)
{
    struct pacing pacing;
    pacing_init(&pacing);
    pacing_acknowledged(&pacing, 7, 0, 1);
    assert_int_equal(pacing_rate(&pacing), 0);
    pacing_sent(&pacing, 1, 1000, true, 1000, 1000);
    pacing_acknowledged(&pacing, 2, 0, 2000);
    pacing_acknowledged(&pacing, 0, 0, 2000);
    assert_int_equal(pacing_budget(&pacing, 2000), 0);
    pacing_acknowledged(&pacing, 1, 0, 2000);
    pacing_acknowledged(&pacing, 1, 0, 2000);
    assert_true(pacing_budget(&pacing, 2000) > 0);
    /* One for several. */
    pacing_sent(&pacing, 2, 1000, false, 3000, 3000);
    pacing_sent(&pacing, 3, 1000, false, 3100, 3100);
    pacing_acknowledged(&pacing, 3, 0, 4000);
    assert_true(pacing_budget(&pacing, 4000) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_frame_is_small),
        cmocka_unit_test(test_slow_path),
        cmocka_unit_test(test_fast_path),
        cmocka_unit_test(test_far_fast_path),
        cmocka_unit_test(test_path_gets_slow_and_fast_again),
        cmocka_unit_test(test_small_frames_keep_what_is_known),
        cmocka_unit_test(test_after_silence_first_little),
        cmocka_unit_test(test_frames_on_the_way),
        cmocka_unit_test(test_far_path_has_a_short_queue),
        cmocka_unit_test(test_slow_peer_on_a_fast_path),
        cmocka_unit_test(test_slow_peer_on_a_slow_path),
        cmocka_unit_test(test_peer_that_works_meanwhile),
        cmocka_unit_test(test_slow_sender),
        cmocka_unit_test(test_slow_peer_has_a_short_queue),
        cmocka_unit_test(test_peer_that_lies),
        cmocka_unit_test(test_unknown_acknowledgements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
