/*
 * What this device lets a context's sessions do: the system's policy, and the program's own
 * besides. Both are read anew before each connection, so that a program that runs for weeks obeys
 * them, too.
 */
#ifndef API_POLICIES_H
#define API_POLICIES_H

#include "api/session.h"

/* Reads them. 0, or QA_EPOLICY and why in context->policy_words: there must be no connection. */
int context_obey_policies(qa_context *context);

/* What they say about proxies; the system's goes before the program's. */
const struct ws_proxy_rules *context_proxies(const qa_context *context);

/* The permissions that they deny, bits of qa_permission. */
unsigned context_denied(const qa_context *context);

void context_forget_policies(qa_context *context);

/*
 * Before a session does anything. False: it ends, with words. Else the session's machine knows what
 * it must not grant or ask for.
 */
bool session_obey_policies(struct session *session);

/* Whether the helper may be of the session's organisation: 0, or QA_EPOLICY with the detail set. */
int session_check_organisation(struct session *session);

#endif
