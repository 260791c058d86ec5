/* Workers that are fed garbage or spoiled RDP: they may die, this process may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "rdp_pair.h"

#define ROUNDS_PER_TEST 12
#define ROUND_MS        250

static uint64_t random_state;

static uint32_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33);
}

static void assert_clean_end(const struct pair_end *end)
{
    if (getenv("RDP_TEST_VERBOSE"))
        print_message("end: %d %s\n", end->error, end->detail);
    if (end->error && end->error != QA_EPROTO && end->error != QA_EWORKER &&
        end->error != QA_EWORKER_HUNG)
        fail_msg("error %d: %s", end->error, end->detail);
}

static void feed_garbage(struct pair_end *end, const uint8_t *start, size_t length)
{
    uint8_t data[4096];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = i < length ? start[i] : (uint8_t)next_random();
    for (int i = 0; i < 16 && !end->error; i++) {
        (void)rdp_feed(end->rdp, data, sizeof data);
        end->waiting += sizeof data;
        pair_run(end->pair, 5);
    }
}

/* Starts that pass for RDP: TPKT headers and fast-path headers, with all sorts of lengths. */
static const uint8_t starts[][8] = {
    {0},
    {0x03, 0x00, 0x00, 0x13, 0x0e, 0xe0, 0x00, 0x00},
    {0x03, 0x00, 0xff, 0xff, 0x02, 0xf0, 0x80, 0x7f},
    {0x03, 0x00, 0x00, 0x00},
    {0x00, 0x80, 0x00},
    {0x00, 0xff, 0xff, 0x05},
    {0x30, 0x82, 0xff, 0xff},
};

static void garbage_for(struct pair *pair, enum rdp_role role)
{
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct pair_end *end = role == RDP_SERVER ? &pair->server : &pair->client;
        assert_int_equal(pair_start_end(end), 0);
        if (role == RDP_SERVER)
            pair_resize(pair, 320, 200, PATTERN_TEXT, 1);
        feed_garbage(end, starts[i], i ? sizeof starts[i] : 0);
        assert_clean_end(end);
        end->waiting = 0;
        end->error = 0;
        rdp_stop(end->rdp, NULL, NULL);
        end->rdp = NULL;
    }
}

static void test_garbage_for_the_server(void **state)
{
    random_state = 1;
    garbage_for(*state, RDP_SERVER);
}

static void test_garbage_for_the_client(void **state)
{
    random_state = 2;
    garbage_for(*state, RDP_CLIENT);
}

/* Spoils about one byte in `spoil_every`, after `spoil_after` bytes that are let through. */
static size_t spoil_after;
static uint32_t spoil_every;

static void spoil(struct pair_end *end, uint8_t *data, size_t length)
{
    size_t start = end->bytes - length;
    for (size_t i = 0; i < length; i++)
        if (start + i >= spoil_after && next_random() % spoil_every == 0)
            data[i] =
                next_random() % 2 ? (uint8_t)next_random() : data[i] ^ (1u << next_random() % 8);
}

static void keep_both_busy(struct pair *pair, uint32_t seed)
{
    qa_rect all = pair_all(&pair->server.picture);
    uint8_t pixels[64 * 64 * 4];
    memset(pixels, (int)seed, sizeof pixels);
    qa_cursor cursor = {.size = sizeof cursor, .width = 64, .height = 64, .pixels = pixels};
    if (pair->server.error || pair->client.error)
        return;
    pair_paint(&pair->server.picture, (enum pair_pattern)(seed % 4), seed, &all);
    (void)rdp_damage(pair->server.rdp, &all, 1);
    (void)rdp_cursor(pair->server.rdp, &cursor);
    for (uint32_t i = 0; i < 20; i++) {
        qa_input_event move = {.type = QA_INPUT_MOVE, .x = (int32_t)i, .y = (int32_t)seed % 100};
        qa_input_event text = {.type = QA_INPUT_TEXT, .codepoint = 0x1f600 + i};
        (void)rdp_input(pair->client.rdp, &move);
        (void)rdp_input(pair->client.rdp, &text);
    }
}

static void spoiled_round(struct pair *pair, struct pair_end *spoiled, uint32_t seed)
{
    random_state = seed;
    spoil_after = next_random() % 3 ? next_random() % 3000 : next_random() % 60000;
    spoil_every = 1u << (4 + next_random() % 9);
    pair->server.bytes = pair->client.bytes = 0;
    pair->server.waiting = pair->client.waiting = 0;
    pair->client.options.classic_bitmaps = seed % 3 == 0;
    spoiled->spoil = spoil;
    assert_int_equal(pair_start_end(&pair->server), 0);
    assert_int_equal(pair_start_end(&pair->client), 0);
    pair_resize(pair, 320, 200, PATTERN_NOISE, seed);
    for (uint32_t i = 0; i < 5; i++) {
        pair_run(pair, ROUND_MS / 5);
        keep_both_busy(pair, seed + i);
        if (i == 2 && !pair->server.error)
            pair_resize(pair, 400, 100, PATTERN_TEXT, seed);
    }
    assert_clean_end(&pair->server);
    assert_clean_end(&pair->client);

    struct pair_end *ends[] = {&pair->server, &pair->client};
    for (size_t i = 0; i < 2; i++) {
        ends[i]->stopped = true;
        rdp_stop(ends[i]->rdp, NULL, NULL);
        ends[i]->rdp = NULL;
        ends[i]->ready = ends[i]->stopped = false;
        ends[i]->error = 0;
        ends[i]->spoil = NULL;
    }
    pair_run(pair, 20);
}

/* More rounds by hand: RDP_HOSTILE_ROUNDS, from RDP_HOSTILE_SEED on. */
static uint32_t from_environment(const char *name, uint32_t otherwise)
{
    const char *text = getenv(name);
    return text ? (uint32_t)strtoul(text, NULL, 10) : otherwise;
}

static void spoiled_rounds(struct pair *pair, struct pair_end *spoiled)
{
    uint32_t rounds = from_environment("RDP_HOSTILE_ROUNDS", ROUNDS_PER_TEST);
    uint32_t first = from_environment("RDP_HOSTILE_SEED", 1);
    for (uint32_t seed = first; seed < first + rounds; seed++)
        spoiled_round(pair, spoiled, seed);
}

static void test_spoiled_from_server(void **state)
{
    struct pair *pair = *state;
    spoiled_rounds(pair, &pair->server);
}

static void test_spoiled_from_client(void **state)
{
    struct pair *pair = *state;
    spoiled_rounds(pair, &pair->client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_garbage_for_the_server),
        PAIR_TEST(test_garbage_for_the_client),
        PAIR_TEST(test_spoiled_from_server),
        PAIR_TEST(test_spoiled_from_client),
    };
    cmocka_set_test_filter(getenv("RDP_TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
