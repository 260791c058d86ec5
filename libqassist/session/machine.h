/*
 * What the two session machines have in common: the events that they take and the actions that they
 * give. Pure: no I/O, no clock, no memory of their own beyond the struct; the caller carries out
 * the actions in order.
 */
#ifndef SESSION_MACHINE_H
#define SESSION_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qassist/consent.h>
#include <qassist/errors.h>
#include <qassist/session.h>

/* The relay's answer to `create` or `join`; it gives itself 30 seconds at most. */
#define SESSION_ANSWER_MS 45000
/* Silence after the join burns the code. */
#define SESSION_PAIRING_MS 15000
/* Both sides: a ping after this much silence, and the peer is given up after this much. */
#define SESSION_PING_MS   5000
#define SESSION_SILENT_MS 20000
/* How long the two may take to come back after a break, counted from when the peer was last heard.
 */
#define SESSION_RECONNECT_MS 120000
/* How long the sharer may take to come back after a restart of its computer. */
#define SESSION_RESTART_MS 1200000

enum session_event_type {
    /* from the user of the library */
    EVENT_START = 1,
    EVENT_END,
    EVENT_PAUSE,
    EVENT_RESUME,
    EVENT_REQUEST,       /* helper: permissions, text (the purpose or NULL) */
    EVENT_REVOKE,        /* sharer: permissions */
    EVENT_CALLED,        /* sharer: question; it was called, and is asked from now on */
    EVENT_ANSWER,        /* sharer: question, permissions (allowed), seconds (0: the usual) */
    EVENT_PROMPT,        /* sharer: a prompt of the system is up (yes) or not */
    EVENT_ALLOW_PROMPTS, /* sharer: prompts do not pause (yes) */
    EVENT_ASK_RESTART,   /* helper: may the sharer's computer be restarted? */
    EVENT_LEAVE,         /* sharer: the restart comes; not the end */
    /* from the relay */
    EVENT_LINK_OPENED, /* the first one that is not the user's */
    EVENT_CREATED,     /* helper */
    EVENT_PEER,        /* helper: the sharer joined; both: the other one came back */
    EVENT_REJOINED,    /* the relay waits with us for the other one */
    EVENT_TRIED_AGAIN, /* helper */
    EVENT_JOINED,      /* sharer */
    EVENT_RELAY_ERROR, /* error */
    EVENT_PEER_GONE,   /* yes: without a good-bye, so that it may come back */
    EVENT_LINK_CLOSED, /* error */
    /* from the tunnel */
    EVENT_CHANNEL_UP,    /* helper: yes: the sharer was restarted */
    EVENT_TUNNEL_FAILED, /* error */
    EVENT_HEARD,         /* something authentic came from the peer */
    EVENT_PERMISSIONS,   /* helper: permissions, causes, epoch, refused, error (why), seconds (wait)
                          */
    EVENT_ASKED,         /* sharer: permissions that the helper asks for, text (the purpose) */
    EVENT_HELPER_PAUSED, /* sharer: yes or no longer */
    EVENT_CHOSE,         /* sharer: screen that the helper wants to see */
    EVENT_SCREENS_SAID,  /* helper: the list of screens */
    EVENT_RESTART_ASKED, /* sharer: by the helper */
    EVENT_RESTART_SAID,  /* helper: seconds, for which it is allowed; 0: error (why), wait_s */
    EVENT_BYE,           /* error */
    /* from this side's parts and the clock */
    EVENT_PART_FAILED,    /* error: worker, screen, input, memory */
    EVENT_SCREENS,        /* sharer: the list changed; shown: whether something else is shown */
    EVENT_RESTART_FAILED, /* sharer: error: the invitation could not be written */
    EVENT_RETRY,          /* the pause that ACTION_RETRY asked for is over */
    EVENT_TICK
};

/* Whether the picture is of the same screen as before. */
enum session_shown {
    SHOWN_SAME,
    SHOWN_CHOSEN, /* another one, because the helper chose it */
    SHOWN_OTHER   /* another one, because that one is gone */
};

struct session_event {
    enum session_event_type type;
    int error;
    unsigned permissions;
    unsigned refused; /* permissions */
    unsigned causes;  /* bits of qa_pause_cause */
    unsigned epoch;
    unsigned question; /* its number */
    uint32_t screen;
    uint32_t seconds;
    uint32_t wait_s;
    uint64_t when_ms; /* HEARD; 0: now */
    const char *text; /* the caller's; only for the step */
    enum session_shown shown;
    bool yes;
};

