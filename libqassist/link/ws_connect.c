#include "link/ws_link.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "link/ws_tls.h"

/* Unsent bytes the kernel may hold: little, so that what is urgent overtakes in our own queues. */
#define UNSENT_MAX 32768

static void set_socket_options(struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi);
    const int on = 1, unsent = UNSENT_MAX;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

/*
 * libwebsockets keeps a proxy's password in its own memory. It is overwritten there as soon as no
 * connection on its way needs it.
 */
void ws_connect_forget_proxy(struct ws_link *link)
{
    char nobody[WS_PROXY_AUTH_MAX + 16];
    if (!link->use_proxy || !link->proxy.auth[0])
        return;
    for (struct ws_attempt *at = link->host->attempts; at; at = at->next)
        if (at->link && at->link != link && at->link->use_proxy && at->link->state == WS_CONNECTING)
            return;
    memset(nobody, 'x', WS_PROXY_AUTH_MAX);
    strcpy(nobody + WS_PROXY_AUTH_MAX, "@127.0.0.1:9");
    lws_set_proxy(link->host->proxied, nobody);
    explicit_bzero(link->proxy.auth, sizeof link->proxy.auth);
}

void ws_connect_done(struct ws_link *link)
{
    set_socket_options(link->wsi);
    link->state = WS_OPEN;
    ws_connect_forget_proxy(link);

    link->heard_ms = clock_ms();
    link->pinged_ms = link->heard_ms;
    if (!link->reading)
        lws_rx_flow_control(link->wsi, 0);
    link->events.opened(link->user);
}

static void on_proxy_said(void *user, int status, bool basic)
{
    struct ws_link *link = user;
    char words[WS_PROXY_WORDS_MAX];
    link->probe = NULL;
    if (status >= 200 && status < 300) {
        ws_link_finish(link, QA_EVERSION, "%s answers, but not as a relay of qassist (%s)",
                       link->url.shown, link->refusal);
        return;
    }
    ws_proxy_explain(&link->proxy, status, basic, link->url.shown, words);
    ws_link_finish(link, QA_ERELAY, "%s", words);
}

/* Why the proxy did not let it through. False: it cannot be asked. */
static bool ask_proxy(struct ws_link *link, const char *reason)
{
    snprintf(link->refusal, sizeof link->refusal, "%s", reason);
    return link->tried && !ws_probe_start(link->host->loop, link->tried->ai_addr, &link->proxy,
                                          link->url.shown, on_proxy_said, link, &link->probe);
}

void ws_connect_failed(struct ws_link *link, const char *reason)
{
    if (link->attempt)
        link->attempt->link = NULL;
    link->attempt = NULL;
    link->wsi = NULL;
    if (link->untrusted != X509_V_OK) {
        char detail[WS_DETAIL_MAX];
        ws_tls_explain(link->untrusted, &link->url, detail, sizeof detail);
        ws_link_finish(link, QA_ETRUST, "%s", detail);
        return;
    }
    if (link->next_address) {
        link->connect_due = true;
        ws_link_hurry(link);
        return;
    }
    if (link->use_proxy && ask_proxy(link, reason))
        return;
    if (link->reached)
        ws_link_finish(link, QA_EVERSION, "%s answers, but not as a relay of qassist (%s)",
                       link->url.shown, reason);
    else
        ws_link_finish(
            link, QA_ERELAY,
            "%s cannot be reached: nothing accepts connections there; check the address, "
            "and that the relay runs",
            link->url.shown);
}

/* Points the proxied connections at the proxy's address, so that libwebsockets resolves nothing. */
static int aim_at_proxy(struct ws_link *link, const char *address, int family)
{
    char proxy[WS_PROXY_AUTH_MAX + NI_MAXHOST + 16];
    bool v6 = family == AF_INET6;
    snprintf(proxy, sizeof proxy, "%s%s%s%s%s:%u", link->proxy.auth, link->proxy.auth[0] ? "@" : "",
             v6 ? "[" : "", address, v6 ? "]" : "", link->proxy.port);
    int result = lws_set_proxy(link->host->proxied, proxy);
    explicit_bzero(proxy, sizeof proxy);
    return result ? QA_EINVAL : 0;
}

