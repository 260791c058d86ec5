#include "relay/comeback.h"

#include <string.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "relay/forward.h"
#include "relay/moving.h"
#include "relay/nodes.h"
#include "relay/server.h"
#include "relay/usage.h"

/* How long the end in whose place somebody wants to be has for a sign of life. */
#define CHALLENGE_MS 6000

static void check_record(struct relay_server *server, int error)
{
    if (error)
        relay_log(server, QA_LOG_ERROR, "event=record_not_written");
}

static struct meeting *meeting_of(const struct connection *connection)
{
    return connection->in_session ? meetings_find(connection->server->meetings, connection->sid)
                                  : NULL;
}

static enum ticket_role other(enum ticket_role role)
{
    return role == TICKET_HELPER ? TICKET_SHARER : TICKET_HELPER;
}

void comeback_issue(struct relay_server *server, enum ticket_role role,
                    const uint8_t sid[RELAY_SID_BYTES], const char *account,
                    char out[RELAY_TICKET_MAX + 1])
{
    struct ticket ticket = {.role = role, .issued = relay_server_wall(server)};
    ticket.expires = ticket.issued + (int64_t)server->options.session_lifetime_s;
    memcpy(ticket.sid, sid, sizeof ticket.sid);
    memcpy(ticket.account, account, strlen(account) + 1);
    if (server->nodes)
        memcpy(ticket.node, nodes_self(server->nodes)->name, sizeof ticket.node);
    ticket_issue(&server->ticket_key, &ticket, out);
}

/* ---- pairs ---- */

static void join_streams(struct connection *helper, struct connection *sharer)
{
    struct relay_server *server = helper->server;
    uint64_t now = clock_ms();
    helper->peer = sharer;
    sharer->peer = helper;
    helper->state = sharer->state = CONNECTION_PAIRED;
    helper->paired_ms = sharer->paired_ms = now;
    sharer->alive_ms = sharer->pinged_ms = now;
    server->pairs++;
}

/* The other one gets what is queued for it and is told; on this connection nobody follows. */
static void split(struct connection *leaving, struct meeting *meeting, bool lost)
{
    struct connection *left = leaving->peer;
    struct relay_server *server = leaving->server;
    if (meeting) {
        usage_note(leaving, meeting);
        usage_note(left, meeting);
    }
    leaving->peer = left->peer = NULL;
    server->pairs--;
    relay_log(server, QA_LOG_INFO, "event=pair_end seconds=%llu lost=%d pairs=%zu",
              (unsigned long long)(clock_ms() - leaving->paired_ms) / 1000, lost, server->pairs);
    connection_left(left, lost);
}

/* ---- the end of a meeting ---- */

static void finish_record(struct relay_server *server, const struct meeting *meeting,
                          const char *error)
{
    if (error)
        check_record(server, records_error(server->records, meeting->sid, error));
    check_record(server, records_end(server->records, meeting->sid, relay_server_wall(server)));
}

/* `error`: one of the service's own, for the record; NULL: none. */
static void finish(struct relay_server *server, struct meeting *meeting, const char *error)
{
    struct connection *ends[2] = {meeting->ends[0], meeting->ends[1]};
    struct connection *comers[2] = {meeting->comers[0], meeting->comers[1]};
    finish_record(server, meeting, error);
    usage_over(server, meeting);
    meetings_remove(server->meetings, meeting);
    for (int i = 0; i < 2; i++) {
        if (ends[i])
            connection_left(ends[i], false);
        if (comers[i])
            connection_refuse(comers[i], QA_EPEER_LOST, 0, "this session is over");
    }
}

/* Both are told the same, and that ends the session. */
static void refuse_both(struct relay_server *server, struct meeting *meeting, int error,
                        unsigned retry_s, const char *detail, const char *record)
{
    struct connection *ends[2] = {meeting->ends[0], meeting->ends[1]};
    if (record)
        check_record(server, records_error(server->records, meeting->sid, record));
    if (!ends[0] && !ends[1])
        finish(server, meeting, NULL);
    for (int i = 0; i < 2; i++)
        if (ends[i])
            connection_refuse(ends[i], error, retry_s, detail);
}

