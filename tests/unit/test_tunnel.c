/*
 * Two tunnels with a relay between them that may do anything to the bytes: what arrives is what was
 * sent, from its start and in order, or it is an error; never something else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "api/tunnel.h"
#include "base/random.h"
#include "link/pair.h"

#define SHARER       0
#define HELPER       1
#define CONTROL_TEXT "{\"type\":\"permissions\",\"permissions\":[\"view\"]}"
#define RDP_BYTES    60000
#define HEARD_MAX    (4 * RDP_BYTES)

enum meddling { HONEST, FLIP, DROP, REPEAT, SWAP, REFLECT };

struct end {
    struct tunnel *tunnel;
    struct link *link;
    bool established;
    int error;
    size_t control_count;
    size_t rdp_count;
};

struct world {
    uv_loop_t loop;
    struct end ends[2];
    enum meddling meddling;
    int from;        /* whose message is meddled with */
    size_t at;       /* which one of it */
    size_t bit;      /* FLIP: which one of the message's bits */
    size_t count[2]; /* messages passed so far */
    uint8_t kept[LINK_BINARY_MAX];
    size_t kept_length;
    bool keeping;
    bool touched;
    uint8_t *heard; /* everything that passed, where a test wants it */
    size_t heard_length;
    const uint8_t *keys[2];       /* coming back with these, where there are any */
    bool restarted;               /* the sharer was, and has a seal instead */
    const uint8_t *offer;         /* the helper's for it: the seal's key; NULL: none */
    const struct world *replayed; /* the helper's bytes are those of this run's */
    uint8_t *said;                /* the helper's, where a test wants them */
    size_t said_length;
};

static uint8_t rdp_byte(size_t index)
{
    return (uint8_t)(index * 7 + index / 251);
}

/* ---- the tunnels' owner ---- */

