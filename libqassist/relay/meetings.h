/*
 * The sessions that the relay knows, by sid: which of the two ends are here, and until when one
 * that is away is waited for. No I/O, no clock.
 */
#ifndef RELAY_MEETINGS_H
#define RELAY_MEETINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "relay/accounts.h"
#include "wire/relay_message.h"

/* How long an end that lost its connection is waited for, and the most that may be asked for. */
#define MEETING_WAIT_MS (120u * 1000u)
#define MEETING_KEEP_MS (1200u * 1000u)

struct connection;

struct meeting {
    struct meeting *chain; /* same slot of the table */
    LIST_ENTRY(meeting) all;
    uint8_t sid[RELAY_SID_BYTES];
    char account[ACCOUNTS_ID_DIGITS + 1]; /* the helper's; empty while not known again */
    struct connection *ends[2];           /* by ticket_role; NULL: away */
    struct connection *comers[2];         /* back, while it is seen whether the end there lives */
    uint64_t keep_ms;                     /* how long a break may last */
    uint64_t due_ms;                      /* the break's end; 0: both are here */
    uint64_t over_ms;                     /* the session's greatest length */
    uint32_t features;
    uint64_t bytes;         /* both ways, since this relay was started */
    bool counted;           /* among its account's */
    bool known_from_before; /* it began before this relay was started */
};

struct meetings;

/* 0 or QA_ENOMEM. */
int meetings_new(struct meetings **out);
void meetings_free(struct meetings *meetings);

/* A new one. 0, QA_ENOMEM, QA_EINVAL (there is one of this sid). */
int meetings_add(struct meetings *meetings, const uint8_t sid[RELAY_SID_BYTES],
                 struct meeting **out);

/* NULL: none. */
struct meeting *meetings_find(const struct meetings *meetings, const uint8_t sid[RELAY_SID_BYTES]);

/* The session is over. */
void meetings_remove(struct meetings *meetings, struct meeting *meeting);

/* For walking through all; the one at hand may be removed after the next one (LIST_NEXT) was read.
 */
struct meeting *meetings_first(const struct meetings *meetings);

size_t meetings_count(const struct meetings *meetings);

#endif
