#include "link/resolve.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <qassist/errors.h>

/* What thread and loop share; freed by the last of the two. */
struct lookup {
    atomic_int holds;
    int ready; /* an eventfd: the thread is done */
    char *host, *port;
    int error;
    struct addrinfo *found;
};

struct resolve {
    uv_poll_t poll;
    struct lookup *lookup;
    resolve_fn done;
    void *user;
};

static void release(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->holds, 1) > 1)
        return;
    if (lookup->found)
        freeaddrinfo(lookup->found);
    if (lookup->ready >= 0)
        close(lookup->ready);
    free(lookup->host);
    free(lookup->port);
    free(lookup);
}

static void *look_up(void *data)
{
    struct lookup *lookup = data;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    lookup->error = getaddrinfo(lookup->host, lookup->port, &hints, &lookup->found);
    eventfd_write(lookup->ready, 1);
    release(lookup);
    return NULL;
}

static void closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void finish(struct resolve *resolve)
{
    uv_close((uv_handle_t *)&resolve->poll, closed);
    release(resolve->lookup);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct resolve *resolve = poll->data;
    eventfd_t ready;
    if (eventfd_read(resolve->lookup->ready, &ready)) /* orders what the thread wrote before this */
        return;
    struct addrinfo *found = resolve->lookup->found;
    int error = resolve->lookup->error;
    resolve->lookup->found = NULL;
    uv_poll_stop(&resolve->poll);
    resolve->done(resolve->user, error, found);
    finish(resolve);
}

/* The host's signals are for the host's threads. */
static int start_thread(struct lookup *lookup)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_attr_init(&attributes))
        return QA_ENOMEM;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, &attributes, look_up, lookup);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error ? QA_EIO : 0;
}

static struct lookup *new_lookup(const char *host, const char *port)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return NULL;
    atomic_init(&lookup->holds, 1);
    lookup->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    lookup->host = strdup(host);
    lookup->port = strdup(port);
    if (lookup->ready >= 0 && lookup->host && lookup->port)
        return lookup;
    release(lookup);
    return NULL;
}

int resolve_start(uv_loop_t *loop, const char *host, const char *port, resolve_fn done, void *user,
                  struct resolve **out)
{
    struct resolve *resolve = calloc(1, sizeof *resolve);
    struct lookup *lookup = resolve ? new_lookup(host, port) : NULL;
    *out = NULL;
    if (!lookup || uv_poll_init(loop, &resolve->poll, lookup->ready)) {
        if (lookup)
            release(lookup);
        free(resolve);
        return QA_ENOMEM;
    }
    resolve->lookup = lookup;
    resolve->done = done;
    resolve->user = user;
    resolve->poll.data = resolve;
    atomic_store(&lookup->holds, 2);
    int error = start_thread(lookup);
    if (error) {
        atomic_store(&lookup->holds, 1);
        finish(resolve);
        return error;
    }
    uv_poll_start(&resolve->poll, UV_READABLE, on_ready);
    *out = resolve;
    return 0;
}

void resolve_cancel(struct resolve *resolve)
{
    if (!resolve)
        return;
    uv_poll_stop(&resolve->poll);
    finish(resolve);
}
