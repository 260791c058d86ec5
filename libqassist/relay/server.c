#include "relay/server.h"
#include "relay/options_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "base/random.h"
#include "relay/admin.h"
#include "relay/arrival.h"
#include "relay/comeback.h"
#include "relay/ending.h"
#include "relay/listener.h"
#include "relay/metrics.h"
#include "relay/nodes.h"
#include "relay/rendezvous.h"
#include "relay/sign_in.h"
#include "relay/sign_in_token.h"
#include "relay/turns.h"
#include "relay/verifier.h"
#include "relay/workers.h"

#define SWEEP_MS    250
#define ACCOUNTS_MS 1000
#define PURGE_MS    30000
/* Descriptors besides those of the connections. */
#define DESCRIPTORS_BESIDES (64 + RELAY_SURPLUS)
#define GIB                 1024 /* in MiB */

static const struct lws_protocols protocols[] = {
    /* libwebsockets reads nothing of a WebSocket here: the buffer for that is not needed. */
    {.name = RELAY_SUBPROTOCOL,
     .callback = relay_endpoint_callback,
     .rx_buffer_size = 64,
     .tx_packet_size = 4096},
    {0},
};

/* No pings or hang-ups of libwebsockets' own: connection.c has its own. */
static const lws_retry_bo_t no_policy;

void relay_options_default(struct relay_options *options)
{
    *options = (struct relay_options){
        .code_lifetime_s = 600,
        .session_lifetime_s = 12 * 3600,
        .hello_s = 10,
        .max_connections = 4096,
        .max_connections_per_address = 1024,
        .max_unasked = 512,
        .max_unasked_per_address = 64,
        .max_sessions_per_address = 512,
        .max_sessions_per_account = 50,
        .session_mib = 64 * GIB,
        .unshown_mib = 16,
        .unshown_s = 600,
        .quota =
            {.per_minute = {[QUOTA_JOIN] = 5,
                            [QUOTA_CREATE] = 10,
                            [QUOTA_REJOIN] = 60,
                            [QUOTA_CREATE_ACCOUNT] = 20},
             .per_minute_total =
                 {[QUOTA_JOIN] = 3000, [QUOTA_CREATE] = 3000, [QUOTA_REJOIN] = 6000},
             .misses_per_minute = 60,
             .mib_per_day = {[QUOTA_BYTES_ADDRESS] = 512 * GIB, [QUOTA_BYTES_ACCOUNT] = 128 * GIB}},
    };
}

int64_t relay_server_wall(const struct relay_server *server)
{
    return (int64_t)time(NULL) + server->options.clock_offset_s;
}

void relay_server_wake(struct relay_server *server)
{
    if (server->context)
        lws_cancel_service(server->context);
}

/* ---- accounts ---- */

int relay_server_refresh_accounts(struct relay_server *server)
{
    struct accounts_stamp stamp;
    accounts_stamp(server->options.state_dir, &stamp);
    if (server->accounts_stamp.inode && !memcmp(&stamp, &server->accounts_stamp, sizeof stamp))
        return 0;
    struct accounts accounts;
    int error = accounts_load(server->options.state_dir, &accounts);
    if (error) {
        relay_log(server, QA_LOG_ERROR, "event=accounts_unreadable errno=%d", errno);
        return error;
    }
    accounts_free(&server->accounts);
    server->accounts = accounts;
    server->accounts_stamp = stamp;
    comeback_check_accounts(server);
    return 0;
}

bool relay_server_may_help(const struct relay_server *server, const char *account)
{
    return sign_in_account_valid(account) ? sign_in_may_help(server->sign_ins, account)
                                          : accounts_have(&server->accounts, account);
}

/* ---- time ---- */

static void check_all(struct relay_server *server, uint64_t now)
{
    for (struct connection *connection = LIST_FIRST(&server->connections), *next; connection;
         connection = next) {
        next = LIST_NEXT(connection, all);
        connection_check(connection, now);
    }
}

static void close_own_handles(struct relay_server *server)
{
    if (!uv_is_closing((uv_handle_t *)&server->sweep))
        uv_close((uv_handle_t *)&server->sweep, NULL);
    turns_close(server->turns);
}