enum session_action_type {
    ACTION_CONNECT = 1,
    ACTION_SEND_CREATE,
    ACTION_SEND_JOIN,
    ACTION_START_PAIRING,
    ACTION_SEND_REJOIN,
    ACTION_START_AGAIN,      /* a channel under the session's key, without pairing */
    ACTION_DROP_LINK,        /* the link and what runs over it are void */
    ACTION_ABANDON_LINK,     /* what was said goes out yet, then the link breaks off */
    ACTION_RETRY,            /* EVENT_RETRY after about pause_ms */
    ACTION_SHOW_CODE,        /* helper: tell the user */
    ACTION_SHOW_HELPER,      /* sharer: tell the user who is asking */
    ACTION_SHOW_PEER,        /* helper: tell the user that somebody is there */
    ACTION_SHOW_NOTICE,      /* helper: the code was tried again */
    ACTION_SHOW_STATE,       /* state */
    ACTION_SHOW_PERMISSIONS, /* permissions, error (the reason) */
    ACTION_SHOW_PAUSED,      /* causes */
    ACTION_SHOW_REFUSED,     /* helper: refused, error (the reason), seconds (to wait) */
    ACTION_SHOW_SCREENS,     /* the list, or what of it is shown */
    ACTION_SHOW_RESTART,     /* seconds (to come back in), or 0 and error (why not) */
    ACTION_ASK,              /* sharer: question; it is open in the machine */
    ACTION_WITHDRAW,         /* sharer: the open question is void */
    ACTION_START_SHARING,    /* sharer: screen, input and worker */
    ACTION_START_VIEWING,    /* helper: the worker */
    ACTION_STOP_PARTS,       /* worker, screen and input end now */
    ACTION_GATE,             /* sharer: input may pass (yes) under `epoch`, or not */
    ACTION_FOLLOW,           /* sharer: input of `epoch` is for what is shown now */
    ACTION_CHOOSE,           /* sharer: screen, to be shown where it can be */
    ACTION_HOLD,             /* sharer: pictures wait (yes) or flow */
    ACTION_SHOW_PICTURE,     /* helper: the picture at hand, whole: it was hidden */
    ACTION_MARK_EPOCH,       /* helper: input from here on is of this epoch */
    ACTION_SEND_PERMISSIONS, /* sharer: permissions, causes, epoch, refused, error (why), seconds */
    ACTION_SEND_REQUEST,     /* helper: permissions; the purpose is the event's text */
    ACTION_SEND_PAUSE,       /* helper: yes or no longer */
    ACTION_SEND_SCREENS,     /* sharer */
    ACTION_SEND_ASK_RESTART, /* helper */
    ACTION_ALLOW_RESTART,    /* sharer: the invitation is written, and the helper told */
    ACTION_REFUSE_RESTART,   /* sharer: the helper is told: error, seconds (to wait) */
    ACTION_FORGET_RESTART,   /* what was kept for coming back after a restart is void */
    ACTION_SEND_BYE,         /* error */
    ACTION_SEND_PING,
    ACTION_CLOSE, /* drain and close the link */
    ACTION_FINISH /* tell the user that it is over: error; the last action ever */
};

struct session_action {
    enum session_action_type type;
    int error;
    unsigned permissions;
    unsigned refused;
    unsigned causes;
    unsigned epoch;
    unsigned question;
    uint32_t screen;
    uint32_t seconds;
    uint32_t pause_ms;
    qa_session_state state;
    bool yes;
};

/* More than any step gives; the tests look at what the steps need. */
#define SESSION_ACTIONS_MAX 24

struct session_actions {
    struct session_action list[SESSION_ACTIONS_MAX];
    size_t count;
    bool overflow; /* one was left out: the session cannot be trusted and has to end */
};

void session_act(struct session_actions *actions, struct session_action action);

/* The part of the life that is the same on both sides. */
struct session_core {
    qa_session_state state;
    bool closing;      /* the end is decided; waiting for the link to drain */
    int end_error;     /* why */
    int pairing_error; /* what any failure while pairing means to this side; 0: what it is */
    bool paired;       /* the channel stands */
    uint64_t deadline; /* of the state, 0: none */
    uint64_t heard;    /* when the peer was last heard, once paired */
    bool pinged;
    uint64_t reconnect_ms; /* how long a break may last; 0: it is the end */
    uint64_t try_deadline; /* of the present try to reconnect; 0: none */
    bool admitted;         /* in this try the relay took us in, and listens */
    bool met;              /* in this try both are there, and the channel begins */
    unsigned tries;
    int break_error;        /* why the session ends if nobody comes back */
    uint64_t break_ms;      /* how long the present break may last in all */
    uint64_t restart_until; /* the sharer's computer may be restarted; 0: nobody allowed that */
    uint64_t resume_ms;     /* this side was restarted, and has so long; 0: it was not */
    unsigned denied;        /* permissions that this device's policy rules out */
};

/* Goes to a state and shows it. */
void session_enter(struct session_core *core, qa_session_state state,
                   struct session_actions *actions);

/*
 * Takes the events that mean the same to both sides. True: done with it, *result is the step's.
 * False: the role's machine has to look at it; a tick, and what comes from outside, only while the
 * session is not ending.
 */
bool session_common(struct session_core *core, const struct session_event *event, uint64_t now_ms,
                    struct session_actions *actions, int *result);

/* Both are in the room: the pairing begins, and must not take long. */
void session_begin_pairing(struct session_core *core, uint64_t now_ms,
                           struct session_actions *actions);

/* The channel stands. False, and the end, when it should not. */
bool session_paired(struct session_core *core, uint64_t now_ms, struct session_actions *actions);

/* Nothing of this side runs any more: no question, no input, no picture. */
void session_stop_everything(struct session_actions *actions);

/*
 * Decides the end: parts stop now, the peer is told where a channel stands, the link drains and
 * closes. Does nothing when the end was decided before.
 */
void session_end(struct session_core *core, int error, struct session_actions *actions);

/* The same by this user's decision: in order here, and the peer is told why. */
void session_refuse(struct session_core *core, int reason, struct session_actions *actions);

/* Without a good-bye: this computer is restarted. 0, or QA_ESTATE where that was not allowed. */
int session_leave(struct session_core *core, struct session_actions *actions);

#endif
