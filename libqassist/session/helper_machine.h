/*
 * The helper's session as a state machine. It decides nothing about permissions: it knows what the
 * sharer said last.
 */
#ifndef SESSION_HELPER_MACHINE_H
#define SESSION_HELPER_MACHINE_H

#include "session/machine.h"

struct helper_machine {
    struct session_core core;
    unsigned granted;      /* as the sharer said */
    unsigned requested;    /* asked for, not answered yet */
    unsigned said_causes;  /* of the pause, as the sharer said */
    unsigned shown_causes; /* as the user was told last */
    bool own_pause;        /* this side wants it paused, whatever the sharer knows of it yet */
    bool viewing;          /* the worker was started */
    bool viewed;           /* once in this session, and since the sharer's restart */
    bool broken_off;       /* no channel just now */
    unsigned final;        /* not to be asked for any more */
    uint64_t wait_until[QA_PERMISSIONS_COUNT]; /* nor these before */
    bool restart_asked;                        /* not answered yet */
    bool restart_final;                        /* not to be asked for any more */
    uint64_t restart_wait;                     /* nor before */
};

void helper_machine_init(struct helper_machine *machine);

/* 0, or QA_ESTATE, QA_EINVAL, QA_EPOLICY, QA_ERATE, QA_ELIMIT for a user's event that does not fit;
 * then there are no actions. */
int helper_machine_step(struct helper_machine *machine, const struct session_event *event,
                        uint64_t now_ms, struct session_actions *actions);

/* Why it is paused, bits of qa_pause_cause. */
unsigned helper_machine_causes(const struct helper_machine *machine);

#endif
