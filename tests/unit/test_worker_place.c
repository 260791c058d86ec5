/* Where the worker is looked for when an installation was moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rdp/worker_place.h"

#define WORKER "/usr/libexec/qassist/qassist-worker"

static void expect(const char *folder, const char *prefix, const char *library, const char *worker,
                   const char *wanted)
{
    char *found = worker_place_beside(folder, prefix, library, worker);
    if (wanted) {
        assert_non_null(found);
        assert_string_equal(found, wanted);
    } else {
        assert_null(found);
    }
    free(found);
}

static void test_moved(void **state)
{
    expect("/usr/lib/x", "/usr", "/usr/lib/x", WORKER, WORKER);
    expect("/opt/qassist/lib/x", "/usr", "/usr/lib/x", WORKER,
           "/opt/qassist/libexec/qassist/qassist-worker");
    expect("/lib/x", "/usr/", "/usr/lib/x", WORKER, "/libexec/qassist/qassist-worker");
    expect("/opt/lib/x", "/", "/lib/x", "/libexec/w", "/opt/libexec/w");
}

static void test_not_as_it_was_laid_out(void **state)
{
    expect("/home/ada/build/libqassist", "/usr", "/usr/lib/x", WORKER, NULL);
    expect("/opt/mylib/x", "/usr", "/usr/lib/x", WORKER, NULL);
    expect("", "/usr", "/usr/lib/x", WORKER, NULL);
    expect("/opt/lib/x", "/usr", "/elsewhere/lib/x", WORKER, NULL);
    expect("/opt/lib/x", "/usr", "/usr/lib/x", "/elsewhere/worker", NULL);
    expect("/opt/lib/x", "/usr", "/usrlib/lib/x", WORKER, NULL);
}

/* There is always a path, and this test lies where nobody installs. */
static void test_the_installed_one_else(void **state)
{
    char *found = worker_place_find();
    assert_non_null(found);
    assert_string_equal(strrchr(found, '/'), "/qassist-worker");
    free(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_not_as_it_was_laid_out),
        cmocka_unit_test(test_the_installed_one_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
