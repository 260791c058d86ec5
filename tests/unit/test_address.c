/* Addresses as connections, headers and operators write them, what counts as one, and presence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

#include <qassist/errors.h>

#include "relay/presence.h"

static struct address parsed(const char *text)
{
    struct address address;
    assert_true(address_parse(text, strlen(text), &address));
    return address;
}

static struct address of_socket(const char *text)
{
    struct sockaddr_in6 socket_address = {.sin6_family = AF_INET6, .sin6_port = 7};
    struct address address;
    assert_int_equal(inet_pton(AF_INET6, text, &socket_address.sin6_addr), 1);
    address_from((const struct sockaddr *)&socket_address, &address);
    return address;
}

static void test_forms_of_one_address(void **state)
{
    static const char *const v4[] = {"192.0.2.1", "192.0.2.1:80", "::ffff:192.0.2.1",
                                     "[::ffff:c000:201]:65535"};
    static const char *const v6[] = {"2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443",
                                     "2001:0DB8:0:0:0:0:0:1"};
    struct address one = parsed(v4[0]), other = of_socket("2001:db8::1");
    for (size_t i = 0; i < 4; i++) {
        struct address a = parsed(v4[i]), b = parsed(v6[i]);
        assert_memory_equal(&a, &one, sizeof one);
        assert_memory_equal(&b, &other, sizeof other);
    }
    struct address mapped = of_socket("::ffff:192.0.2.1");
    assert_memory_equal(&mapped, &one, sizeof one);
    const struct sockaddr strange = {.sa_family = AF_UNIX};
    address_from(&strange, &one);
    assert_int_equal(one.family, 0);
}

static void test_what_is_no_address(void **state)
{
    static const char *const texts[] = {
        "",
        "unknown",
        "_hidden",
        "192.0.2",
        "192.0.2.1:",
        "192.0.2.1:x",
        "192.0.2.1:123456",
        "[192.0.2.1]",
        "[2001:db8::1",
        "2001:db8::1]",
        "[2001:db8::1]x",
        "[2001:db8::1]:",
        "[]",
        "[",
        ":",
        "1:2",
        "host:80",
        "256.0.0.1",
        "0x7f.0.0.1",
        "fe80::1%eth0",
        " 192.0.2.1",
        "192.0.2.1/32",
        ":::",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"};
    struct address address;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(address_parse(texts[i], strlen(texts[i]), &address));
    /* Not a byte behind the end is looked at. */
    assert_true(address_parse("192.0.2.123", 9, &address));
    assert_false(address_parse("[::1]", 4, &address));
}

static void test_what_counts_as_one(void **state)
{
    struct address texts[] = {parsed("2001:db8:1:2::1"), parsed("2001:db8:1:2:ffff:ffff:ffff:ffff"),
                              parsed("2001:db8:1:3::1"), parsed("192.0.2.1"), parsed("192.0.2.2")};
    struct subject subjects[5];
    for (int i = 0; i < 5; i++)
        subjects[i] = subject_of_address(&texts[i]);
    assert_true(subject_same(&subjects[0], &subjects[1]));
    assert_false(subject_same(&subjects[0], &subjects[2]));
    assert_false(subject_same(&subjects[3], &subjects[4]));
    struct subject account = subject_of_account("o123456789012345"), all = subject_everybody();
    struct subject longer = subject_of_account("o123456789012345x");
    assert_true(subject_same(&account, &longer));
    assert_false(subject_same(&account, &all));
}

static void test_lists(void **state)
{
    struct address_list list;
    assert_int_equal(
        address_list_parse(" 10.0.0.0/8, 192.0.2.7 2001:db8::/33,::1,0.0.0.0/32", &list), 0);
    assert_int_equal(list.count, 5);
    static const char *const in[] = {"10.0.0.0",         "10.255.255.255",  "192.0.2.7", "::1",
                                     "2001:db8:7fff::1", "::ffff:10.1.2.3", "0.0.0.0"};
    static const char *const out[] = {"11.0.0.0",         "9.255.255.255", "192.0.2.6", "::2",
                                      "2001:db8:8000::1", "::10.1.2.3",    "0.0.0.1"};
    for (size_t i = 0; i < 7; i++) {
        struct address a = parsed(in[i]), b = parsed(out[i]);
        assert_true(address_list_has(&list, &a));
        assert_false(address_list_has(&list, &b));
    }
    const struct address unknown = {.family = 0};
    assert_false(address_list_has(&list, &unknown));
    assert_int_equal(address_list_parse("0.0.0.0/0", &list), 0);
    struct address any = parsed("203.0.113.9"), v6 = parsed("::1");
    assert_true(address_list_has(&list, &any));
    assert_false(address_list_has(&list, &v6));
    assert_int_equal(address_list_parse("", &list), 0);
    assert_int_equal(list.count, 0);
}

static void test_lists_that_are_none(void **state)
{
    static const char *const texts[] = {
        "10.0.0.0/33", "10.0.0.0/",           "10.0.0.0/-1",         "::/129", "10.0.0.0/8/8",
        "host",        "10.0.0.0/8;10.1.0.0", "::ffff:10.0.0.0/104", "[::1]",  "10.0.0.1:80",
        "/8",          "10.0.0.0/0008"};
    struct address_list list;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(address_list_parse(texts[i], &list), QA_EINVAL);
    char many[ADDRESS_LIST_MAX * 8 + 16] = "";
    for (int i = 0; i < ADDRESS_LIST_MAX; i++)
        strcat(many, "::1 ");
    assert_int_equal(address_list_parse(many, &list), 0);
    strcat(many, "::1");
    assert_int_equal(address_list_parse(many, &list), QA_ELIMIT);
}

static void test_presence(void **state)
{
    struct presence *presence;
    assert_int_equal(presence_new(&presence), 0);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 50000; i++) {
            struct subject subject = {.kind = 6};
            memcpy(subject.bytes, &i, sizeof i);
            assert_int_equal(presence_add(presence, PRESENCE_CONNECTION, &subject), 0);
            assert_int_equal(presence_add(presence, PRESENCE_UNASKED, &subject), 0);
            presence_drop(presence, PRESENCE_UNASKED, &subject);
            /* What was not counted is not taken away. */
            presence_drop(presence, PRESENCE_SESSION, &subject);
            assert_int_equal(presence_count(presence, PRESENCE_CONNECTION, &subject), 1);
            assert_int_equal(presence_count(presence, PRESENCE_UNASKED, &subject), 0);
        }
        assert_int_equal(presence_subjects(presence), 50000);
        for (uint32_t i = 0; i < 50000; i++) {
            struct subject subject = {.kind = 6};
            memcpy(subject.bytes, &i, sizeof i);
            presence_drop(presence, PRESENCE_CONNECTION, &subject);
            presence_drop(presence, PRESENCE_CONNECTION, &subject);
        }
        assert_int_equal(presence_subjects(presence), 0);
    }
    presence_free(presence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_of_one_address), cmocka_unit_test(test_what_is_no_address),
        cmocka_unit_test(test_what_counts_as_one),   cmocka_unit_test(test_lists),
        cmocka_unit_test(test_lists_that_are_none),  cmocka_unit_test(test_presence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
