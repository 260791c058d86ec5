/* Pairing: it agrees when all agrees, and every difference or manipulation ends it for good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include <qassist/errors.h>

#include "crypto/pake.h"

static const uint8_t sid[PAKE_SID_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static struct pake_inputs inputs_of(enum pake_role role)
{
    return (struct pake_inputs){
        .role = role,
        .secret = "305771",
        .route = "48219",
        .service_origin = "https://relay.example:443",
        .sid = sid,
        .shown_name = "Ada L.",
        .organisation = "Example Ltd",
        .version = 1,
        .capabilities = role == PAKE_HELPER ? 0x80000001 : 0x10,
    };
}

struct run {
    struct pake *sharer, *helper;
    uint8_t hello[PAKE_MESSAGE_MAX], answer[PAKE_MESSAGE_MAX], confirm[PAKE_MESSAGE_MAX];
    int hello_length, answer_length, confirm_length, last;
};

static void open_run(struct run *run, const struct pake_inputs *sharer,
                     const struct pake_inputs *helper)
{
    struct pake_inputs a = inputs_of(PAKE_SHARER), b = inputs_of(PAKE_HELPER);
    memset(run, 0, sizeof *run);
    assert_int_equal(pake_new(sharer ? sharer : &a, &run->sharer), 0);
    assert_int_equal(pake_new(helper ? helper : &b, &run->helper), 0);
}

static void close_run(struct run *run)
{
    pake_free(run->sharer);
    pake_free(run->helper);
}

/* Runs as far as it goes; returns the first error, or 0. */
static int run_all(struct run *run)
{
    run->hello_length = pake_start(run->sharer, run->hello);
    assert_true(run->hello_length > 0);
    run->answer_length =
        pake_receive(run->helper, run->hello, (size_t)run->hello_length, run->answer);
    if (run->answer_length < 0)
        return run->answer_length;
    run->confirm_length =
        pake_receive(run->sharer, run->answer, (size_t)run->answer_length, run->confirm);
    if (run->confirm_length < 0)
        return run->confirm_length;
    uint8_t none[PAKE_MESSAGE_MAX];
    run->last = pake_receive(run->helper, run->confirm, (size_t)run->confirm_length, none);
    return run->last;
}

static void assert_dead(struct pake *pake)
{
    uint8_t out[PAKE_MESSAGE_MAX], psk[PAKE_PSK_BYTES];
    assert_false(pake_done(pake));
    assert_int_equal(pake_psk(pake, psk), QA_ESTATE);
    assert_int_equal(pake_start(pake, out), QA_ESTATE);
    assert_int_equal(pake_receive(pake, (const uint8_t *)"\003", 1, out), QA_ESTATE);
    assert_false(pake_done(pake));
}

static void test_both_agree(void **state)
{
    struct run run, other;
    uint8_t a[PAKE_PSK_BYTES], b[PAKE_PSK_BYTES], c[PAKE_PSK_BYTES];
    open_run(&run, NULL, NULL);
    assert_int_equal(pake_psk(run.sharer, a), QA_ESTATE);
    assert_int_equal(pake_psk(run.helper, a), QA_ESTATE);
    assert_int_equal(run_all(&run), 0);
    assert_true(pake_done(run.sharer) && pake_done(run.helper));
    assert_int_equal(pake_psk(run.sharer, a), 0);
    assert_int_equal(pake_psk(run.helper, b), 0);
    assert_memory_equal(a, b, sizeof a);
    assert_false(sodium_is_zero(a, sizeof a));
    assert_int_equal(pake_peer_capabilities(run.sharer), 0x80000001);
    assert_int_equal(pake_peer_capabilities(run.helper), 0x10);

    /* The same inputs never give the same key again. */
    open_run(&other, NULL, NULL);
    assert_int_equal(run_all(&other), 0);
    assert_int_equal(pake_psk(other.sharer, c), 0);
    assert_memory_not_equal(a, c, sizeof a);
    close_run(&run);
    close_run(&other);
}

