/*
 * Relay addresses and proxies as people write them: wss:// URLs, and the variables https_proxy and
 * no_proxy with the meaning that curl and others give them. Pure text, no I/O.
 */
#ifndef LINK_WS_URL_H
#define LINK_WS_URL_H

#include <stdbool.h>
#include <stdint.h>

#define WS_URL_MAX 512
/* libwebsockets cuts a TLS host name at 127; a cut name must never be compared. */
#define WS_HOST_MAX 127
/* libwebsockets' room for "user:password" of a proxy. */
#define WS_PROXY_AUTH_MAX 94

struct ws_url {
    char host[WS_HOST_MAX + 1]; /* an IPv6 address without its brackets */
    bool is_ipv6;
    uint16_t port;
    char path[WS_URL_MAX + 1];
    char authority[WS_HOST_MAX + 16]; /* as in the Host header: brackets, and the port if not 443 */
    char shown[WS_HOST_MAX + 16];     /* "host:port", for messages */
};

struct ws_proxy {
    char host[WS_HOST_MAX + 1];
    uint16_t port;
    char auth[WS_PROXY_AUTH_MAX + 1]; /* "user:password", decoded; or empty */
};

/* 0 or QA_EINVAL. */
int ws_url_parse(const char *text, struct ws_url *out);

/* "[http://][user:password@]host:port[/]": 0 or QA_EINVAL. */
int ws_proxy_parse(const char *text, struct ws_proxy *out);

/*
 * True when a connection to the URL is not to take the proxy: a loopback address, or one that
 * `no_proxy` (may be NULL) names: "*", a host, a domain with or without a dot before it, an
 * address.
 */
bool ws_proxy_bypassed(const char *no_proxy, const struct ws_url *url);

#endif
