#include "relay/rendezvous.h"

#include <string.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "base/random.h"
#include "relay/arrival.h"
#include "relay/comeback.h"
#include "relay/forward.h"
#include "relay/moving.h"
#include "relay/server.h"
#include "relay/sign_in.h"
#include "relay/usage.h"
#include "relay/verifier.h"
#include "wire/printable.h"

/* How soon there may be room for a connection; nobody knows. */
#define FULL_S 30

static const char BUSY[] = "the relay is busy; try again";

/* ---- create ---- */

void rendezvous_draw(struct connection *helper)
{
    struct relay_server *server = helper->server;
    uint64_t now = clock_ms();
    struct usage_refusal refusal;
    if (!helper->draws && !usage_may_create(helper, &refusal)) {
        relay_log(server, QA_LOG_INFO, "event=create result=%s", qa_err_name(refusal.error));
        connection_refuse(helper, refusal.error, refusal.wait_s, refusal.why);
        return;
    }
    directory_release(server->directory, now, helper->entry);
    helper->entry = NULL;
    /* Where every second one is taken already, longer ones are freer. */
    int error = directory_create(server->directory, now,
                                 quota_extra_digits(server->quota, now) + helper->draws / 2, helper,
                                 &helper->entry);
    if (error) {
        relay_log(server, QA_LOG_WARNING, "event=create result=%s", qa_err_name(error));
        connection_refuse(helper, QA_ELIMIT, 60, BUSY);
    } else if (server->nodes) {
        moving_publish(helper);
    } else {
        rendezvous_give(helper);
    }
}

void rendezvous_give(struct connection *helper)
{
    struct relay_server *server = helper->server;
    random_bytes(helper->sid, sizeof helper->sid);
    helper->state = CONNECTION_WAITING;
    helper->alive_ms = helper->pinged_ms = clock_ms();

    struct relay_message created = {.type = RELAY_CREATED,
                                    .expires_s = (uint32_t)server->options.code_lifetime_s};
    memcpy(created.sid, helper->sid, sizeof created.sid);
    strcpy(created.route, directory_route(helper->entry));
    strcpy(created.shown_name, helper->shown_name);
    strcpy(created.organisation, helper->organisation);
    comeback_issue(server, TICKET_HELPER, helper->sid, helper->account, created.ticket);
    connection_say(helper, &created);
    relay_message_wipe(&created);
    outcome_note(helper, 0);
    relay_log(server, QA_LOG_INFO, "event=create result=ok open=%zu",
              directory_open_count(server->directory));
}

static void token_checked(void *user, bool valid)
{
    struct connection *helper = user;
    struct relay_server *server = helper->server;
    helper->job = NULL;
    /* The account may have been removed while its token was looked at. */
    if (valid && (relay_server_refresh_accounts(server) ||
                  !accounts_have(&server->accounts, helper->account)))
        valid = false;
    if (!valid) {
        relay_log(server, QA_LOG_INFO, "event=create result=QA_EAUTH");
        connection_refuse(helper, QA_EAUTH, 0, NULL);
        return;
    }
    rendezvous_draw(helper);
}

/* The relay's own token, of somebody who signed in: nothing of it is secret from this process. */
static void create_signed_in(struct connection *helper, const char *token)
{
    const char *why;
    if (sign_in_take_token(helper, token, &why)) {
        relay_log(helper->server, QA_LOG_INFO, "event=create result=QA_EAUTH");
        connection_refuse(helper, QA_EAUTH, 0, why);
        return;
    }
    rendezvous_draw(helper);
}

/* Codes that were given out before may still be joined: somebody is reading them on the phone. */
static const char DRAINING[] =
    "this relay is about to stop and begins no new sessions; try again in a minute";

