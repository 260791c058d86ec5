/* Invitations on a disk: for their owner, once, for twenty minutes, and as they were written. */
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

#include "api/invitation.h"
#include "base/private_file.h"

#define NOW    1800000000
#define URL    "wss://relay.example:8443/x"
#define TICKET "abcDEF-_123"

static const struct invitation_secret secret = {.key = {1, 2, 3, 0xff},
                                                .sid = {9, 8, 7},
                                                .shown_name = "NAME-NEEDLE L.",
                                                .organisation = "ORGANISATION-NEEDLE"};

struct place {
    char folder[64], path[128];
    uint8_t seal[SEAL_KEY_BYTES];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->folder, "/tmp/qassist-invitation-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    strcat(place->folder, "/state");
    snprintf(place->path, sizeof place->path, "%s/invitation", place->folder);
    assert_int_equal(invitation_write(place->folder, URL, TICKET, NOW, &secret, place->seal), 0);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    /* Nothing else is left there. */
    assert_int_equal(rmdir(place->folder), 0);
    *strrchr(place->folder, '/') = '\0';
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static const char *refused(const struct place *place, int64_t now)
{
    struct invitation invitation;
    const char *why;
    assert_int_equal(invitation_take(place->folder, now, &invitation, &why), QA_EINVITATION);
    /* Gone, whatever the outcome. */
    assert_int_not_equal(access(place->path, F_OK), 0);
    return why;
}

static void test_taken_once(void **state)
{
    struct place *place = *state;
    struct invitation invitation;
    struct invitation_secret read;
    struct stat status;
    char url[INVITATION_URL_MAX + 1];
    const char *why;
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(place->folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(invitation_relay(place->folder, url), 0);
    assert_string_equal(url, URL);
    assert_int_equal(invitation_take(place->folder, NOW + 1199, &invitation, &why), 0);
    assert_string_equal(invitation.relay_url, URL);
    assert_string_equal(invitation.ticket, TICKET);
    assert_int_equal(invitation.expires, NOW + INVITATION_SECONDS);
    assert_int_equal(invitation_unseal(&invitation, place->seal, &read), 0);
    assert_memory_equal(&read, &secret, sizeof read);
    place->seal[0] ^= 1;
    assert_int_equal(invitation_unseal(&invitation, place->seal, &read), QA_ETAMPERED);
    assert_non_null(strstr(refused(place, NOW), "none"));
    assert_int_equal(invitation_relay(place->folder, url), QA_EINVITATION);
}

static void test_nothing_readable_in_it(void **state)
{
    struct place *place = *state;
    char *text;
    size_t length;
    assert_int_equal(private_file_read(place->path, 8192, &text, &length), 0);
    assert_null(memmem(text, length, "NEEDLE", 6));
    assert_null(memmem(text, length, secret.key, 4));
    assert_null(memmem(text, length, place->seal, 8));
    free(text);
}

static void test_twenty_minutes(void **state)
{
    struct place *place = *state;
    assert_non_null(strstr(refused(place, NOW + INVITATION_SECONDS), "twenty"));
    invitation_write(place->folder, URL, TICKET, NOW, &secret, place->seal);
    assert_non_null(strstr(refused(place, NOW - 100), "twenty"));
}

static void test_open_to_others(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0601};
    struct place *place = *state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        invitation_write(place->folder, URL, TICKET, NOW, &secret, place->seal);
        assert_int_equal(chmod(place->path, modes[i]), 0);
        assert_non_null(strstr(refused(place, NOW), "others"));
    }
    assert_int_equal(symlink("/etc/passwd", place->path), 0);
    assert_non_null(strstr(refused(place, NOW), "others"));
    assert_int_equal(mkfifo(place->path, 0600), 0);
    assert_non_null(strstr(refused(place, NOW), "others"));
}

/* Whatever character is changed or cut: it is refused, or at the latest the seal does not open. */
static void test_altered(void **state)
{
    struct place *place = *state;
    char *text;
    size_t length;
    assert_int_equal(private_file_read(place->path, 8192, &text, &length), 0);
    for (size_t i = 0; i < length; i++) {
        struct invitation invitation;
        struct invitation_secret read;
        const char *why;
        char kept = text[i];
        text[i] = kept == '1' ? '2' : kept == '\n' ? 'x' : '1';
        assert_int_equal(private_file_replace(place->path, text, length), 0);
        if (!invitation_take(place->folder, NOW, &invitation, &why))
            assert_int_equal(invitation_unseal(&invitation, place->seal, &read), QA_ETAMPERED);
        text[i] = kept;
        if (i % 7 == 0) {
            assert_int_equal(private_file_replace(place->path, text, i), 0);
            refused(place, NOW);
        }
    }
    char *twice = malloc(2 * length);
    memcpy(twice, text, length);
    memcpy(twice + length, text, length);
    assert_int_equal(private_file_replace(place->path, twice, 2 * length), 0);
    refused(place, NOW);
    free(twice);
    free(text);
}

static void test_where_it_is_kept(void **state)
{
    char path[INVITATION_PATH_MAX];
    assert_int_equal(invitation_directory("/given", path), 0);
    assert_string_equal(path, "/given");
    setenv("XDG_STATE_HOME", "/xdg", 1);
    assert_int_equal(invitation_directory(NULL, path), 0);
    assert_string_equal(path, "/xdg/qassist");
    setenv("XDG_STATE_HOME", "relative", 1);
    setenv("HOME", "/home/x", 1);
    assert_int_equal(invitation_directory(NULL, path), 0);
    assert_string_equal(path, "/home/x/.local/state/qassist");
    unsetenv("HOME");
    assert_int_equal(invitation_directory(NULL, path), QA_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_taken_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_readable_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_twenty_minutes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open_to_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_altered, set_up, tear_down),
        cmocka_unit_test(test_where_it_is_kept),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests_name("invitation", tests, NULL, NULL);
}
