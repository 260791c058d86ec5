/*
 * What happens, as JSON for programs: one object a line on standard output, flushed at once. The
 * man pages list the events.
 */
#ifndef COMMON_EVENTS_H
#define COMMON_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <qassist/consent.h>
#include <qassist/session.h>

/* Off until this says otherwise. */
void events_enable(bool on);
bool events_enabled(void);

/* A new object with "event" and "time_ms" (since 1970), NULL when events are off. */
cJSON *events_new(const char *event);

/* Writes and frees it; NULL is allowed. */
void events_send(cJSON *event);

/* Events that are one text, or the number of a chat message. */
void events_text(const char *name, const char *text);
void events_id(const char *name, uint32_t id);

void events_state(qa_session_state state);
void events_permissions(unsigned permissions, int reason);
void events_paused(unsigned causes);

/* To a helper; QA_WAIT_SESSION becomes null. */
void events_not_allowed(unsigned permissions, int reason, unsigned wait_seconds);

/* The answer to whether the sharer's computer may be restarted: in so many seconds, or why not. */
void events_restart(uint32_t seconds, int reason);

/* A question: "consent" when it is put, "withdrawn" when it is void. */
void events_consent(const char *kind, const qa_consent *consent);

/* `code` is the exit code that follows; retry_s: when the relay may say something else, 0: unsaid.
 */
void events_end(int error, const char *detail, uint32_t retry_s, int code);

/* A line on standard input that was not understood or not possible. */
void events_refused(const char *detail);

#endif
