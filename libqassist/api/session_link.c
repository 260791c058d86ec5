/* A session's way to the relay: the link and its messages, and how it is found again after a break.
 */
#include "api/session_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "api/policies.h"
#include "api/relay_version.h"
#include "base/random.h"
#include "session/reconnect.h"

/* More than one, for a node may have been started again just now, under the same address. */
#define MOVES_MAX 3

static void connect_to(struct session *session, const char *url, uint32_t worker);

/* ---- what comes ---- */

static void on_link_opened(void *user)
{
    session_step(user, &(struct session_event){.type = EVENT_LINK_OPENED});
}

/*
 * The relay is one of several, and this goes on at another one: the same again there. A few times
 * in a try, before anything was answered, and only where the service's own name rules.
 */
static void move(struct session *session, const struct relay_message *message)
{
    const char *service = session->context->relay_url;
    if (session->node.moves == MOVES_MAX || session->tunnel ||
        (session->core->state != QA_STATE_CONNECTING && !reconnect_is_broken(session->core))) {
        session_set_detail(session, "the relay sent this program from one place to the next");
        session_step(session,
                     &(struct session_event){.type = EVENT_RELAY_ERROR, .error = QA_EPROTO});
        return;
    }
    if (message->url[0] && !ws_url_may_move(service, message->url)) {
        session_set_detail(session, "the relay sends this program to a host that is not below its "
                                    "own name");
        session_step(session,
                     &(struct session_event){.type = EVENT_RELAY_ERROR, .error = QA_EPROTO});
        return;
    }
    session_drop_link(session);
    session->node.moves++;
    session->node.worker = message->worker;
    memcpy(session->node.url, message->url, sizeof session->node.url);
    memcpy(session->node.pass, message->pass, sizeof session->node.pass);
    connect_to(session, message->url[0] ? message->url : service, message->worker);
}

static void on_link_text(void *user, const char *data, size_t length)
{
    struct session *session = user;
    struct relay_message message;
    int error = relay_message_decode(data, length, &message);
    if (error) {
        session_set_detail(session, "the relay's message could not be understood");
        session_step(session, &(struct session_event){.type = EVENT_RELAY_ERROR, .error = error});
    } else if (message.type == RELAY_ERROR) {
        session_set_detail(session, message.detail);
        session->retry_s = message.retry_s;
        session_step(session,
                     &(struct session_event){.type = EVENT_RELAY_ERROR,
                                             .error = message.error ? message.error : QA_EPROTO});
    } else if (message.type == RELAY_PEER_GONE) {
        session_step(session,
                     &(struct session_event){.type = EVENT_PEER_GONE, .yes = message.lost});
    } else if (message.type == RELAY_PEER) {
        session_step(session, &(struct session_event){.type = EVENT_PEER});
    } else if (message.type == RELAY_MOVE) {
        move(session, &message);
    } else if (message.type == RELAY_REJOINED) {
        session_step(session, &(struct session_event){.type = EVENT_REJOINED});
    } else {
        session->role->relay_message(session, &message);
    }
    relay_message_wipe(&message);
}

static void on_link_binary(void *user, const uint8_t *data, size_t length)
{
    struct session *session = user;
    if (session->tunnel) {
        tunnel_receive(session->tunnel, data, length);
    } else {
        session_set_detail(session, "the relay sent data before anybody joined");
        session_step(session,
                     &(struct session_event){.type = EVENT_RELAY_ERROR, .error = QA_EPROTO});
    }
}

static void on_link_drained(void *user)
{
    struct session *session = user;
    if (session->tunnel)
        tunnel_drained(session->tunnel);
}

static void on_link_closed(void *user, int error, const char *detail)
{
    struct session *session = user;
    if (error == QA_EVERSION && session->node.moves)
        error = QA_ERELAY; /* the service itself was one of ours */
    if (error == QA_EVERSION) {
        session_drop_link(session);
        relay_version_ask(session, detail);
        return;
    }
    if (error == QA_ERELAY && session->node.moves)
        session_set_detail(session, "the part of the service where this goes on cannot be reached; "
                                    "it may be being restarted");
    else if (error)
        session_set_detail(session, detail);
    session_drop_link(session);
    session_step(session, &(struct session_event){.type = EVENT_LINK_CLOSED, .error = error});
}

static const struct link_events link_events = {
    .opened = on_link_opened,
    .text = on_link_text,
    .binary = on_link_binary,
    .drained = on_link_drained,
    .closed = on_link_closed,
};

/* ---- connecting and closing ---- */

static void connect_to(struct session *session, const char *url, uint32_t worker)
{
    struct ws_host *host;
    if (!session_obey_policies(session))
        return;
    int error = context_ws_host(session->context, &host);
    if (error == QA_ETRUST)
        session_set_detail(session, "the file of trusted certificates cannot be read");
    if (!error)
        error = link_ws_new(host, url, &link_events, session, &session->link);
    if (!error)
        link_ws_set_worker(session->link, worker);
    if (error == QA_ELIMIT)
        session_set_detail(session, "the context has as many sessions as it can take");
    if (error)
        session_post(session, &(struct session_event){.type = EVENT_LINK_CLOSED, .error = error});
}

/*
 * Each try begins at the service, which knows where the session is; every other one where it was
 * last, in case that it is the way to the service that is lost.
 */
void session_connect(struct session *session)
{
    const char *url = session->context->relay_url;
    session->node.moves = 0;
    session->node.pass[0] = '\0';
    bool was_there = session->core->tries && session->core->tries % 2 == 0;
    if (was_there && session->node.url[0])
        url = session->node.url;
    connect_to(session, url, was_there ? session->node.worker : 0);
}

