/*
 * The relay's service: one process, one libuv loop, one libwebsockets context, one TLS port. The
 * embedding program ignores SIGPIPE. Of a session, records.h says all that is written to disk.
 */
#ifndef RELAY_SERVER_H
#define RELAY_SERVER_H

#include <uv.h>

#include "base/log.h"
#include "relay/accounts.h"
#include "relay/connection.h"
#include "relay/directory.h"
#include "relay/forward.h"
#include "relay/meetings.h"
#include "relay/outcome.h"
#include "relay/presence.h"
#include "relay/quota.h"
#include "relay/records.h"
#include "relay/tls_files.h"

struct relay_options {
    const char *listen;         /* "ADDRESS:PORT"; port 0: any */
    int listen_fd;              /* a socket that listens already, taken over; 0: none */
    const char *metrics_listen; /* the same of the listener for metrics; NULL: none */
    int metrics_fd;
    const char *certificate_file;
    const char *key_file;
    const char *state_dir;
    const char *organisation; /* printable, may be empty; of helpers with accounts here */
    const char *issuers_file; /* whose sign-ins are taken; NULL: none */
    const char *contact;      /* printable; whom people may write to or call; NULL: not said */
    unsigned code_lifetime_s;
    unsigned session_lifetime_s;
    int64_t clock_offset_s; /* for tests: pretends that it is so much later */
    unsigned max_connections;
    unsigned max_unasked; /* connections that have not said what they want yet */
    unsigned max_unasked_per_address;
    struct quota_options quota;
    /* From here on 0 means: no such limit. */
    unsigned max_connections_per_address;
    unsigned max_sessions; /* in all */
    unsigned max_sessions_per_address;
    unsigned max_sessions_per_account; /* codes included */
    unsigned session_mib;              /* that a session may move, both ways together */
    unsigned unshown_mib;              /* the same, before it shows a screen */
    unsigned unshown_s;                /* how long two may be together before that */
    /* Time to say what one wants, TCP, TLS and HTTP included; not 0. */
    unsigned hello_s;
    const char *proxy_protocol; /* addresses that begin with a PROXY header; NULL: none */
    const char *forwarded_for;  /* addresses whose X-Forwarded-For is believed; NULL: none */
    bool log_personal;          /* the log may say who it was: address, account, name */
    const char *directory;      /* the nodes' directory (shared.h); NULL: this is the only node */
    const char *node_url;       /* this node's own address; NULL: the service's */
    const char *cluster_key;    /* a file that all nodes have alike; NULL: the state directory's */
    unsigned worker;            /* which one of workers.h; 0: there is just this process */
    bool restarted;             /* a worker in the place of one that died */
};

/* The figures for a normal relay; the strings are NULL. */
void relay_options_default(struct relay_options *options);

/* Connections beyond max_connections that are told so, rather than cut off. */
#define RELAY_SURPLUS 32

struct arrival;
#define RELAY_LAG_BUCKETS 8

/* How late the loop was, as a histogram; bounds in metrics.c, the last one has none. */
struct relay_lag {
    uint64_t counts[RELAY_LAG_BUCKETS];
    uint64_t sum_ms;
};

struct admin;
struct listener;
struct turns;
struct verifier;
struct sign_ins;
struct nodes;

struct relay_server {
    struct relay_options options;
    const struct log *log;
    uv_loop_t loop;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct listener *listener;
    struct admin *admin; /* NULL: none */
    struct tls_files tls;
    struct directory *directory;
    struct meetings *meetings;
    struct records *records;
    struct ticket_key ticket_key;
    struct quota *quota;
    struct presence *presence;
    struct address_list proxies, forwarders;
    LIST_HEAD(, arrival) arrivals; /* whose PROXY header is not whole yet; counted as connections */
    struct verifier *verifier;
    struct sign_ins *sign_ins; /* NULL: none are taken */
    struct nodes *nodes;       /* NULL: this is the only one */
    struct accounts accounts;
    struct accounts_stamp accounts_stamp;
    LIST_HEAD(, connection) connections;
    size_t connection_count, unasked_count, pairs;
    uint64_t bytes; /* relayed */
    struct outcomes outcomes;
    uint64_t accepted, turned_away;    /* connections */
    uint64_t reloads, reloads_refused; /* of the settings */
    struct relay_lag lag;
    int64_t started; /* seconds since 1970 */
    uv_timer_t sweep;
    uint64_t accounts_due_ms, purge_due_ms; /* when to look at them again */
    uint64_t sweep_due_ms;
    bool loop_made, draining, stopping;
    uint64_t drain_from_ms, drain_by_ms, stop_by_ms;
    struct turns *turns;
    struct forward_gather gather;
};

/*
 * Makes everything and listens; `why` says what to do when it fails. The strings of the options are
 * kept as they are. 0, QA_EINVAL, QA_EIO, QA_ESTATE (the state directory), QA_ETRUST (certificate
 * or key), QA_ENOMEM.
 */
int relay_server_new(const struct relay_options *options, const struct log *log,
                     struct relay_server **out, char *why, size_t why_size);

/* The port it listens on. */
unsigned relay_server_port(const struct relay_server *server);

/* That of the listener for metrics; 0 when there is none. */
unsigned relay_server_metrics_port(const struct relay_server *server);

/* Serves until relay_server_stop has taken effect. 0 or QA_EIO. */
int relay_server_run(struct relay_server *server);

/*
 * The rest is called from the loop, server->loop, which is the caller's to add handles to; they are
 * closed before relay_server_free.
 */

/* Tells everybody and ends within seconds; when called again, at once. */
void relay_server_stop(struct relay_server *server);

/*
 * Begins no new sessions: no codes are given out, those that were can still be joined, sessions go
 * on and may come back. When all are over, or after `limit_s`, it stops.
 */
void relay_server_drain(struct relay_server *server, unsigned limit_s);

/*
 * Takes up new options: certificate and key, organisation, issuers, limits and what the log says;
 * sessions go on. Where the relay listens, its state directory, max_connections and code_lifetime_s
 * stay as they are. 0, or the error of relay_server_new with `why`, and then nothing has changed.
 * The strings are kept as they are: on success the new ones, else the old ones.
 */
int relay_server_reload(struct relay_server *server, const struct relay_options *options, char *why,
                        size_t why_size);

/* Takes everything down. */
void relay_server_free(struct relay_server *server);

/* ---- for the parts of the service ---- */

#define relay_log(server, level, ...) log_line((server)->log, (level), __VA_ARGS__)

/* Makes libwebsockets look at its timers and at connections with something to do. */
void relay_server_wake(struct relay_server *server);

/* Looks at deadlines and closes at the loop's next turn. */
void relay_server_hurry(struct relay_server *server);

/* Reads the accounts again if they changed. 0, QA_EIO, QA_ENOMEM. */
int relay_server_refresh_accounts(struct relay_server *server);

/* True when this helper, with an account here or signed in at an issuer, may still help. */
bool relay_server_may_help(const struct relay_server *server, const char *account);

/* Seconds since 1970. */
int64_t relay_server_wall(const struct relay_server *server);

/* libwebsockets' callback (endpoint.c). */
int relay_endpoint_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                            size_t length);

#endif
