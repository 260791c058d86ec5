/*
 * The context as an embedder meets it: one descriptor, callbacks from dispatch only, handles that
 * may be dropped anywhere, contexts in several threads.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <qassist/qassist.h>

#include "api/consent.h"
#include "api/origin.h"

/* A port that nobody listens on: discard's, which needs a privilege to bind. */
#define NOWHERE "wss://127.0.0.1:9"

struct record {
    qa_context *context;
    int states;
    int ends;
    int error;
    bool in_call;
    bool unref_in_end;
    char detail[256];
    char warning[1024];
    qa_sharer *sharer;
};

static void on_state(qa_sharer *sharer, qa_session_state state, void *user)
{
    struct record *record = user;
    assert_false(record->in_call);
    assert_int_equal(qa_context_dispatch(record->context), QA_ESTATE);
    record->states++;
}

static void on_end(qa_sharer *sharer, int error, const char *detail, void *user)
{
    struct record *record = user;
    assert_false(record->in_call);
    record->ends++;
    record->error = error;
    snprintf(record->detail, sizeof record->detail, "%s", detail);
    if (record->unref_in_end) {
        qa_sharer_unref(sharer);
        record->sharer = NULL;
    }
}

/* A code whose check digit is right. */
static void right_code(char code[16])
{
    for (int check = 0; check < 10; check++) {
        snprintf(code, 16, "48219930577%d", check);
        if (!qa_code_check(code))
            return;
    }
    fail();
}

static qa_context *new_context(void)
{
    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    options.relay_url = NOWHERE;
    qa_context *context = NULL;
    assert_int_equal(qa_context_new(&options, &context), 0);
    return context;
}

static qa_sharer *new_sharer(qa_context *context, struct record *record)
{
    qa_sharer_options options = QA_SHARER_OPTIONS_INIT;
    char code[16];
    right_code(code);
    options.code = code;
    options.screen = QA_SCREEN_APP;
    qa_sharer_callbacks callbacks = QA_SHARER_CALLBACKS_INIT;
    callbacks.on_state = on_state;
    callbacks.on_end = on_end;
    qa_sharer *sharer = NULL;
    record->context = context;
    assert_int_equal(qa_sharer_new(context, &options, &callbacks, record, &sharer), 0);
    return sharer;
}

static void dispatch_until_end(qa_context *context, const struct record *record)
{
    struct pollfd fd = {.fd = qa_context_get_fd(context), .events = POLLIN};
    for (int i = 0; i < 10000 && !record->ends; i++) {
        assert_true(poll(&fd, 1, 30000) > 0);
        assert_int_equal(qa_context_dispatch(context), 0);
    }
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += dup2(fd, fd) == fd;
    return count;
}

static void *one_life(void *unused)
{
    for (int i = 0; i < 5; i++) {
        qa_context *context = new_context();
        struct record record = {0};
        qa_sharer *sharer = new_sharer(context, &record);
        qa_sharer_start(sharer);
        dispatch_until_end(context, &record);
        qa_sharer_unref(sharer);
        qa_context_unref(context);
    }
    return NULL;
}

static void test_a_whole_failed_session(void **state)
{
    qa_context *context = new_context();
    struct record record = {0};
    qa_sharer *sharer = new_sharer(context, &record);
    assert_int_equal(qa_sharer_state(sharer), QA_STATE_NEW);

    record.in_call = true;
    assert_int_equal(qa_sharer_start(sharer), 0);
    assert_int_equal(qa_sharer_start(sharer), QA_ESTATE);
    assert_int_equal(qa_sharer_pause(sharer), QA_ESTATE);
    assert_int_equal(qa_sharer_revoke(sharer, QA_PERMISSION_CONTROL), QA_ESTATE);
    record.in_call = false;

    dispatch_until_end(context, &record);
    assert_int_equal(record.ends, 1);
    assert_int_equal(record.error, QA_ERELAY);
    assert_true(strlen(record.detail) > 0);
    assert_int_equal(record.states, 2); /* connecting, ended */
    assert_int_equal(qa_sharer_state(sharer), QA_STATE_ENDED);
    qa_sharer_end(sharer);
    qa_context_dispatch(context);
    assert_int_equal(record.ends, 1);
    qa_sharer_unref(sharer);
    qa_context_unref(context);
}

static void on_warning(qa_sharer *sharer, const char *text, void *user)
{
    struct record *record = user;
    assert_int_equal(record->states, 0); /* before anything else */
    snprintf(record->warning, sizeof record->warning, "%s", text);
}