void comeback_end(struct relay_server *server, struct meeting *meeting, unsigned retry_s,
                  const char *detail, const char *record)
{
    relay_log(server, QA_LOG_INFO, "event=session_ended reason=%s", record);
    refuse_both(server, meeting, QA_ELIMIT, retry_s, detail, record);
}

void comeback_leave(struct connection *leaving, bool lost)
{
    struct meeting *meeting = meeting_of(leaving);
    enum ticket_role role = leaving->role;
    bool was_left = leaving->state == CONNECTION_LEFT;
    if (leaving->peer)
        split(leaving, meeting, lost);
    if (!meeting)
        return;
    if (meeting->comers[role] == leaving) {
        meeting->comers[role] = NULL;
    } else if (meeting->ends[role] == leaving) {
        meeting->ends[role] = NULL;
        /* The other one's stream is cut in the middle: it comes back with a new connection. */
        if (meeting->ends[other(role)] && meeting->ends[other(role)]->state != CONNECTION_AWAITING)
            meeting->ends[other(role)] = NULL;
        if (!lost)
            finish(leaving->server, meeting, NULL);
        else if (!meeting->due_ms)
            meeting->due_ms = clock_ms() + meeting->keep_ms;
    } else if (was_left && !lost && !meeting->ends[role] && !meeting->comers[role]) {
        finish(leaving->server, meeting, NULL);
    }
}

/* ---- the beginning ---- */

int comeback_begin(struct connection *helper, struct connection *sharer)
{
    struct relay_server *server = helper->server;
    struct meeting *meeting;
    int error = meetings_add(server->meetings, helper->sid, &meeting);
    if (error)
        return error;
    helper->role = TICKET_HELPER;
    sharer->role = TICKET_SHARER;
    memcpy(sharer->sid, helper->sid, sizeof sharer->sid);
    helper->in_session = sharer->in_session = true;
    memcpy(meeting->account, helper->account, sizeof meeting->account);
    usage_began(helper, meeting);
    usage_is_end(helper, meeting);
    usage_is_end(sharer, meeting);
    meeting->over_ms = clock_ms() + (uint64_t)server->options.session_lifetime_s * 1000;
    meeting->ends[TICKET_HELPER] = helper;
    meeting->ends[TICKET_SHARER] = sharer;
    check_record(server, records_start(server->records, meeting->sid, relay_server_wall(server)));
    join_streams(helper, sharer);
    return 0;
}

static void take_up(void *user, const struct record *record)
{
    struct relay_server *server = user;
    struct meeting *meeting;
    uint64_t now = clock_ms();
    int64_t left_s =
        record->started + server->options.session_lifetime_s - relay_server_wall(server);
    if (meetings_add(server->meetings, record->sid, &meeting))
        return;
    meeting->features = record->features;
    meeting->known_from_before = true;
    if (record->features & RELAY_FEATURE_RESTART)
        meeting->keep_ms = MEETING_KEEP_MS;
    meeting->due_ms = now + meeting->keep_ms;
    meeting->over_ms = left_s > 0 ? now + (uint64_t)left_s * 1000 : now;
}

int comeback_take_up(struct relay_server *server)
{
    return records_walk(server->records, true, take_up, server);
}

/* ---- coming back ---- */

static void use_feature(struct relay_server *server, struct meeting *meeting, uint32_t features)
{
    if (!(features & ~meeting->features))
        return;
    meeting->features |= features;
    check_record(server, records_features(server->records, meeting->sid, meeting->features));
}

static void pair_again(struct relay_server *server, struct meeting *meeting)
{
    const struct relay_message peer = {.type = RELAY_PEER};
    join_streams(meeting->ends[TICKET_HELPER], meeting->ends[TICKET_SHARER]);
    for (int i = 0; i < 2; i++)
        connection_say(meeting->ends[i], &peer);
    meeting->due_ms = 0;
    if (meeting->known_from_before)
        check_record(server, records_error(server->records, meeting->sid, "relay_restarted"));
    meeting->known_from_before = false;
    use_feature(server, meeting, RELAY_FEATURE_RECONNECT);
    relay_log(server, QA_LOG_INFO, "event=rejoin result=ok pairs=%zu", server->pairs);
}

