#include "api/context.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "api/options.h"
#include "api/origin.h"
#include "api/policies.h"
#include "base/random.h"
#include "link/sigpipe.h"

/* How long freeing a context waits for its own last handles; its workers get SIGKILL long before.
 */
#define TEARDOWN_MS 5000

/* 0: now; negative: never. */
static void arm_timer(qa_context *context, int timeout_ms)
{
    struct itimerspec when = {0};
    if (timeout_ms == 0)
        when.it_value.tv_nsec = 1;
    else if (timeout_ms > 0) {
        when.it_value.tv_sec = timeout_ms / 1000;
        when.it_value.tv_nsec = timeout_ms % 1000 * 1000000L;
    }
    timerfd_settime(context->timer_fd, 0, &when, NULL);
}

void context_wake(qa_context *context)
{
    if (!context->dispatching)
        arm_timer(context, 0);
}

void context_defer(qa_context *context, struct deferred *task)
{
    task->next = NULL;
    *context->last = task;
    context->last = &task->next;
    context_wake(context);
}

void context_flush(qa_context *context)
{
    while (context->first) {
        struct deferred *task = context->first;
        context->first = task->next;
        if (!context->first)
            context->last = &context->first;
        task->run(task);
    }
}

void context_settle(qa_context *context, const void *owner)
{
    struct deferred *owned = NULL, **owned_end = &owned, **at = &context->first;
    while (*at) {
        struct deferred *task = *at;
        if (task->owner == owner) {
            *at = task->next;
            *owned_end = task;
            owned_end = &task->next;
        } else {
            at = &task->next;
        }
    }
    context->last = at;
    *owned_end = NULL;
    while (owned) {
        struct deferred *task = owned;
        owned = task->next;
        task->run(task);
    }
}

int context_ws_host(qa_context *context, struct ws_host **out)
{
    int error = 0;
    if (!context->ws_host)
        error = ws_host_new(&context->loop, context->ca_file, &context->log, &context->ws_host);
    if (!error)
        ws_host_set_proxies(context->ws_host, context_proxies(context));
    *out = context->ws_host;
    return error;
}

int context_http(qa_context *context, struct http **out)
{
    int error = context->http ? 0 : http_new(&context->loop, &context->http);
    *out = context->http;
    return error;
}

static void on_stopper(uv_async_t *async)
{
    /* Being awake is all it is for; and being there, for libuv does not poll a loop without
     * handles. */
}

static int watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) ? QA_EIO : 0;
}

static int open_descriptors(qa_context *context)
{
    context->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    context->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (context->poll_fd < 0 || context->timer_fd < 0)
        return QA_EIO;
    int error = watch(context->poll_fd, context->timer_fd);
    return error ? error : watch(context->poll_fd, uv_backend_fd(&context->loop));
}

static int copy_options(qa_context *context, const qa_context_options *options)
{
    context->log = (struct log){.write = options->log,
                                .user_data = options->log_user_data,
                                .level = options->log_level ? options->log_level : QA_LOG_WARNING};
    context->relay_url = strdup(options->relay_url);
    context->relay_origin = origin_of_url(options->relay_url);
    if (options->ca_file && !(context->ca_file = strdup(options->ca_file)))
        return QA_ENOMEM;
    const char *worker = options->worker_path;
    if (!worker)
        worker = secure_getenv("QASSIST_WORKER");
    if (worker && !(context->worker_path = strdup(worker)))
        return QA_ENOMEM;
    if (options->policy_file && !(context->policy_file = strdup(options->policy_file)))
        return QA_ENOMEM;
    return context->relay_url && context->relay_origin ? 0 : QA_ENOMEM;
}

static void free_memory(qa_context *context)
{
    if (context->poll_fd >= 0)
        close(context->poll_fd);
    if (context->timer_fd >= 0)
        close(context->timer_fd);
    free(context->relay_url);
    free(context->relay_origin);
    free(context->ca_file);
    free(context->worker_path);
    free(context->policy_file);
    context_forget_policies(context);
    free(context);
}

