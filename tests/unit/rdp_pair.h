/*
 * For the tests of rdp/: a server and a client worker joined in memory on one loop, as a session
 * would join them over the network, with what each told kept for looking at.
 */
#ifndef TESTS_UNIT_RDP_PAIR_H
#define TESTS_UNIT_RDP_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "rdp/rdp.h"

#define PAIR_INPUT_MAX 64

/* Loops over pixels of one thread: the thread sanitizer finds nothing there and makes them take so
 * long that what the other end waits for is out of date. */
#define PAIR_PIXELS __attribute__((no_sanitize("thread")))

/*
 * A test whose *state is a pair: the loop and two pictures, no worker yet. Afterwards what runs is
 * stopped, and nothing may be left: no child, no descriptor.
 */
#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, pair_set_up, pair_tear_down)
int pair_set_up(void **state);
int pair_tear_down(void **state);

struct pair;

struct pair_end {
    struct pair *pair;
    struct pair_end *other;
    struct rdp *rdp;
    struct picture picture;
    struct rdp_options options;

    bool ready;
    int error; /* 0, or what `failed` said */
    char detail[256];
    size_t bytes;   /* that this end's worker sent */
    size_t waiting; /* fed to this end's worker and not yet consumed */
    bool stopped;
    bool ended;          /* rdp_stop is through */
    const char *stop_in; /* the event that shall call rdp_stop, such as "frame" */
    /* Lets a test look at or spoil bytes on their way out of this end; may be NULL. */
    void (*spoil)(struct pair_end *end, uint8_t *data, size_t length);

    qa_input_event input[PAIR_INPUT_MAX];
    size_t input_count;
    unsigned epoch[PAIR_INPUT_MAX];
    size_t epoch_at[PAIR_INPUT_MAX]; /* input_count when it came */
    size_t epoch_count;
    bool taken;
    bool renew;      /* asked for, */
    bool hold_renew; /* and answered by the test */
    size_t frames;
    bool hold_frames;      /* the test calls rdp_frame_done */
    qa_rect damage;        /* bounds of all damage since the test cleared it */
    struct picture mirror; /* kept by moves and by what was painted; is the picture, always */
    int64_t moved;         /* pixels, so far */
    size_t cursors;
    qa_cursor cursor;
    uint8_t cursor_pixels[384 * 384 * 4];
    int32_t cursor_x;
    int32_t cursor_y;
};

struct pair {
    uv_loop_t loop;
    uv_timer_t guard;
    bool late;
    struct pair_end server;
    struct pair_end client;
};

/* Starts a worker for an end, with its options. Returns rdp_start's answer. */
int pair_start_end(struct pair_end *end);
/* Starts both, with a picture of this size, and waits until pictures flow. */
void pair_start(struct pair *pair, int32_t width, int32_t height);

/* Runs the loop until `condition`, or fails the test after 30 s. */
typedef bool (*pair_condition)(struct pair *pair);
void pair_wait(struct pair *pair, pair_condition condition);
/* Runs the loop for a while. */
void pair_run(struct pair *pair, unsigned ms);

bool pair_both_ready(struct pair *pair);
bool pair_equal(struct pair *pair);
bool pair_any_failed(struct pair *pair);

/* Pictures: each seed another. */
enum pair_pattern { PATTERN_TEXT, PATTERN_NOISE, PATTERN_FLAT, PATTERN_GRADIENT };
void pair_paint(struct picture *picture, enum pair_pattern pattern, uint32_t seed,
                const qa_rect *area);
qa_rect pair_all(const struct picture *picture);
/* Sets the server's size, paints all, tells the worker. */
void pair_resize(struct pair *pair, int32_t width, int32_t height, enum pair_pattern pattern,
                 uint32_t seed);

/* Descriptors open in this process. */
size_t pair_open_fds(void);

#endif