static void take_place(struct connection *comer, struct meeting *meeting)
{
    uint64_t now = clock_ms();
    meeting->comers[comer->role] = NULL;
    meeting->ends[comer->role] = comer;
    comer->state = CONNECTION_AWAITING;
    comer->alive_ms = comer->pinged_ms = now;
    outcome_note(comer, 0);
    comer->asked = OUTCOME_SESSION;
    if (meeting->ends[other(comer->role)]) {
        pair_again(comer->server, meeting);
        return;
    }
    if (!meeting->due_ms)
        meeting->due_ms = now + meeting->keep_ms;
    uint64_t left_ms = meeting->due_ms > now ? meeting->due_ms - now : 0;
    const struct relay_message rejoined = {.type = RELAY_REJOINED,
                                           .wait_s = (uint32_t)(left_ms / 1000) + 1};
    connection_say(comer, &rejoined);
}

static void refuse_comer(struct connection *comer, int error, uint32_t retry_s, const char *detail)
{
    relay_log(comer->server, QA_LOG_INFO, "event=rejoin result=%s", qa_err_name(error));
    connection_refuse(comer, error, retry_s, detail);
}

/* A session whose node is gone. NULL: it is over, as far as this node's records know. */
static struct meeting *adopt_meeting(struct relay_server *server, const struct ticket *ticket)
{
    struct record record;
    int found = records_find(server->records, ticket->sid, &record);
    if (!found && record.ended)
        return NULL;
    if (found) {
        record = (struct record){.started = ticket->issued};
        memcpy(record.sid, ticket->sid, sizeof record.sid);
        check_record(server, records_start(server->records, record.sid, ticket->issued));
    }
    check_record(server, records_error(server->records, record.sid, "node_lost"));
    take_up(server, &record);
    struct meeting *meeting = meetings_find(server->meetings, ticket->sid);
    if (meeting)
        meeting->known_from_before = false;
    return meeting;
}

void comeback_admit(struct connection *comer, const struct ticket *ticket, bool adopt)
{
    struct relay_server *server = comer->server;
    struct meeting *meeting = meetings_find(server->meetings, ticket->sid);
    if (!meeting && adopt)
        meeting = adopt_meeting(server, ticket);
    if (!meeting) {
        refuse_comer(comer, QA_EPEER_LOST, 0, "this session is over");
        return;
    }
    if (meeting->comers[ticket->role]) {
        refuse_comer(comer, QA_ELIMIT, 5, "somebody else is coming back with this ticket");
        return;
    }
    memcpy(meeting->account, ticket->account, sizeof meeting->account);
    memcpy(comer->sid, ticket->sid, sizeof comer->sid);
    comer->role = ticket->role;
    comer->in_session = true;
    usage_is_end(comer, meeting);
    struct connection *holder = meeting->ends[ticket->role];
    if (!holder) {
        take_place(comer, meeting);
        return;
    }
    meeting->comers[ticket->role] = comer;
    comer->state = CONNECTION_COMING;
    comer->deadline_ms = clock_ms() + CHALLENGE_MS;
    connection_ask(holder);
}

void comeback_rejoin(struct connection *comer, const struct relay_message *message)
{
    struct relay_server *server = comer->server;
    struct ticket ticket;
    unsigned wait = quota_take(server->quota, clock_ms(), QUOTA_REJOIN, &comer->from);
    if (wait) {
        refuse_comer(comer, QA_ERATE, wait, NULL);
        return;
    }
    int error =
        ticket_open(&server->ticket_key, relay_server_wall(server), message->ticket, &ticket);
    if (error) {
        refuse_comer(comer, QA_EAUTH, 0, "this is not a ticket of a session that can go on");
        return;
    }
    if (relay_server_refresh_accounts(server)) {
        refuse_comer(comer, QA_ELIMIT, 10, "the relay cannot read its helper accounts");
        return;
    }
    if (!relay_server_may_help(server, ticket.account))
        refuse_comer(comer, QA_EAUTH, 0, "the helper's account was removed or blocked");
    else if (server->nodes)
        moving_rejoin(comer, message, &ticket);
    else
        comeback_admit(comer, &ticket, false);
    sodium_memzero(&ticket, sizeof ticket);
}