/* What is told with this for option `warning`; "(none)" without a call. */
static void assert_warned(const char *option, const char *expected)
{
    qa_context *context = new_context();
    struct record record = {.context = context, .warning = "(none)"};
    qa_sharer_options options = QA_SHARER_OPTIONS_INIT;
    char code[16];
    char own[64];
    right_code(code);
    options.code = code;
    options.screen = QA_SCREEN_APP;
    snprintf(own, sizeof own, "%s", option ? option : "");
    options.warning = option ? own : NULL;
    qa_sharer_callbacks callbacks = QA_SHARER_CALLBACKS_INIT;
    callbacks.on_state = on_state;
    callbacks.on_end = on_end;
    callbacks.on_warning = on_warning;
    qa_sharer *sharer = NULL;
    assert_int_equal(qa_sharer_new(context, &options, &callbacks, &record, &sharer), 0);
    memset(own, 'x', sizeof own - 1); /* it was copied */
    assert_int_equal(qa_sharer_start(sharer), 0);
    dispatch_until_end(context, &record);
    assert_string_equal(record.warning, expected);
    qa_sharer_unref(sharer);
    qa_context_unref(context);
}

static void test_the_warning_in_the_words_of_the_app(void **state)
{
    assert_warned(NULL, qa_sharer_warning());
    assert_warned("N'y allez pas.\nRaccrochez.\n", "N'y allez pas.\nRaccrochez.\n");
    assert_warned("", "(none)");
}

static void test_no_descriptor_is_left_open(void **state)
{
    /* The first life may open what the process keeps (a random device, say). */
    one_life(NULL);
    int before = open_descriptors();
    one_life(NULL);
    assert_int_equal(open_descriptors(), before);
}

static void test_end_before_anything(void **state)
{
    qa_context *context = new_context();
    struct record record = {.in_call = true};
    qa_sharer *sharer = new_sharer(context, &record);
    qa_sharer_end(sharer);
    qa_sharer_end(sharer);
    assert_int_equal(qa_sharer_start(sharer), QA_ESTATE);
    record.in_call = false;
    dispatch_until_end(context, &record);
    assert_int_equal(record.error, 0);
    qa_sharer_unref(sharer);
    qa_context_unref(context);
}

static void test_handles_dropped_anywhere(void **state)
{
    /* Before start, after start, in on_end, and with the context dropped first. */
    for (int when = 0; when < 4; when++) {
        qa_context *context = new_context();
        struct record record = {.unref_in_end = when == 2};
        record.sharer = new_sharer(context, &record);
        if (when > 0)
            qa_sharer_start(record.sharer);
        if (when == 2)
            dispatch_until_end(context, &record);
        if (when == 3)
            qa_context_unref(context);
        qa_sharer_unref(record.sharer);
        if (when != 3)
            qa_context_unref(context);
        assert_int_equal(record.ends, when == 2);
    }
}

