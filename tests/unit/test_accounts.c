/* Helper accounts: tokens, the file and its mode, damage, several writers at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/random.h"
#include "relay/accounts.h"
#include "relay/state.h"

static char folder[64];

static int make_folder(void **state)
{
    strcpy(folder, "/tmp/qassist-accounts-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char path[512];
    DIR *list = opendir(folder);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (list)
        closedir(list);
    return rmdir(folder);
}

static void test_add_verify_remove(void **state)
{
    struct account ada, grace;
    char ada_token[RELAY_TOKEN_MAX + 1], grace_token[RELAY_TOKEN_MAX + 1];
    assert_int_equal(accounts_add(folder, "Ada Lovelace", &ada, ada_token), 0);
    assert_int_equal(accounts_add(folder, "Grace Hopper", &grace, grace_token), 0);
    assert_true(strlen(ada_token) > 50);

    char path[STATE_PATH_MAX], *text;
    size_t length;
    struct stat status;
    assert_int_equal(state_path(path, folder, "helpers"), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(private_file_read(path, 100000, &text, &length), 0);
    assert_null(strstr(text, strrchr(ada_token, '.') + 1));
    assert_non_null(strstr(text, "$argon2id$"));
    free(text);

    struct accounts accounts;
    assert_int_equal(accounts_load(folder, &accounts), 0);
    assert_int_equal(accounts.count, 2);
    const struct account *found = accounts_find(&accounts, ada_token);
    assert_non_null(found);
    assert_string_equal(found->name, "Ada Lovelace");
    assert_true(accounts_verify(ada_token, found->hash));
    assert_false(accounts_verify(grace_token, found->hash));
    ada_token[strlen(ada_token) - 1] ^= 1;
    assert_ptr_equal(accounts_find(&accounts, ada_token), found);
    assert_false(accounts_verify(ada_token, found->hash));
    assert_null(accounts_find(&accounts, "qa1.0000000000000000.x"));
    assert_null(accounts_find(&accounts, "qa1."));
    assert_null(accounts_find(&accounts, ""));
    assert_null(accounts_find(&accounts, "qa1.00000000000000000000.x"));
    accounts_free(&accounts);

    struct accounts_stamp before, after;
    accounts_stamp(folder, &before);
    assert_int_equal(accounts_remove(folder, "Ada Lovelace"), 0);
    accounts_stamp(folder, &after);
    assert_memory_not_equal(&before, &after, sizeof before);
    assert_int_equal(accounts_remove(folder, "Ada Lovelace"), QA_EINVAL);
    assert_int_equal(accounts_remove(folder, grace.id), 0);
    assert_int_equal(accounts_load(folder, &accounts), 0);
    assert_int_equal(accounts.count, 0);
    accounts_free(&accounts);
}

static void test_names(void **state)
{
    struct account account;
    char token[RELAY_TOKEN_MAX + 1], long_name[RELAY_NAME_MAX + 2];
    memset(long_name, 'x', sizeof long_name);
    long_name[RELAY_NAME_MAX + 1] = '\0';
    assert_int_equal(accounts_add(folder, "", &account, token), QA_EINVAL);
    assert_int_equal(accounts_add(folder, "a\nb", &account, token), QA_EINVAL);
    assert_int_equal(accounts_add(folder, "\xff", &account, token), QA_EINVAL);
    assert_int_equal(accounts_add(folder, "   ", &account, token), QA_EINVAL);
    assert_int_equal(accounts_add(folder, long_name, &account, token), QA_EINVAL);
    long_name[RELAY_NAME_MAX] = '\0';
    assert_int_equal(accounts_add(folder, long_name, &account, token), 0);
    assert_int_equal(accounts_add(folder, "Žofie Nováková", &account, token), 0);
    assert_int_equal(accounts_add(folder, "Žofie Nováková", &account, token), 0);
    assert_int_equal(accounts_remove(folder, "Žofie Nováková"), QA_ELIMIT);
    struct accounts accounts;
    assert_int_equal(accounts_load(folder, &accounts), 0);
    assert_int_equal(accounts.count, 3);
    assert_string_equal(accounts.list[0].name, long_name);
    accounts_free(&accounts);
}

static void test_damaged_files_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "qa-relay helpers 2\n",
        "qa-relay helpers 1\nnonsense\n",
        "qa-relay helpers 1\n0123456789abcdef 1 $argon2id$x Name",
        "qa-relay helpers 1\n0123456789abcdef 1 $2y$x Name\n",
        "qa-relay helpers 1\n0123456789abcdef x $argon2id$x Name\n",
        "qa-relay helpers 1\n0123456789ABCDEF 1 $argon2id$x Name\n",
        "qa-relay helpers 1\n0123456789abcdef 1 $argon2id$x \n",
        "qa-relay helpers 1\n\n",
    };
    char path[STATE_PATH_MAX];
    struct accounts accounts;
    assert_int_equal(state_path(path, folder, "helpers"), 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(private_file_replace(path, texts[i], strlen(texts[i])), 0);
        assert_int_equal(accounts_load(folder, &accounts), QA_EIO);
        assert_null(accounts.list);
    }
    assert_int_equal(private_file_replace(path, "qa-relay helpers 1\n\0\n", 21), 0);
    assert_int_equal(accounts_load(folder, &accounts), QA_EIO);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/zero", path), 0);
    assert_int_equal(accounts_load(folder, &accounts), QA_EIO);
    assert_int_equal(unlink(path), 0);
}

static void add_one(int number)
{
    struct account account;
    char token[RELAY_TOKEN_MAX + 1], name[32];
    snprintf(name, sizeof name, "Helper %d", number);
    _exit(accounts_add(folder, name, &account, token) ? 1 : 0);
}

static void test_several_writers_at_once(void **state)
{
    enum { WRITERS = 6 };
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (!children[i])
            add_one(i);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    struct accounts accounts;
    assert_int_equal(accounts_load(folder, &accounts), 0);
    assert_int_equal(accounts.count, WRITERS);
    accounts_free(&accounts);
}

int main(void)
{
    if (random_init())
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add_verify_remove, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_names, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_damaged_files_are_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_several_writers_at_once, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