void comeback_check(struct connection *comer, uint64_t now)
{
    struct meeting *meeting = meeting_of(comer);
    if (!meeting || meeting->comers[comer->role] != comer) {
        refuse_comer(comer, QA_EPEER_LOST, 0, "this session is over");
        return;
    }
    struct connection *holder = meeting->ends[comer->role];
    if (holder && connection_answered(holder)) {
        refuse_comer(comer, QA_ELIMIT, 5, "this end of the session is connected");
        return;
    }
    if (holder && now < comer->deadline_ms)
        return;
    if (holder) {
        relay_log(comer->server, QA_LOG_INFO, "event=replaced");
        connection_kill(holder);
    }
    take_place(comer, meeting);
}

/* ---- what ends tell ---- */

static void keep(struct meeting *meeting, uint32_t seconds)
{
    uint64_t wanted = (uint64_t)seconds * 1000;
    meeting->keep_ms = wanted < MEETING_WAIT_MS   ? MEETING_WAIT_MS
                       : wanted > MEETING_KEEP_MS ? MEETING_KEEP_MS
                                                  : wanted;
}

/* Also just after the helper ended the session; the first report of a session is kept. */
static void report(struct connection *sharer, const char *words)
{
    if (sharer->role != TICKET_SHARER || sharer->reported)
        return;
    sharer->reported = true;
    check_record(sharer->server, records_report(sharer->server->records, sharer->sid, words));
    relay_log(sharer->server, QA_LOG_WARNING, "event=report");
}

void comeback_told(struct connection *connection, const struct relay_message *message)
{
    struct relay_server *server = connection->server;
    struct meeting *meeting = meeting_of(connection);
    if (message->type == RELAY_REPORT) {
        report(connection, message->words);
    } else if (!meeting) {
        return;
    } else if (message->type == RELAY_FEATURES) {
        use_feature(server, meeting, message->features);
    } else {
        keep(meeting, message->keep_s);
        use_feature(server, meeting, RELAY_FEATURE_RESTART);
    }
}

/* ---- time and accounts ---- */

void comeback_sweep(struct relay_server *server, uint64_t now)
{
    for (struct meeting *meeting = meetings_first(server->meetings), *next; meeting;
         meeting = next) {
        next = LIST_NEXT(meeting, all);
        if (now >= meeting->over_ms)
            comeback_end(server, meeting, 1, "this session has taken as long as this relay allows",
                         "too_long");
        else if (usage_is_idle_talk(server, meeting, now))
            comeback_end(server, meeting, 1, "nothing was shown in this session", "not_shown");
        else if (meeting->due_ms && now >= meeting->due_ms)
            refuse_both(server, meeting, QA_EPEER_LOST, 0,
                        "the other side did not come back in time",
                        meeting->known_from_before ? "relay_restarted" : "not_resumed");
    }
}

void comeback_check_accounts(struct relay_server *server)
{
    static const char removed[] = "the helper's account was removed or blocked";
    for (struct meeting *meeting = meetings_first(server->meetings), *next; meeting;
         meeting = next) {
        next = LIST_NEXT(meeting, all);
        if (meeting->account[0] && !relay_server_may_help(server, meeting->account))
            refuse_both(server, meeting, QA_EAUTH, 0, removed, NULL);
    }
    for (struct connection *c = LIST_FIRST(&server->connections), *next; c; c = next) {
        next = LIST_NEXT(c, all);
        if (c->state == CONNECTION_WAITING && !relay_server_may_help(server, c->account))
            connection_refuse(c, QA_EAUTH, 0, removed);
    }
}