static void test_bad_arguments(void **state)
{
    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    qa_context *context = NULL;
    assert_int_equal(qa_context_new(NULL, &context), QA_EINVAL);
    assert_int_equal(qa_context_new(&options, &context), QA_EINVAL);
    const char *const urls[] = {
        "",       "relay.example",   "ws://relay.example", "https://relay.example",
        "wss://", "wss://host:port", "wss://host:70000"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        options.relay_url = urls[i];
        assert_int_equal(qa_context_new(&options, &context), QA_EINVAL);
    }
    options.relay_url = NOWHERE;
    options.size = 0;
    assert_int_equal(qa_context_new(&options, &context), QA_EINVAL);

    context = new_context();
    qa_sharer_options sharer_options = QA_SHARER_OPTIONS_INIT;
    qa_sharer_callbacks callbacks = QA_SHARER_CALLBACKS_INIT;
    qa_sharer *sharer = NULL;
    assert_int_equal(qa_sharer_new(context, &sharer_options, &callbacks, NULL, &sharer), QA_EINVAL);
    sharer_options.code = "1234";
    assert_int_equal(qa_sharer_new(context, &sharer_options, &callbacks, NULL, &sharer),
                     QA_ECODE_FORMAT);
    sharer_options.code = "1234 5678 9018";
    assert_int_equal(qa_code_check(sharer_options.code), 0);
    sharer_options.panic_key = "Q";
    assert_int_equal(qa_sharer_new(context, &sharer_options, &callbacks, NULL, &sharer), QA_EINVAL);
    sharer_options.panic_key = "";
    qa_banner_texts texts = {.size = sizeof texts, .view = "a\nb"};
    sharer_options.banner_texts = &texts;
    assert_int_equal(qa_sharer_new(context, &sharer_options, &callbacks, NULL, &sharer), QA_EINVAL);
    texts.view = "voit votre \303\251cran";
    sharer_options.banner = QA_BANNER_ON;
    sharer_options.screen = QA_SCREEN_APP;
    assert_int_equal(qa_sharer_new(context, &sharer_options, &callbacks, NULL, &sharer), QA_EINVAL);
    sharer_options.screen = QA_SCREEN_X11;
    assert_int_equal(qa_sharer_new(context, &sharer_options, &callbacks, NULL, &sharer), 0);
    qa_sharer_unref(sharer);
    const char *why = NULL;
    assert_int_equal(qa_panic_key_check("Hyper+Q", &why), QA_EINVAL);
    assert_non_null(why);
    assert_int_equal(qa_panic_key_check(NULL, NULL), QA_EINVAL);
    assert_int_equal(qa_panic_key_check("", &why), 0);
    assert_null(why);
    qa_helper_options helper_options = QA_HELPER_OPTIONS_INIT;
    qa_helper_callbacks helper_callbacks = QA_HELPER_CALLBACKS_INIT;
    qa_helper *helper = NULL;
    assert_int_equal(qa_helper_new(context, &helper_options, &helper_callbacks, NULL, &helper),
                     QA_EINVAL);
    helper_options.token = "two words";
    assert_int_equal(qa_helper_new(context, &helper_options, &helper_callbacks, NULL, &helper),
                     QA_EINVAL);
    helper_options.token = "token";
    assert_int_equal(qa_helper_new(context, &helper_options, &helper_callbacks, NULL, &helper), 0);
    assert_int_equal(qa_helper_key(helper, 0x1e, true), QA_ESTATE);
    assert_int_equal(qa_helper_request(helper, QA_PERMISSION_CONTROL, NULL), QA_ESTATE);
    assert_int_equal(qa_helper_point(helper, 1, 1), QA_ESTATE);
    assert_int_equal(qa_helper_mark_begin(helper, QA_MARK_STROKE, 0, 1, 1, 1), QA_ESTATE);
    assert_int_equal(qa_helper_mark_to(helper, 1, 1), QA_ESTATE);
    assert_int_equal(qa_helper_mark_end(helper), QA_ESTATE);
    assert_int_equal(qa_helper_clear(NULL), QA_EINVAL);
    qa_helper_unref(helper);
    qa_context_unref(context);
}

/* A program built against an older, shorter struct: what it does not know reads as zero. */
static void test_shorter_structs(void **state)
{
    struct {
        size_t size;
        const char *relay_url;
        unsigned char not_ours[64];
    } old = {sizeof(size_t) + sizeof(char *), NOWHERE, {0}};
    memset(old.not_ours, 0xee, sizeof old.not_ours);
    qa_context *context = NULL;
    assert_int_equal(qa_context_new((const qa_context_options *)(const void *)&old, &context), 0);
    qa_context_unref(context);
}

static void *stop_soon(void *context)
{
    usleep(20000);
    qa_context_stop(context);
    return NULL;
}

static void test_stop_from_another_thread(void **state)
{
    qa_context *context = new_context();
    qa_context_stop(context);
    assert_int_equal(qa_context_run(context), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, context), 0);
    assert_int_equal(qa_context_run(context), 0);
    pthread_join(thread, NULL);
    qa_context_unref(context);
}

static void test_contexts_in_threads(void **state)
{
    /* So many that the ends of some and the beginnings of others share descriptor numbers. */
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, one_life, NULL), 0);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
}

static void test_signals_are_left_alone(void **state)
{
    struct sigaction before[3], after[3];
    const int signals[] = {SIGPIPE, SIGCHLD, SIGINT};
    for (int i = 0; i < 3; i++)
        sigaction(signals[i], NULL, &before[i]);
    one_life(NULL);
    for (int i = 0; i < 3; i++) {
        sigaction(signals[i], NULL, &after[i]);
        assert_ptr_equal(after[i].sa_handler, before[i].sa_handler);
    }
}

/* ---- consents ---- */

struct asker {
    int answers;
    bool yes;
    unsigned allowed;
    uint32_t seconds;
};

static int take_answer(void *user, const struct consent_answer *answer)
{
    struct asker *asker = user;
    assert_int_equal(answer->question, 7);
    asker->answers++;
    asker->yes = answer->yes;
    asker->allowed = answer->permissions;
    asker->seconds = answer->seconds;
    return 0;
}

#define ASKED (QA_PERMISSION_CONTROL | QA_PERMISSION_POINT)

static const struct question asked = {
    .number = 7, .permissions = ASKED, .purpose = "to look", .renews = true};

