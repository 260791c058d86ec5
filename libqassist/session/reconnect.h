/*
 * Reconnecting: what both session machines do when a paired session's connection breaks off. The
 * parts stop at once, nothing is shared meanwhile; new connections are tried, with growing pauses,
 * until the two ends have a channel again or the time since the peer was last heard is over.
 */
#ifndef SESSION_RECONNECT_H
#define SESSION_RECONNECT_H

#include "session/machine.h"

/* One try, from the name lookup to the relay's answer; and the handshake once both are there. */
#define RECONNECT_TRY_MS       10000
#define RECONNECT_HANDSHAKE_MS 15000
/* Pauses between tries, doubled up to the longest. */
#define RECONNECT_PAUSE_MS     500
#define RECONNECT_PAUSE_MAX_MS 8000

/*
 * The connection is gone because of `error`. True: the session waits for both to come back, and the
 * actions say how. False: it cannot be taken up again.
 */
bool reconnect_begin(struct session_core *core, int error, uint64_t now_ms,
                     struct session_actions *actions);

/* The start of a sharer that was restarted: it comes back in resume_ms, or not at all. */
void reconnect_resume(struct session_core *core, uint64_t now_ms, struct session_actions *actions);

/* There is no channel just now. */
bool reconnect_is_broken(const struct session_core *core);

/* While there is none: takes the events that are about that. True: done with it. */
bool reconnect_event(struct session_core *core, const struct session_event *event, uint64_t now_ms,
                     struct session_actions *actions);

/* The channel stands again; what follows is the role's. */
void reconnect_done(struct session_core *core, uint64_t now_ms);

#endif
