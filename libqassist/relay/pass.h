/*
 * Passes: with one, a node vouches for what it sends to another, which then neither sends it on
 * nor asks the directory again. Sealed under the key that all nodes have, for one node and a
 * minute. And marks: what the directory knows codes and sessions by. No clock: `now` comes in,
 * seconds since 1970.
 */
#ifndef RELAY_PASS_H
#define RELAY_PASS_H

#include "relay/shared.h"
#include "relay/ticket.h"

/* What nodes' clocks may differ by is in it. */
#define PASS_S 60

/* `what`: the route or ticket it is for; "" for a new code. */
void pass_issue(const struct ticket_key *key, int64_t now, const char *node, const char *what,
                char out[RELAY_TICKET_MAX + 1]);

/* True when such a pass was issued and is not too old; then `node` is whom it was issued for. */
bool pass_open(const struct ticket_key *key, int64_t now, const char *text, const char *what,
               char node[NODE_NAME_DIGITS + 1]);

/* The same for this node. */
bool pass_valid(const struct ticket_key *key, int64_t now, const char *text, const char *node,
                const char *what);

/* The same bytes of the same kind have the same mark at all nodes; nobody else can make it. */
void pass_mark(const struct ticket_key *key, const char *kind, const void *data, size_t length,
               char out[SHARED_MARK_DIGITS + 1]);

#endif
