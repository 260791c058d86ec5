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

int ws_authority_parse(const char *text, size_t length, uint16_t default_port,
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
    int error = ws_authority_parse(text, length, HTTPS_PORT, out->host, &out->is_ipv6, &out->port);
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

bool ws_url_may_move(const char *service, const char *node)
{
    struct ws_url from, to;
    if (ws_url_parse(service, &from) || ws_url_parse(node, &to))
        return false;
    if (!strcasecmp(from.host, to.host))
        return true;
    struct in_addr address;
    size_t length = strlen(from.host), longer = strlen(to.host);
    if (from.is_ipv6 || to.is_ipv6 || inet_pton(AF_INET, from.host, &address) == 1)
        return false;
    return longer > length + 1 && to.host[longer - length - 1] == '.' &&
           !strcasecmp(to.host + longer - length, from.host);
}
