#include "link/ws_host.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "link/sigpipe.h"
#include "link/ws_tls.h"

/* As many again may still be closing. */
#define DESCRIPTORS_MAX (2 * WS_LINKS_MAX)
#define FAREWELL_MS     5
/* Longer than the link's own limit, which knows what to say. */
#define TIMEOUT_SECONDS 30

static const struct lws_protocols protocols[] = {
    {.name = WS_SUBPROTOCOL, .callback = ws_link_callback},
    {0},
};

/* No pings or hang-ups of libwebsockets' own: the link has its own, which know of paused reading.
 */
static const lws_retry_bo_t no_policy;

/* ---- which handles on the loop are the context's ---- */

struct handles {
    uv_handle_t **list; /* NULL: only count */
    size_t count, room;
};

static void note_handle(uv_handle_t *handle, void *argument)
{
    struct handles *handles = argument;
    if (handles->list && handles->count < handles->room)
        handles->list[handles->count] = handle;
    handles->count++;
}

static int list_handles(uv_loop_t *loop, struct handles *handles)
{
    *handles = (struct handles){0};
    uv_walk(loop, note_handle, handles);
    handles->room = handles->count;
    handles->list = calloc(handles->room + 1, sizeof(uv_handle_t *));
    if (!handles->list)
        return QA_ENOMEM;
    handles->count = 0;
    uv_walk(loop, note_handle, handles);
    return 0;
}

static bool has(uv_handle_t *const *list, size_t count, const uv_handle_t *handle)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == handle)
            return true;
    return false;
}

/*
 * The kernel's own number of an eventfd, which no other has as long as it is open anywhere; -1 when
 * it is none or cannot be told.
 */
static long eventfd_id(int fd)
{
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    long id = -1;
    while (id < 0 && fgets(line, sizeof line, file))
        if (sscanf(line, "eventfd-id: %ld", &id) != 1)
            id = -1;
    fclose(file);
    return id;
}

/*
 * What came to the loop since `before` is the context's. Its timers live inside the context, so
 * that their addresses stay theirs until it is freed.
 */
static int note_owned(struct ws_host *host, const struct handles *before)
{
    struct handles after;
    int error = list_handles(host->loop, &after);
    if (error)
        return error;
    for (size_t i = 0; i < after.count; i++) {
        uv_handle_t *handle = after.list[i];
        if (has(before->list, before->count, handle))
            continue;
        int fd;
        if (handle->type == UV_POLL && !uv_fileno(handle, &fd) && eventfd_id(fd) >= 0) {
            host->event_fd = fd;
            host->event_poll = handle;
        } else if (handle->type == UV_POLL) {
            continue; /* 4.3's netlink socket, say, which it closes by itself */
        } else if (host->owned_count < sizeof host->owned / sizeof host->owned[0]) {
            host->owned[host->owned_count++] = handle;
        }
    }
    free(after.list);
    return 0;
}

struct presence {
    uv_handle_t *const *list;
    size_t count;
    bool found;
};

static void look_for(uv_handle_t *handle, void *argument)
{
    struct presence *presence = argument;
    if (has(presence->list, presence->count, handle))
        presence->found = true;
}

static bool any_left(const struct ws_host *host, uv_handle_t *const *list, size_t count)
{
    struct presence presence = {.list = list, .count = count};
    uv_walk(host->loop, look_for, &presence);
    return presence.found;
}

/* ---- attempts ---- */

struct stray {
    struct lws *wsi;
    uv_handle_t *handle;
};

static void look_for_stray(uv_handle_t *handle, void *argument)
{
    struct stray *stray = argument;
    if (handle->type == UV_POLL && handle->data == stray->wsi && !uv_is_closing(handle))
        stray->handle = handle;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void ws_host_forget(struct ws_host *host, struct ws_attempt *attempt, struct lws *wsi)
{
    /* After a refused connection, 4.1 closes the socket and leaves its poll handle on the loop. */
    struct stray stray = {.wsi = wsi};
    uv_walk(host->loop, look_for_stray, &stray);
    if (stray.handle)
        uv_close(stray.handle, free_handle);

    for (struct ws_attempt **at = &host->attempts; *at; at = &(*at)->next) {
        if (*at == attempt) {
            *at = attempt->next;
            free(attempt);
            return;
        }
    }
}

void ws_host_set_proxies(struct ws_host *host, const struct ws_proxy_rules *rules)
{
    host->proxies = *rules;
}

void ws_host_wake(struct ws_host *host)
{
    if (host->context)
        lws_cancel_service(host->context);
}

/* ---- making ---- */

static struct lws_vhost *make_vhost(struct ws_host *host, const char *name)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = name,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .alpn = "http/1.1",
        .timeout_secs = TIMEOUT_SECONDS,
        .connect_timeout_secs = TIMEOUT_SECONDS,
        .retry_and_idle_policy = &no_policy,
        /* Without it libwebsockets would read the variable http_proxy. */
        .http_proxy_address = "",
    };
    return lws_create_vhost(host->context, &info);
}

/*
 * Without DO_SSL_GLOBAL_INIT for the context: each one would draw new places for libwebsockets'
 * data in OpenSSL's objects, for the whole process, and those of other contexts would not find
 * theirs any more: their handshakes fail and their memory is not freed. OpenSSL needs no such call.
 */
