/* The worker as a process: how it starts, dies, hangs, is locked in, and lies. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "rdp_pair.h"

/* A directory with one link to `program` whose name says what it shall do. */
struct alias {
    char directory[64];
    char path[128];
};

static void make_alias(struct alias *alias, const char *program, const char *name)
{
    snprintf(alias->directory, sizeof alias->directory, "/tmp/qassist-test-XXXXXX");
    assert_non_null(mkdtemp(alias->directory));
    snprintf(alias->path, sizeof alias->path, "%s/%s", alias->directory, name);
    assert_int_equal(symlink(program, alias->path), 0);
}

static void remove_alias(const struct alias *alias)
{
    unlink(alias->path);
    rmdir(alias->directory);
}

static void test_missing_program(void **state)
{
    struct pair *pair = *state;
    static const char *const paths[] = {"/nonexistent/qassist-worker", "/", "/etc/passwd"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        pair->server.options.worker_path = paths[i];
        assert_int_equal(pair_start_end(&pair->server), QA_EWORKER_MISSING);
        assert_null(pair->server.rdp);
    }
}

static void test_program_that_is_no_worker(void **state)
{
    struct pair *pair = *state;
    pair->server.options.worker_path = "/bin/true";
    assert_int_equal(pair_start_end(&pair->server), 0);
    pair_wait(pair, pair_any_failed);
    assert_int_equal(pair->server.error, QA_EWORKER);
}

static bool server_failed(struct pair *pair)
{
    return pair->server.error != 0;
}

static bool client_failed(struct pair *pair)
{
    return pair->client.error != 0;
}

static void test_killed(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 320, 200);
    kill(rdp_pid(pair->server.rdp), SIGKILL);
    pair_wait(pair, server_failed);
    assert_int_equal(pair->server.error, QA_EWORKER);
    assert_non_null(strstr(pair->server.detail, "signal 9"));
    /* The other end knows nothing of it and still does as it is told. */
    assert_int_equal(pair->client.error, 0);
    kill(rdp_pid(pair->client.rdp), SIGKILL);
    pair_wait(pair, client_failed);
    assert_int_equal(pair->client.error, QA_EWORKER);
    /* Calls after the end do no harm. */
    static const uint8_t byte[1];
    assert_int_equal(rdp_feed(pair->client.rdp, byte, 1), 0);
    assert_int_equal(rdp_damage(pair->server.rdp, &(qa_rect){0, 0, 1, 1}, 1), QA_ESTATE);
    rdp_set_reading(pair->client.rdp, false);
    rdp_frame_done(pair->client.rdp);
}

/* A worker under a sanitizer, beside others on a busy machine, takes its time to start. */
#define PATIENT_LIMIT_MS 3000

static void test_hung(void **state)
{
    struct pair *pair = *state;
    pair->client.options.ping_interval_ms = 50;
    pair->client.options.hang_limit_ms = PATIENT_LIMIT_MS;
    pair_start(pair, 320, 200);
    pair_run(pair, 300);
    assert_int_equal(pair->client.error, 0);
    kill(rdp_pid(pair->client.rdp), SIGSTOP);
    pair_wait(pair, client_failed);
    assert_int_equal(pair->client.error, QA_EWORKER_HUNG);
}

/* This process stands still, not the worker. */
static void test_late_host_is_no_hang(void **state)
{
    struct pair *pair = *state;
    pair->client.options.ping_interval_ms = 20;
    pair->client.options.hang_limit_ms = PATIENT_LIMIT_MS;
    pair_start(pair, 320, 200);
    for (int i = 0; i < 2; i++) {
        pair_run(pair, 50);
        usleep((PATIENT_LIMIT_MS + 200) * 1000);
    }
    pair_run(pair, 100);
    assert_int_equal(pair->client.error, 0);
}

/* Connecting takes as long as the other side does; pings are answered meanwhile. */
static void test_waiting_for_the_peer_is_no_hang(void **state)
{
    struct pair *pair = *state;
    pair->client.options.ping_interval_ms = 50;
    pair->client.options.hang_limit_ms = PATIENT_LIMIT_MS;
    assert_int_equal(pair_start_end(&pair->client), 0);
    pair_run(pair, PATIENT_LIMIT_MS + 1000);
    assert_int_equal(pair->client.error, 0);
    assert_false(pair->client.ready);
    assert_true(pair->client.bytes > 0);
}

static void test_connect_limit(void **state)
{
    struct pair *pair = *state;
    pair->client.options.connect_limit_ms = 300;
    assert_int_equal(pair_start_end(&pair->client), 0);
    pair_wait(pair, client_failed);
    assert_int_equal(pair->client.error, QA_EWORKER);
    assert_non_null(strstr(pair->client.detail, "in time"));
}

/* A peer that is paused holds back its bytes: that time does not count. */
static void test_connect_limit_of_a_paused_peer(void **state)
{
    struct pair *pair = *state;
    pair->client.options.connect_limit_ms = 2000;
    pair->client.options.ping_interval_ms = 100;
    assert_int_equal(pair_start_end(&pair->client), 0);
    rdp_set_peer_paused(pair->client.rdp, true);
    pair_run(pair, 5000);
    assert_int_equal(pair->client.error, 0);
    rdp_set_peer_paused(pair->client.rdp, false);
    pair_wait(pair, client_failed);
    assert_non_null(strstr(pair->client.detail, "in time"));
}