static void on_established(void *user)
{
    struct end *end = user;
    assert_false(end->established);
    end->established = true;
    assert_int_equal(tunnel_send_control(end->tunnel, CONTROL_TEXT, strlen(CONTROL_TEXT)), 0);
    uint8_t bytes[RDP_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = rdp_byte(i);
    assert_int_equal(tunnel_send_rdp(end->tunnel, bytes, sizeof bytes), 0);
}

static void on_control(void *user, const char *data, size_t length)
{
    struct end *end = user;
    assert_int_equal(end->error, 0);
    assert_int_equal(length, strlen(CONTROL_TEXT));
    assert_memory_equal(data, CONTROL_TEXT, length);
    /* Once was it sent. */
    assert_int_equal(++end->control_count, 1);
}

static void on_rdp(void *user, const uint8_t *data, size_t length)
{
    struct end *end = user;
    assert_int_equal(end->error, 0);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(data[i], rdp_byte(end->rdp_count + i));
    end->rdp_count += length;
    tunnel_rdp_consumed(end->tunnel, length);
}

static void on_rdp_room(void *user)
{
}

static void on_failed(void *user, int error, const char *detail)
{
    struct end *end = user;
    assert_int_equal(end->error, 0);
    assert_true(error < 0);
    assert_true(strlen(detail) > 0);
    end->error = error;
}

/* The seal of a sharer that was restarted, and what is in it. */
static const uint8_t seal[PAKE_PSK_BYTES] = {9, 9, 1}, sealed[PAKE_PSK_BYTES] = {7, 7, 2};

static int on_unseal(void *user, const uint8_t given[PAKE_PSK_BYTES], uint8_t key[PAKE_PSK_BYTES])
{
    if (memcmp(given, seal, sizeof seal))
        return QA_ETAMPERED;
    memcpy(key, sealed, sizeof sealed);
    return 0;
}

static const struct tunnel_events tunnel_events = {
    .established = on_established,
    .control = on_control,
    .rdp = on_rdp,
    .rdp_room = on_rdp_room,
    .failed = on_failed,
    .unseal = on_unseal,
};

/* ---- the links ---- */

static void on_opened(void *user)
{
    struct end *end = user;
    tunnel_start(end->tunnel);
}

static void on_helper_opened(void *user)
{
}

static void on_text(void *user, const char *data, size_t length)
{
    fail();
}

static void on_binary(void *user, const uint8_t *data, size_t length)
{
    struct end *end = user;
    tunnel_receive(end->tunnel, data, length);
}

static void on_drained(void *user)
{
    struct end *end = user;
    tunnel_drained(end->tunnel);
}

static void on_closed(void *user, int error, const char *detail)
{
}

static const struct link_events sharer_events = {.opened = on_opened,
                                                 .text = on_text,
                                                 .binary = on_binary,
                                                 .drained = on_drained,
                                                 .closed = on_closed};
static const struct link_events helper_events = {.opened = on_helper_opened,
                                                 .text = on_text,
                                                 .binary = on_binary,
                                                 .drained = on_drained,
                                                 .closed = on_closed};

/* ---- the relay ---- */

/*
 * TLS 1.2 receivers take any version in the header of a record that is not encrypted yet (RFC 5246
 * E.1); it means nothing, and nothing follows from it.
 */
static bool is_record_version(const uint8_t *data, size_t length, size_t offset)
{
    for (size_t at = 0; at + 5 <= length && data[at] >= 20 && data[at] <= 23;
         at += 5u + (size_t)(data[at + 3] << 8 | data[at + 4]))
        if (offset == at + 1 || offset == at + 2)
            return true;
    return false;
}

static void relay(void *user, int from, const uint8_t *data, size_t length,
                  void (*deliver)(void *cookie, int to, const uint8_t *data, size_t length),
                  void *cookie)
{
    struct world *world = user;
    size_t index = world->count[from]++;
    bool here = from == world->from && index == world->at;
    uint8_t changed[LINK_BINARY_MAX];

    if (world->heard) {
        assert_true(world->heard_length + length <= HEARD_MAX);
        memcpy(world->heard + world->heard_length, data, length);
        world->heard_length += length;
    }
    if (world->said && from == HELPER) {
        assert_true(world->said_length + length <= HEARD_MAX);
        memcpy(world->said + world->said_length, data, length);
        world->said_length += length;
    }
    if (world->replayed && from == HELPER) {
        const struct world *old = world->replayed;
        for (size_t done = 0, piece; index == 0 && done < old->said_length; done += piece) {
            piece = old->said_length - done;
            if (piece > LINK_BINARY_MAX)
                piece = LINK_BINARY_MAX;
            deliver(cookie, !from, old->said + done, piece);
        }
        return;
    }
    if (world->keeping && from == world->from) {
        /* SWAP: the later one first. */
        world->keeping = false;
        deliver(cookie, !from, data, length);
        deliver(cookie, !from, world->kept, world->kept_length);
        return;
    }
    if (!here || world->meddling == HONEST) {
        deliver(cookie, !from, data, length);
        return;
    }
    world->touched = true;
    switch (world->meddling) {
    case FLIP:
        memcpy(changed, data, length);
        world->touched = !is_record_version(data, length, world->bit / 8 % length);
        changed[world->bit / 8 % length] ^= (uint8_t)(1u << world->bit % 8);
        deliver(cookie, !from, changed, length);
        break;
    case REPEAT:
        deliver(cookie, !from, data, length);
        deliver(cookie, !from, data, length);
        break;
    case SWAP:
        memcpy(world->kept, data, length);
        world->kept_length = length;
        world->keeping = true;
        break;
    case REFLECT:
        deliver(cookie, from, data, length);
        break;
    case DROP:
    case HONEST:
        break;
    }
}

/* ---- a run ---- */

static struct pake_inputs inputs_of(int end)
{
    static const uint8_t sid[16] = {1, 2, 3};
    return (struct pake_inputs){.role = end == HELPER ? PAKE_HELPER : PAKE_SHARER,
                                .secret = "930577",
                                .route = "48219",
                                .service_origin = "https://relay.example:443",
                                .sid = sid,
                                .shown_name = "Ada L.",
                                .organisation = "Example",
                                .version = 1};
}

static void run(struct world *world, const struct pake_inputs *sharer,
                const struct pake_inputs *helper)
{
    assert_int_equal(random_init(), 0);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    struct link *links[2];
    const struct pair_options options = {.tap = relay, .user = world};
    assert_int_equal(link_pair_new(&world->loop, &options, links), 0);
    for (int i = 0; i < 2; i++) {
        world->ends[i].link = links[i];
        enum pake_role role = i == SHARER ? PAKE_SHARER : PAKE_HELPER;
        int error = i == SHARER && world->restarted
                        ? tunnel_new_restarted(links[i], &tunnel_events, &world->ends[i],
                                               &world->ends[i].tunnel)
                    : world->keys[i]
                        ? tunnel_new_again(links[i], role, world->keys[i], &tunnel_events,
                                           &world->ends[i], &world->ends[i].tunnel)
                        : tunnel_new(links[i], i == SHARER ? sharer : helper, &tunnel_events,
                                     &world->ends[i], &world->ends[i].tunnel);
        assert_int_equal(error, 0);
        if (i == HELPER && world->offer)
            tunnel_offer(world->ends[i].tunnel, world->offer, sealed);
        link_pair_set_events(links[i], i == SHARER ? &sharer_events : &helper_events,
                             &world->ends[i]);
    }
    /* Everything is in memory: a thousand turns without waiting are more than enough. */
    for (int turn = 0; turn < 1000; turn++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    for (int i = 0; i < 2; i++) {
        link_destroy(world->ends[i].link);
        tunnel_free(world->ends[i].tunnel);
    }
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

static void run_meddling(struct world *world)
{
    const struct pake_inputs sharer = inputs_of(SHARER), helper = inputs_of(HELPER);
    run(world, &sharer, &helper);
}

static void test_honest_relay(void **state)
{
    struct world world = {.meddling = HONEST};
    run_meddling(&world);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world.ends[i].error, 0);
        assert_int_equal(world.ends[i].control_count, 1);
        assert_int_equal(world.ends[i].rdp_count, RDP_BYTES);
    }
}

/* Whole at both ends and no error anywhere: then nobody would notice the meddling. */
static bool unnoticed(const struct world *world)
{
    for (int i = 0; i < 2; i++)
        if (world->ends[i].error || world->ends[i].rdp_count != RDP_BYTES)
            return false;
    return true;
}

static void test_every_message_meddled_with(void **state)
{
    size_t runs = 0;
    for (enum meddling meddling = FLIP; meddling <= REFLECT; meddling++)
        for (int from = 0; from < 2; from++)
            for (size_t at = 0; at < 16; at++) {
                size_t bits = meddling == FLIP ? 6 : 1;
                for (size_t bit = 0; bit < bits; bit++) {
                    struct world world = {
                        .meddling = meddling, .from = from, .at = at, .bit = (size_t)rand()};
                    run_meddling(&world);
                    if (!world.touched)
                        continue;
                    runs++;
                    assert_false(unnoticed(&world));
                    /* The first two messages of a side are the pairing: nothing was said after. */
                    bool in_pairing = at < (from == SHARER ? 2u : 1u);
                    if (in_pairing && meddling == FLIP)
                        assert_false(world.ends[HELPER].established);
                }
            }
    assert_true(runs > 100);
}

static void test_another_secret(void **state)
{
    struct pake_inputs sharer = inputs_of(SHARER), helper = inputs_of(HELPER);
    sharer.secret = "930578";
    struct world world = {.meddling = HONEST};
    run(&world, &sharer, &helper);
    assert_int_equal(world.ends[SHARER].error, QA_ECODE_WRONG);
    assert_false(world.ends[HELPER].established);
    assert_int_equal(world.ends[SHARER].control_count, 0);
}

/* The relay shows the sharer another name, organisation, route or session than the helper has. */
static void test_another_story_for_each_side(void **state)
{
    static const uint8_t other_sid[16] = {9};
    for (int what = 0; what < 5; what++) {
        struct pake_inputs sharer = inputs_of(SHARER), helper = inputs_of(HELPER);
        if (what == 0)
            sharer.shown_name = "Bank S.";
        else if (what == 1)
            sharer.organisation = "Your Bank";
        else if (what == 2)
            sharer.route = "48218";
        else if (what == 3)
            sharer.sid = other_sid;
        else
            sharer.service_origin = "https://evil.example:443";
        struct world world = {.meddling = HONEST};
        run(&world, &sharer, &helper);
        assert_true(world.ends[SHARER].error < 0);
        assert_false(world.ends[SHARER].established);
        assert_false(world.ends[HELPER].established);
    }
}

/* What passes the relay holds neither the secret nor anything that was said. */
static void test_nothing_to_hear(void **state)
{
    uint8_t *heard = malloc(HEARD_MAX);
    assert_non_null(heard);
    struct world world = {.meddling = HONEST, .heard = heard};
    run_meddling(&world);
    assert_int_equal(world.ends[SHARER].rdp_count, RDP_BYTES);
    assert_true(world.heard_length > 2 * RDP_BYTES);

    uint8_t row[64];
    for (size_t i = 0; i < sizeof row; i++)
        row[i] = rdp_byte(1000 + i);
    assert_null(memmem(heard, world.heard_length, row, sizeof row));
    assert_null(memmem(heard, world.heard_length, "930577", 6));
    assert_null(memmem(heard, world.heard_length, "permissions", 11));
    free(heard);
}

/* ---- coming back ---- */

static const uint8_t key[PAKE_PSK_BYTES] = {5, 6, 7}, other_key[PAKE_PSK_BYTES] = {5, 6, 8};

static void test_coming_back(void **state)
{
    struct world world = {.meddling = HONEST, .keys = {key, key}};
    run_meddling(&world);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world.ends[i].error, 0);
        assert_int_equal(world.ends[i].control_count, 1);
        assert_int_equal(world.ends[i].rdp_count, RDP_BYTES);
    }
}

