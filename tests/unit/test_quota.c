/* The relay's limits: so many tries an address a minute, all together, and what a flood does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/quota.h"

static const struct quota_options usual = {.per_minute = {[QUOTA_JOIN] = 5, [QUOTA_CREATE] = 10},
                                           .per_minute_total = {[QUOTA_JOIN] = 1000000},
                                           .misses_per_minute = 60};

static struct subject v4(const char *text)
{
    struct address address;
    assert_true(address_parse(text, strlen(text), &address));
    return subject_of_address(&address);
}

static void test_five_joins_a_minute(void **state)
{
    struct quota *quota;
    assert_int_equal(quota_new(&usual, &quota), 0);
    struct subject one = v4("192.0.2.1"), two = v4("192.0.2.2");
    uint64_t now = 1000000;
    for (int i = 0; i < 5; i++)
        assert_int_equal(quota_take(quota, now, QUOTA_JOIN, &one), 0);
    unsigned wait = quota_take(quota, now, QUOTA_JOIN, &one);
    assert_in_range(wait, 12, 13);
    assert_int_equal(quota_take(quota, now, QUOTA_JOIN, &two), 0);
    assert_int_equal(quota_take(quota, now, QUOTA_CREATE, &one), 0);

    /* Asking all the time does not cost the refill. */
    for (int i = 0; i < 11999; i++)
        assert_int_not_equal(quota_take(quota, now + (uint64_t)i, QUOTA_JOIN, &one), 0);
    assert_int_equal(quota_take(quota, now + 13000, QUOTA_JOIN, &one), 0);
    assert_int_not_equal(quota_take(quota, now + 13000, QUOTA_JOIN, &one), 0);
    now += 73000;
    for (int i = 0; i < 5; i++)
        assert_int_equal(quota_take(quota, now, QUOTA_JOIN, &one), 0);
    assert_int_not_equal(quota_take(quota, now, QUOTA_JOIN, &one), 0);
    quota_free(quota);
}

/* Of two that are handled in one round, the later may have noted the newer time. */
static void test_a_time_that_is_past_gives_nothing_back(void **state)
{
    struct quota_options options = usual;
    options.per_minute_total[QUOTA_JOIN] = 7;
    struct quota *quota;
    assert_int_equal(quota_new(&options, &quota), 0);
    struct subject one = v4("192.0.2.1"), two = v4("192.0.2.2"), three = v4("192.0.2.3");
    uint64_t now = 1000000;
    for (int i = 0; i < 5; i++)
        assert_int_equal(quota_take(quota, now, QUOTA_JOIN, &one), 0);
    assert_int_not_equal(quota_take(quota, now - 1, QUOTA_JOIN, &one), 0);
    assert_int_equal(quota_take(quota, now - 2, QUOTA_JOIN, &two), 0);
    assert_int_equal(quota_take(quota, now - 3, QUOTA_JOIN, &two), 0);
    assert_int_not_equal(quota_take(quota, now - 4, QUOTA_JOIN, &three), 0);
    assert_int_equal(quota_count(quota), 3);
    quota_free(quota);
}

static void test_all_together(void **state)
{
    struct quota_options options = usual;
    options.per_minute_total[QUOTA_JOIN] = 7;
    struct quota *quota;
    assert_int_equal(quota_new(&options, &quota), 0);
    int allowed = 0;
    for (unsigned i = 0; i < 50; i++) {
        struct subject address = {.kind = 4, .bytes = {10, 0, 0, (uint8_t)i}};
        allowed += quota_take(quota, 5000000, QUOTA_JOIN, &address) == 0;
    }
    assert_int_equal(allowed, 7);
    quota_free(quota);
}

static void test_misses_make_routes_longer(void **state)
{
    struct quota *quota;
    assert_int_equal(quota_new(&usual, &quota), 0);
    uint64_t now = 60000u * 100;
    for (int i = 0; i < 60; i++)
        quota_miss(quota, now);
    assert_int_equal(quota_extra_digits(quota, now), 0);
    quota_miss(quota, now);
    assert_int_equal(quota_extra_digits(quota, now), 1);
    assert_int_equal(quota_extra_digits(quota, now + 60000), 1);
    assert_int_equal(quota_extra_digits(quota, now + 120000), 0);
    for (int i = 0; i < 1000; i++)
        quota_miss(quota, now + 60000);
    assert_int_equal(quota_extra_digits(quota, now + 60000), 2);
    quota_miss(quota, now + 120000);
    assert_int_equal(quota_extra_digits(quota, now + 120000), 2);
    assert_int_equal(quota_extra_digits(quota, now + 3600000), 0);
    quota_free(quota);
}

static struct subject numbered(uint32_t number)
{
    struct subject address = {.kind = 6};
    memcpy(address.bytes, &number, sizeof number);
    return address;
}

