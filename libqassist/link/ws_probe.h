/*
 * What a proxy says to a connection through it. libwebsockets does not tell why one did not come
 * about, so that the proxy is asked once more, by hand, and its answer read.
 */
#ifndef LINK_WS_PROBE_H
#define LINK_WS_PROBE_H

#include <uv.h>

#include "link/ws_proxy.h"

struct ws_probe;

/* As for ws_proxy_explain; from the loop, once. */
typedef void (*ws_probe_done_fn)(void *user, int status, bool basic);

/* Connects to `address` and asks for `target` ("host:port"). 0 or QA_ENOMEM. */
int ws_probe_start(uv_loop_t *loop, const struct sockaddr *address, const struct ws_proxy *proxy,
                   const char *target, ws_probe_done_fn done, void *user, struct ws_probe **out);

/* `done` is not called any more. NULL is allowed. */
void ws_probe_cancel(struct ws_probe *probe);

#endif
