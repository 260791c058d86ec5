/*
 * The sharer's session as a state machine: what it decides and enforces, and when. The permissions
 * live here and nowhere else.
 */
#ifndef SESSION_SHARER_MACHINE_H
#define SESSION_SHARER_MACHINE_H

#include "session/machine.h"
#include "session/questions.h"

#define SHARER_QUESTION_MS 120000

struct sharer_machine {
    struct session_core core;
    unsigned granted; /* bits of qa_permission */
    struct questions questions;
    uint64_t question_ms; /* how long one waits for its answer */
    unsigned causes;      /* of the pause, bits of qa_pause_cause */
    bool prompt_up;
    bool prompts_allowed; /* they do not pause */
    unsigned epoch;       /* of the input that counts; goes on at every revoke and pause */
};

void sharer_machine_init(struct sharer_machine *machine);

/* 0, or QA_ESTATE / QA_EINVAL for a user's event that does not fit; then there are no actions. */
int sharer_machine_step(struct sharer_machine *machine, const struct session_event *event,
                        uint64_t now_ms, struct session_actions *actions);

/* Whether the helper may do this now: all of `permissions` are granted and nothing pauses. */
bool sharer_machine_allows(const struct sharer_machine *machine, unsigned permissions);

#endif
