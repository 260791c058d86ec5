#include <qassist/session.h>

const char *qa_session_state_name(qa_session_state state)
{
    switch (state) {
    case QA_STATE_NEW:
        return "new";
    case QA_STATE_CONNECTING:
        return "connecting";
    case QA_STATE_WAITING:
        return "waiting";
    case QA_STATE_PAIRING:
        return "pairing";
    case QA_STATE_ASKING:
        return "asking";
    case QA_STATE_ACTIVE:
        return "active";
    case QA_STATE_PAUSED:
        return "paused";
    case QA_STATE_RECONNECTING:
        return "reconnecting";
    case QA_STATE_ENDED:
        return "ended";
    }
    return "unknown";
}
