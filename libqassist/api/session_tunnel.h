/* A session's tunnel, for session.c: how it begins, and how fast the worker's bytes go into it. */
#ifndef API_SESSION_TUNNEL_H
#define API_SESSION_TUNNEL_H

#include "api/session.h"

/* Both are in the room for the first time; the code is used up. A failure is posted. */
void session_start_pairing(struct session *session);

/* Both came back, this side from a break or from a restart. A failure is posted. */
void session_start_again(struct session *session);

/* The worker's bytes are read as long as there is room for them. */
void session_update_reading(struct session *session);

#endif
