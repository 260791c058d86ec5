/*
 * What a TLS client says first, before anything is encrypted: looked at to find the worker that it
 * asks for, in the list of application protocols (ALPN): "qassist-wN". Hostile bytes; no I/O.
 */
#ifndef RELAY_CLIENT_HELLO_H
#define RELAY_CLIENT_HELLO_H

#include <stddef.h>
#include <stdint.h>

/* More than this is not waited for. */
#define CLIENT_HELLO_MAX 4096

/*
 * The number of the worker, 0: none is asked for, or this is no such message. *wanted: how many
 * bytes there must be before anything can be said; 0: these were enough.
 */
uint32_t client_hello_worker(const uint8_t *data, size_t length, size_t *wanted);

#endif
