/* Something answers at the relay's address, and not in our protocol: is it a relay of another
 * version? */
#ifndef API_RELAY_VERSION_H
#define API_RELAY_VERSION_H

#include "api/session.h"

/*
 * Asks it, and ends the session with QA_EVERSION or, where it is none, QA_ERELAY; `detail` is what
 * is known so far.
 */
void relay_version_ask(struct session *session, const char *detail);

/* Nothing comes of it any more. */
void relay_version_abandon(struct session *session);

#endif
