/* What nodes share: passes, marks, the address of their directory, the one in a file, and the
 * worker that a client asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "relay/client_hello.h"
#include "relay/pass.h"
#include "relay/redis_url.h"
#include "relay/shared.h"
#include "relay/workers.h"

#define NOW  1800000000
#define HERE "00112233445566ff"
#define GONE "ffeeddccbbaa0000"

/* ---- passes and marks ---- */

static void test_a_pass_is_for_one_node_one_thing_and_a_minute(void **state)
{
    struct ticket_key key = {{7}}, other = {{8}};
    char text[RELAY_TICKET_MAX + 1];
    pass_issue(&key, NOW, HERE, "12345", text);
    assert_true(pass_valid(&key, NOW, text, HERE, "12345"));
    assert_true(pass_valid(&key, NOW + PASS_S - 1, text, HERE, "12345"));
    assert_false(pass_valid(&key, NOW + PASS_S, text, HERE, "12345"));
    assert_false(pass_valid(&key, NOW, text, GONE, "12345"));
    assert_false(pass_valid(&key, NOW, text, HERE, "12346"));
    assert_false(pass_valid(&key, NOW, text, HERE, ""));
    assert_false(pass_valid(&other, NOW, text, HERE, "12345"));
    assert_false(pass_valid(&key, NOW, "", HERE, ""));
    for (size_t i = 0; text[i]; i++) {
        char kept = text[i];
        text[i] = kept == 'A' ? 'B' : 'A';
        assert_false(pass_valid(&key, NOW, text, HERE, "12345"));
        text[i] = kept;
    }
}

static void test_marks_tell_nothing_without_the_key(void **state)
{
    struct ticket_key key = {{7}}, other = {{8}};
    char mark[SHARED_MARK_DIGITS + 1], again[SHARED_MARK_DIGITS + 1];
    pass_mark(&key, "qassist route", "12345", 5, mark);
    pass_mark(&key, "qassist route", "12345", 5, again);
    assert_string_equal(mark, again);
    assert_int_equal(strspn(mark, "0123456789abcdef"), SHARED_MARK_DIGITS);
    pass_mark(&key, "qassist route", "12346", 5, again);
    assert_string_not_equal(mark, again);
    pass_mark(&key, "qassist session", "12345", 5, again);
    assert_string_not_equal(mark, again);
    pass_mark(&other, "qassist route", "12345", 5, again);
    assert_string_not_equal(mark, again);
}

/* ---- the address ---- */

static int parse(const char *text, struct redis_url *out)
{
    char why[256] = "";
    int error = redis_url_parse(text, out, why, sizeof why);
    assert_int_equal(error != 0, why[0] != 0);
    return error;
}

static void test_addresses_of_directories(void **state)
{
    static const char *const bad[] = {"",
                                      "redis://",
                                      "http://host",
                                      "redis://host:0",
                                      "redis://h:70000",
                                      "redis://h:6379x",
                                      "redis://h/x",
                                      "redis://h/1/2",
                                      "redis://user@h",
                                      "redis://u:%zz@h",
                                      "redis://u:%00@h",
                                      "redis://[::1",
                                      "rediss://h",
                                      "redis://h/99999",
                                      "redis://u:p%0a@h/",
                                      "redis://:@h"};
    struct redis_url url;
    assert_int_equal(parse("redis://valkey.example", &url), 0);
    assert_string_equal(url.host, "valkey.example");
    assert_string_equal(url.port, "6379");
    assert_int_equal(url.database, 0);
    assert_string_equal(url.password, "");
    assert_int_equal(parse("redis://relay:p%40s%3As@[::1]:6380/3", &url), 0);
    assert_string_equal(url.host, "::1");
    assert_string_equal(url.port, "6380");
    assert_string_equal(url.user, "relay");
    assert_string_equal(url.password, "p@s:s");
    assert_int_equal(url.database, 3);
    assert_int_equal(parse("redis://:secret@h/", &url), 0);
    assert_string_equal(url.user, "");
    assert_string_equal(url.password, "secret");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(parse(bad[i], &url), QA_EINVAL);
}

/* ---- the directory in a file ---- */

struct place {
    char folder[32];
    struct shared *shared;
    size_t nodes;
    char infos[4 * WORKERS_MAX];
    int error;
    char node[NODE_NAME_DIGITS + 1];
};