static void sweep(uv_timer_t *timer)
{
    struct relay_server *server = timer->data;
    uint64_t now = clock_ms();
    metrics_lag(server, now);
    server->sweep_due_ms = now + SWEEP_MS;
    directory_expire(server->directory, now, rendezvous_expired);
    check_all(server, now);
    arrival_check(server, now);
    if (!server->stopping)
        comeback_sweep(server, now);
    if (now >= server->accounts_due_ms) {
        server->accounts_due_ms = now + ACCOUNTS_MS;
        relay_server_refresh_accounts(server);
        if (sign_in_sweep(server->sign_ins, relay_server_wall(server)))
            comeback_check_accounts(server);
    }
    if (now >= server->purge_due_ms) {
        server->purge_due_ms = now + PURGE_MS;
        if (records_purge(server->records, relay_server_wall(server)))
            relay_log(server, QA_LOG_ERROR, "event=purge_failed");
    }
    ending_check(server, now);
}

void relay_server_hurry(struct relay_server *server)
{
    if (!uv_is_closing((uv_handle_t *)&server->sweep)) {
        server->sweep_due_ms = clock_ms();
        uv_timer_start(&server->sweep, sweep, 0, SWEEP_MS);
    }
}

/* ---- making ---- */

/*
 * libwebsockets keeps a table with a place for each descriptor that the limit allows, and searches
 * it from end to end if it is smaller: so the limit is set to what is needed.
 */
static void set_descriptor_limit(struct relay_server *server)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    rlim_t wanted = server->options.max_connections + DESCRIPTORS_BESIDES;
    if (limit.rlim_max != RLIM_INFINITY && wanted > limit.rlim_max) {
        wanted = limit.rlim_max;
        server->options.max_connections =
            wanted > DESCRIPTORS_BESIDES ? (unsigned)(wanted - DESCRIPTORS_BESIDES) : 1;
        relay_log(server, QA_LOG_WARNING, "event=descriptor_limit max_connections=%u",
                  server->options.max_connections);
    }
    limit.rlim_cur = wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int make_context(struct relay_server *server)
{
    void *loops[1] = {&server->loop};
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .foreign_loops = loops,
        .timeout_secs = server->options.hello_s,
        .retry_and_idle_policy = &no_policy,
        .pcontext = &server->context,
        .user = server,
        .gid = (__typeof__(info.gid))-1,
        .uid = (__typeof__(info.uid))-1,
    };
    /* What libwebsockets says would name addresses. */
    lws_set_log_level(0, NULL);
    server->context = lws_create_context(&info);
    if (!server->context)
        return QA_EIO;
    struct lws_context_creation_info vhost = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .vhost_name = "relay",
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .ssl_cert_filepath = server->options.certificate_file,
        .ssl_private_key_filepath = server->options.key_file,
        .alpn = "http/1.1",
        .timeout_secs_ah_idle = server->options.hello_s,
        .keepalive_timeout = (int)server->options.hello_s,
        .retry_and_idle_policy = &no_policy,
    };
    server->vhost = lws_create_vhost(server->context, &vhost);
    return server->vhost ? 0 : QA_EIO;
}

static int make_handles(struct relay_server *server)
{
    if (uv_loop_init(&server->loop))
        return QA_EIO;
    server->loop_made = true;
    uv_timer_init(&server->loop, &server->sweep);
    server->sweep.data = server;
    server->sweep_due_ms = clock_ms() + SWEEP_MS;
    int error = turns_new(&server->loop, connection_turn, &server->turns);
    if (error)
        return error;
    return uv_timer_start(&server->sweep, sweep, SWEEP_MS, SWEEP_MS) ? QA_EIO : 0;
}

static int make_parts(struct relay_server *server)
{
    int error = random_init();
    if (!error)
        error = directory_new((uint64_t)server->options.code_lifetime_s * 1000, &server->directory);
    if (!error)
        error = meetings_new(&server->meetings);
    if (!error)
        error = quota_new(&server->options.quota, &server->quota);
    if (!error)
        error = presence_new(&server->presence);
    if (!error)
        error = verifier_new(&server->loop, &server->verifier);
    return error;
}

static int open_state(struct relay_server *server, char *why, size_t why_size)
{
    bool replaced = false;
    const char *state_dir = server->options.state_dir;
    if (server->options.cluster_key) {
        if (ticket_key_shared(server->options.cluster_key, &server->ticket_key, why, why_size))
            return QA_ESTATE;
    } else if (ticket_key_load(state_dir, &server->ticket_key, &replaced)) {
        snprintf(why, why_size, "the key of the tickets, %s/ticket.key, cannot be used: %s",
                 state_dir, strerror(errno));
        return QA_ESTATE;
    }
    if (replaced)
        relay_log(server, QA_LOG_WARNING, "event=ticket_key_replaced reason=readable_by_others");
    if (records_open(state_dir, &server->records, why, why_size))
        return QA_ESTATE;
    /* What a worker left behind when it died goes on at others. */
    bool takes_up = server->options.worker <= 1 && !server->options.restarted;
    if (records_purge(server->records, relay_server_wall(server)) ||
        (takes_up && comeback_take_up(server))) {
        snprintf(why, why_size, "the records of sessions in %s cannot be read or written",
                 state_dir);
        return QA_ESTATE;
    }
    if (server->options.directory || server->options.worker) {
        int error = nodes_new(server, &server->nodes, why, why_size);
        if (error)
            return error;
    }
    return server->options.issuers_file ? sign_ins_new(server, server->options.issuers_file,
                                                       &server->sign_ins, why, why_size)
                                        : 0;
}