static void create(struct connection *helper, const struct relay_message *message)
{
    struct relay_server *server = helper->server;
    if (server->draining && !server->nodes) {
        relay_log(server, QA_LOG_INFO, "event=create result=QA_ELIMIT reason=draining");
        connection_refuse(helper, QA_ELIMIT, 60, DRAINING);
        return;
    }
    unsigned wait = quota_take(server->quota, clock_ms(), QUOTA_CREATE, &helper->from);
    if (wait) {
        relay_log(server, QA_LOG_INFO, "event=create result=QA_ERATE");
        connection_refuse(helper, QA_ERATE, wait, NULL);
        return;
    }
    if (server->nodes && moving_create(helper, message))
        return;
    if (relay_server_refresh_accounts(server)) {
        connection_refuse(helper, QA_EAUTH, 60, "the relay cannot read its helper accounts");
        return;
    }
    if (sign_in_is_token(message->token)) {
        create_signed_in(helper, message->token);
        return;
    }
    const struct account *account = accounts_find(&server->accounts, message->token);
    if (!account) {
        relay_log(server, QA_LOG_INFO, "event=create result=QA_EAUTH");
        connection_refuse(helper, QA_EAUTH, 0, NULL);
        return;
    }
    strcpy(helper->account, account->id);
    strcpy(helper->organisation, server->options.organisation);
    printable_first_name_initial(account->name, helper->shown_name, sizeof helper->shown_name);
    helper->state = CONNECTION_CHECKING;
    helper->deadline_ms = clock_ms() + CONNECTION_CHECK_MS;
    if (verifier_submit(server->verifier, message->token, account->hash, token_checked, helper,
                        &helper->job)) {
        relay_log(server, QA_LOG_WARNING, "event=create result=QA_ELIMIT");
        connection_refuse(helper, QA_ELIMIT, 5, BUSY);
    }
}

/* ---- join ---- */

static void make_pair(struct connection *helper, struct connection *sharer)
{
    struct relay_server *server = helper->server;
    if (comeback_begin(helper, sharer)) {
        connection_refuse(sharer, QA_ELIMIT, 60, BUSY);
        connection_refuse(helper, QA_ELIMIT, 60, BUSY);
        return;
    }
    struct relay_message joined = {.type = RELAY_JOINED};
    memcpy(joined.sid, helper->sid, sizeof joined.sid);
    strcpy(joined.shown_name, helper->shown_name);
    strcpy(joined.organisation, helper->organisation);
    comeback_issue(server, TICKET_SHARER, helper->sid, helper->account, joined.ticket);
    connection_say(sharer, &joined);
    relay_message_wipe(&joined);
    const struct relay_message peer = {.type = RELAY_PEER};
    connection_say(helper, &peer);
    outcome_note(sharer, 0);
    helper->asked = sharer->asked = OUTCOME_SESSION;
    relay_log(server, QA_LOG_INFO, "event=join result=ok pairs=%zu", server->pairs);
}

void rendezvous_claim(struct connection *sharer, const char *route)
{
    struct relay_server *server = sharer->server;
    uint64_t now = clock_ms();
    void *owner;
    int error = directory_claim(server->directory, now, route, &owner);
    struct connection *helper = owner;
    if (error == QA_ECODE_UNKNOWN)
        quota_miss(server->quota, now);
    if (error == QA_ECODE_USED) {
        rendezvous_tried(sharer, route);
    } else if (error) {
        relay_log(server, QA_LOG_INFO, "event=join result=%s", qa_err_name(error));
        connection_refuse(sharer, error, 0, NULL);
    } else {
        make_pair(helper, sharer);
    }
}

void rendezvous_tried(struct connection *sharer, const char *route)
{
    struct relay_server *server = sharer->server;
    struct connection *helper = directory_owner(server->directory, route);
    const struct relay_message tried = {.type = RELAY_TRIED};
    if (helper)
        connection_say(helper, &tried);
    relay_log(server, QA_LOG_INFO, "event=join result=QA_ECODE_USED");
    connection_refuse(sharer, QA_ECODE_USED, 0, NULL);
}

static void join(struct connection *sharer, const struct relay_message *message)
{
    struct relay_server *server = sharer->server;
    enum moving_word word = server->nodes ? moving_word(sharer, message) : MOVING_NONE;
    bool vouched = word != MOVING_NONE;
    struct usage_refusal refusal;
    unsigned wait = vouched ? 0 : quota_take(server->quota, clock_ms(), QUOTA_JOIN, &sharer->from);
    if (wait) {
        relay_log(server, QA_LOG_INFO, "event=join result=QA_ERATE");
        connection_refuse(sharer, QA_ERATE, wait, NULL);
    } else if (!usage_may_join(sharer, &refusal)) {
        /* Before the code is used up. */
        relay_log(server, QA_LOG_INFO, "event=join result=%s", qa_err_name(refusal.error));
        connection_refuse(sharer, refusal.error, refusal.wait_s, refusal.why);
    } else if (word == MOVING_TRIED) {
        rendezvous_tried(sharer, message->route);
    } else if (word == MOVING_LOST) {
        moving_refuse_lost(sharer);
    } else if (server->nodes && !vouched) {
        moving_join(sharer, message->route);
    } else {
        rendezvous_claim(sharer, message->route);
    }
}