static void test_layout_is_as_documented(void **state)
{
    struct run run;
    open_run(&run, NULL, NULL);
    assert_int_equal(run_all(&run), 0);
    static const uint8_t sharer_ad[] = {0, 9, 1, 0, 0, 0, 1, 0, 0, 0, 0x10};
    static const uint8_t helper_ad[] = {0, 41, 2, 0, 0, 0, 1, 0x80, 0, 0, 1};
    assert_int_equal(run.hello_length, 44);
    assert_int_equal(run.hello[0], 1);
    assert_memory_equal(run.hello + 33, sharer_ad, sizeof sharer_ad);
    assert_int_equal(run.answer_length, 1 + 32 + 2 + 41 + 64);
    assert_int_equal(run.answer[0], 2);
    assert_memory_equal(run.answer + 33, helper_ad, sizeof helper_ad);
    uint8_t names[32];
    crypto_hash_sha256(names, (const uint8_t *)"\006Ada L.\013Example Ltd", 19);
    assert_memory_equal(run.answer + 44, names, sizeof names);
    assert_int_equal(run.confirm_length, 65);
    assert_int_equal(run.confirm[0], 3);
    close_run(&run);
}

static void expect(const struct pake_inputs *sharer, const struct pake_inputs *helper, int error)
{
    struct run run;
    open_run(&run, sharer, helper);
    assert_int_equal(run_all(&run), error);
    assert_false(pake_done(run.sharer));
    assert_dead(run.sharer);
    /* No message reaches a helper who is left waiting; whatever comes instead ends it. */
    uint8_t out[PAKE_MESSAGE_MAX], guess[65] = {3};
    assert_true(pake_receive(run.helper, guess, sizeof guess, out) < 0);
    assert_dead(run.helper);
    close_run(&run);
}

static void test_every_difference_is_noticed(void **state)
{
    static const uint8_t other_sid[PAKE_SID_BYTES] = {9};
    struct pake_inputs changed = inputs_of(PAKE_SHARER);
    changed.secret = "305770";
    expect(&changed, NULL, QA_ECODE_WRONG);
    changed = inputs_of(PAKE_SHARER);
    changed.route = "48210";
    expect(&changed, NULL, QA_ECODE_WRONG);
    changed = inputs_of(PAKE_SHARER);
    changed.service_origin = "https://relay.example:8443";
    expect(&changed, NULL, QA_ECODE_WRONG);
    changed = inputs_of(PAKE_SHARER);
    changed.sid = other_sid;
    expect(&changed, NULL, QA_ECODE_WRONG);
    changed = inputs_of(PAKE_SHARER);
    changed.shown_name = "Eve L.";
    expect(&changed, NULL, QA_ETAMPERED);
    changed = inputs_of(PAKE_SHARER);
    changed.organisation = "";
    expect(&changed, NULL, QA_ETAMPERED);
    /* The border between name and organisation counts. */
    changed = inputs_of(PAKE_SHARER);
    changed.shown_name = "Ada L.E";
    changed.organisation = "xample Ltd";
    expect(&changed, NULL, QA_ETAMPERED);
    /* So does the one between origin and route. */
    changed = inputs_of(PAKE_SHARER);
    changed.service_origin = "https://relay.example:4434";
    changed.route = "8219";
    expect(&changed, NULL, QA_ECODE_WRONG);
    changed = inputs_of(PAKE_SHARER);
    changed.version = 2;
    struct run run;
    open_run(&run, &changed, NULL);
    assert_int_equal(run_all(&run), QA_EVERSION);
    assert_dead(run.helper);
    close_run(&run);
}

/* Which of the three messages a relay in between alters. */
enum victim { HELLO, ANSWER, CONFIRM };

static void alter(enum victim victim, size_t at, uint8_t mask)
{
    struct run run;
    uint8_t none[PAKE_MESSAGE_MAX];
    open_run(&run, NULL, NULL);
    run.hello_length = pake_start(run.sharer, run.hello);
    if (victim == HELLO)
        run.hello[at] ^= mask;
    run.answer_length = pake_receive(run.helper, run.hello, (size_t)run.hello_length, run.answer);
    if (run.answer_length > 0) {
        if (victim == ANSWER)
            run.answer[at] ^= mask;
        run.confirm_length =
            pake_receive(run.sharer, run.answer, (size_t)run.answer_length, run.confirm);
        if (victim == CONFIRM) {
            assert_int_equal(run.confirm_length, 65);
            run.confirm[at] ^= mask;
            assert_true(pake_receive(run.helper, run.confirm, 65, none) < 0);
        } else {
            assert_true(run.confirm_length < 0);
            assert_dead(run.sharer);
        }
    }
    assert_false(pake_done(run.helper));
    if (victim == CONFIRM)
        assert_dead(run.helper);
    close_run(&run);
}