static void test_stopped_while_hung(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(pair_start_end(&pair->server), 0);
    kill(rdp_pid(pair->server.rdp), SIGSTOP);
    /* Ends by the grace period's SIGKILL when the test is torn down. */
}

static void test_stopped_at_once(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(pair_start_end(&pair->server), 0);
    assert_int_equal(pair_start_end(&pair->client), 0);
}

static bool one_ended(struct pair *pair)
{
    return pair->server.ended || pair->client.ended;
}

/* Stopping from inside of an event; the pair checks that no event follows. */
static void stop_inside(struct pair *pair, struct pair_end *end, const char *event)
{
    end->stop_in = event;
    assert_int_equal(pair_start_end(&pair->server), 0);
    assert_int_equal(pair_start_end(&pair->client), 0);
    pair_resize(pair, 320, 200, PATTERN_TEXT, 1);
    if (strcmp(event, "failed") == 0)
        kill(rdp_pid(end->rdp), SIGKILL);
    pair_wait(pair, one_ended);
    assert_true(end->ended);
}

static void test_stop_inside_bytes(void **state)
{
    struct pair *pair = *state;
    stop_inside(pair, &pair->server, "bytes");
}

static void test_stop_inside_consumed(void **state)
{
    struct pair *pair = *state;
    stop_inside(pair, &pair->client, "consumed");
}

static void test_stop_inside_ready(void **state)
{
    struct pair *pair = *state;
    stop_inside(pair, &pair->client, "ready");
}

static void test_stop_inside_frame(void **state)
{
    struct pair *pair = *state;
    stop_inside(pair, &pair->client, "frame");
}

static void test_stop_inside_failed(void **state)
{
    struct pair *pair = *state;
    stop_inside(pair, &pair->server, "failed");
}

static void test_host_without_standard_descriptors(void **state)
{
    struct pair *pair = *state;
    int saved[3];
    for (int fd = 0; fd < 3; fd++) {
        saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
        close(fd);
    }
    int start = pair_start_end(&pair->server);
    if (!start)
        start = pair_start_end(&pair->client);
    /* Whatever takes 0 to 2 next, it is not ours. */
    bool free_again = true;
    for (int fd = 0; fd < 3; fd++)
        free_again = free_again && fcntl(fd, F_GETFD) < 0;
    for (int fd = 0; fd < 3; fd++)
        if (saved[fd] >= 0) {
            dup2(saved[fd], fd);
            close(saved[fd]);
        }
    assert_int_equal(start, 0);
    assert_true(free_again);
    pair_resize(pair, 320, 200, PATTERN_TEXT, 1);
    pair_wait(pair, pair_equal);
}

static void test_host_ignores_sigchld(void **state)
{
    struct pair *pair = *state;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGCHLD, &ignore, &before);
    pair_start(pair, 320, 200);
    kill(rdp_pid(pair->server.rdp), SIGKILL);
    pair_wait(pair, server_failed);
    sigaction(SIGCHLD, &before, NULL);
    assert_int_equal(pair->server.error, QA_EWORKER);
}

static void test_host_reaps_itself(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 320, 200);
    pid_t pid = rdp_pid(pair->server.rdp);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    pair_wait(pair, server_failed);
    assert_int_equal(pair->server.error, QA_EWORKER);
}

