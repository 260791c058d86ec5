/* The listening socket; what it accepts goes to arrival.h. */
#ifndef RELAY_LISTENER_H
#define RELAY_LISTENER_H

#include <stddef.h>

#include "relay/server.h"

struct listener;

/* Listens on "ADDRESS:PORT". 0, QA_EINVAL, QA_EIO, QA_ENOMEM; `why` says what to do. */
int listener_new(struct relay_server *server, const char *address, struct listener **out, char *why,
                 size_t why_size);

/*
 * The same where another process accepts: the sockets come through `channel` (workers.h), which is
 * taken over, and its end is the end of this process. 0, QA_EIO, QA_ENOMEM.
 */
int listener_new_passed(struct relay_server *server, int channel, struct listener **out);

/* A socket that listens on the address, or `given`, where that is not 0. Errors as above. */
int listener_open(const char *address, int given, int *fd, char *why, size_t why_size);

/* The port of such a socket. */
unsigned listener_port_of(int fd);

/* Whether such an address can be understood; QA_EINVAL and `why`. */
int listener_check(const char *address, char *why, size_t why_size);

unsigned listener_port(const struct listener *listener);

/* Stops listening; the memory goes when the loop has run. */
void listener_free(struct listener *listener);

#endif
