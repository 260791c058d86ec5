/*
 * One WebSocket link from the inside: ws.c owns it (life, sending, receiving, time), ws_connect.c
 * brings it to the relay (proxy, address, TLS).
 */
#ifndef LINK_WS_LINK_H
#define LINK_WS_LINK_H

#include "base/buffer.h"
#include "link/resolve.h"
#include "link/ws_host.h"
#include "link/ws_probe.h"
#include "link/ws_url.h"

#define WS_CONNECT_MS 20000
#define WS_TICK_MS    1000
#define WS_DETAIL_MAX 320

enum ws_state { WS_RESOLVING, WS_CONNECTING, WS_OPEN, WS_CLOSING, WS_CLOSED };

struct ws_link {
    struct link base;
    struct ws_host *host;
    struct link_events events;
    void *user;
    struct ws_url url;
    struct ws_proxy proxy;
    bool use_proxy;
    bool misled;                      /* by the setting of a proxy; `refusal` says how */
    char refusal[WS_PROXY_WORDS_MAX]; /* what libwebsockets said */
    struct ws_probe *probe;           /* asks the proxy why */
    char alpn[32];
    enum ws_state state;
    unsigned holds; /* the owner, the timer */

    uv_timer_t timer;
    struct resolve *resolve;
    struct addrinfo *addresses, *next_address;
    const struct addrinfo *tried; /* the last one */
    bool connect_due;
    bool close_asked, goodbye_said;
    bool abandoned; /* close_asked, but the relay is to think that the connection broke off */
    struct ws_attempt *attempt;
    struct lws *wsi;
    bool reached;  /* TCP was there */
    int untrusted; /* X509_V_ERR_ */
    uint64_t deadline_ms;

    struct buffer out; /* struct head and bytes, again and again */
    size_t first_sent; /* bytes of the first message that are out */
    size_t queued;
    bool above_low_water;
    struct buffer text;
    bool reading;
    uint64_t heard_ms, pinged_ms;
    bool ping_due;
    char goodbye[WS_DETAIL_MAX]; /* why the relay closes, in its own words */
};

/* The end of a link's activity; `closed` is its last event. */
void ws_link_finish(struct ws_link *link, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Gives one hold back. */
void ws_link_release(struct ws_link *link);

/* Looks at what is due, from the loop, as soon as it turns. */
void ws_link_hurry(struct ws_link *link);

/* The proxy's password is not needed any more. */
void ws_connect_forget_proxy(struct ws_link *link);

/* It took too long. */
void ws_connect_late(struct ws_link *link);

/* Chooses the proxy, and starts with the address of the relay's host or the proxy's. 0, QA_EINVAL,
 * QA_ENOMEM. */
int ws_connect_start(struct ws_link *link);

/* Tries the next address. */
void ws_connect_next(struct ws_link *link);

/* libwebsockets gave the attempt up. */
void ws_connect_failed(struct ws_link *link, const char *reason);

/* False when the server chose another subprotocol or none: not a relay of ours. */
bool ws_connect_subprotocol_agreed(struct lws *wsi);

/* The WebSocket is there: `opened`. */
void ws_connect_done(struct ws_link *link);

#endif
