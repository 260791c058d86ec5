/*
 * How many connections, sessions and codes there are at once of each address and account. A place
 * in the table is held only by what is there: it is as large as the relay is full. No I/O.
 */
#ifndef RELAY_PRESENCE_H
#define RELAY_PRESENCE_H

#include <stddef.h>

#include "relay/address.h"

enum presence_kind {
    PRESENCE_UNASKED,    /* of an address: connections that have not said what they want */
    PRESENCE_CONNECTION, /* of an address */
    PRESENCE_SESSION,    /* of an address: ends of sessions; of an account: sessions and codes */
    PRESENCE_KINDS
};

struct presence;

/* 0 or QA_ENOMEM. */
int presence_new(struct presence **out);
void presence_free(struct presence *presence);

unsigned presence_count(const struct presence *presence, enum presence_kind kind,
                        const struct subject *subject);

/* Each that was counted (0, not QA_ENOMEM) is taken away again by presence_drop. */
int presence_add(struct presence *presence, enum presence_kind kind, const struct subject *subject);
void presence_drop(struct presence *presence, enum presence_kind kind,
                   const struct subject *subject);

/* Subjects in the table. */
size_t presence_subjects(const struct presence *presence);

#endif