static int start(struct relay_server *server, char *why, size_t why_size)
{
    const struct relay_options *options = &server->options;
    int error = relay_options_check_words(options, why, why_size);
    if (!error)
        error = arrival_read_lists(options, &server->proxies, &server->forwarders, why, why_size);
    if (!error)
        error = tls_files_load(options->certificate_file, options->key_file, &server->tls, why,
                               why_size);
    if (error)
        return error;
    set_descriptor_limit(server);
    error = make_handles(server);
    if (!error)
        error = make_parts(server);
    if (error)
        return error;
    error = open_state(server, why, why_size);
    if (error)
        return error;
    error = relay_server_refresh_accounts(server);
    if (error) {
        snprintf(why, why_size, "cannot read the helper accounts in %s: %s", options->state_dir,
                 strerror(errno));
        return error;
    }
    error = make_context(server);
    if (error) {
        snprintf(why, why_size,
                 "libwebsockets did not start; is its libuv plugin "
                 "(libwebsockets-evlib-uv) installed?");
        return error;
    }
    if (options->metrics_listen || options->metrics_fd)
        error = admin_new(server, &server->admin, why, why_size);
    if (!error && options->worker)
        error = listener_new_passed(server, WORKERS_CHANNEL, &server->listener);
    else if (!error)
        error = listener_new(server, options->listen, &server->listener, why, why_size);
    return error;
}

int relay_server_new(const struct relay_options *options, const struct log *log,
                     struct relay_server **out, char *why, size_t why_size)
{
    *out = NULL;
    snprintf(why, why_size, "the system gives no memory or descriptors");
    struct relay_server *server = calloc(1, sizeof *server);
    if (!server)
        return QA_ENOMEM;
    server->options = *options;
    server->log = log;
    server->started = (int64_t)time(NULL);
    int error = start(server, why, why_size);
    if (error) {
        relay_server_free(server);
        return error;
    }
    *out = server;
    return 0;
}

unsigned relay_server_port(const struct relay_server *server)
{
    return listener_port(server->listener);
}

unsigned relay_server_metrics_port(const struct relay_server *server)
{
    return server->admin ? admin_port(server->admin) : 0;
}

int relay_server_run(struct relay_server *server)
{
    uv_run(&server->loop, UV_RUN_DEFAULT);
    return server->stopping ? 0 : QA_EIO;
}

/* ---- taking down ---- */

/* On a foreign loop the context is freed by a second call, when its handles are closed. */
static void free_context(struct relay_server *server)
{
    if (!server->context)
        return;
    lws_context_destroy(server->context);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    if (server->context)
        lws_context_destroy(server->context);
}

void relay_server_free(struct relay_server *server)
{
    if (!server)
        return;
    if (server->loop_made) {
        listener_free(server->listener);
        arrival_end_all(server);
        admin_close(server->admin);
        close_own_handles(server);
        nodes_close(server->nodes);
        sign_ins_close(server->sign_ins);
        free_context(server);
        uv_run(&server->loop, UV_RUN_DEFAULT);
        int status = uv_loop_close(&server->loop);
        if (status)
            relay_log(server, QA_LOG_ERROR, "event=loop_not_empty status=%s", uv_err_name(status));
    }
    while (!LIST_EMPTY(&server->connections))
        arrival_forget(LIST_FIRST(&server->connections));
    admin_free(server->admin);
    turns_free(server->turns);
    sodium_memzero(&server->gather, sizeof server->gather);
    sign_ins_free(server->sign_ins);
    nodes_free(server->nodes);
    verifier_free(server->verifier);
    meetings_free(server->meetings);
    records_close(server->records);
    sodium_memzero(&server->ticket_key, sizeof server->ticket_key);
    tls_files_free(&server->tls);
    directory_free(server->directory);
    quota_free(server->quota);
    presence_free(server->presence);
    accounts_free(&server->accounts);
    free(server);
}
