#include "x_server.h"

#include <dirent.h>
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
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ARGUMENTS_MAX 32

static pid_t spawn(const char *display, const char *const *arguments, int keep_fd)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (display)
        setenv("DISPLAY", display, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    if (keep_fd >= 0)
        fcntl(keep_fd, F_SETFD, 0);
    execvp(arguments[0], (char *const *)arguments);
    perror(arguments[0]);
    _exit(127);
}

static void read_display(struct x_server *server, int fd)
{
    char number[8];
    size_t length = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (length < sizeof number - 1) {
        assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
        ssize_t got = read(fd, number + length, sizeof number - 1 - length);
        assert_true(got > 0);
        length += (size_t)got;
        if (number[length - 1] == '\n')
            break;
    }
    number[strcspn(number, "\n")] = 0;
    number[length < sizeof number ? length : sizeof number - 1] = 0;
    snprintf(server->display, sizeof server->display, ":%s", number);
}

void x_server_start(struct x_server *server, const char *screen, const char *const *options)
{
    *server = (struct x_server){0};
    snprintf(server->directory, sizeof server->directory, "/tmp/qassist-test-XXXXXX");
    assert_non_null(mkdtemp(server->directory));
    int pipe_fds[2];
    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    char fd_text[16];
    snprintf(fd_text, sizeof fd_text, "%d", pipe_fds[1]);
    const char *arguments[ARGUMENTS_MAX] = {"Xvfb", "-displayfd", fd_text,     "-screen", "0",
                                            screen, "-noreset",   "-nolisten", "tcp"};
    for (size_t i = 9; options && *options && i < ARGUMENTS_MAX - 1; i++)
        arguments[i] = *options++;
    server->pid = spawn(NULL, arguments, pipe_fds[1]);
    close(pipe_fds[1]);
    read_display(server, pipe_fds[0]);
    close(pipe_fds[0]);
}

void end_process(pid_t pid)
{
    kill(pid, SIGCONT);
    kill(pid, SIGTERM);
    for (int i = 0; i < 500; i++) {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return;
        usleep(10000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    assert_non_null(directory);
    struct dirent *entry;
    while ((entry = readdir(directory)))
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    assert_int_equal(rmdir(path), 0);
}

void x_server_stop(struct x_server *server)
{
    if (server->pid)
        end_process(server->pid);
    remove_directory(server->directory);
    *server = (struct x_server){0};
}

int x_server_fixture(void **state, size_t size, const char *screen)
{
    struct x_server *server = calloc(1, size);
    assert_non_null(server);
    warm_up_loop();
    x_server_start(server, screen, NULL);
    *state = server;
    return 0;
}

int x_server_fixture_end(void **state)
{
    x_server_stop(*state);
    free(*state);
    return 0;
}

pid_t x_server_spawn(const struct x_server *server, const char *const *arguments)
{
    return spawn(server->display, arguments, -1);
}

void x_server_run(const struct x_server *server, const char *const *arguments)
{
    int status = -1;
    pid_t pid = x_server_spawn(server, arguments);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

xcb_connection_t *x_server_connect(const struct x_server *server, xcb_screen_t **screen)
{
    xcb_connection_t *xcb = xcb_connect(server->display, NULL);
    assert_int_equal(xcb_connection_has_error(xcb), 0);
    if (screen)
        *screen = xcb_setup_roots_iterator(xcb_get_setup(xcb)).data;
    return xcb;
}

void x_sync(xcb_connection_t *xcb)
{
    free(xcb_get_input_focus_reply(xcb, xcb_get_input_focus(xcb), NULL));
}

xcb_atom_t x_atom(xcb_connection_t *xcb, const char *name)
{
    xcb_intern_atom_reply_t *reply =
        xcb_intern_atom_reply(xcb, xcb_intern_atom(xcb, 0, (uint16_t)strlen(name), name), NULL);
    assert_non_null(reply);
    xcb_atom_t atom = reply->atom;
    free(reply);
    return atom;
}

#define POLL_MS 10

static void on_time(uv_timer_t *timer)
{
    ++*(unsigned *)timer->data;
}

static bool run(uv_loop_t *loop, bool (*condition)(void *user), void *user, unsigned tick_ms)
{
    unsigned ticks = 0;
    uv_timer_t timer;
    uv_timer_init(loop, &timer);
    timer.data = &ticks;
    uv_timer_start(&timer, on_time, tick_ms, tick_ms);
    bool holds;
    while (!(holds = condition(user)) && ticks < PATIENCE_MS / tick_ms)
        uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    return holds;
}

bool run_until(uv_loop_t *loop, bool (*condition)(void *user), void *user)
{
    return run(loop, condition, user, PATIENCE_MS);
}

bool run_polling(uv_loop_t *loop, bool (*condition)(void *user), void *user)
{
    return run(loop, condition, user, POLL_MS);
}

void run_for(uv_loop_t *loop, unsigned milliseconds)
{
    unsigned over = 0;
    uv_timer_t timer;
    uv_timer_init(loop, &timer);
    timer.data = &over;
    /* Repeated: libuv before 1.45 waits after the last timer was due, for ever where nothing else
     * is. */
    uv_timer_start(&timer, on_time, milliseconds, milliseconds);
    while (!over)
        uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

void close_loop(uv_loop_t *loop)
{
    uv_run(loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(loop), 0);
}

void warm_up_loop(void)
{
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

unsigned open_descriptors(void)
{
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}
