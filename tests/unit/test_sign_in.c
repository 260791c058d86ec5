/* A sign-in that its user gives up while the library is about to tell something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <qassist/errors.h>

#include "api/sign_in_private.h"

struct user {
    struct deferred task; /* another callback on the same context */
    qa_sign_in *sign_in;
    int told;
};

static void on_end(qa_sign_in *sign_in, int error, const char *detail, void *user_data)
{
    struct user *user = user_data;
    user->told++;
    qa_sign_in_unref(user->sign_in);
}

static void give_up(struct deferred *task)
{
    struct user *user = (struct user *)task;
    qa_sign_in_unref(user->sign_in);
    user->sign_in = NULL;
}

static qa_context *make(struct user *user)
{
    const qa_context_options options = {.size = sizeof options, .relay_url = "wss://127.0.0.1:1"};
    const qa_sign_in_options how = {.size = sizeof how};
    const qa_sign_in_callbacks callbacks = {.size = sizeof callbacks, .on_end = on_end};
    qa_context *context;
    assert_int_equal(qa_context_new(&options, &context), 0);
    assert_int_equal(qa_sign_in_new(context, &how, &callbacks, user, &user->sign_in), 0);
    return context;
}

static void test_nobody_is_told_after_the_last_reference(void **state)
{
    struct user user = {.task.run = give_up};
    qa_context *context = make(&user);
    context_defer(context, &user.task);
    sign_in_finish(user.sign_in, QA_ERELAY, "the relay is gone");
    assert_null(user.sign_in);
    assert_int_equal(user.told, 0);
    qa_context_unref(context);
}

static void test_the_last_reference_may_go_inside_of_the_end(void **state)
{
    struct user user = {0};
    qa_context *context = make(&user);
    sign_in_finish(user.sign_in, QA_ERELAY, "the relay is gone");
    assert_int_equal(user.told, 1);
    qa_context_unref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_is_told_after_the_last_reference),
        cmocka_unit_test(test_the_last_reference_may_go_inside_of_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