static void start_attempt(struct ws_link *link, const char *address)
{
    struct ws_host *host = link->host;
    struct ws_attempt *attempt = calloc(1, sizeof *attempt);
    if (!attempt) {
        ws_link_finish(link, QA_ENOMEM, "out of memory");
        return;
    }
    attempt->link = link;
    attempt->host = host;
    attempt->next = host->attempts;
    host->attempts = attempt;
    link->attempt = attempt;
    link->reached = false;

    struct lws_client_connect_info info = {
        .context = host->context,
        .vhost = link->use_proxy ? host->proxied : host->direct,
        .address = link->use_proxy ? link->url.host : address,
        .port = link->url.port,
        .path = link->url.path,
        .host = link->url.authority,
        .protocol = WS_SUBPROTOCOL,
        .local_protocol_name = WS_SUBPROTOCOL,
        .alpn = link->alpn,
        /* Checks of the certificate are all on by default; no flag here may weaken them. */
        .ssl_connection = LCCSCF_USE_SSL | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .ietf_version_or_minus_one = -1,
        .opaque_user_data = attempt,
    };
    struct lws *wsi = lws_client_connect_via_info(&info);
    /* A failure may have been reported from inside the call, and the attempt be gone. */
    if (link->attempt != attempt)
        return;
    link->wsi = wsi;
    if (!wsi)
        ws_connect_failed(link, "no connection");
    else
        ws_host_wake(host);
}

void ws_connect_next(struct ws_link *link)
{
    link->connect_due = false;
    while (link->next_address) {
        const struct addrinfo *at = link->next_address;
        link->next_address = at->ai_next;
        link->tried = at;
        char address[NI_MAXHOST];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, address, sizeof address, NULL, 0,
                        NI_NUMERICHOST))
            continue;
        if (link->use_proxy && aim_at_proxy(link, address, at->ai_family))
            continue;
        link->state = WS_CONNECTING;
        start_attempt(link, address);
        return;
    }
    ws_link_finish(link, QA_ERELAY, "%s has no address that can be used", link->url.shown);
}

static void resolved(void *user, int error, struct addrinfo *addresses)
{
    struct ws_link *link = user;
    link->resolve = NULL;
    link->addresses = addresses;
    link->next_address = addresses;
    if (error)
        ws_link_finish(link, QA_ERELAY, "no address is known for the host %s (%s)",
                       link->use_proxy ? link->proxy.host : link->url.host, gai_strerror(error));
    else
        ws_connect_next(link);
}

void ws_connect_late(struct ws_link *link)
{
    const char *way = link->use_proxy ? " through the proxy " : "";
    ws_link_finish(link, QA_ERELAY, "%s did not answer for %d seconds%s%s", link->url.shown,
                   WS_CONNECT_MS / 1000, way, link->use_proxy ? link->proxy.shown : "");
}

int ws_connect_start(struct ws_link *link)
{
    char port[8];
    if (ws_proxy_choose(&link->host->proxies, link->url.host, link->url.port, &link->proxy,
                        link->refusal)) {
        link->misled = true; /* said from the loop */
        link->state = WS_CONNECTING;
        ws_link_hurry(link);
        return 0;
    }
    link->use_proxy = link->proxy.host[0];
    snprintf(port, sizeof port, "%u", link->use_proxy ? link->proxy.port : link->url.port);
    return resolve_start(link->host->loop, link->use_proxy ? link->proxy.host : link->url.host,
                         port, resolved, link, &link->resolve);
}

bool ws_connect_subprotocol_agreed(struct lws *wsi)
{
    char chosen[sizeof WS_SUBPROTOCOL + 1] = "";
    return lws_hdr_copy(wsi, chosen, sizeof chosen, WSI_TOKEN_PROTOCOL) > 0 &&
           !strcmp(chosen, WS_SUBPROTOCOL);
}
