/*
 * The sharer's session as a state machine: what it decides and enforces, and when. The permissions
 * live here and nowhere else.
 */
#ifndef SESSION_SHARER_MACHINE_H
#define SESSION_SHARER_MACHINE_H

#include "session/limits.h"
#include "session/machine.h"
#include "session/questions.h"
#include "session/refusals.h"

#define SHARER_QUESTION_MS 120000
#define SHARER_CONTROL_MS  1800000

/*
 * What a helper may make this side do between two ticks: pauses of its own and choices of a screen,
 * beyond which it is a flood, and refusals at once, beyond which requests are not answered.
 */
#define SHARER_PAUSES_MAX   100
#define SHARER_CHOICES_MAX  100
#define SHARER_REFUSALS_MAX 8

struct sharer_machine {
    struct session_core core;
    unsigned granted; /* bits of qa_permission */
    struct limits limits;
    struct questions questions;
    struct refusals refusals;
    uint64_t question_ms; /* how long one waits for its answer */
    uint64_t control_ms;  /* how long control lasts */
    uint64_t refusal_ms;  /* the wait after the first No */
    unsigned pauses_seen; /* of the helper, since the last tick */
    unsigned choices_seen;
    unsigned refusals_sent;
    unsigned causes;       /* of the pause, bits of qa_pause_cause */
    unsigned shown_causes; /* as the user was told last */
    bool prompt_up;
    bool prompts_allowed; /* they do not pause */
    unsigned epoch;       /* of the input that counts; goes on at every revoke and pause */
    bool stranger;        /* the helper's organisation is none that this device's policy lets in */
    bool broken_off;      /* reconnecting: nothing is granted, and `kept` was before */
    unsigned kept;
};

void sharer_machine_init(struct sharer_machine *machine);

/* 0, or QA_ESTATE / QA_EINVAL for a user's event that does not fit; then there are no actions. */
int sharer_machine_step(struct sharer_machine *machine, const struct session_event *event,
                        uint64_t now_ms, struct session_actions *actions);

/* Whether the helper may do this now: all of `permissions` are granted and nothing pauses. */
bool sharer_machine_allows(const struct sharer_machine *machine, unsigned permissions);

#endif
