/*
 * Session from inside: what helper and sharer have in common, around the state machine of their
 * role: link, relay messages, tunnel, timer, the way to the end, and who holds the memory.
 *
 * Two counts: the user's references (qa_helper_ref ...) and, in `holds`, whatever still points here
 * (queued callbacks, the user's references as one). When the user's are gone the session is
 * `silent`: it ends at once and calls nobody.
 */
#ifndef API_SESSION_H
#define API_SESSION_H

#include <stdbool.h>

#include "api/context.h"
#include "api/frame.h"
#include "api/invitation.h"
#include "api/talk.h"
#include "api/tunnel.h"
#include "rdp/rdp.h"
#include "session/machine.h"
#include "wire/code.h"
#include "wire/control_message.h"
#include "wire/relay_message.h"

struct session;

/* What differs between the two roles. */
struct session_role {
    enum pake_role pake;
    int (*step)(struct session *session, const struct session_event *event, uint64_t now_ms,
                struct session_actions *actions);
    /* Carries out an action that session.c does not know. */
    void (*act)(struct session *session, const struct session_action *action);
    /* Tells the user; runs from the queue. */
    void (*show)(struct session *session, const struct session_action *action);
    void (*relay_message)(struct session *session, const struct relay_message *message);
    void (*control_message)(struct session *session, const struct control_message *message);
    /* Worker, screen and input end now. */
    void (*stop_parts)(struct session *session);
    void (*free)(struct session *session);
    const struct talk_role *talk;
};

struct session {
    const struct session_role *role;
    struct session_core *core; /* of the role's machine */
    qa_context *context;       /* holds a reference */
    unsigned user_refs;
    unsigned holds;
    bool silent;

    struct link *link;
    struct http_request *asking; /* which protocols the relay speaks (relay_version.h) */
    struct tunnel *tunnel;
    struct tunnel *retired; /* of the connection before; says nothing any more */
    uv_timer_t *timer, *retry;
    uint64_t heard_ms; /* when something authentic came, since the last tick; 0: nothing */

    struct code code;
    uint8_t sid[RELAY_SID_BYTES];
    char shown_name[RELAY_NAME_MAX + 1];
    char organisation[RELAY_NAME_MAX + 1];
    char ticket[RELAY_TICKET_MAX + 1]; /* the way back to the session; empty: there is none */
    struct {
        unsigned moves;                  /* in this try, to nodes of the service */
        char url[RELAY_URL_MAX + 1];     /* where to; empty: the service's own */
        uint32_t worker;                 /* which process there; 0: any */
        char pass[RELAY_TICKET_MAX + 1]; /* what that node is shown */
    } node;
    uint8_t key[PAKE_PSK_BYTES];      /* of its channels */
    unsigned features, features_told; /* bits of relay_feature: used; the relay was told */

    struct {
        bool there;
        uint8_t seal[SEAL_KEY_BYTES], key[PAKE_PSK_BYTES];
    } offer;                       /* the helper's, for a sharer that was restarted */
    struct invitation *invitation; /* the sharer's after a restart, until the channel stands */

    struct talk talk;

    struct picture picture;
    bool picture_lent; /* the user looks at it: it outlives the worker until the callback returns */
    qa_frame *held;    /* a frame that the user keeps beyond it; takes the picture with it */
    struct rdp *rdp;

    bool out_of_memory;
    struct deferred finish_task;
    struct session_action finish;
    char detail[256];       /* about the error that ends it */
    uint32_t retry_s;       /* after that the relay may say something else */
    char break_detail[256]; /* about the last connection that broke off */
};

/* Sets up the common part with one user's reference. reconnect_seconds as in the options. */
void session_init(struct session *session, const struct session_role *role,
                  struct session_core *core, qa_context *context, int32_t reconnect_seconds);

/* A timer of the session's (its data), not started. 0 or QA_ENOMEM. */
int session_make_timer(struct session *session, uv_timer_t **out);

/* Stops and frees it, where there is one. */
void session_stop_timer(uv_timer_t **timer);

/* Steps the machine and carries out what it says. Returns the step's result. */
int session_step(struct session *session, const struct session_event *event);

/* The same, later, from the queue: for what goes wrong while an action is being carried out. */
void session_post(struct session *session, const struct session_event *event);

/* Shows it to the user, from the queue. */
void session_show(struct session *session, const struct session_action *action);

/* Posts EVENT_PART_FAILED with words for the user. */
void session_part_failed(struct session *session, int error, const char *detail);

/* Keeps words about the end, the first ones that come. */
void session_set_detail(struct session *session, const char *detail);

/* Sends over the control stream; a failure is posted. */
void session_send_control(struct session *session, const struct control_message *message);

/* Starts the worker for the session's picture. 0 or an error of rdp_start. */
int session_start_worker(struct session *session, enum rdp_role role,
                         const struct rdp_events *events);
/* Around a callback that shows the picture; `frame` is what was shown. */
void session_lend_picture(struct session *session);
void session_take_picture_back(struct session *session, qa_frame *frame);
/* What was kept for a restart of the sharer's computer is wiped. */
void session_forget_offer(struct session *session);

/* Events of struct rdp_events that both roles share; user data is the session. */
void session_on_rdp_bytes(void *user, const uint8_t *data, size_t length);
void session_on_rdp_consumed(void *user, size_t length);
void session_on_rdp_failed(void *user, int error, const char *detail);

void session_hold(struct session *session);
void session_release(struct session *session);

void session_user_ref(struct session *session);
void session_user_unref(struct session *session);

#endif
