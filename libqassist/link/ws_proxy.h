/*
 * Which HTTP proxy a connection takes: the device's policy says so, else the variables https_proxy,
 * all_proxy and no_proxy with the meaning that curl gives them. What it needs besides is Basic
 * authentication at most. No text made here holds a user's name or password.
 */
#ifndef LINK_WS_PROXY_H
#define LINK_WS_PROXY_H

#include "link/ws_url.h"

/* libwebsockets' room for "user:password" of a proxy. */
#define WS_PROXY_AUTH_MAX   94
#define WS_PROXY_BYPASS_MAX 511
#define WS_PROXY_WORDS_MAX  640

struct ws_proxy {
    char host[WS_HOST_MAX + 1];
    uint16_t port;
    char auth[WS_PROXY_AUTH_MAX + 1]; /* "user:password", decoded; or empty */
    char shown[WS_HOST_MAX + 16];     /* "host:port", for messages */
    const char *source;               /* "the variable https_proxy" or the like */
};

/* Of a policy. All zero: none, and the environment counts. */
struct ws_proxy_rules {
    bool set;
    bool direct; /* no proxy at all */
    struct ws_proxy proxy;
    char bypass[WS_PROXY_BYPASS_MAX + 1]; /* as no_proxy */
};

/* "[http://][user:password@]host:port[/]", without a port 1080: 0 or QA_EINVAL. */
int ws_proxy_parse(const char *text, struct ws_proxy *out);

/*
 * True when a connection to host (an IPv6 address without brackets) is not to take the proxy: a
 * loopback address, or one that `no_proxy` (may be NULL) names: "*", a host, a domain with or
 * without a dot before it, an address, a network such as 10.0.0.0/8.
 */
bool ws_proxy_bypassed(const char *no_proxy, const char *host, uint16_t port);

/*
 * The proxy for a connection; out->host is empty where there is none. 0, or QA_EINVAL and in
 * `words` what is wrong with the setting.
 */
int ws_proxy_choose(const struct ws_proxy_rules *rules, const char *host, uint16_t port,
                    struct ws_proxy *out, char words[WS_PROXY_WORDS_MAX]);

/*
 * Why the proxy did not let a connection through to `target` ("host:port"), by the status of its
 * answer; 0: it gave none that can be understood; negative: it was not reached. `basic`: it would
 * take a user's name and password.
 */
void ws_proxy_explain(const struct ws_proxy *proxy, int status, bool basic, const char *target,
                      char words[WS_PROXY_WORDS_MAX]);

#endif
