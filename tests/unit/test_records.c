/* Records of sessions, with a clock that the test moves, and the bytes that stay on the disk. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "relay/records.h"
#include "relay/state.h"

#define START  1800000000
#define NEEDLE "needle-of-the-report"

struct place {
    char folder[64];
    struct records *records;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    char why[512];
    strcpy(place->folder, "/tmp/qassist-records-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    assert_int_equal(records_open(place->folder, &place->records, why, sizeof why), 0);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"sessions.db", "sessions.db-wal", "sessions.db-shm"};
    struct place *place = *state;
    char path[STATE_PATH_MAX];
    records_close(place->records);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        state_path(path, place->folder, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

/* Whether any file there holds these bytes. */
static bool on_disk(const char *folder, const void *needle, size_t length)
{
    bool found = false;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[STATE_PATH_MAX], *data;
        size_t size;
        state_path(path, folder, entry->d_name);
        if (private_file_read(path, 1u << 26, &data, &size))
            continue;
        found |= memmem(data, size, needle, length) != NULL;
        free(data);
    }
    closedir(directory);
    return found;
}

static void make_sid(unsigned number, uint8_t sid[RELAY_SID_BYTES])
{
    memset(sid, 0xa5, RELAY_SID_BYTES);
    memcpy(sid, &number, sizeof number);
}

static void count(void *user, const struct record *record)
{
    ++*(size_t *)user;
}

static size_t walk(struct records *records, bool running_only)
{
    size_t seen = 0;
    assert_int_equal(records_walk(records, running_only, count, &seen), 0);
    return seen;
}

static void test_a_life(void **state)
{
    struct place *place = *state;
    struct record record;
    uint8_t sid[RELAY_SID_BYTES], other[RELAY_SID_BYTES];
    make_sid(1, sid);
    make_sid(2, other);
    assert_int_equal(records_find(place->records, sid, &record), QA_EINVAL);
    assert_int_equal(records_start(place->records, sid, START), 0);
    assert_int_equal(records_start(place->records, sid, START), QA_EIO);
    assert_int_equal(records_features(place->records, sid, RELAY_FEATURE_VIEW), 0);
    assert_int_equal(records_features(place->records, sid, RELAY_FEATURE_CHAT), 0);
    assert_int_equal(records_error(place->records, sid, "one"), 0);
    assert_int_equal(records_error(place->records, sid, "two"), 0);
    assert_int_equal(records_report(place->records, sid, "first"), 0);
    assert_int_equal(records_report(place->records, sid, "second"), 0);
    assert_int_equal(walk(place->records, true), 1);
    assert_int_equal(records_end(place->records, sid, START + 60), 0);
    assert_int_equal(walk(place->records, true), 0);

    assert_int_equal(records_find(place->records, sid, &record), 0);
    assert_int_equal(record.started, START);
    assert_int_equal(record.ended, START + 60);
    assert_int_equal(record.features, RELAY_FEATURE_VIEW | RELAY_FEATURE_CHAT);
    assert_string_equal(record.errors, "one two");
    assert_string_equal(record.words, "first");
    assert_int_equal(records_delete(place->records, other), QA_EINVAL);
    assert_int_equal(records_delete(place->records, sid), 0);
    assert_int_equal(walk(place->records, false), 0);
}

static void test_errors_are_bounded(void **state)
{
    struct place *place = *state;
    struct record record;
    uint8_t sid[RELAY_SID_BYTES];
    make_sid(1, sid);
    records_start(place->records, sid, START);
    for (int i = 0; i < 100; i++)
        assert_int_equal(records_error(place->records, sid, "some_error"), 0);
    assert_int_equal(records_find(place->records, sid, &record), 0);
    assert_true(strlen(record.errors) > RECORDS_ERRORS_MAX / 2);
    assert_true(strlen(record.errors) < RECORDS_ERRORS_MAX);
    assert_int_equal(strlen(record.errors) % strlen("some_error "), strlen("some_error"));
}

static void test_the_files_are_private(void **state)
{
    struct place *place = *state;
    uint8_t sid[RELAY_SID_BYTES];
    make_sid(1, sid);
    records_start(place->records, sid, START);
    DIR *directory = opendir(place->folder);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[STATE_PATH_MAX];
        struct stat status;
        state_path(path, place->folder, entry->d_name);
        assert_int_equal(stat(path, &status), 0);
        if (S_ISREG(status.st_mode))
            assert_int_equal(status.st_mode & 077, 0);
    }
    closedir(directory);
}

/* A thousand sessions over five days: at no time is there a byte of one that is too old. */
static void test_purged_from_every_byte(void **state)
{
    struct place *place = *state;
    const unsigned sessions = 1000;
    const int64_t every = 5 * 24 * 3600 / sessions;
    char words[64];
    uint8_t sid[RELAY_SID_BYTES];
    for (unsigned i = 0; i < sessions; i++) {
        int64_t now = START + every * i;
        make_sid(i, sid);
        snprintf(words, sizeof words, NEEDLE "-%u.", i);
        assert_int_equal(records_start(place->records, sid, now), 0);
        assert_int_equal(records_report(place->records, sid, words), 0);
        assert_int_equal(records_end(place->records, sid, now + 30), 0);
        if (i % 100 != 99)
            continue;
        assert_int_equal(records_purge(place->records, now), 0);
        for (unsigned old = 0; old <= i; old += 37) {
            make_sid(old, sid);
            snprintf(words, sizeof words, NEEDLE "-%u.", old);
            bool kept = START + every * old > now - RECORDS_KEPT_S;
            assert_int_equal(on_disk(place->folder, sid, sizeof sid), kept);
            assert_int_equal(on_disk(place->folder, words, strlen(words)), kept);
        }
    }
    assert_int_equal(records_purge(place->records, START + every * sessions + RECORDS_KEPT_S), 0);
    assert_int_equal(walk(place->records, false), 0);
    assert_false(on_disk(place->folder, NEEDLE, strlen(NEEDLE)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_life, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_files_are_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_purged_from_every_byte, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
