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
#include "relay/presence.h"
#include "relay/quota.h"
#include "relay/records.h"

struct relay_options {
    const char *listen; /* "ADDRESS:PORT"; port 0: any */
    const char *certificate_file;
    const char *key_file;
    const char *state_dir;
    const char *organisation; /* printable, may be empty; of helpers with accounts here */
    const char *issuers_file; /* whose sign-ins are taken; NULL: none */
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
};

/* The figures for a normal relay; the strings are NULL. */
void relay_options_default(struct relay_options *options);

/* Connections beyond max_connections that are told so, rather than cut off. */
#define RELAY_SURPLUS 32

struct arrival;
struct listener;
struct verifier;
struct sign_ins;

struct relay_server {
    struct relay_options options;
    const struct log *log;
    uv_loop_t loop;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct listener *listener;
    struct directory *directory;
    struct meetings *meetings;
    struct records *records;
    struct ticket_key ticket_key;
    struct quota *quota;
    struct presence *presence;
    struct address_list proxies, forwarders;
    struct arrival *arrivals; /* whose PROXY header is not whole yet; counted as connections */
    struct verifier *verifier;
    struct sign_ins *sign_ins; /* NULL: none are taken */
    struct accounts accounts;
    struct accounts_stamp accounts_stamp;
    struct connection *connections;
    size_t connection_count, unasked_count, pairs;
    uint64_t bytes; /* relayed */
    uv_timer_t sweep;
    uint64_t accounts_due_ms, purge_due_ms; /* when to look at them again */
    uv_signal_t signals[2];
    bool loop_made, loop_used, stopping;
    uint64_t stop_by_ms;
    uint8_t scratch[LWS_PRE + FORWARD_MESSAGE_MAX];
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

/* Serves until SIGTERM or SIGINT, then tells everybody and ends. 0 or QA_EIO. */
int relay_server_run(struct relay_server *server);

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
