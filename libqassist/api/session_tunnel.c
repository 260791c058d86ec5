/* A session's tunnel: begun by pairing or by coming back, and what comes through it. */
#include "api/session_tunnel.h"

#include <string.h>

#include <sodium.h>

#include "api/session_link.h"
#include "base/clock.h"

static void on_tunnel_established(void *user)
{
    struct session *session = user;
    bool restarted = tunnel_restarted(session->tunnel);
    tunnel_key(session->tunnel, session->key);
    if (restarted) {
        /* The other program counts from one on. */
        session_forget_offer(session);
        talk_free(&session->talk);
        talk_init(&session->talk);
    }
    session_step(session, &(struct session_event){.type = EVENT_CHANNEL_UP, .yes = restarted});
    session_use_features(session, 0);
    talk_begin(session);
}

static void on_tunnel_control(void *user, const char *data, size_t length)
{
    struct session *session = user;
    struct control_message message;
    int error = control_message_decode(data, length, &message);
    session->heard_ms = clock_ms();
    if (error) {
        session_set_detail(session, "a control message could not be understood");
        session_step(session, &(struct session_event){.type = EVENT_TUNNEL_FAILED, .error = error});
    } else if (message.type == CONTROL_PING) {
        session_send_control(session, &(struct control_message){.type = CONTROL_PONG});
    } else if (message.type == CONTROL_BYE) {
        session_step(session, &(struct session_event){.type = EVENT_BYE, .error = message.error});
    } else if (message.type != CONTROL_PONG && !talk_message(session, &message)) {
        session->role->control_message(session, &message);
    }
    control_message_wipe(&message);
}

static void on_tunnel_rdp(void *user, const uint8_t *data, size_t length)
{
    struct session *session = user;
    session->heard_ms = clock_ms();
    int error;
    if (!session->rdp)
        /* Before consent, or after the end of the parts: nobody to read it. */
        tunnel_rdp_consumed(session->tunnel, length);
    else if ((error = rdp_feed(session->rdp, data, length)))
        session_part_failed(session, error, "the RDP worker takes no more bytes");
}

void session_update_reading(struct session *session)
{
    if (session->rdp)
        rdp_set_reading(session->rdp, tunnel_rdp_room(session->tunnel) >= RDP_BYTES_MAX);
}

static void on_tunnel_rdp_room(void *user)
{
    session_update_reading(user);
}

static void on_tunnel_failed(void *user, int error, const char *detail)
{
    struct session *session = user;
    session_set_detail(session, detail);
    session_post(session, &(struct session_event){.type = EVENT_TUNNEL_FAILED, .error = error});
}

/* The names are known now, too; they are shown when the channel stands. */
static int on_tunnel_unseal(void *user, const uint8_t seal[PAKE_PSK_BYTES],
                            uint8_t key[PAKE_PSK_BYTES])
{
    struct session *session = user;
    struct invitation_secret secret;
    int error = invitation_unseal(session->invitation, seal, &secret);
    if (error) {
        session_part_failed(session, QA_EINVITATION, "it was altered, or is not this helper's");
        return error;
    }
    memcpy(key, secret.key, sizeof secret.key);
    memcpy(session->sid, secret.sid, sizeof session->sid);
    memcpy(session->shown_name, secret.shown_name, sizeof session->shown_name);
    memcpy(session->organisation, secret.organisation, sizeof session->organisation);
    sodium_memzero(&secret, sizeof secret);
    return 0;
}

static const struct tunnel_events tunnel_events = {
    .established = on_tunnel_established,
    .control = on_tunnel_control,
    .rdp = on_tunnel_rdp,
    .rdp_room = on_tunnel_rdp_room,
    .failed = on_tunnel_failed,
    .unseal = on_tunnel_unseal,
};

void session_start_pairing(struct session *session)
{
    const struct pake_inputs inputs = {
        .role = session->role->pake,
        .secret = session->code.secret,
        .route = session->code.route,
        .service_origin = session->context->relay_origin,
        .sid = session->sid,
        .shown_name = session->shown_name,
        .organisation = session->organisation,
        .version = RELAY_PROTOCOL_VERSION,
    };
    int error = tunnel_new(session->link, &inputs, &tunnel_events, session, &session->tunnel);
    code_wipe(&session->code);
    if (error)
        session_part_failed(session, error, "pairing could not be started");
    else if (session->role->pake == PAKE_SHARER)
        tunnel_start(session->tunnel);
}

/* Both came back: the helper waits for the sharer's greeting. */
void session_start_again(struct session *session)
{
    int error;
    if (session->invitation)
        error = tunnel_new_restarted(session->link, &tunnel_events, session, &session->tunnel);
    else
        error = tunnel_new_again(session->link, session->role->pake, session->key, &tunnel_events,
                                 session, &session->tunnel);
    if (!error && session->offer.there)
        tunnel_offer(session->tunnel, session->offer.seal, session->offer.key);
    if (error)
        session_part_failed(session, error, "the channel could not be started again");
    else if (session->role->pake == PAKE_SHARER)
        tunnel_start(session->tunnel);
}