/* A host that is killed takes its worker along. */
static void test_worker_ends_with_its_host(void **state)
{
    struct pair *pair = *state;
    int report[2];
    assert_int_equal(pipe(report), 0);
    pid_t host = fork();
    if (host == 0) {
        uv_loop_fork(&pair->loop);
        pid_t worker = pair_start_end(&pair->server) == 0 ? rdp_pid(pair->server.rdp) : -1;
        if (write(report[1], &worker, sizeof worker) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    pid_t worker = -1;
    assert_int_equal(read(report[0], &worker, sizeof worker), sizeof worker);
    close(report[0]);
    close(report[1]);
    assert_true(worker > 0);
    struct pollfd entry = {.fd = (int)syscall(SYS_pidfd_open, worker, 0), .events = POLLIN};
    assert_true(entry.fd >= 0);
    kill(host, SIGKILL);
    assert_int_equal(waitpid(host, NULL, 0), host);
    assert_int_equal(poll(&entry, 1, 30000), 1);
    close(entry.fd);
}

static long status_value(pid_t pid, const char *name)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    long value = -1;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            value = strtol(line + strlen(name) + 1, NULL, 10);
    if (file)
        fclose(file);
    return value;
}

/* The sandbox stands before the worker was fed a byte. */
static void assert_locked_in(struct pair *pair, const struct pair_end *end)
{
    pid_t pid = rdp_pid(end->rdp);
    for (int i = 0; i < 300 && status_value(pid, "Seccomp") != 2; i++)
        pair_run(pair, 100);
    assert_int_equal(status_value(pid, "Seccomp"), 2);
    assert_int_equal(status_value(pid, "NoNewPrivs"), 1);
    assert_int_equal(status_value(pid, "Threads"), 1);
    assert_int_equal(end->error, 0);
}

static void test_locked_in(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(pair_start_end(&pair->server), 0);
    assert_locked_in(pair, &pair->server);
    assert_int_equal(pair->server.bytes, 0);
    assert_int_equal(pair_start_end(&pair->client), 0);
    assert_locked_in(pair, &pair->client);
}

static void try_escape(struct pair_end *end, const char *call)
{
    char name[64];
    struct alias alias;
    snprintf(name, sizeof name, "escape-%s", call);
    make_alias(&alias, QASSIST_TEST_WORKER_ESCAPE, name);
    end->options.worker_path = alias.path;
    assert_int_equal(pair_start_end(end), 0);
    pair_wait(end->pair, pair_any_failed);
    remove_alias(&alias);
    /* 77: the call was refused; signal 31: the kernel killed the process for it. */
    if (!strstr(end->detail, "exit status 77") && !strstr(end->detail, "signal 31"))
        fail_msg("%s: %s", call, end->detail);
    rdp_stop(end->rdp, NULL, NULL);
    end->rdp = NULL;
    end->error = 0;
}

static void test_escapes_are_refused(void **state)
{
    struct pair *pair = *state;
    static const char *const calls[] = {
        "open", "create", "unlink", "socket", "socketpair", "connect",      "execve",
        "fork", "ptrace", "kill",   "memfd",  "mmap-exec",  "mprotect-exec"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        try_escape(i % 2 ? &pair->client : &pair->server, calls[i]);
    assert_int_equal(access("/tmp/qassist-escaped", F_OK), -1);
}

/* What a worker that was taken over may say. */
static void test_lies_are_noticed(void **state)
{
    struct pair *pair = *state;
    static const char *const lies[] = {"rect-outside",    "rect-overflow",
                                       "rect-negative",   "picture-too-large",
                                       "picture-empty",   "frame-twice",
                                       "count",           "cursor-too-large",
                                       "cursor-hot-spot", "cursor-without-shape",
                                       "cursor-too-long", "unknown-type",
                                       "wrong-direction", "input-from-client",
                                       "ready-twice",     "short",
                                       "length-lies",     "too-long",
                                       "move-outside",    "move-from-outside",
                                       "move-count",      "move-from-negative",
                                       "nothing-changed", "renew-from-client",
                                       "closes-control",  "no-hello"};
    pair->client.hold_frames = true;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct alias alias;
        make_alias(&alias, QASSIST_TEST_WORKER_FAKE, lies[i]);
        pair->client.options.worker_path = alias.path;
        pair->client.ready = false;
        assert_int_equal(pair_start_end(&pair->client), 0);
        pair_wait(pair, client_failed);
        remove_alias(&alias);
        if (pair->client.error != QA_EWORKER)
            fail_msg("%s: %s", lies[i], pair->client.detail);
        assert_true(pair->client.picture.width <= 100);
        rdp_stop(pair->client.rdp, NULL, NULL);
        pair->client.rdp = NULL;
        pair->client.error = 0;
    }
}

/* A flood of messages leaves the loop time for others; an unanswered ping ends it. */
static void test_flood(void **state)
{
    struct pair *pair = *state;
    struct alias alias;
    make_alias(&alias, QASSIST_TEST_WORKER_FAKE, "floods");
    pair->client.options.worker_path = alias.path;
    pair->client.options.ping_interval_ms = 50;
    pair->client.options.hang_limit_ms = 300;
    assert_int_equal(pair_start_end(&pair->client), 0);
    pair_wait(pair, client_failed);
    remove_alias(&alias);
    assert_true(pair->client.error == QA_EWORKER_HUNG || pair->client.error == QA_EWORKER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_missing_program),
        PAIR_TEST(test_program_that_is_no_worker),
        PAIR_TEST(test_killed),
        PAIR_TEST(test_hung),
        PAIR_TEST(test_late_host_is_no_hang),
        PAIR_TEST(test_waiting_for_the_peer_is_no_hang),
        PAIR_TEST(test_connect_limit),
        PAIR_TEST(test_connect_limit_of_a_paused_peer),
        PAIR_TEST(test_stopped_while_hung),
        PAIR_TEST(test_stopped_at_once),
        PAIR_TEST(test_stop_inside_bytes),
        PAIR_TEST(test_stop_inside_consumed),
        PAIR_TEST(test_stop_inside_ready),
        PAIR_TEST(test_stop_inside_frame),
        PAIR_TEST(test_stop_inside_failed),
        PAIR_TEST(test_host_without_standard_descriptors),
        PAIR_TEST(test_host_ignores_sigchld),
        PAIR_TEST(test_host_reaps_itself),
        PAIR_TEST(test_worker_ends_with_its_host),
        PAIR_TEST(test_locked_in),
        PAIR_TEST(test_escapes_are_refused),
        PAIR_TEST(test_lies_are_noticed),
        PAIR_TEST(test_flood),
    };
    cmocka_set_test_filter(getenv("RDP_TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