static void test_memory_is_bounded(void **state)
{
    struct quota *quota;
    assert_int_equal(quota_new(&usual, &quota), 0);
    uint64_t now = 60000;
    uint32_t allowed = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        struct subject address = numbered(i);
        allowed += quota_take(quota, now, QUOTA_JOIN, &address) == 0;
    }
    assert_int_equal(quota_count(quota), 65536);
    assert_int_equal(allowed, 65536);
    /* Those who come when the flood is over find room. */
    struct subject late = numbered(1000000);
    assert_int_equal(quota_take(quota, now + 60000, QUOTA_JOIN, &late), 0);
    assert_true(quota_count(quota) < 65536);
    quota_free(quota);
}

/* 100 MiB a day: a part of the day brings the same part of them back. */
static void test_bytes_of_a_day(void **state)
{
    struct quota_options options = usual;
    options.mib_per_day[QUOTA_BYTES_ACCOUNT] = 100;
    struct quota *quota;
    assert_int_equal(quota_new(&options, &quota), 0);
    struct subject one = subject_of_account("o0123456789abcde"), two = subject_of_account("other");
    uint64_t now = 1000000, mib = 1 << 20, day = 24 * 3600 * 1000;
    for (int i = 0; i < 99; i++)
        assert_int_equal(quota_spend(quota, now, QUOTA_BYTES_ACCOUNT, &one, mib), 0);
    assert_int_equal(quota_look(quota, now, QUOTA_BYTES_ACCOUNT, &one), 0);
    assert_in_range(quota_spend(quota, now, QUOTA_BYTES_ACCOUNT, &one, 5 * mib), 860, 870);
    assert_in_range(quota_look(quota, now + 600000, QUOTA_BYTES_ACCOUNT, &one), 260, 270);
    assert_int_equal(quota_look(quota, now + 870000, QUOTA_BYTES_ACCOUNT, &one), 0);
    assert_int_equal(quota_look(quota, now, QUOTA_BYTES_ACCOUNT, &two), 0);
    assert_int_equal(quota_look(quota, now, QUOTA_BYTES_ADDRESS, &one), 0);
    /* After a day all of it is there, and no more. */
    for (int i = 0; i < 99; i++)
        assert_int_equal(quota_spend(quota, now + 2 * day, QUOTA_BYTES_ACCOUNT, &one, mib), 0);
    assert_int_not_equal(quota_spend(quota, now + 2 * day, QUOTA_BYTES_ACCOUNT, &one, mib), 0);
    quota_free(quota);
}

static void test_no_limit(void **state)
{
    static const struct quota_options none;
    struct quota *quota;
    assert_int_equal(quota_new(&none, &quota), 0);
    struct subject one = v4("192.0.2.1");
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(quota_take(quota, 5, QUOTA_JOIN, &one), 0);
        assert_int_equal(quota_spend(quota, 5, QUOTA_BYTES_ALL, &one, UINT64_MAX / 2), 0);
        quota_miss(quota, 5);
    }
    assert_int_equal(quota_extra_digits(quota, 5), 0);
    assert_int_equal(quota_count(quota), 0);
    quota_free(quota);
}

static void test_other_limits_from_now_on(void **state)
{
    struct quota *quota;
    assert_int_equal(quota_new(&usual, &quota), 0);
    struct subject one = v4("192.0.2.1");
    struct quota_options options = usual;
    for (int i = 0; i < 4; i++)
        assert_int_equal(quota_take(quota, 1000, QUOTA_JOIN, &one), 0);
    options.per_minute[QUOTA_JOIN] = 1;
    quota_change(quota, &options);
    assert_int_equal(quota_take(quota, 1000, QUOTA_JOIN, &one), 0);
    assert_int_equal(quota_take(quota, 1000, QUOTA_JOIN, &one), 61);
    options.per_minute[QUOTA_JOIN] = 0;
    quota_change(quota, &options);
    assert_int_equal(quota_take(quota, 1000, QUOTA_JOIN, &one), 0);
    quota_free(quota);
}

/* A day's amounts must not lock newcomers out when there are too many to remember. */
static void test_a_flood_of_a_day(void **state)
{
    struct quota_options options = usual;
    options.mib_per_day[QUOTA_BYTES_ADDRESS] = 1;
    struct quota *quota;
    assert_int_equal(quota_new(&options, &quota), 0);
    for (uint32_t i = 0; i < 200000; i++) {
        struct subject address = numbered(i);
        assert_int_equal(quota_spend(quota, 7000, QUOTA_BYTES_ADDRESS, &address, 1000), 0);
    }
    assert_int_equal(quota_count(quota), 65536);
    quota_free(quota);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_joins_a_minute),
        cmocka_unit_test(test_a_time_that_is_past_gives_nothing_back),
        cmocka_unit_test(test_all_together),
        cmocka_unit_test(test_misses_make_routes_longer),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_bytes_of_a_day),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_other_limits_from_now_on),
        cmocka_unit_test(test_a_flood_of_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
