/*
 * Sessions that break off and come back: a meeting begins with the join, breaks when an end is gone
 * without a good-bye, goes on when both have shown their tickets, and is over when an end says
 * good-bye, does not come back in time, or has taken as long as this relay allows. What the service
 * keeps of it is written here.
 */
#ifndef RELAY_COMEBACK_H
#define RELAY_COMEBACK_H

#include "relay/connection.h"
#include "relay/meetings.h"
#include "relay/ticket.h"

/* The ticket of an end of the session `sid`. */
void comeback_issue(struct relay_server *server, enum ticket_role role,
                    const uint8_t sid[RELAY_SID_BYTES], const char *account,
                    char out[RELAY_TICKET_MAX + 1]);

/* The sharer joined, and the two are a pair. 0 or QA_ENOMEM. */
int comeback_begin(struct connection *helper, struct connection *sharer);

/* Somebody shows a ticket. */
void comeback_rejoin(struct connection *connection, const struct relay_message *message);

/*
 * Lets somebody with a good ticket in, or refuses. `adopt`: the session began at a node that is
 * gone, and goes on here.
 */
void comeback_admit(struct connection *comer, const struct ticket *ticket, bool adopt);

/* What paired ends tell the service: keep, features, report. */
void comeback_told(struct connection *connection, const struct relay_message *message);

/* An end is leaving; `lost`: without a good-bye, so that it may come back. */
void comeback_leave(struct connection *connection, bool lost);

/* Whether the end in whose place this one wants to be lives. */
void comeback_check(struct connection *comer, uint64_t now);

/*
 * Ends a session because of a limit: both are told, and the record says `record`. Nobody is
 * connected any more then.
 */
void comeback_end(struct relay_server *server, struct meeting *meeting, unsigned retry_s,
                  const char *detail, const char *record);

/* Looks at breaks and lengths of all sessions. */
void comeback_sweep(struct relay_server *server, uint64_t now);

/* Ends the sessions of accounts that are not there any more. */
void comeback_check_accounts(struct relay_server *server);

/* Takes up the sessions that had not ended when the relay was stopped. 0 or QA_EIO. */
int comeback_take_up(struct relay_server *server);

#endif
