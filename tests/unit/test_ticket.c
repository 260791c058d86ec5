/* Tickets: what comes out is what went in, and nothing else opens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "relay/state.h"
#include "relay/ticket.h"

#define NOW 1800000000

static const struct ticket example = {.role = TICKET_SHARER,
                                      .sid = {1, 2, 3, 0xff},
                                      .account = "0123456789abcdef",
                                      .node = "fedcba9876543210",
                                      .issued = NOW - 10,
                                      .expires = NOW + 10};

static void test_round_trip(void **state)
{
    struct ticket_key key = {{7}};
    char text[RELAY_TICKET_MAX + 1], again[RELAY_TICKET_MAX + 1];
    struct ticket read;
    ticket_issue(&key, &example, text);
    assert_int_equal(ticket_open(&key, NOW, text, &read), 0);
    assert_int_equal(read.role, TICKET_SHARER);
    assert_memory_equal(read.sid, example.sid, sizeof read.sid);
    assert_string_equal(read.account, example.account);
    assert_string_equal(read.node, example.node);
    assert_int_equal(read.issued, example.issued);
    assert_int_equal(read.expires, example.expires);
    assert_int_equal(ticket_open(&key, NOW + 9, text, &read), 0);
    assert_int_equal(ticket_open(&key, NOW + 10, text, &read), QA_ECODE_EXPIRED);
    ticket_issue(&key, &example, again);
    assert_string_not_equal(text, again);
}

static void test_nothing_else_opens(void **state)
{
    struct ticket_key key = {{7}}, other = {{8}};
    char text[RELAY_TICKET_MAX + 1];
    struct ticket read;
    ticket_issue(&key, &example, text);
    assert_int_equal(ticket_open(&other, NOW, text, &read), QA_EAUTH);
    /* Every single character counts. */
    for (size_t i = 0; text[i]; i++) {
        char kept = text[i];
        for (const char *c = "A9_!= "; *c; c++) {
            text[i] = *c;
            if (*c != kept)
                assert_int_not_equal(ticket_open(&key, NOW, text, &read), 0);
        }
        text[i] = '\0';
        assert_int_not_equal(ticket_open(&key, NOW, text, &read), 0);
        text[i] = kept;
    }
    assert_int_equal(ticket_open(&key, NOW, text, &read), 0);
}

static void test_the_key_stays_and_is_private(void **state)
{
    char folder[] = "/tmp/qassist-ticket-XXXXXX", path[STATE_PATH_MAX];
    assert_non_null(mkdtemp(folder));
    struct ticket_key first, second;
    struct stat status;
    bool replaced;
    state_path(path, folder, "ticket.key");
    assert_int_equal(ticket_key_load(folder, &first, &replaced), 0);
    assert_false(replaced);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(ticket_key_load(folder, &second, &replaced), 0);
    assert_memory_equal(&first, &second, sizeof first);

    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(ticket_key_load(folder, &second, &replaced), 0);
    assert_true(replaced);
    assert_memory_not_equal(&first, &second, sizeof first);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);

    for (size_t size = 0; size <= 40; size += 8) {
        if (size == sizeof first)
            continue;
        assert_int_equal(
            private_file_replace(path, "0123456789012345678901234567890123456789", size), 0);
        assert_int_equal(ticket_key_load(folder, &second, &replaced), QA_EIO);
    }
    unlink(path);
    state_path(path, folder, "ticket.lock");
    unlink(path);
    rmdir(folder);
}

static void test_a_key_that_nodes_have_alike(void **state)
{
    char path[] = "/tmp/qassist-key-XXXXXX", why[256];
    struct ticket_key key, again;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "0123456789abcdef0123456789abcde", 31), 31);
    assert_int_equal(ticket_key_shared(path, &key, why, sizeof why), QA_EIO);
    assert_non_null(strstr(why, "shorter"));
    assert_int_equal(write(fd, "f\n", 2), 2);
    assert_int_equal(ticket_key_shared(path, &key, why, sizeof why), 0);
    assert_int_equal(ticket_key_shared(path, &again, why, sizeof why), 0);
    assert_memory_equal(&key, &again, sizeof key);
    assert_int_equal(fchmod(fd, 0640), 0);
    assert_int_equal(ticket_key_shared(path, &key, why, sizeof why), QA_EIO);
    assert_non_null(strstr(why, "chmod"));
    close(fd);
    unlink(path);
    assert_int_equal(ticket_key_shared(path, &key, why, sizeof why), QA_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_nothing_else_opens),
        cmocka_unit_test(test_the_key_stays_and_is_private),
        cmocka_unit_test(test_a_key_that_nodes_have_alike),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests_name("ticket", tests, NULL, NULL);
}
