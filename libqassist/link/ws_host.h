/*
 * Inside of the WebSocket link: what ws.c (one connection) and ws_host.c (one libwebsockets context
 * on a foreign libuv loop) know of each other.
 */
#ifndef LINK_WS_HOST_H
#define LINK_WS_HOST_H

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <uv.h>

#include "link/ws.h"
#include "link/ws_proxy.h"

#define WS_SUBPROTOCOL "qassist.1"

struct ws_link;

/*
 * One try to connect, known to libwebsockets by this object and not by the link: its last callback
 * can come long after the link is gone.
 */
struct ws_attempt {
    struct ws_link *link; /* NULL: nobody cares any more */
    struct ws_host *host;
    struct ws_attempt *next;
};

struct ws_host {
    uv_loop_t *loop;
    const struct log *log;
    struct lws_context *context; /* libwebsockets writes NULL here when it is freed */
    struct lws_vhost *direct;
    struct lws_vhost *proxied;
    X509_STORE *trusted;
    struct ws_proxy_rules proxies;
    struct ws_attempt *attempts;
    size_t links;          /* struct ws_links that are not freed yet */
    uv_handle_t *owned[8]; /* the context's own timers on the loop */
    size_t owned_count;
    int event_fd;            /* by which the context wakes itself; -1: unknown */
    uv_handle_t *event_poll; /* that polls it */
    uv_close_cb put_off;     /* event_poll's, until the number event_fd is held; NULL: none */
    long event_id;           /* the kernel's number of that eventfd; -1: unknown */
    int event_kept;          /* the same eventfd, so that the kernel gives its number to no other */
    uv_timer_t farewell;
    void (*done)(void *user);
    void *done_user;
    uint8_t scratch[LWS_PRE + LINK_BINARY_MAX];
};

/* Makes libwebsockets look at its timers and at connections with something to do. */
void ws_host_wake(struct ws_host *host);

/* The last callback of an attempt has come. */
void ws_host_forget(struct ws_host *host, struct ws_attempt *attempt, struct lws *wsi);

/* libwebsockets' callback for a connection (ws.c). */
int ws_link_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t length);

#endif
