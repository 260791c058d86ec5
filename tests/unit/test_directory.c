/* The relay's directory: one claim ever, expiry, what is kept out, how long routes get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "relay/directory.h"

#define LIFETIME 600000u

static int helpers[4];
static void *last_expired;
static int expired_count;

static void on_expired(void *owner)
{
    last_expired = owner;
    expired_count++;
}

static struct directory *new_directory(void)
{
    struct directory *directory;
    assert_int_equal(directory_new(LIFETIME, &directory), 0);
    last_expired = NULL;
    expired_count = 0;
    return directory;
}

static struct directory_entry *create(struct directory *directory, uint64_t now, void *owner)
{
    struct directory_entry *entry;
    assert_int_equal(directory_create(directory, now, 0, owner, &entry), 0);
    return entry;
}

static void test_a_route_is_claimed_once_ever(void **state)
{
    struct directory *directory = new_directory();
    void *owner;
    struct directory_entry *entry = create(directory, 1000, &helpers[0]);
    char route[CODE_ROUTE_MAX + 1];
    strcpy(route, directory_route(entry));
    assert_true(code_route_valid(route));
    assert_int_equal(strlen(route), 5);

    assert_int_equal(directory_claim(directory, 1001, route, &owner), 0);
    assert_ptr_equal(owner, &helpers[0]);
    assert_int_equal(directory_claim(directory, 1002, route, &owner), QA_ECODE_USED);
    assert_ptr_equal(owner, &helpers[0]);
    directory_release(directory, 2000, entry);
    assert_int_equal(directory_claim(directory, 2001, route, &owner), QA_ECODE_USED);
    assert_null(owner);
    assert_int_equal(directory_claim(directory, 2001, "12", &owner), QA_ECODE_UNKNOWN);
    directory_free(directory);
}

static void test_expiry(void **state)
{
    struct directory *directory = new_directory();
    void *owner;
    char route[CODE_ROUTE_MAX + 1];
    strcpy(route, directory_route(create(directory, 5, &helpers[1])));
    directory_expire(directory, LIFETIME + 4, on_expired);
    assert_int_equal(expired_count, 0);
    /* Due, though nobody swept yet. */
    assert_int_equal(directory_claim(directory, LIFETIME + 5, route, &owner), QA_ECODE_EXPIRED);
    assert_null(owner);
    directory_expire(directory, LIFETIME + 5, on_expired);
    assert_int_equal(expired_count, 1);
    assert_ptr_equal(last_expired, &helpers[1]);
    assert_int_equal(directory_open_count(directory), 0);
    assert_int_equal(directory_claim(directory, LIFETIME + 6, route, &owner), QA_ECODE_EXPIRED);

    uint64_t day_later = (uint64_t)LIFETIME + 5 + DIRECTORY_KEPT_OUT_MS;
    directory_expire(directory, day_later, on_expired);
    assert_int_equal(expired_count, 1);
    assert_int_equal(directory_count(directory), 0);
    assert_int_equal(directory_claim(directory, day_later, route, &owner), QA_ECODE_UNKNOWN);
    directory_free(directory);
}

static void test_a_helper_that_leaves(void **state)
{
    struct directory *directory = new_directory();
    void *owner;
    struct directory_entry *entry = create(directory, 0, &helpers[2]);
    char route[CODE_ROUTE_MAX + 1];
    strcpy(route, directory_route(entry));
    directory_release(directory, 10, entry);
    assert_int_equal(directory_claim(directory, 11, route, &owner), QA_ECODE_EXPIRED);
    assert_null(owner);
    directory_expire(directory, LIFETIME * 2, on_expired);
    assert_int_equal(expired_count, 0);
    directory_free(directory);
}

/* A pair that lasts longer than a day keeps its entry. */
static void test_an_entry_in_use_outlives_the_day(void **state)
{
    struct directory *directory = new_directory();
    void *owner;
    struct directory_entry *entry = create(directory, 0, &helpers[0]);
    assert_int_equal(directory_claim(directory, 1, directory_route(entry), &owner), 0);
    uint64_t later = 3u * (uint64_t)DIRECTORY_KEPT_OUT_MS;
    directory_expire(directory, later, on_expired);
    assert_int_equal(directory_count(directory), 1);
    directory_release(directory, later, entry);
    directory_expire(directory, later, on_expired);
    assert_int_equal(directory_count(directory), 0);
    directory_free(directory);
}

static int compare_routes(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_routes_are_unique_and_get_longer(void **state)
{
    enum { COUNT = 30000 };
    struct directory *directory = new_directory();
    char(*routes)[CODE_ROUTE_MAX + 1] = calloc(COUNT, sizeof *routes);
    size_t lengths[CODE_ROUTE_MAX + 1] = {0};
    assert_non_null(routes);
    for (size_t i = 0; i < COUNT; i++) {
        struct directory_entry *entry = create(directory, 0, NULL);
        strcpy(routes[i], directory_route(entry));
        lengths[strlen(routes[i])]++;
        /* Used and gone, and yet not given out again. */
        if (i % 2) {
            void *owner;
            directory_claim(directory, 0, routes[i], &owner);
        }
        directory_release(directory, 0, entry);
    }
    assert_int_equal(lengths[5], 10000);
    assert_int_equal(lengths[6], 20000);
    qsort(routes, COUNT, sizeof *routes, compare_routes);
    for (size_t i = 1; i < COUNT; i++)
        assert_string_not_equal(routes[i - 1], routes[i]);

    struct directory_entry *entry;
    assert_int_equal(directory_create(directory, 0, 2, NULL, &entry), 0);
    assert_int_equal(strlen(directory_route(entry)), 8);
    assert_int_equal(directory_create(directory, 0, 9, NULL, &entry), 0);
    assert_int_equal(strlen(directory_route(entry)), CODE_ROUTE_MAX);
    free(routes);
    directory_free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_route_is_claimed_once_ever),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_a_helper_that_leaves),
        cmocka_unit_test(test_an_entry_in_use_outlives_the_day),
        cmocka_unit_test(test_routes_are_unique_and_get_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