static void test_coming_back_with_another_key(void **state)
{
    struct world world = {.meddling = HONEST, .keys = {key, other_key}};
    run_meddling(&world);
    for (int i = 0; i < 2; i++) {
        assert_false(world.ends[i].established);
        assert_true(world.ends[i].error < 0);
    }
}

static void test_one_comes_back_and_one_pairs(void **state)
{
    for (int back = 0; back < 2; back++) {
        struct world world = {.meddling = HONEST};
        world.keys[back] = key;
        run_meddling(&world);
        for (int i = 0; i < 2; i++)
            assert_false(world.ends[i].established);
    }
}

static void test_coming_back_meddled_with(void **state)
{
    for (enum meddling meddling = FLIP; meddling <= REFLECT; meddling++)
        for (int from = 0; from < 2; from++)
            for (size_t at = 0; at < 6; at++) {
                struct world world = {.meddling = meddling,
                                      .from = from,
                                      .at = at,
                                      .bit = (size_t)rand(),
                                      .keys = {key, key}};
                run_meddling(&world);
                if (world.touched)
                    assert_false(unnoticed(&world));
            }
}

/* ---- after a restart ---- */

static void test_back_from_a_restart(void **state)
{
    struct world world = {
        .meddling = HONEST, .restarted = true, .offer = seal, .keys = {NULL, key}};
    run_meddling(&world);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world.ends[i].error, 0);
        assert_int_equal(world.ends[i].control_count, 1);
        assert_int_equal(world.ends[i].rdp_count, RDP_BYTES);
    }
}

