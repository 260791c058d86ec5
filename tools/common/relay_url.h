/*
 * The relay's address as people write it: "relay.example", "https://relay.example/" and
 * "wss://relay.example:8443/path" all mean a WebSocket over TLS.
 */
#ifndef COMMON_RELAY_URL_H
#define COMMON_RELAY_URL_H

#include <stdbool.h>
#include <stddef.h>

#define RELAY_URL_SIZE 512

/* Writes the wss:// form; false for an empty, too long or unencrypted address. */
bool relay_url_complete(const char *text, char out[RELAY_URL_SIZE]);

/* The host (and port, where given) of a wss:// URL. */
void relay_url_host(const char *url, char out[RELAY_URL_SIZE]);

#endif