void session_close_link(struct session *session)
{
    if (session->tunnel)
        tunnel_close(session->tunnel);
    relay_version_abandon(session);
    if (session->link)
        link_close(session->link);
    else
        session_post(session, &(struct session_event){.type = EVENT_LINK_CLOSED});
}

/* The channel stays until then: what waits in it is part of what was said. */
void session_abandon_link(struct session *session)
{
    if (session->link)
        link_abandon(session->link);
    else
        session_post(session, &(struct session_event){.type = EVENT_LINK_CLOSED});
}

void session_drop_link(struct session *session)
{
    if (session->tunnel)
        tunnel_cut(session->tunnel);
    link_destroy(session->link);
    session->link = NULL;
}

void session_leave_link(struct session *session)
{
    if (session->tunnel)
        tunnel_cut(session->tunnel);
    link_leave(session->link);
    session->link = NULL;
    relay_version_abandon(session);
}

static int send_relay(struct session *session, const struct relay_message *message)
{
    char text[RELAY_MESSAGE_MAX];
    int length = relay_message_encode(message, text);
    int error = length < 0      ? length
                : session->link ? link_send_text(session->link, text, (size_t)length)
                                : QA_ESTATE;
    if (length > 0)
        sodium_memzero(text, (size_t)length);
    return error;
}

void session_send_relay(struct session *session, const struct relay_message *message,
                        const char *what)
{
    int error = send_relay(session, message);
    if (error)
        session_part_failed(session, error, what);
}

unsigned session_features_of(unsigned permissions)
{
    static const struct {
        unsigned permission, feature;
    } table[] = {{QA_PERMISSION_VIEW, RELAY_FEATURE_VIEW},
                 {QA_PERMISSION_CONTROL, RELAY_FEATURE_CONTROL},
                 {QA_PERMISSION_POINT, RELAY_FEATURE_POINT},
                 {QA_PERMISSION_ANNOTATE, RELAY_FEATURE_ANNOTATE},
                 {QA_PERMISSION_CLIPBOARD_TO_SHARER, RELAY_FEATURE_CLIPBOARD},
                 {QA_PERMISSION_CLIPBOARD_TO_HELPER, RELAY_FEATURE_CLIPBOARD}};
    unsigned features = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (permissions & table[i].permission)
            features |= table[i].feature;
    return features;
}

void session_add_pass(const struct session *session, struct relay_message *message)
{
    memcpy(message->pass, session->node.pass, sizeof message->pass);
}

void session_use_features(struct session *session, unsigned features)
{
    session->features |= features;
    if (session->role->pake != PAKE_SHARER || session->features == session->features_told)
        return;
    const struct relay_message message = {.type = RELAY_FEATURES, .features = session->features};
    /* Nobody's session ends over this. */
    if (!send_relay(session, &message))
        session->features_told = session->features;
}

void session_keep_answer(struct session *session, const struct relay_message *message)
{
    memcpy(session->sid, message->sid, sizeof session->sid);
    memcpy(session->shown_name, message->shown_name, sizeof session->shown_name);
    memcpy(session->organisation, message->organisation, sizeof session->organisation);
    memcpy(session->ticket, message->ticket, sizeof session->ticket);
    if (!session->ticket[0])
        session->core->reconnect_ms = 0; /* this relay knows no way back */
}

/* ---- coming back ---- */

static void on_retry(uv_timer_t *timer)
{
    session_step(timer->data, &(struct session_event){.type = EVENT_RETRY});
}

void session_retry_later(struct session *session, uint32_t pause_ms)
{
    if (!session->retry && session_make_timer(session, &session->retry)) {
        session->out_of_memory = true;
        return;
    }
    /* Half of it to half more, so that not all the sessions of a relay come back at once. */
    uv_update_time(&session->context->loop);
    uv_timer_start(session->retry, on_retry, pause_ms / 2 + random_below(pause_ms + 1), 0);
}

void session_break_link(struct session *session)
{
    session_drop_link(session);
    /* Not freed here: one of its events may be what led to this. */
    if (session->tunnel) {
        tunnel_free(session->retired);
        session->retired = session->tunnel;
        session->tunnel = NULL;
    }
    /* What was said is not why the session ends, if it comes back. */
    snprintf(session->break_detail, sizeof session->break_detail, "%s", session->detail);
    session->detail[0] = '\0';
    session->retry_s = 0;
    session->heard_ms = 0;
    session->features_told = 0; /* it may have got lost */
}

void session_send_rejoin(struct session *session)
{
    struct relay_message message = {.type = RELAY_REJOIN, .version = RELAY_PROTOCOL_VERSION};
    memcpy(message.ticket, session->ticket, sizeof message.ticket);
    session_add_pass(session, &message);
    session_send_relay(session, &message, "the ticket could not be sent to the relay");
    relay_message_wipe(&message);
}

void session_explain_break(struct session *session)
{
    char detail[sizeof session->detail];
    unsigned seconds = (unsigned)(session->core->break_ms / 1000);
    if (session->core->end_error == QA_EPEER_LOST)
        snprintf(detail, sizeof detail, "it did not come back within %u seconds", seconds);
    else
        snprintf(detail, sizeof detail, "no way back was found within %u seconds%s%.160s", seconds,
                 session->break_detail[0] ? "; " : "", session->break_detail);
    session_set_detail(session, detail);
}