/* ---- messages ---- */

static bool asks(const struct relay_message *message)
{
    return message->type == RELAY_CREATE || message->type == RELAY_JOIN ||
           message->type == RELAY_REJOIN || message->type == RELAY_SIGN_IN ||
           message->type == RELAY_SIGN_OUT;
}

static bool tells(const struct relay_message *message)
{
    return message->type == RELAY_KEEP || message->type == RELAY_FEATURES ||
           message->type == RELAY_REPORT;
}

static void handle(struct connection *connection, const struct relay_message *message)
{
    if (asks(message) && connection->state == CONNECTION_HELLO)
        outcome_asked(connection, message);
    if (tells(message) && connection->state >= CONNECTION_AWAITING)
        comeback_told(connection, message);
    else if (!asks(message) || connection->state != CONNECTION_HELLO)
        connection_refuse(connection, QA_EPROTO, 0, "this message is not for this moment");
    else if (message->version != RELAY_PROTOCOL_VERSION)
        connection_refuse(connection, QA_EVERSION, 0, NULL);
    else if (message->type == RELAY_CREATE)
        create(connection, message);
    else if (message->type == RELAY_JOIN)
        join(connection, message);
    else if (message->type == RELAY_SIGN_IN)
        sign_in_asked(connection, message);
    else if (message->type == RELAY_SIGN_OUT)
        sign_in_ended(connection, message);
    else
        comeback_rejoin(connection, message);
}

void rendezvous_text(struct connection *connection, const char *text, size_t length)
{
    if (connection->state > CONNECTION_LEFT)
        return;
    const char *why;
    arrival_asked(connection);
    if (connection->state == CONNECTION_HELLO && arrival_is_too_much(connection, &why)) {
        relay_log(connection->server, QA_LOG_INFO, "event=too_many_connections");
        connection_refuse(connection, QA_ELIMIT, FULL_S, why);
        return;
    }
    struct relay_message message;
    int error = relay_message_decode(text, length, &message);
    if (error)
        connection_refuse(connection, QA_EPROTO, 0, "this is not a message to a relay");
    else
        handle(connection, &message);
    relay_message_wipe(&message);
}

void rendezvous_binary(struct connection *connection, uint8_t *data, size_t length)
{
    switch (connection->state) {
    case CONNECTION_PAIRED:
        if (length && forward_bytes(connection, data, length)) {
            relay_log(connection->server, QA_LOG_ERROR, "event=queue_overflow");
            connection_refuse(connection, QA_ELIMIT, 0, NULL);
        }
        return;
    case CONNECTION_LEFT:
    case CONNECTION_CLOSING:
    case CONNECTION_ENDED:
        /* The other side is gone; what is still on its way here has nobody to go to. */
        return;
    default:
        connection_refuse(connection, QA_EPROTO, 0, "nobody is there to send bytes to yet");
    }
}

/* ---- leaving ---- */

void rendezvous_leave(struct connection *connection, bool lost)
{
    struct relay_server *server = connection->server;
    arrival_asked(connection);
    usage_left(connection);
    if (connection->job) {
        verifier_abandon(connection->job);
        connection->job = NULL;
    }
    sign_in_abandon(connection);
    moving_abandon(connection);
    if (connection->entry) {
        directory_release(server->directory, clock_ms(), connection->entry);
        connection->entry = NULL;
    }
    comeback_leave(connection, lost);
}

void rendezvous_said_goodbye(struct connection *connection)
{
    rendezvous_leave(connection, false);
    connection->state = CONNECTION_ENDED;
    connection->deadline_ms = clock_ms() + CONNECTION_CLOSE_MS;
}

void rendezvous_expired(void *owner)
{
    struct connection *helper = owner;
    helper->entry = NULL;
    relay_log(helper->server, QA_LOG_INFO, "event=expired");
    connection_refuse(helper, QA_ECODE_EXPIRED, 0, NULL);
}
