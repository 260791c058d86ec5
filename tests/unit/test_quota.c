/* The relay's limits: so many tries an address a minute, all together, and what a flood does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

#include "relay/quota.h"

static const struct quota_options usual = {.joins_per_minute = 5,
                                           .creates_per_minute = 10,
                                           .joins_per_minute_total = 1000000,
                                           .misses_per_minute = 60};

static struct quota_address v4(const char *text)
{
    struct sockaddr_in socket_address = {.sin_family = AF_INET};
    struct quota_address address;
    assert_int_equal(inet_pton(AF_INET, text, &socket_address.sin_addr), 1);
    quota_address_from((const struct sockaddr *)&socket_address, &address);
    return address;
}

static struct quota_address v6(const char *text)
{
    struct sockaddr_in6 socket_address = {.sin6_family = AF_INET6};
    struct quota_address address;
    assert_int_equal(inet_pton(AF_INET6, text, &socket_address.sin6_addr), 1);
    quota_address_from((const struct sockaddr *)&socket_address, &address);
    return address;
}

static void test_five_joins_a_minute(void **state)
{
    struct quota *quota;
    assert_int_equal(quota_new(&usual, &quota), 0);
    struct quota_address one = v4("192.0.2.1"), two = v4("192.0.2.2");
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
    options.joins_per_minute_total = 7;
    struct quota *quota;
    assert_int_equal(quota_new(&options, &quota), 0);
    struct quota_address one = v4("192.0.2.1"), two = v4("192.0.2.2"), three = v4("192.0.2.3");
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

static void test_what_counts_as_one_address(void **state)
{
    struct quota_address a = v6("2001:db8:1:2::1"), b = v6("2001:db8:1:2:ffff:ffff:ffff:ffff");
    struct quota_address c = v6("2001:db8:1:3::1"), mapped = v6("::ffff:192.0.2.1");
    struct quota_address plain = v4("192.0.2.1");
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_not_equal(&a, &c, sizeof a);
    assert_memory_equal(&mapped, &plain, sizeof plain);
}

static void test_all_together(void **state)
{
    struct quota_options options = usual;
    options.joins_per_minute_total = 7;
    struct quota *quota;
    assert_int_equal(quota_new(&options, &quota), 0);
    int allowed = 0;
    for (unsigned i = 0; i < 50; i++) {
        struct quota_address address = {.family = 4, .bytes = {10, 0, 0, (uint8_t)i}};
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

static struct quota_address numbered(uint32_t number)
{
    struct quota_address address = {.family = 6};
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
        struct quota_address address = numbered(i);
        allowed += quota_take(quota, now, QUOTA_JOIN, &address) == 0;
    }
    assert_int_equal(quota_count(quota), 65536);
    assert_int_equal(allowed, 65536);
    /* Those who come when the flood is over find room. */
    struct quota_address late = numbered(1000000);
    assert_int_equal(quota_take(quota, now + 60000, QUOTA_JOIN, &late), 0);
    assert_true(quota_count(quota) < 65536);
    quota_free(quota);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_joins_a_minute),
        cmocka_unit_test(test_a_time_that_is_past_gives_nothing_back),
        cmocka_unit_test(test_what_counts_as_one_address),
        cmocka_unit_test(test_all_together),
        cmocka_unit_test(test_misses_make_routes_longer),
        cmocka_unit_test(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
