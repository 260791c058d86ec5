/*
 * WebSocket link: TLS to a relay by libwebsockets on the context's libuv loop. ALPN http/1.1 only,
 * no extensions, certificate always checked; an HTTP CONNECT proxy (link/ws_proxy.h) is used, Basic
 * auth included.
 */
#ifndef LINK_WS_H
#define LINK_WS_H

#include <uv.h>

#include "base/log.h"
#include "link/link.h"

/* What all links of a loop share: one libwebsockets context. */
struct ws_host;
struct ws_proxy_rules;

#define WS_LINKS_MAX 512 /* of one host */

/* `ca_file`: PEM, the only authorities to trust; NULL: the system's. 0, QA_ETRUST (unreadable),
 * QA_ENOMEM, QA_EIO. */
int ws_host_new(uv_loop_t *loop, const char *ca_file, const struct log *log, struct ws_host **out);

/*
 * Starts the asynchronous teardown; `done` runs from the loop when nothing of it is left on the
 * loop. All links must be destroyed before.
 */
void ws_host_free(struct ws_host *host, void (*done)(void *user), void *user);

/* What a policy says about proxies, for connections from now on. */
void ws_host_set_proxies(struct ws_host *host, const struct ws_proxy_rules *rules);

/* Looks at a URL: 0 or QA_EINVAL (not wss://HOST[:PORT][/PATH], longer than 512). */
int ws_url_check(const char *url);

/*
 * Whether a service at one URL may send its clients on to the other: to the same host, or to one
 * below its name. So nobody is sent to a host that its owner, or a firewall, does not know as
 * the service's.
 */
bool ws_url_may_move(const char *service, const char *node);

/*
 * Starts to connect; gives up after 20 seconds. Subprotocol "qassist.1". Events as in link.h.
 * 0, QA_EINVAL, QA_ENOMEM, QA_ELIMIT (WS_LINKS_MAX are there).
 */
int link_ws_new(struct ws_host *host, const char *url, const struct link_events *events, void *user,
                struct link **out);

/*
 * Right after link_ws_new: the connection is for that process of the relay (1 to 9999; 0: any),
 * which is said in the list of application protocols as "qassist-wN".
 */
void link_ws_set_worker(struct link *link, uint32_t worker);

#endif
