/*
 * What became of what was asked for, counted for the metrics: by kind and result, nothing else. Who
 * it was goes to the log only where the operator wants that (log_personal).
 */
#ifndef RELAY_OUTCOME_H
#define RELAY_OUTCOME_H

#include <stdint.h>

enum outcome_kind {
    OUTCOME_NOTHING, /* ended before anything was asked for */
    OUTCOME_CREATE,
    OUTCOME_JOIN,
    OUTCOME_REJOIN,
    OUTCOME_SIGN_IN,
    OUTCOME_SIGN_OUT,
    OUTCOME_SESSION, /* of an end of a session, later */
    OUTCOME_KINDS
};

/* Results are errors of <qassist/errors.h>, as positive numbers; 0 is success. */
#define OUTCOME_RESULTS 64

struct outcomes {
    uint64_t counts[OUTCOME_KINDS][OUTCOME_RESULTS];
};

struct connection;
struct relay_message;

const char *outcome_kind_name(enum outcome_kind kind);

/* The connection asked for something: what comes of it counts for that. */
void outcome_asked(struct connection *connection, const struct relay_message *message);

/* 0, or the error it was refused with. */
void outcome_note(struct connection *connection, int error);

#endif
