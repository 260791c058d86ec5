/* Session: the states and notices that helper and sharer have in common. */
#ifndef QASSIST_SESSION_H
#define QASSIST_SESSION_H

#include <qassist/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most characters of a chat message and of a report's words. */
#define QA_CHAT_MAX   1000
#define QA_REPORT_MAX 1000
/* Most bytes of a text that goes from one clipboard to the other. */
#define QA_CLIPBOARD_MAX 65536

typedef enum qa_session_state {
    QA_STATE_NEW = 0,        /* not started */
    QA_STATE_CONNECTING = 1, /* on the way to the relay */
    QA_STATE_WAITING = 2,    /* helper: the code is out, nobody typed it yet */
    QA_STATE_PAIRING = 3,    /* both are there; code and keys are being checked */
    QA_STATE_ASKING = 4,     /* the sharer is asked whether to show the screen */
    QA_STATE_ACTIVE = 5,     /* the screen is shared */
    QA_STATE_PAUSED = 6,     /* no pictures, no input; see qa_pause_cause */
    QA_STATE_ENDED = 7,
    /*
     * The connection broke off, and both sides try to come back to the session by themselves;
     * meanwhile nothing is shared and nothing is allowed. Goes on with QA_STATE_ASKING, _ACTIVE or
     * _PAUSED, or ends. A QA_SCREEN_APP sharer submits its picture anew then.
     */
    QA_STATE_RECONNECTING = 8
} qa_session_state;

/* Why a session is paused, as bits; it goes on when none is left. */
typedef enum qa_pause_cause {
    QA_PAUSED_BY_SHARER = 1u << 0, /* the sharer hides the screen */
    QA_PAUSED_BY_HELPER = 1u << 1, /* the helper wants no pictures just now */
    QA_PAUSED_BY_PROMPT = 1u << 2  /* the sharer answers a prompt of the system alone */
} qa_pause_cause;

/* Instead of a number of seconds to wait: not any more in this session. */
#define QA_WAIT_SESSION 86400u

typedef enum qa_notice {
    /* Somebody else tried the code of this session, in vain; it can be used only once. */
    QA_NOTICE_CODE_TRIED_AGAIN = 1
} qa_notice;

/* A state's name, such as "waiting". Static memory; any thread. */
QA_API const char *qa_session_state_name(qa_session_state state);

#ifdef __cplusplus
}
#endif

#endif
