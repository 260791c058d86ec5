#include "link/ws_url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <qassist/errors.h>

#include "link/ws.h"

#define HTTPS_PORT 443

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_character(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_';
}

/* Reads "PORT" up to its end; 0 when it is none. */
static uint16_t parse_port(const char *text, size_t length)
{
    if (!length || length > 5)
        return 0;
    unsigned port = 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return 0;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* Reads "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT" of `length` characters. 0 or QA_EINVAL. */
static int parse_authority(const char *text, size_t length, uint16_t default_port,
                           char host[WS_HOST_MAX + 1], bool *is_ipv6, uint16_t *port)
{
    const char *end = text + length;
    const char *host_start = text, *host_end;
    *is_ipv6 = length && *text == '[';
    if (*is_ipv6) {
        host_start++;
        host_end = memchr(text, ']', length);
        if (!host_end)
            return QA_EINVAL;
        text = host_end + 1;
    } else {
        host_end = memchr(text, ':', length);
        if (!host_end)
            host_end = end;
        text = host_end;
    }
    size_t host_length = (size_t)(host_end - host_start);
    if (!host_length || host_length > WS_HOST_MAX)
        return QA_EINVAL;
    memcpy(host, host_start, host_length);
    host[host_length] = '\0';

    *port = default_port;
    if (text < end) {
        if (*text != ':')
            return QA_EINVAL;
        *port = parse_port(text + 1, (size_t)(end - text - 1));
    }
    if (!*port)
        return QA_EINVAL;

    if (*is_ipv6) {
        struct in6_addr address;
        return inet_pton(AF_INET6, host, &address) == 1 ? 0 : QA_EINVAL;
    }
    for (const char *c = host; *c; c++)
        if (!is_name_character(*c))
            return QA_EINVAL;
    return host[0] == '.' || host[0] == '-' ? QA_EINVAL : 0;
}

static bool path_valid(const char *path)
{
    for (; *path; path++)
        if (*path <= 0x20 || *path >= 0x7f || *path == '#' || *path == '"' || *path == '\\')
            return false;
    return true;
}

int ws_url_parse(const char *text, struct ws_url *out)
{
    memset(out, 0, sizeof *out);
    if (!text || strnlen(text, WS_URL_MAX + 1) > WS_URL_MAX || strncasecmp(text, "wss://", 6) != 0)
        return QA_EINVAL;
    text += 6;
    size_t length = strcspn(text, "/?#");
    const char *path = text + length;
    if (*path && *path != '/')
        return QA_EINVAL;
    if (!path_valid(path))
        return QA_EINVAL;
    int error = parse_authority(text, length, HTTPS_PORT, out->host, &out->is_ipv6, &out->port);
    if (error)
        return error;
    snprintf(out->path, sizeof out->path, "%s", *path ? path : "/");

    const char *open = out->is_ipv6 ? "[" : "", *close = out->is_ipv6 ? "]" : "";
    snprintf(out->shown, sizeof out->shown, "%s%s%s:%u", open, out->host, close, out->port);
    if (out->port == HTTPS_PORT)
        snprintf(out->authority, sizeof out->authority, "%s%s%s", open, out->host, close);
    else
        snprintf(out->authority, sizeof out->authority, "%s", out->shown);
    return 0;
}

int ws_url_check(const char *url)
{
    struct ws_url parsed;
    return ws_url_parse(url, &parsed);
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes %XX; refuses control characters, which would break the request to the proxy. */
static int decode_auth(const char *text, size_t length, char out[WS_PROXY_AUTH_MAX + 1])
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        int value = (unsigned char)text[i];
        if (text[i] == '%') {
            if (i + 2 >= length || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
                return QA_EINVAL;
            value = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
            i += 2;
        }
        if (value < 0x20 || value == 0x7f || used == WS_PROXY_AUTH_MAX)
            return QA_EINVAL;
        out[used++] = (char)value;
    }
    out[used] = '\0';
    return 0;
}

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
        int error = decode_auth(text, (size_t)(at - text), out->auth);
        if (error)
            return error;
        length -= (size_t)(at + 1 - text);
        text = at + 1;
    }
    bool is_ipv6;
    return parse_authority(text, length, 3128, out->host, &is_ipv6, &out->port);
}

static bool is_loopback(const struct ws_url *url)
{
    struct in_addr v4;
    if (!strcasecmp(url->host, "localhost"))
        return true;
    if (url->is_ipv6) {
        struct in6_addr v6;
        return inet_pton(AF_INET6, url->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return inet_pton(AF_INET, url->host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

/* One entry of no_proxy, `length` characters of it. */
static bool entry_matches(const char *entry, size_t length, const struct ws_url *url)
{
    if (length == 1 && *entry == '*')
        return true;
    char host[WS_HOST_MAX + 1];
    uint16_t port;
    bool is_ipv6;
    while (length && *entry == '.') {
        entry++;
        length--;
    }
    /* A bare IPv6 address has colons but no port. */
    struct in6_addr address;
    if (length && length <= WS_HOST_MAX) {
        memcpy(host, entry, length);
        host[length] = '\0';
        if (inet_pton(AF_INET6, host, &address) == 1)
            return url->is_ipv6 && !strcasecmp(host, url->host);
    }
    if (parse_authority(entry, length, url->port, host, &is_ipv6, &port) || port != url->port ||
        is_ipv6 != url->is_ipv6)
        return false;
    size_t whole = strlen(url->host), part = strlen(host);
    if (part > whole || strcasecmp(url->host + whole - part, host) != 0)
        return false;
    return part == whole || url->host[whole - part - 1] == '.';
}

bool ws_proxy_bypassed(const char *no_proxy, const struct ws_url *url)
{
    if (is_loopback(url))
        return true;
    for (const char *entry = no_proxy; entry && *entry;) {
        size_t length = strcspn(entry, ", \t");
        if (length && entry_matches(entry, length, url))
            return true;
        entry += length + strspn(entry + length, ", \t");
    }
    return false;
}
