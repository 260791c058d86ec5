#include "link/ws_proxy.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <qassist/errors.h>

#include "base/percent.h"

#define PROXY_PORT 1080 /* as curl has it */

/* ---- what people write ---- */

int ws_proxy_parse(const char *text, struct ws_proxy *out)
{
    memset(out, 0, sizeof *out);
    if (!text || strnlen(text, WS_URL_MAX + 1) > WS_URL_MAX)
        return QA_EINVAL;
    if (!strncasecmp(text, "http://", 7))
        text += 7;
    else if (strstr(text, "://"))
        return QA_EINVAL;

    size_t length = strlen(text);
    while (length && text[length - 1] == '/')
        length--;
    const char *at = memrchr(text, '@', length);
    if (at) {
        /* A control character would break the request to the proxy. */
        if (!percent_decode(text, (size_t)(at - text), out->auth, sizeof out->auth))
            return QA_EINVAL;
        length -= (size_t)(at + 1 - text);
        text = at + 1;
    }
    bool is_ipv6;
    int error = ws_authority_parse(text, length, PROXY_PORT, out->host, &is_ipv6, &out->port);
    if (error)
        out->host[0] = '\0';
    snprintf(out->shown, sizeof out->shown, is_ipv6 ? "[%s]:%u" : "%s:%u", out->host, out->port);
    return error;
}

/* ---- what goes without ---- */

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (!strcasecmp(host, "localhost"))
        return true;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

/* "10.0.0.0/8", "2001:db8::/32" */
static bool in_network(const char *network, const char *host)
{
    char address[INET6_ADDRSTRLEN], *end;
    uint8_t have[16], want[16];
    const char *slash = strchr(network, '/');
    size_t length = (size_t)(slash - network);
    if (length >= sizeof address)
        return false;
    memcpy(address, network, length);
    address[length] = '\0';
    unsigned long bits = strtoul(slash + 1, &end, 10);
    int family = strchr(address, ':') ? AF_INET6 : AF_INET;
    if (end == slash + 1 || *end || bits > (family == AF_INET6 ? 128u : 32u) ||
        inet_pton(family, address, want) != 1 || inet_pton(family, host, have) != 1)
        return false;
    unsigned rest = bits % 8;
    return !memcmp(have, want, bits / 8) &&
           (!rest || !((have[bits / 8] ^ want[bits / 8]) >> (8 - rest)));
}

/* One entry of no_proxy. */
static bool entry_matches(const char *entry, const char *host, uint16_t port)
{
    char name[WS_HOST_MAX + 1];
    uint16_t entry_port;
    bool is_ipv6;
    struct in6_addr address;
    entry += strspn(entry, ".");
    /* A bare IPv6 address has colons but no port. */
    if (inet_pton(AF_INET6, entry, &address) == 1)
        return !strcasecmp(entry, host);
    if (strchr(entry, '/'))
        return in_network(entry, host);
    if (ws_authority_parse(entry, strlen(entry), port, name, &is_ipv6, &entry_port) ||
        entry_port != port)
        return false;
    size_t whole = strlen(host), part = strlen(name);
    if (part > whole || strcasecmp(host + whole - part, name) != 0)
        return false;
    return part == whole || (!is_ipv6 && host[whole - part - 1] == '.');
}

bool ws_proxy_bypassed(const char *no_proxy, const char *host, uint16_t port)
{
    if (is_loopback(host))
        return true;
    for (const char *at = no_proxy; at && *at;) {
        char entry[WS_HOST_MAX + 16];
        size_t length = strcspn(at, ", \t");
        if (length && length < sizeof entry) {
            memcpy(entry, at, length);
            entry[length] = '\0';
            if (!strcmp(entry, "*") || entry_matches(entry, host, port))
                return true;
        }
        at += length + strspn(at + length, ", \t");
    }
    return false;
}

/* ---- the choice ---- */

/* A variable that is empty is as one that is not there. */
static const char *variable(const char *name)
{
    const char *value = secure_getenv(name);
    return value && *value ? value : NULL;
}

static const struct {
    const char *name, *shown;
} variables[] = {{"https_proxy", "the variable https_proxy"},
                 {"HTTPS_PROXY", "the variable HTTPS_PROXY"},
                 {"all_proxy", "the variable all_proxy"},
                 {"ALL_PROXY", "the variable ALL_PROXY"}};

static int choose_by_environment(const char *host, uint16_t port, struct ws_proxy *out,
                                 char words[WS_PROXY_WORDS_MAX])
{
    const char *text = NULL, *bypass = variable("no_proxy");
    size_t i = 0;
    while (i < sizeof variables / sizeof *variables && !(text = variable(variables[i].name)))
        i++;
    if (!text || ws_proxy_bypassed(bypass ? bypass : variable("NO_PROXY"), host, port))
        return 0;
    int error = ws_proxy_parse(text, out);
    if (error) {
        explicit_bzero(out, sizeof *out);
        snprintf(words, WS_PROXY_WORDS_MAX,
                 "%s names no proxy that can be used here; it should be "
                 "http://[USER:PASSWORD@]HOST:PORT",
                 variables[i].shown);
    }
    out->source = variables[i].shown;
    return error;
}

int ws_proxy_choose(const struct ws_proxy_rules *rules, const char *host, uint16_t port,
                    struct ws_proxy *out, char words[WS_PROXY_WORDS_MAX])
{
    memset(out, 0, sizeof *out);
    if (!rules || !rules->set)
        return choose_by_environment(host, port, out, words);
    if (!rules->direct && !ws_proxy_bypassed(rules->bypass, host, port)) {
        *out = rules->proxy;
        out->source = "your organisation's rules (qassist-policy.ini)";
    }
    return 0;
}

/* ---- what went wrong ---- */

#define REFUSED "the proxy %s does not accept the user name and password in %s"

void ws_proxy_explain(const struct ws_proxy *proxy, int status, bool basic, const char *target,
                      char words[WS_PROXY_WORDS_MAX])
{
    if (status < 0)
        snprintf(words, WS_PROXY_WORDS_MAX,
                 "the proxy %s cannot be reached: nothing accepts connections there; check %s",
                 proxy->shown, proxy->source);
    else if (status == 401 && proxy->auth[0]) /* tinyproxy's word for a wrong password */
        snprintf(words, WS_PROXY_WORDS_MAX, REFUSED, proxy->shown, proxy->source);
    else if (status == 407 && !basic)
        snprintf(words, WS_PROXY_WORDS_MAX,
                 "the proxy %s wants a way of signing in that is not known here (only Basic is)",
                 proxy->shown);
    else if (status == 407 && proxy->auth[0])
        snprintf(words, WS_PROXY_WORDS_MAX, REFUSED, proxy->shown, proxy->source);
    else if (status == 407)
        snprintf(words, WS_PROXY_WORDS_MAX,
                 "the proxy %s wants a user name and a password, and %s has none: "
                 "http://USER:PASSWORD@%s",
                 proxy->shown, proxy->source, proxy->shown);
    else if (status >= 500)
        snprintf(words, WS_PROXY_WORDS_MAX, "the proxy %s cannot reach %s (HTTP status %d)",
                 proxy->shown, target, status);
    else if (status)
        snprintf(words, WS_PROXY_WORDS_MAX,
                 "the proxy %s lets no connection through to %s (HTTP status %d); ask whoever runs "
                 "the proxy",
                 proxy->shown, target, status);
    else
        snprintf(words, WS_PROXY_WORDS_MAX, "%s does not answer as a proxy; check %s", proxy->shown,
                 proxy->source);
}