static void test_every_altered_byte_is_noticed(void **state)
{
    for (size_t at = 0; at < 44; at++)
        alter(HELLO, at, (uint8_t)(1u << at % 8));
    for (size_t at = 0; at < 140; at++)
        alter(ANSWER, at, (uint8_t)(1u << at % 8));
    for (size_t at = 0; at < 65; at++)
        alter(CONFIRM, at, (uint8_t)(1u << at % 8));
}

static void test_every_other_length_is_refused(void **state)
{
    for (size_t length = 0; length <= PAKE_MESSAGE_MAX; length++) {
        struct run run;
        uint8_t message[PAKE_MESSAGE_MAX] = {0}, out[PAKE_MESSAGE_MAX];
        open_run(&run, NULL, NULL);
        assert_int_equal(pake_start(run.sharer, message), 44);
        if (length != 44) {
            assert_int_equal(pake_receive(run.helper, message, length, out), QA_EPROTO);
            assert_dead(run.helper);
        } else {
            assert_int_equal(pake_receive(run.helper, message, length, out), 140);
            assert_int_equal(pake_receive(run.sharer, out, 139, message), QA_EPROTO);
            assert_dead(run.sharer);
        }
        close_run(&run);
    }
}

static void test_invalid_points_are_refused(void **state)
{
    /* The draft's point that is none, and the neutral element. */
    static const char *const points[] = {
        "2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    for (size_t i = 0; i < 3; i++) {
        struct run run;
        open_run(&run, NULL, NULL);
        run.hello_length = pake_start(run.sharer, run.hello);
        uint8_t bad[PAKE_MESSAGE_MAX];
        memcpy(bad, run.hello, sizeof bad);
        sodium_hex2bin(bad + 1, 32, points[i], 64, NULL, NULL, NULL);
        assert_int_equal(pake_receive(run.helper, bad, (size_t)run.hello_length, run.answer),
                         QA_EPROTO);
        assert_dead(run.helper);
        close_run(&run);

        open_run(&run, NULL, NULL);
        run.hello_length = pake_start(run.sharer, run.hello);
        run.answer_length =
            pake_receive(run.helper, run.hello, (size_t)run.hello_length, run.answer);
        assert_int_equal(run.answer_length, 140);
        sodium_hex2bin(run.answer + 1, 32, points[i], 64, NULL, NULL, NULL);
        assert_int_equal(pake_receive(run.sharer, run.answer, 140, run.confirm), QA_EPROTO);
        assert_dead(run.sharer);
        close_run(&run);
    }
}

static void test_reflection_is_refused(void **state)
{
    struct run run;
    uint8_t out[PAKE_MESSAGE_MAX];
    open_run(&run, NULL, NULL);
    run.hello_length = pake_start(run.sharer, run.hello);
    /* A sharer's own hello, as it is and dressed up as an answer. */
    run.hello[0] = 2;
    assert_int_equal(pake_receive(run.sharer, run.hello, 140, out), QA_EPROTO);
    assert_dead(run.sharer);
    close_run(&run);

    /* A hello that says it is from a helper is refused at once, not only by the tags. */
    open_run(&run, NULL, NULL);
    assert_int_equal(pake_start(run.sharer, run.hello), 44);
    run.hello[35] = PAKE_HELPER;
    assert_int_equal(pake_receive(run.helper, run.hello, 44, out), QA_EPROTO);
    assert_dead(run.helper);
    close_run(&run);

    /* Two sharers, each taken for the helper by the other. */
    struct pake_inputs sharer = inputs_of(PAKE_SHARER);
    struct pake *one, *two;
    uint8_t hello[PAKE_MESSAGE_MAX];
    assert_int_equal(pake_new(&sharer, &one), 0);
    assert_int_equal(pake_new(&sharer, &two), 0);
    assert_int_equal(pake_start(one, hello), 44);
    assert_int_equal(pake_receive(two, hello, 44, out), QA_ESTATE);
    assert_dead(two);
    pake_free(one);
    pake_free(two);

    /* The helper's own tag back to it. */
    open_run(&run, NULL, NULL);
    run.hello_length = pake_start(run.sharer, run.hello);
    run.answer_length = pake_receive(run.helper, run.hello, 44, run.answer);
    uint8_t confirm[65] = {3};
    memcpy(confirm + 1, run.answer + 76, 64);
    assert_int_equal(pake_receive(run.helper, confirm, 65, out), QA_ECODE_WRONG);
    assert_dead(run.helper);
    close_run(&run);
}

