/*
 * The sharer's session as a state machine: what it decides and enforces, and when. The permissions
 * live here and nowhere else.
 */
#ifndef SESSION_SHARER_MACHINE_H
#define SESSION_SHARER_MACHINE_H

#include "session/machine.h"

struct sharer_machine {
    struct session_core core;
    unsigned granted; /* bits of qa_permission */
    unsigned asking;  /* questions that are open */
    unsigned epoch;   /* of the input that counts; goes on at every revoke and pause */
};

void sharer_machine_init(struct sharer_machine *machine);

/* 0, or QA_ESTATE / QA_EINVAL for a user's event that does not fit; then there are no actions. */
int sharer_machine_step(struct sharer_machine *machine, const struct session_event *event,
                        uint64_t now_ms, struct session_actions *actions);

#endif
