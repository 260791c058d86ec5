/* The listening socket; what it accepts goes to arrival.h. */
#ifndef RELAY_LISTENER_H
#define RELAY_LISTENER_H

#include <stddef.h>

#include "relay/server.h"

struct listener;

/* Listens on "ADDRESS:PORT". 0, QA_EINVAL, QA_EIO, QA_ENOMEM; `why` says what to do. */
int listener_new(struct relay_server *server, const char *address, struct listener **out, char *why,
                 size_t why_size);

unsigned listener_port(const struct listener *listener);

/* Stops listening; the memory goes when the loop has run. */
void listener_free(struct listener *listener);

#endif