static void test_no_way_back_from_a_restart(void **state)
{
    static const uint8_t other_seal[PAKE_PSK_BYTES] = {9, 9, 2};
    struct world worlds[] = {
        /* Nobody allowed it, or it was used; another invitation's; the sharer was not restarted. */
        {.restarted = true, .keys = {NULL, key}},
        {.restarted = true, .offer = other_seal, .keys = {NULL, key}},
        {.offer = seal, .keys = {sealed, key}},
    };
    for (size_t w = 0; w < sizeof worlds / sizeof worlds[0]; w++) {
        run_meddling(&worlds[w]);
        for (int i = 0; i < 2; i++) {
            assert_false(worlds[w].ends[i].established);
            assert_int_equal(worlds[w].ends[i].rdp_count, 0);
        }
    }
}

static void test_a_restart_meddled_with(void **state)
{
    for (enum meddling meddling = FLIP; meddling <= REFLECT; meddling++)
        for (int from = 0; from < 2; from++)
            for (size_t at = 0; at < 7; at++) {
                struct world world = {.meddling = meddling,
                                      .from = from,
                                      .at = at,
                                      .bit = (size_t)rand(),
                                      .restarted = true,
                                      .offer = seal,
                                      .keys = {NULL, key}};
                run_meddling(&world);
                if (world.touched)
                    assert_false(unnoticed(&world));
            }
}

/* The same key and the same plaintext, and nothing on the wire is as it was. */
static void test_keys_are_fresh(void **state)
{
    uint8_t *heard[2] = {malloc(HEARD_MAX), malloc(HEARD_MAX)};
    size_t length[2];
    for (int i = 0; i < 2; i++) {
        struct world world = {.meddling = HONEST, .keys = {key, key}, .heard = heard[i]};
        run_meddling(&world);
        assert_int_equal(world.ends[HELPER].rdp_count, RDP_BYTES);
        length[i] = world.heard_length;
    }
    /* From behind the handshake on; equal bytes by chance are not that long. */
    for (size_t at = 2000; at + 16 <= length[0]; at += 997)
        assert_null(memmem(heard[1], length[1], heard[0] + at, 16));
    free(heard[0]);
    free(heard[1]);
}

static void test_the_old_channel_replayed(void **state)
{
    struct world first = {.meddling = HONEST, .keys = {key, key}, .said = malloc(HEARD_MAX)};
    run_meddling(&first);
    assert_true(first.said_length > RDP_BYTES);
    struct world second = {.meddling = HONEST, .keys = {key, key}, .replayed = &first};
    run_meddling(&second);
    assert_false(second.ends[SHARER].established);
    assert_true(second.ends[SHARER].error < 0);
    assert_int_equal(second.ends[SHARER].control_count, 0);
    assert_int_equal(second.ends[SHARER].rdp_count, 0);
    free(first.said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest_relay),
        cmocka_unit_test(test_every_message_meddled_with),
        cmocka_unit_test(test_another_secret),
        cmocka_unit_test(test_another_story_for_each_side),
        cmocka_unit_test(test_nothing_to_hear),
        cmocka_unit_test(test_coming_back),
        cmocka_unit_test(test_coming_back_with_another_key),
        cmocka_unit_test(test_one_comes_back_and_one_pairs),
        cmocka_unit_test(test_coming_back_meddled_with),
        cmocka_unit_test(test_back_from_a_restart),
        cmocka_unit_test(test_no_way_back_from_a_restart),
        cmocka_unit_test(test_a_restart_meddled_with),
        cmocka_unit_test(test_keys_are_fresh),
        cmocka_unit_test(test_the_old_channel_replayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