static void on_nodes(void *user, const struct shared_node *list, size_t count)
{
    struct place *place = user;
    place->nodes = count;
    place->infos[0] = '\0';
    for (size_t i = 0; i < count; i++)
        strcat(strcat(place->infos, list[i].info), ";");
}

static const struct shared_events events = {.nodes = on_nodes};

static void on_done(void *user, int error, const char *node)
{
    struct place *place = user;
    place->error = error;
    snprintf(place->node, sizeof place->node, "%s", node ? node : "");
}

static int open_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    char why[256];
    assert_non_null(place);
    strcpy(place->folder, "/tmp/qassist-nodes-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    assert_int_equal(
        shared_file_new(place->folder, &events, place, &place->shared, why, sizeof why), 0);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;
    char path[64];
    place->shared->ops->close(place->shared);
    static const char *const names[] = {"nodes.db", "nodes.db-wal", "nodes.db-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", place->folder, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static int publish(struct place *place, const char *mark, unsigned lifetime_s)
{
    place->shared->ops->publish(place->shared, mark, HERE, lifetime_s, on_done, place);
    return place->error;
}

static int claim(struct place *place, const char *mark)
{
    place->shared->ops->claim(place->shared, mark, on_done, place);
    return place->error;
}

static void test_a_code_is_one_node_s_and_claimed_once(void **state)
{
    struct place *place = *state;
    assert_int_equal(claim(place, "aa"), QA_ECODE_UNKNOWN);
    assert_int_equal(publish(place, "aa", 600), 0);
    assert_int_equal(publish(place, "aa", 600), QA_ESTATE);
    assert_int_equal(claim(place, "aa"), 0);
    assert_string_equal(place->node, HERE);
    assert_int_equal(claim(place, "aa"), QA_ECODE_USED);
    assert_string_equal(place->node, HERE);
    assert_int_equal(publish(place, "aa", 600), QA_ESTATE);
    assert_int_equal(publish(place, "bb", 0), 0);
    assert_int_equal(claim(place, "bb"), QA_ECODE_EXPIRED);
}

static const char *gather(struct place *place, const char *name, const char *gone)
{
    place->shared->ops->gather(place->shared, "cc", name, gone, on_done, place);
    assert_int_equal(place->error, 0);
    return place->node;
}

static void test_the_first_one_says_where_a_session_gathers(void **state)
{
    struct place *place = *state;
    assert_string_equal(gather(place, GONE, ""), GONE);
    assert_string_equal(gather(place, HERE, ""), GONE);
    assert_string_equal(gather(place, HERE, HERE), GONE);
    assert_string_equal(gather(place, HERE, GONE), HERE);
    assert_string_equal(gather(place, GONE, GONE), HERE);
}

static void test_nodes_are_there_until_they_go(void **state)
{
    struct place *place = *state;
    place->shared->ops->beat(place->shared, HERE, "one");
    place->shared->ops->beat(place->shared, GONE, "two");
    assert_int_equal(place->nodes, 2);
    place->shared->ops->beat(place->shared, HERE, "three");
    assert_string_equal(place->infos, "three;two;");
    place->shared->ops->beat(place->shared, GONE, NULL);
    place->shared->ops->beat(place->shared, HERE, "four");
    assert_string_equal(place->infos, "four;");
}

static void test_as_many_are_known_as_there_may_be_workers(void **state)
{
    struct place *place = *state;
    char name[NODE_NAME_DIGITS + 1];
    time_t began = time(NULL);
    for (unsigned i = 1; i <= WORKERS_MAX; i++) {
        snprintf(name, sizeof name, "%016x", i);
        place->shared->ops->beat(place->shared, name, "w");
    }
    /* A machine may be so slow that the first one was not heard for too long already. */
    if (time(NULL) - began < SHARED_NODE_S)
        assert_int_equal(place->nodes, WORKERS_MAX);
}

/* ---- first messages ---- */

/* A ClientHello with this list of protocols; its length. */
static size_t write_hello(const char *const *names, uint8_t *out)
{
    uint8_t list[200];
    size_t list_length = 0, at = 0;
    for (; *names; names++) {
        list[list_length] = (uint8_t)strlen(*names);
        memcpy(list + list_length + 1, *names, strlen(*names));
        list_length += 1 + strlen(*names);
    }
    const size_t extensions = 5 + 4 + 2 + list_length;
    const size_t body = 2 + 32 + 1 + 2 + 2 + 1 + 1 + 2 + extensions;
    const uint8_t head[] = {22, 3, 1, 0, (uint8_t)(4 + body), 1, 0, 0, (uint8_t)body, 3, 3};
    memcpy(out, head, sizeof head);
    at = sizeof head;
    memset(out + at, 0xab, 32);
    at += 32;
    const uint8_t middle[] = {0,
                              0,
                              2,
                              0x13,
                              1,
                              1,
                              0,
                              0,
                              (uint8_t)extensions,
                              0,
                              0x17,
                              0,
                              1,
                              9,
                              0,
                              16,
                              0,
                              (uint8_t)(2 + list_length),
                              0,
                              (uint8_t)list_length};
    memcpy(out + at, middle, sizeof middle);
    at += sizeof middle;
    memcpy(out + at, list, list_length);
    return at + list_length;
}

static uint32_t worker_of(const char *first, const char *second)
{
    const char *const names[] = {first, second, NULL};
    uint8_t hello[400];
    size_t wanted, length = write_hello(names, hello);
    uint32_t worker = client_hello_worker(hello, length, &wanted);
    assert_int_equal(wanted, 0);
    return worker;
}

static void test_the_worker_of_a_first_message(void **state)
{
    assert_int_equal(worker_of("http/1.1", "qassist-w3"), 3);
    assert_int_equal(worker_of("qassist-w9999", "http/1.1"), 9999);
    assert_int_equal(worker_of("http/1.1", NULL), 0);
    assert_int_equal(worker_of("http/1.1", "qassist-w"), 0);
    assert_int_equal(worker_of("http/1.1", "qassist-w3x"), 0);
    assert_int_equal(worker_of("http/1.1", "qassist-w-3"), 0);
    assert_int_equal(worker_of("http/1.1", "qassist-w12345"), 0);
}

/* It comes in pieces, and may have a balancer's words before it. */
static void test_first_messages_in_pieces(void **state)
{
    static const uint8_t proxy[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
                                   "abcdefghijkl";
    const char *const names[] = {"http/1.1", "qassist-w7", NULL};
    uint8_t bytes[500];
    for (int with_proxy = 0; with_proxy < 2; with_proxy++) {
        size_t before = with_proxy ? sizeof proxy - 1 : 0, wanted = 0;
        memcpy(bytes, proxy, before);
        size_t length = before + write_hello(names, bytes + before);
        for (size_t i = 0; i < length; i++) {
            uint8_t *piece = malloc(i + !i);
            assert_non_null(piece);
            memcpy(piece, bytes, i);
            assert_int_equal(client_hello_worker(piece, i, &wanted), 0);
            assert_true(wanted > i && wanted <= length);
            free(piece);
        }
        assert_int_equal(client_hello_worker(bytes, length, &wanted), 7);
        assert_int_equal(wanted, 0);
    }
}

/* Any length in it may be a lie: nothing is read beyond the end (AddressSanitizer looks on). */
static void test_altered_first_messages(void **state)
{
    const char *const names[] = {"http/1.1", "qassist-w7", NULL};
    uint8_t hello[400];
    size_t wanted, length = write_hello(names, hello);
    uint8_t *copy = malloc(length);
    assert_non_null(copy);
    for (size_t i = 0; i < length; i++) {
        for (int value = 0; value < 256; value++) {
            memcpy(copy, hello, length);
            copy[i] = (uint8_t)value;
            client_hello_worker(copy, length, &wanted);
            assert_true(wanted == 0 || wanted > length);
        }
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pass_is_for_one_node_one_thing_and_a_minute),
        cmocka_unit_test(test_marks_tell_nothing_without_the_key),
        cmocka_unit_test(test_addresses_of_directories),
        cmocka_unit_test_setup_teardown(test_a_code_is_one_node_s_and_claimed_once, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_the_first_one_says_where_a_session_gathers, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_nodes_are_there_until_they_go, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(test_as_many_are_known_as_there_may_be_workers, open_place,
                                        close_place),
        cmocka_unit_test(test_the_worker_of_a_first_message),
        cmocka_unit_test(test_first_messages_in_pieces),
        cmocka_unit_test(test_altered_first_messages),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
