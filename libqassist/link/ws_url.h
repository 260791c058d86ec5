/* Relay addresses as people write them: wss:// URLs. Pure text, no I/O. */
#ifndef LINK_WS_URL_H
#define LINK_WS_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_URL_MAX 512
/* libwebsockets cuts a TLS host name at 127; a cut name must never be compared. */
#define WS_HOST_MAX 127

struct ws_url {
    char host[WS_HOST_MAX + 1]; /* an IPv6 address without its brackets */
    bool is_ipv6;
    uint16_t port;
    char path[WS_URL_MAX + 1];
    char authority[WS_HOST_MAX + 16]; /* as in the Host header: brackets, and the port if not 443 */
    char shown[WS_HOST_MAX + 16];     /* "host:port", for messages */
};

/* 0 or QA_EINVAL. */
int ws_url_parse(const char *text, struct ws_url *out);

/* Reads "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT" of `length` characters. 0 or QA_EINVAL. */
int ws_authority_parse(const char *text, size_t length, uint16_t default_port,
                       char host[WS_HOST_MAX + 1], bool *is_ipv6, uint16_t *port);

#endif
