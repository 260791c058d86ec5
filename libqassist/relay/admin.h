/*
 * A listener of its own, plain HTTP, for those who watch over the relay: /metrics, /healthz and
 * /readyz (503 while no new sessions begin). Meant for the loopback address or a network of its
 * own.
 */
#ifndef RELAY_ADMIN_H
#define RELAY_ADMIN_H

#include <stddef.h>

#include <libwebsockets.h>

struct admin;
struct relay_server;

/* Listens on options.metrics_listen or metrics_fd. Errors as of listener_new. */
int admin_new(struct relay_server *server, struct admin **out, char *why, size_t why_size);

/* What libwebsockets tells of its connections, whose opaque pointer is the admin. */
int admin_event(struct admin *admin, struct lws *wsi, enum lws_callback_reasons reason, void *in);

unsigned admin_port(const struct admin *admin);

/* Stops listening; when the loop has run and no connection is left, admin_free. NULL is allowed. */
void admin_close(struct admin *admin);
void admin_free(struct admin *admin);

#endif
