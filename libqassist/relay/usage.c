#include "relay/usage.h"

#include <qassist/errors.h>

#include "base/clock.h"
#include "relay/comeback.h"
#include "relay/server.h"

/* How soon there may be room again; nobody knows. */
#define ROOM_S 60
#define MIB    ((uint64_t)1 << 20)

static const char USED_UP[] = "what may be relayed in a day is used up";

/* ---- how many ---- */

static bool refuse(struct usage_refusal *refusal, int error, unsigned wait_s, const char *why)
{
    *refusal = (struct usage_refusal){.error = error, .wait_s = wait_s, .why = why};
    return false;
}

static bool has_room(const struct relay_server *server, unsigned most,
                     const struct subject *subject)
{
    return !most || presence_count(server->presence, PRESENCE_SESSION, subject) < most;
}

bool usage_may_join(const struct connection *connection, struct usage_refusal *refusal)
{
    const struct relay_server *server = connection->server;
    const struct relay_options *options = &server->options;
    const struct subject everybody = subject_everybody();
    uint64_t now = clock_ms();
    if (options->max_sessions && meetings_count(server->meetings) >= options->max_sessions)
        return refuse(refusal, QA_ELIMIT, ROOM_S, "the relay has as many sessions as it may have");
    if (!has_room(server, options->max_sessions_per_address, &connection->from))
        return refuse(refusal, QA_ELIMIT, ROOM_S, "there are too many sessions at this address");
    unsigned wait = quota_look(server->quota, now, QUOTA_BYTES_ALL, &everybody);
    if (!wait)
        wait = quota_look(server->quota, now, QUOTA_BYTES_ADDRESS, &connection->from);
    return !wait || refuse(refusal, QA_ELIMIT, wait, USED_UP);
}

bool usage_may_create(struct connection *helper, struct usage_refusal *refusal)
{
    struct relay_server *server = helper->server;
    struct subject account = subject_of_account(helper->account);
    uint64_t now = clock_ms();
    if (!usage_may_join(helper, refusal))
        return false;
    unsigned wait = quota_take(server->quota, now, QUOTA_CREATE_ACCOUNT, &account);
    if (wait)
        return refuse(refusal, QA_ERATE, wait, NULL);
    if (!has_room(server, server->options.max_sessions_per_account, &account))
        return refuse(refusal, QA_ELIMIT, ROOM_S,
                      "this helper has as many codes and sessions as one may have at once");
    wait = quota_look(server->quota, now, QUOTA_BYTES_ACCOUNT, &account);
    if (wait)
        return refuse(refusal, QA_ELIMIT, wait, USED_UP);
    helper->counted_code = !presence_add(server->presence, PRESENCE_SESSION, &account);
    return true;
}

void usage_began(struct connection *helper, struct meeting *meeting)
{
    meeting->counted = helper->counted_code;
    helper->counted_code = false;
}

void usage_is_end(struct connection *connection, struct meeting *meeting)
{
    struct presence *presence = connection->server->presence;
    if (!connection->counted_session)
        connection->counted_session = !presence_add(presence, PRESENCE_SESSION, &connection->from);
    if (meeting->counted)
        return;
    struct subject account = subject_of_account(meeting->account);
    meeting->counted = !presence_add(presence, PRESENCE_SESSION, &account);
}

void usage_over(struct relay_server *server, struct meeting *meeting)
{
    struct subject account = subject_of_account(meeting->account);
    if (meeting->counted)
        presence_drop(server->presence, PRESENCE_SESSION, &account);
    meeting->counted = false;
}

void usage_left(struct connection *connection)
{
    struct subject account = subject_of_account(connection->account);
    if (connection->counted_code)
        presence_drop(connection->server->presence, PRESENCE_SESSION, &account);
    connection->counted_code = false;
}

/* ---- how much ---- */

/* All that is to be counted is, also where one of them says no. */
static unsigned spend(struct connection *connection, const struct meeting *meeting)
{
    struct quota *quota = connection->server->quota;
    const struct connection *peer = connection->peer;
    const struct subject everybody = subject_everybody();
    const struct subject account = subject_of_account(meeting->account);
    uint64_t now = clock_ms(), bytes = connection->moved;
    unsigned waits[] = {
        quota_spend(quota, now, QUOTA_BYTES_ALL, &everybody, bytes),
        quota_spend(quota, now, QUOTA_BYTES_ACCOUNT, &account, bytes),
        quota_spend(quota, now, QUOTA_BYTES_ADDRESS, &connection->from, bytes),
        peer && !subject_same(&peer->from, &connection->from)
            ? quota_spend(quota, now, QUOTA_BYTES_ADDRESS, &peer->from, bytes)
            : 0,
    };
    unsigned most = 0;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        most = waits[i] > most ? waits[i] : most;
    return most;
}

static unsigned count(struct connection *connection, struct meeting *meeting)
{
    unsigned wait = connection->moved ? spend(connection, meeting) : 0;
    meeting->bytes += connection->moved;
    connection->moved = 0;
    return wait;
}

void usage_note(struct connection *connection, struct meeting *meeting)
{
    count(connection, meeting);
}

bool usage_settle(struct connection *connection)
{
    struct relay_server *server = connection->server;
    const struct relay_options *options = &server->options;
    struct meeting *meeting = meetings_find(server->meetings, connection->sid);
    if (!meeting)
        return true;
    unsigned wait = count(connection, meeting);
    bool shown = meeting->features & RELAY_FEATURE_VIEW;
    if (!shown && options->unshown_mib && meeting->bytes > MIB * options->unshown_mib)
        comeback_end(server, meeting, 1, "nothing was shown in this session", "not_shown");
    else if (options->session_mib && meeting->bytes > MIB * options->session_mib)
        comeback_end(server, meeting, 1, "this session has moved as much as this relay allows",
                     "too_much");
    else if (wait)
        comeback_end(server, meeting, wait, USED_UP, "too_much");
    else
        return true;
    return false;
}

bool usage_is_idle_talk(const struct relay_server *server, const struct meeting *meeting,
                        uint64_t now)
{
    const struct connection *end = meeting->ends[0];
    unsigned most = server->options.unshown_s;
    return most && !(meeting->features & RELAY_FEATURE_VIEW) && end &&
           end->state == CONNECTION_PAIRED &&
           clock_since(now, end->paired_ms) >= (uint64_t)most * 1000;
}
