#include "relay/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "relay/client_hello.h"
#include "relay/listener.h"

/* Connections whose first message is not there yet: so many, each for so long. */
#define WAITING_MAX    512
#define WAITING_MS     5000
#define ACCEPTS_MAX    16
#define TICK_MS        500
#define RESTART_MS     250
#define RESTART_MAX_MS 8000
/* One that lived for so long was started well. */
#define LIVED_MS     20000
#define ARGUMENT_MAX 250
#define SIGNALS      4

struct worker {
    struct workers *workers;
    unsigned number;
    uv_process_t process;
    uv_poll_t poll;
    int channel; /* -1: none */
    bool running, ready;
    bool died; /* at least once */
    unsigned deaths;
    uint64_t started_ms, due_ms;
};

struct waiting {
    struct workers *workers;
    TAILQ_ENTRY(waiting) age;
    uv_poll_t poll;
    int fd;
    uint64_t until_ms;
};

struct workers {
    struct workers_options options;
    uv_loop_t loop;
    uv_poll_t listener;
    uv_timer_t tick;
    uv_signal_t signals[SIGNALS];
    int listen_fd;
    struct worker *list;
    TAILQ_HEAD(, waiting) waiting; /* the oldest one first */
    size_t waiting_count;
    unsigned next; /* in turn */
    bool told, draining, stopping;
    int code;
};

static void stop(struct workers *workers);
static void spawn(struct worker *worker);

/* ---- handing over ---- */