int qa_context_new(const qa_context_options *options, qa_context **out)
{
    qa_context_options known = {0};
    if (!out || options_read(&known, sizeof known, options) || !known.relay_url ||
        ws_url_check(known.relay_url))
        return QA_EINVAL;
    int error = random_init();
    if (error)
        return error;

    qa_context *context = calloc(1, sizeof *context);
    if (!context)
        return QA_ENOMEM;
    context->refs = 1;
    context->poll_fd = context->timer_fd = -1;
    context->last = &context->first;
    atomic_init(&context->stop, false);
    if (uv_loop_init(&context->loop)) {
        free_memory(context);
        return QA_EIO;
    }
    error = uv_async_init(&context->loop, &context->stopper, on_stopper) ? QA_EIO : 0;
    if (!error) {
        error = open_descriptors(context);
        if (!error)
            error = copy_options(context, &known);
        if (!error) {
            context_wake(context); /* libuv takes up its own descriptors at the first turn */
            *out = context;
            return 0;
        }
        uv_close((uv_handle_t *)&context->stopper, NULL);
        uv_run(&context->loop, UV_RUN_DEFAULT);
    }
    uv_loop_close(&context->loop);
    free_memory(context);
    return error;
}

qa_context *qa_context_ref(qa_context *context)
{
    context->refs++;
    return context;
}

static void on_teardown_late(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Runs the loop until its last handles are closed: those of lws and of workers that are being
 * reaped. */
static void finish_loop(qa_context *context)
{
    struct sigpipe_guard guard;
    sigpipe_guard_begin(&guard);
    if (context->ws_host)
        ws_host_free(context->ws_host, NULL, NULL);
    http_free(context->http, NULL, NULL);
    uv_close((uv_handle_t *)&context->stopper, NULL);

    uv_timer_t late;
    uv_timer_init(&context->loop, &late);
    uv_timer_start(&late, on_teardown_late, TEARDOWN_MS, 0);
    uv_unref((uv_handle_t *)&late);
    uv_run(&context->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&late, NULL);
    uv_run(&context->loop, UV_RUN_NOWAIT);
    sigpipe_guard_end(&guard);
}

void qa_context_unref(qa_context *context)
{
    if (!context || --context->refs)
        return;
    context_flush(context);
    finish_loop(context);
    if (uv_loop_close(&context->loop)) {
        /* Freeing what the loop still points to would be worse than keeping it. */
        log_error(&context->log, "the event loop could not be closed; its memory is kept");
        return;
    }
    free_memory(context);
}

int qa_context_get_fd(const qa_context *context)
{
    return context ? context->poll_fd : QA_EINVAL;
}

int qa_context_dispatch(qa_context *context)
{
    if (!context)
        return QA_EINVAL;
    if (context->dispatching)
        return QA_ESTATE;
    context->refs++;
    context->dispatching = true;
    struct sigpipe_guard guard;
    sigpipe_guard_begin(&guard);

    context_flush(context);
    uv_run(&context->loop, UV_RUN_NOWAIT);
    context_flush(context);

    sigpipe_guard_end(&guard);
    context->dispatching = false;
    arm_timer(context, context->first ? 0 : uv_backend_timeout(&context->loop));
    qa_context_unref(context);
    return 0;
}

int qa_context_run(qa_context *context)
{
    if (!context)
        return QA_EINVAL;
    if (context->dispatching)
        return QA_ESTATE;
    context->refs++;
    int error = 0;
    while (!error && !atomic_exchange(&context->stop, false)) {
        struct pollfd fd = {.fd = context->poll_fd, .events = POLLIN};
        if (poll(&fd, 1, -1) < 0 && errno != EINTR)
            error = QA_EIO;
        else
            error = qa_context_dispatch(context);
    }
    qa_context_unref(context);
    return error;
}

void qa_context_stop(qa_context *context)
{
    if (!context)
        return;
    atomic_store(&context->stop, true); /* before the wake-up */
    uv_async_send(&context->stopper);
}

const char *qa_version(void)
{
    return QASSIST_VERSION;
}
