/*
 * New connections: which are let in, and from where they come. Behind a load balancer that is what
 * the balancer says, in a PROXY header before TLS (arrival.c waits for it) or in X-Forwarded-For.
 */
#ifndef RELAY_ARRIVAL_H
#define RELAY_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/connection.h"

struct relay_options;
struct relay_server;
struct sockaddr;

/* What the options say of load balancers. 0, or QA_EINVAL with a sentence in `why`. */
int arrival_read_lists(const struct relay_options *options, struct address_list *proxies,
                       struct address_list *forwarders, char *why, size_t why_size);

/*
 * A connection that was accepted, here or in another process, and of which nothing was read;
 * nonblocking. Taken over in any case.
 */
void arrival_take(struct relay_server *server, int fd, const struct sockaddr *from);

/* Ends those that did not say in time where they come from. */
void arrival_check(struct relay_server *server, uint64_t now);

/* Ends all; the memory goes when the loop has run. */
void arrival_end_all(struct relay_server *server);

/* An HTTP request has come whose sender may be trusted to name another. False: no room for it. */
bool arrival_forwarded(struct connection *connection);

/* True when there are more connections than there may be; `why` says of whom. */
bool arrival_is_too_much(const struct connection *connection, const char **why);

/* Not among those that have not said what they want any more. */
void arrival_asked(struct connection *connection);

/* The last callback of a connection has come: its memory goes. */
void arrival_forget(struct connection *connection);

#endif