static bool send_fd(int channel, int fd)
{
    char byte = 'c';
    struct iovec piece = {.iov_base = &byte, .iov_len = 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {{0}};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    return sendmsg(channel, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

/* One that cannot take it has hundreds before it: whoever comes now is better off with another. */
static void hand_over(struct workers *workers, uint32_t number, int fd)
{
    unsigned count = workers->options.count;
    bool sent = false;
    if (number >= 1 && number <= count && workers->list[number - 1].ready)
        sent = send_fd(workers->list[number - 1].channel, fd);
    for (unsigned i = 0; i < count && !sent; i++) {
        struct worker *worker = &workers->list[workers->next++ % count];
        sent = worker->ready && send_fd(worker->channel, fd);
    }
    if (!sent)
        log_line(workers->options.log, QA_LOG_WARNING, "event=no_worker");
    close(fd);
}

/* ---- looking at first messages ---- */

static void waiting_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* `number`: of the worker; the socket goes there, or is closed with -1. */
static void let_go(struct waiting *waiting, int64_t number)
{
    struct workers *workers = waiting->workers;
    TAILQ_REMOVE(&workers->waiting, waiting, age);
    workers->waiting_count--;
    uv_poll_stop(&waiting->poll);
    if (number < 0)
        close(waiting->fd);
    else
        hand_over(workers, (uint32_t)number, waiting->fd);
    uv_close((uv_handle_t *)&waiting->poll, waiting_closed);
}

static void set_low_water(int fd, size_t bytes)
{
    int value = (int)bytes;
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
}

/* The bytes stay where they are: the worker reads them. */
static void readable(uv_poll_t *poll, int status, int events)
{
    struct waiting *waiting = poll->data;
    uint8_t data[CLIENT_HELLO_MAX];
    size_t wanted;
    ssize_t got = recv(waiting->fd, data, sizeof data, MSG_PEEK | MSG_DONTWAIT);
    if (status || got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        let_go(waiting, -1);
        return;
    }
    if (got < 0)
        return;
    uint32_t number = client_hello_worker(data, (size_t)got, &wanted);
    if (wanted > (size_t)got && wanted <= sizeof data) {
        set_low_water(waiting->fd, wanted); /* or this would be called again and again */
        /* Its end may have come within: no more will. */
        if (events & UV_DISCONNECT)
            let_go(waiting, -1);
        return;
    }
    set_low_water(waiting->fd, 1);
    let_go(waiting, number);
}

static void wait_for_hello(struct workers *workers, int fd)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting || uv_poll_init(&workers->loop, &waiting->poll, fd)) {
        free(waiting);
        close(fd);
        return;
    }
    waiting->workers = workers;
    waiting->fd = fd;
    waiting->until_ms = clock_ms() + WAITING_MS;
    waiting->poll.data = waiting;
    TAILQ_INSERT_TAIL(&workers->waiting, waiting, age);
    if (++workers->waiting_count > WAITING_MAX)
        let_go(TAILQ_FIRST(&workers->waiting), -1);
    uv_poll_start(&waiting->poll, UV_READABLE | UV_DISCONNECT, readable);
}

static void acceptable(uv_poll_t *poll, int status, int events)
{
    struct workers *workers = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        int fd = accept4(workers->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        wait_for_hello(workers, fd);
    }
}

/* ---- workers ---- */

static void channel_closed(uv_handle_t *handle)
{
    struct worker *worker = handle->data;
    close(worker->channel);
    worker->channel = -1;
}

static void leave(struct worker *worker)
{
    worker->ready = false;
    if (worker->channel >= 0 && !uv_is_closing((uv_handle_t *)&worker->poll))
        uv_close((uv_handle_t *)&worker->poll, channel_closed);
}

/* The worker says that it listens; then nothing more. */
static void said(uv_poll_t *poll, int status, int events)
{
    struct worker *worker = poll->data;
    struct workers *workers = worker->workers;
    char byte;
    (void)events;
    if (status || recv(worker->channel, &byte, 1, MSG_DONTWAIT) <= 0) {
        uv_poll_stop(poll); /* its exit follows */
        worker->ready = false;
        return;
    }
    worker->ready = true;
    unsigned ready = 0;
    for (unsigned i = 0; i < workers->options.count; i++)
        ready += workers->list[i].ready;
    if (ready < workers->options.count || workers->told)
        return;
    workers->told = true;
    uv_poll_start(&workers->listener, UV_READABLE, acceptable);
    if (!workers->options.ready(workers->options.user, listener_port_of(workers->listen_fd)))
        stop(workers);
}

static void exited(uv_process_t *process, int64_t status, int signal_number)
{
    struct worker *worker = process->data;
    struct workers *workers = worker->workers;
    uv_close((uv_handle_t *)process, NULL);
    worker->running = false;
    worker->died = true;
    leave(worker);
    if (workers->draining)
        return;
    log_line(workers->options.log, QA_LOG_ERROR, "event=worker_died worker=%u status=%d signal=%d",
             worker->number, (int)status, signal_number);
    if (!workers->told) {
        workers->code = status ? (int)status : 1; /* it has said why */
        stop(workers);
        return;
    }
    uint64_t now = clock_ms(), pause = RESTART_MS;
    if (clock_since(now, worker->started_ms) >= LIVED_MS)
        worker->deaths = 0;
    for (unsigned i = 0; i < worker->deaths && pause < RESTART_MAX_MS; i++)
        pause *= 2;
    worker->deaths++;
    worker->due_ms = now + pause;
}

static void fill_arguments(const struct worker *worker, char **arguments, char *number, size_t size)
{
    static char restarted[] = "--restarted";
    char **argv = worker->workers->options.argv;
    int count = 0;
    while (argv[count] && count < ARGUMENT_MAX) {
        arguments[count] = argv[count];
        count++;
    }
    snprintf(number, size, "--as-worker=%u", worker->number);
    arguments[count++] = number;
    if (worker->died)
        arguments[count++] = restarted;
    arguments[count] = NULL;
}

static void spawn(struct worker *worker)
{
    struct workers *workers = worker->workers;
    char number[32], *arguments[ARGUMENT_MAX + 3];
    int pair[2];
    worker->started_ms = clock_ms();
    worker->due_ms = worker->started_ms + RESTART_MAX_MS;
    if (worker->channel >= 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return;
    fill_arguments(worker, arguments, number, sizeof number);
    uv_stdio_container_t stdio[WORKERS_CHANNEL + 1] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = pair[1]}};
    const uv_process_options_t options = {.exit_cb = exited,
                                          .file = "/proc/self/exe",
                                          .args = arguments,
                                          .stdio_count = WORKERS_CHANNEL + 1,
                                          .stdio = stdio};
    worker->process.data = worker;
    int error = uv_spawn(&workers->loop, &worker->process, &options);
    close(pair[1]);
    if (error) {
        log_line(workers->options.log, QA_LOG_ERROR, "event=worker_not_started error=%s",
                 uv_err_name(error));
        close(pair[0]);
        uv_close((uv_handle_t *)&worker->process, NULL);
        return;
    }
    worker->running = true;
    worker->channel = pair[0];
    uv_poll_init(&workers->loop, &worker->poll, pair[0]);
    worker->poll.data = worker;
    uv_poll_start(&worker->poll, UV_READABLE, said);
}