static void test_replayed_messages_are_refused(void **state)
{
    struct run first, second;
    uint8_t out[PAKE_MESSAGE_MAX];
    open_run(&first, NULL, NULL);
    assert_int_equal(run_all(&first), 0);
    open_run(&second, NULL, NULL);
    second.hello_length = pake_start(second.sharer, second.hello);
    assert_int_equal(pake_receive(second.sharer, first.answer, 140, out), QA_ECODE_WRONG);
    assert_int_equal(pake_receive(second.helper, first.hello, 44, second.answer), 140);
    assert_int_equal(pake_receive(second.helper, first.confirm, 65, out), QA_ECODE_WRONG);
    close_run(&second);
    /* After the end nothing more is taken, and a try destroys the key. */
    assert_int_equal(pake_receive(first.helper, first.confirm, 65, out), QA_ESTATE);
    assert_dead(first.helper);
    close_run(&first);
}

static void test_wrong_order_is_refused(void **state)
{
    struct run run;
    uint8_t out[PAKE_MESSAGE_MAX] = {0};
    open_run(&run, NULL, NULL);
    assert_int_equal(pake_start(run.helper, out), QA_ESTATE);
    assert_dead(run.helper);
    assert_int_equal(pake_receive(run.sharer, out, 44, out), QA_ESTATE);
    assert_dead(run.sharer);
    close_run(&run);
    open_run(&run, NULL, NULL);
    assert_int_equal(pake_start(run.sharer, out), 44);
    assert_int_equal(pake_start(run.sharer, out), QA_ESTATE);
    assert_dead(run.sharer);
    close_run(&run);
}

static void test_inputs_are_checked(void **state)
{
    struct pake *pake;
    static const char *const secrets[] = {"", "30577", "3057711", "30577x", NULL};
    for (size_t i = 0; i < 5; i++) {
        struct pake_inputs inputs = inputs_of(PAKE_SHARER);
        inputs.secret = secrets[i];
        assert_int_equal(pake_new(&inputs, &pake), QA_EINVAL);
        assert_null(pake);
    }
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    struct pake_inputs inputs = inputs_of(PAKE_SHARER);
    inputs.service_origin = long_text;
    assert_int_equal(pake_new(&inputs, &pake), QA_EINVAL);
    inputs = inputs_of(PAKE_SHARER);
    inputs.route = long_text;
    assert_int_equal(pake_new(&inputs, &pake), QA_EINVAL);
    inputs = inputs_of(PAKE_SHARER);
    inputs.shown_name = long_text;
    assert_int_equal(pake_new(&inputs, &pake), QA_EINVAL);
    inputs = inputs_of(PAKE_SHARER);
    inputs.role = 0;
    assert_int_equal(pake_new(&inputs, &pake), QA_EINVAL);
    inputs = inputs_of(PAKE_SHARER);
    inputs.sid = NULL;
    assert_int_equal(pake_new(&inputs, &pake), QA_EINVAL);
    pake_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_agree),
        cmocka_unit_test(test_layout_is_as_documented),
        cmocka_unit_test(test_every_difference_is_noticed),
        cmocka_unit_test(test_every_altered_byte_is_noticed),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_invalid_points_are_refused),
        cmocka_unit_test(test_reflection_is_refused),
        cmocka_unit_test(test_replayed_messages_are_refused),
        cmocka_unit_test(test_wrong_order_is_refused),
        cmocka_unit_test(test_inputs_are_checked),
    };
    return cmocka_run_group_tests_name("pake", tests, NULL, NULL);
}
