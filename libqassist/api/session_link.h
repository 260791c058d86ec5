/*
 * A session's way to the relay, for session.c and the roles: connecting, closing, and finding back
 * after a break.
 */
#ifndef API_SESSION_LINK_H
#define API_SESSION_LINK_H

#include "api/session.h"

/* Connects; a failure is posted. */
void session_connect(struct session *session);

/* Sends what waits and says good-bye. */
void session_close_link(struct session *session);

/* Ends the connection at once, without a word. */
void session_abandon_link(struct session *session);
void session_drop_link(struct session *session);

/* The same with a good-bye, where that can be said at once: nobody will come back. */
void session_leave_link(struct session *session);

/* Sends to the relay; a failure is posted with words about what was to be sent. */
void session_send_relay(struct session *session, const struct relay_message *message,
                        const char *what);

/*
 * The sharer tells the service what the session uses, once each: bits of relay_feature. All that
 * was permitted counts.
 */
void session_use_features(struct session *session, unsigned features);
unsigned session_features_of(unsigned permissions);

/* The pass of the node where this is said, if any, into a message that asks for something. */
void session_add_pass(const struct session *session, struct relay_message *message);

/* Keeps what the relay said of the session: sid, name, organisation, ticket. */
void session_keep_answer(struct session *session, const struct relay_message *message);

/* Link and tunnel are void; another try follows. */
void session_break_link(struct session *session);

/* EVENT_RETRY after about this time. */
void session_retry_later(struct session *session, uint32_t pause_ms);

/* Shows the relay the ticket. */
void session_send_rejoin(struct session *session);

/* The session ends since it was not taken up again: words about that. */
void session_explain_break(struct session *session);

#endif