static int make_context(struct ws_host *host)
{
    void *loops[1] = {host->loop};
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .foreign_loops = loops,
        .pt_serv_buf_size = LINK_BINARY_MAX + 256,
        .fd_limit_per_thread = DESCRIPTORS_MAX,
        .timeout_secs = TIMEOUT_SECONDS,
        .connect_timeout_secs = TIMEOUT_SECONDS,
        .retry_and_idle_policy = &no_policy,
        .pcontext = &host->context,
        .user = host,
        .gid = (__typeof__(info.gid))-1,
        .uid = (__typeof__(info.uid))-1,
    };
    host->context = lws_create_context(&info);
    if (!host->context)
        return QA_EIO;
    host->direct = make_vhost(host, "direct");
    host->proxied = make_vhost(host, "proxied");
    return host->direct && host->proxied ? 0 : QA_EIO;
}

/*
 * libwebsockets ignores SIGPIPE for the whole process: the program's own disposition is put back
 * (see link/sigpipe.h for what protects it instead). Its log level is one for the process too;
 * what it has to say is silenced, since it would name hosts and go to standard error.
 */
static int make_context_quietly(struct ws_host *host)
{
    struct sigaction before;
    bool known = sigaction(SIGPIPE, NULL, &before) == 0;
    lws_set_log_level(0, NULL);
    int error = make_context(host);
    if (known)
        sigaction(SIGPIPE, &before, NULL);
    return error;
}

int ws_host_new(uv_loop_t *loop, const char *ca_file, const struct log *log, struct ws_host **out)
{
    *out = NULL;
    struct ws_host *host = calloc(1, sizeof *host);
    if (!host)
        return QA_ENOMEM;
    host->loop = loop;
    host->log = log;
    host->event_fd = host->event_kept = -1;

    struct handles before = {0};
    int error = ws_tls_store_new(ca_file, &host->trusted);
    if (error == QA_ETRUST)
        log_error(log, "relay: no certificate can be read from the file of trusted authorities");
    if (!error)
        error = list_handles(loop, &before);
    if (!error) {
        error = make_context_quietly(host);
        if (error)
            log_error(log, "relay: libwebsockets did not start; is its libuv plugin installed?");
    }
    if (host->context && note_owned(host, &before) && !error)
        error = QA_ENOMEM;
    host->event_id = eventfd_id(host->event_fd);
    free(before.list);
    if (!error) {
        *out = host;
        return 0;
    }
    if (host->context) {
        /* Half made: the loop takes what there is of it down. */
        ws_host_free(host, NULL, NULL);
    } else {
        X509_STORE_free(host->trusted);
        free(host);
    }
    return error;
}

/* ---- taking down ---- */

/* 4.3.5 forgets this descriptor. The number alone would not do: somebody else's may have it now. */
static void close_forgotten_event_fd(const struct ws_host *host)
{
    if (host->event_kept >= 0 && eventfd_id(host->event_fd) == host->event_id)
        close(host->event_fd);
}

static void farewell_closed(uv_handle_t *handle)
{
    struct ws_host *host = handle->data;
    close_forgotten_event_fd(host);
    if (host->event_kept >= 0)
        close(host->event_kept);
    while (host->attempts) {
        struct ws_attempt *next = host->attempts->next;
        free(host->attempts);
        host->attempts = next;
    }
    X509_STORE_free(host->trusted);
    explicit_bzero(&host->proxies, sizeof host->proxies);
    void (*done)(void *) = host->done;
    void *user = host->done_user;
    free(host);
    if (done)
        done(user);
}

/* Takes the number of the context's descriptor if nobody in the process has it. */
static bool take_number(const struct ws_host *host)
{
    int taken = fcntl(host->event_kept, F_DUPFD_CLOEXEC, host->event_fd);
    if (taken >= 0 && taken != host->event_fd)
        close(taken);
    return taken == host->event_fd;
}

static void do_nothing(uv_handle_t *handle)
{
}

/*
 * 4.1 closes this descriptor at once and its number once more when its handle is closed. Another
 * thread of the program may have been given the number meanwhile: so it is kept busy until then,
 * and if somebody was faster, the handle's callback waits until it is free again.
 */
static void hold_event_fd(struct ws_host *host)
{
    if (host->event_fd < 0 || eventfd_id(host->event_fd) == host->event_id)
        return;
    if (take_number(host) || !any_left(host, &host->event_poll, 1))
        return;
    host->put_off = host->event_poll->close_cb;
    host->event_poll->close_cb = do_nothing;
}

static void try_again_to_hold(struct ws_host *host)
{
    if (!host->put_off || any_left(host, &host->event_poll, 1) || !take_number(host))
        return;
    uv_close_cb callback = host->put_off;
    host->put_off = NULL;
    callback(host->event_poll);
}

static void check_farewell(uv_timer_t *timer)
{
    struct ws_host *host = timer->data;
    try_again_to_hold(host);
    if (host->links || host->put_off || any_left(host, host->owned, host->owned_count))
        return;
    /* On a foreign loop the context waits for this second call once its handles are closed. */
    if (host->context) {
        struct sigpipe_guard guard;
        sigpipe_guard_begin(&guard);
        lws_context_destroy(host->context);
        sigpipe_guard_end(&guard);
    }
    if (host->context)
        return;
    uv_timer_stop(timer);
    uv_close((uv_handle_t *)timer, farewell_closed);
}

void ws_host_free(struct ws_host *host, void (*done)(void *user), void *user)
{
    host->done = done;
    host->done_user = user;
    host->farewell.data = host;
    if (host->event_fd >= 0)
        host->event_kept = fcntl(host->event_fd, F_DUPFD_CLOEXEC, 0);
    struct sigpipe_guard guard;
    sigpipe_guard_begin(&guard);
    lws_context_destroy(host->context);
    hold_event_fd(host);
    sigpipe_guard_end(&guard);
    uv_timer_init(host->loop, &host->farewell);
    uv_timer_start(&host->farewell, check_farewell, 0, FAREWELL_MS);
}