/* ---- time and the end ---- */

static void tick(uv_timer_t *timer)
{
    struct workers *workers = timer->data;
    uint64_t now = clock_ms();
    struct waiting *oldest;
    while ((oldest = TAILQ_FIRST(&workers->waiting)) && now >= oldest->until_ms)
        let_go(oldest, -1);
    for (unsigned i = 0; i < workers->options.count && !workers->draining; i++)
        if (!workers->list[i].running && now >= workers->list[i].due_ms)
            spawn(&workers->list[i]);
    bool running = false;
    for (unsigned i = 0; i < workers->options.count; i++)
        running = running || workers->list[i].running;
    if (workers->draining && !running)
        uv_stop(&workers->loop);
    if (workers->options.alive)
        workers->options.alive(workers->options.user);
}

static void tell_all(struct workers *workers, int number)
{
    for (unsigned i = 0; i < workers->options.count; i++)
        if (workers->list[i].running)
            uv_process_kill(&workers->list[i].process, number);
}

/* Workers tell their clients, and go. */
static void stop(struct workers *workers)
{
    if (workers->stopping)
        return;
    workers->stopping = workers->draining = true;
    uv_poll_stop(&workers->listener);
    while (!TAILQ_EMPTY(&workers->waiting))
        let_go(TAILQ_FIRST(&workers->waiting), -1);
    tell_all(workers, SIGTERM);
    uv_timer_start(&workers->tick, tick, 0, TICK_MS / 10);
}

static void signalled(uv_signal_t *handle, int number)
{
    struct workers *workers = handle->data;
    bool ends =
        number == SIGTERM || number == SIGINT || (number == SIGHUP && workers->options.hangup_ends);
    if (ends && !workers->stopping) {
        stop(workers);
        return;
    }
    /* Who drains goes when its last session is over, and is not started again. */
    workers->draining = workers->draining || number == SIGUSR1;
    tell_all(workers, number);
}

/* ---- life ---- */

static int start(struct workers *workers, char *why, size_t why_size)
{
    const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
    int error = listener_open(workers->options.listen, workers->options.listen_fd,
                              &workers->listen_fd, why, why_size);
    if (error)
        return error;
    uv_poll_init(&workers->loop, &workers->listener, workers->listen_fd);
    workers->listener.data = workers;
    uv_timer_init(&workers->loop, &workers->tick);
    workers->tick.data = workers;
    uv_timer_start(&workers->tick, tick, TICK_MS, TICK_MS);
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(&workers->loop, &workers->signals[i]);
        workers->signals[i].data = workers;
        uv_signal_start(&workers->signals[i], signalled, numbers[i]);
    }
    for (unsigned i = 0; i < workers->options.count; i++) {
        workers->list[i] = (struct worker){.workers = workers, .number = i + 1, .channel = -1};
        spawn(&workers->list[i]);
    }
    return 0;
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

int workers_run(const struct workers_options *options, char *why, size_t why_size)
{
    struct workers workers = {.options = *options, .listen_fd = -1};
    unsigned argument_count = 0;
    TAILQ_INIT(&workers.waiting);
    while (options->argv[argument_count])
        argument_count++;
    if (argument_count > ARGUMENT_MAX) {
        snprintf(why, why_size, "with --workers, at most %d words are taken", ARGUMENT_MAX);
        return QA_EINVAL;
    }
    snprintf(why, why_size, "the system gives no memory or descriptors");
    workers.list = calloc(options->count, sizeof *workers.list);
    if (!workers.list || uv_loop_init(&workers.loop)) {
        free(workers.list);
        return QA_ENOMEM;
    }
    int error = start(&workers, why, why_size);
    if (!error)
        uv_run(&workers.loop, UV_RUN_DEFAULT);
    uv_walk(&workers.loop, close_handle, NULL);
    uv_run(&workers.loop, UV_RUN_DEFAULT);
    uv_loop_close(&workers.loop);
    if (workers.listen_fd >= 0)
        close(workers.listen_fd);
    for (unsigned i = 0; i < options->count && !error; i++)
        if (workers.list[i].channel >= 0)
            close(workers.list[i].channel);
    free(workers.list);
    return error ? error : workers.code;
}
