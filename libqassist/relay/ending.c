#include "relay/ending.h"

#include <qassist/errors.h>

#include "base/clock.h"
#include "relay/arrival.h"
#include "relay/listener.h"
#include "relay/nodes.h"
#include "relay/server.h"

#define STOP_MS 3000
/* Until other nodes know that this one takes no new sessions. */
#define TOLD_MS 3000

/* ---- stopping ---- */

static void tell_all(struct relay_server *server)
{
    for (struct connection *connection = LIST_FIRST(&server->connections), *next; connection;
         connection = next) {
        next = LIST_NEXT(connection, all);
        if (connection->state == CONNECTION_NEW)
            connection_kill(connection);
        else
            connection_refuse(connection, QA_ERELAY_LOST, 60,
                              "the relay is being stopped; try again in a minute");
    }
}

void relay_server_stop(struct relay_server *server)
{
    if (server->stopping) {
        uv_stop(&server->loop);
        return;
    }
    relay_log(server, QA_LOG_INFO, "event=stop connections=%zu pairs=%zu", server->connection_count,
              server->pairs);
    server->stopping = true;
    server->stop_by_ms = clock_ms() + STOP_MS;
    listener_free(server->listener);
    server->listener = NULL;
    arrival_end_all(server);
    nodes_leave(server->nodes);
    tell_all(server);
}

/* ---- draining ---- */

static bool is_of_a_session(const struct connection *connection)
{
    return connection->state >= CONNECTION_CHECKING && connection->state <= CONNECTION_LEFT;
}

static bool is_empty(const struct relay_server *server)
{
    /* Also those whose ends are both away, and may come back. */
    if (meetings_count(server->meetings))
        return false;
    for (const struct connection *c = LIST_FIRST(&server->connections); c; c = LIST_NEXT(c, all))
        if (is_of_a_session(c))
            return false;
    return true;
}

void relay_server_drain(struct relay_server *server, unsigned limit_s)
{
    if (server->draining || server->stopping)
        return;
    server->draining = true;
    server->drain_from_ms = server->nodes ? clock_ms() + TOLD_MS : 0;
    server->drain_by_ms = clock_ms() + (uint64_t)limit_s * 1000;
    relay_log(server, QA_LOG_INFO, "event=drain seconds=%u open=%zu sessions=%zu", limit_s,
              directory_open_count(server->directory), meetings_count(server->meetings));
    if (server->nodes)
        nodes_tell(server->nodes);
    relay_server_hurry(server);
}

void ending_check(struct relay_server *server, uint64_t now)
{
    if (server->stopping) {
        if (LIST_EMPTY(&server->connections) || now >= server->stop_by_ms)
            uv_stop(&server->loop);
    } else if (server->draining &&
               (now >= server->drain_by_ms || (now >= server->drain_from_ms && is_empty(server)))) {
        relay_log(server, QA_LOG_INFO, "event=drained sessions=%zu",
                  meetings_count(server->meetings));
        relay_server_stop(server);
    }
}