static void test_a_consent_is_answered_once(void **state)
{
    struct asker asker = {0};
    qa_consent *consent = consent_new(QA_CONSENT_PERMISSIONS, &asked, take_answer, &asker);
    assert_int_equal(qa_consent_permissions(consent), ASKED);
    assert_string_equal(qa_consent_purpose(consent), "to look");
    assert_true(qa_consent_renews(consent));
    /* More than was asked is no answer. */
    assert_int_equal(qa_consent_allow_some(consent, QA_PERMISSION_VIEW, 0), QA_EINVAL);
    assert_int_equal(qa_consent_allow_some(consent, ASKED | QA_PERMISSION_VIEW, 0), QA_EINVAL);
    assert_int_equal(asker.answers, 0);
    assert_int_equal(qa_consent_allow(consent), 0);
    assert_int_equal(asker.allowed, ASKED);
    assert_int_equal(qa_consent_deny(consent), QA_ESTATE);
    assert_int_equal(qa_consent_allow(consent), QA_ESTATE);
    qa_consent_unref(consent);
    assert_int_equal(asker.answers, 1);
}

static void test_some_of_it_is_allowed_for_a_while(void **state)
{
    struct asker asker = {0};
    qa_consent *consent = consent_new(QA_CONSENT_PERMISSIONS, &asked, take_answer, &asker);
    assert_int_equal(qa_consent_allow_some(consent, QA_PERMISSION_POINT, 90), 0);
    assert_int_equal(asker.allowed, QA_PERMISSION_POINT);
    assert_int_equal(asker.seconds, 90);
    qa_consent_unref(consent);
    assert_int_equal(asker.answers, 1);
}

static void test_a_dropped_consent_is_a_no(void **state)
{
    struct asker asker = {.allowed = ASKED};
    qa_consent *consent =
        qa_consent_ref(consent_new(QA_CONSENT_PERMISSIONS, &asked, take_answer, &asker));
    qa_consent_unref(consent);
    assert_int_equal(asker.answers, 0);
    qa_consent_unref(consent);
    assert_int_equal(asker.answers, 1);
    assert_int_equal(asker.allowed, 0);
}

static void test_a_question_about_no_permission(void **state)
{
    const struct question called = {.number = 7};
    struct asker asker = {0};
    qa_consent *consent = consent_new(QA_CONSENT_CALLED, &called, take_answer, &asker);
    assert_int_equal(qa_consent_get_kind(consent), QA_CONSENT_CALLED);
    assert_int_equal(qa_consent_permissions(consent), 0);
    assert_int_equal(qa_consent_allow_some(consent, QA_PERMISSION_VIEW, 0), QA_EINVAL);
    assert_int_equal(qa_consent_allow(consent), 0);
    assert_true(asker.yes);
    qa_consent_unref(consent);
    asker.yes = true;
    consent = consent_new(QA_CONSENT_CALLED, &called, take_answer, &asker);
    qa_consent_unref(consent);
    assert_int_equal(asker.answers, 2);
    assert_false(asker.yes);
}

static void test_a_void_consent_reaches_nobody(void **state)
{
    qa_consent *consent = consent_new(QA_CONSENT_PERMISSIONS, &asked, take_answer, NULL);
    consent_withdraw(consent);
    assert_int_equal(qa_consent_allow(consent), QA_ESTATE);
    qa_consent_unref(consent);
}

static void test_origins(void **state)
{
    const char *const cases[][2] = {
        {"wss://Relay.Example", "https://relay.example:443"},
        {"wss://relay.example:443/help", "https://relay.example:443"},
        {"wss://relay.example:8443?x", "https://relay.example:8443"},
        {"wss://[::1]/x", "https://[::1]:443"},
        {"wss://[::1]:4433", "https://[::1]:4433"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *origin = origin_of_url(cases[i][0]);
        assert_string_equal(origin, cases[i][1]);
        free(origin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_failed_session),
        cmocka_unit_test(test_the_warning_in_the_words_of_the_app),
        cmocka_unit_test(test_no_descriptor_is_left_open),
        cmocka_unit_test(test_end_before_anything),
        cmocka_unit_test(test_handles_dropped_anywhere),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_shorter_structs),
        cmocka_unit_test(test_stop_from_another_thread),
        cmocka_unit_test(test_contexts_in_threads),
        cmocka_unit_test(test_signals_are_left_alone),
        cmocka_unit_test(test_a_consent_is_answered_once),
        cmocka_unit_test(test_some_of_it_is_allowed_for_a_while),
        cmocka_unit_test(test_a_dropped_consent_is_a_no),
        cmocka_unit_test(test_a_question_about_no_permission),
        cmocka_unit_test(test_a_void_consent_reaches_nobody),
        cmocka_unit_test(test_origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
