#include "relay/moving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "relay/comeback.h"
#include "relay/nodes.h"
#include "relay/pass.h"
#include "relay/rendezvous.h"
#include "relay/server.h"

/* Draws of routes before it is given up: of those that are free, nine of ten at least. */
#define DRAWS_MAX 12
#define RETRY_S   10

static const char NO_DIRECTORY[] = "a part of this service does not answer; sessions that run go "
                                   "on, new ones can begin again in a moment";
static const char NODE_GONE[] = "the part of this service that the helper is connected to was lost "
                                "or is being restarted; please ask for a new code";
static const char RESTARTING[] = "this service is being restarted; it goes on in a moment";

/* A question to the directory on a connection's behalf. */
struct asking {
    struct connection *connection; /* NULL: it does not wait any more */
    char route[CODE_ROUTE_MAX + 1];
    char text[RELAY_TICKET_MAX + 1]; /* the ticket as it came */
    char mark[SHARED_MARK_DIGITS + 1];
    struct ticket ticket;
    int claim;      /* what the first claim said */
    unsigned tries; /* asked again, because a node was named that is not known */
};

void moving_abandon(struct connection *connection)
{
    if (connection->asking)
        connection->asking->connection = NULL;
    connection->asking = NULL;
}

/* NULL, after a refusal: no memory. */
static struct asking *begin(struct connection *connection)
{
    struct asking *asking = calloc(1, sizeof *asking);
    if (!asking) {
        connection_refuse(connection, QA_ENOMEM, RETRY_S, NULL);
        return NULL;
    }
    asking->connection = connection;
    connection->asking = asking;
    connection->state = CONNECTION_CHECKING;
    connection->deadline_ms = clock_ms() + CONNECTION_CHECK_MS;
    return asking;
}

/* The connection that waits for it, or NULL. */
static struct connection *waiting(struct asking *asking)
{
    struct connection *connection = asking->connection;
    if (connection)
        connection->asking = NULL;
    asking->connection = NULL;
    return connection;
}

static void discard(struct asking *asking)
{
    sodium_memzero(asking, sizeof *asking);
    free(asking);
}

static void refuse_lost(struct connection *connection, const char *event)
{
    relay_log(connection->server, QA_LOG_WARNING, "event=%s result=QA_ERELAY_LOST", event);
    connection_refuse(connection, QA_ERELAY_LOST, RETRY_S, NO_DIRECTORY);
}

/* `what`: as in pass.h. */
static void send_to(struct connection *connection, const struct node *node, const char *what)
{
    struct relay_server *server = connection->server;
    struct relay_message move = {.type = RELAY_MOVE, .worker = node->worker};
    strcpy(move.url, node->url);
    pass_issue(&server->ticket_key, relay_server_wall(server), node->name, what, move.pass);
    connection_say(connection, &move);
    relay_message_wipe(&move);
    connection_close(connection, LWS_CLOSE_STATUS_NORMAL, "this goes on at another node");
    relay_log(server, QA_LOG_DEBUG, "event=move node=%s", node->name);
}

static bool is_self(const struct relay_server *server, const struct node *node)
{
    return node == nodes_self(server->nodes) ||
           !strcmp(node->name, nodes_self(server->nodes)->name);
}

static bool has_pass(const struct connection *connection, const struct relay_message *message,
                     const char *what)
{
    const struct relay_server *server = connection->server;
    return message->pass[0] && pass_valid(&server->ticket_key, relay_server_wall(server),
                                          message->pass, nodes_self(server->nodes)->name, what);
}

/* To a node that was at this place, or behind the same port: it is gone. */
static bool was_sent_elsewhere(const struct connection *connection,
                               const struct relay_message *message, const char *what,
                               char node[NODE_NAME_DIGITS + 1])
{
    const struct relay_server *server = connection->server;
    return message->pass[0] &&
           pass_open(&server->ticket_key, relay_server_wall(server), message->pass, what, node);
}

/* ---- create ---- */

bool moving_create(struct connection *helper, const struct relay_message *message)
{
    struct relay_server *server = helper->server;
    /* Whoever was sent here stays, even if it was to a node that this one is in the place of. */
    if (message->pass[0] && !server->draining)
        return false;
    if (!nodes_up(server->nodes)) {
        refuse_lost(helper, "create");
        return true;
    }
    const struct node *node = nodes_choose(server->nodes);
    if (is_self(server, node) && node->draining) {
        connection_refuse(helper, QA_ERELAY_LOST, RETRY_S, RESTARTING);
        return true;
    }
    if (is_self(server, node) && helper->direct)
        return false;
    send_to(helper, node, "");
    return true;
}

static void published(void *user, int error, const char *node)
{
    struct asking *asking = user;
    struct connection *helper = waiting(asking);
    (void)node;
    discard(asking);
    if (!helper)
        return;
    if (error == QA_ESTATE && ++helper->draws < DRAWS_MAX)
        rendezvous_draw(helper);
    else if (error)
        refuse_lost(helper, "create");
    else
        rendezvous_give(helper);
}

static void publish(const struct connection *helper, shared_done done, void *user)
{
    struct relay_server *server = helper->server;
    const char *route = directory_route(helper->entry);
    char mark[SHARED_MARK_DIGITS + 1];
    pass_mark(&server->ticket_key, "qassist route", route, strlen(route), mark);
    struct shared *shared = nodes_shared(server->nodes);
    shared->ops->publish(shared, mark, nodes_self(server->nodes)->name,
                         server->options.code_lifetime_s, done, user);
}

void moving_publish(struct connection *helper)
{
    struct asking *asking = begin(helper);
    if (asking)
        publish(helper, published, asking);
}

static void published_again(void *user, int error, const char *node)
{
    (void)user;
    (void)error;
    (void)node;
}

void moving_publish_again(struct relay_server *server)
{
    for (const struct connection *c = LIST_FIRST(&server->connections); c; c = LIST_NEXT(c, all))
        if (c->state == CONNECTION_WAITING && c->entry)
            publish(c, published_again, NULL);
}

/* ---- join ---- */

/* What such a pass is for. */
static void tried_text(const char *route, char out[CODE_ROUTE_MAX + 8])
{
    snprintf(out, CODE_ROUTE_MAX + 8, "tried %s", route);
}

enum moving_word moving_word(const struct connection *sharer, const struct relay_message *message)
{
    char tried[CODE_ROUTE_MAX + 8];
    tried_text(message->route, tried);
    if (has_pass(sharer, message, message->route))
        return MOVING_CLAIMED;
    if (has_pass(sharer, message, tried))
        return MOVING_TRIED;
    char gone[NODE_NAME_DIGITS + 1];
    return was_sent_elsewhere(sharer, message, message->route, gone) ? MOVING_LOST : MOVING_NONE;
}

void moving_refuse_lost(struct connection *sharer)
{
    relay_log(sharer->server, QA_LOG_INFO, "event=join result=node_lost");
    connection_refuse(sharer, QA_ERELAY_LOST, 0, NODE_GONE);
}

/* `error`: 0, or QA_ECODE_USED, of which the helper is to hear as well. */
static void go_to_helper(struct connection *sharer, const char *route, int error, const char *name)
{
    struct relay_server *server = sharer->server;
    const struct node *node = nodes_find(server->nodes, name);
    if (!node) {
        relay_log(server, QA_LOG_INFO, "event=join result=node_lost");
        connection_refuse(sharer, error ? error : QA_ERELAY_LOST, 0, error ? NULL : NODE_GONE);
    } else if (is_self(server, node) && error) {
        rendezvous_tried(sharer, route);
    } else if (is_self(server, node) && sharer->direct) {
        rendezvous_claim(sharer, route);
    } else {
        char tried[CODE_ROUTE_MAX + 8];
        tried_text(route, tried);
        send_to(sharer, node, error ? tried : route);
    }
}

static void claimed(void *user, int error, const char *node);

static void ask_claim(struct relay_server *server, struct asking *asking)
{
    struct shared *shared = nodes_shared(server->nodes);
    shared->ops->claim(shared, asking->mark, claimed, asking);
}

static void claimed(void *user, int error, const char *node)
{
    struct asking *asking = user;
    struct connection *sharer = asking->connection;
    if (!sharer) {
        discard(asking);
        return;
    }
    struct relay_server *server = sharer->server;
    if (asking->tries && error != QA_ERELAY_LOST)
        error = asking->claim; /* by now this one has used it */
    asking->claim = error;
    if (node && !nodes_find(server->nodes, node) && !asking->tries++) {
        /* It may have come since the last beat. This is answered after that. */
        nodes_tell(server->nodes);
        ask_claim(server, asking);
        return;
    }
    waiting(asking);
    if (error == QA_ERELAY_LOST) {
        refuse_lost(sharer, "join");
    } else if (node && (!error || error == QA_ECODE_USED)) {
        go_to_helper(sharer, asking->route, error, node);
    } else {
        if (error == QA_ECODE_UNKNOWN)
            quota_miss(server->quota, clock_ms());
        relay_log(server, QA_LOG_INFO, "event=join result=%s", qa_err_name(error));
        connection_refuse(sharer, error, 0, NULL);
    }
    discard(asking);
}

void moving_join(struct connection *sharer, const char *route)
{
    struct asking *asking = begin(sharer);
    if (!asking)
        return;
    strcpy(asking->route, route);
    pass_mark(&sharer->server->ticket_key, "qassist route", route, strlen(route), asking->mark);
    ask_claim(sharer->server, asking);
}

/* ---- coming back ---- */

static void ask_place(struct asking *asking, const char *name, const char *gone);

/* Without the directory: where the session began, as far as is known. */
static void go_home(struct connection *comer, const struct asking *asking)
{
    struct relay_server *server = comer->server;
    const struct node *home = nodes_find(server->nodes, asking->ticket.node);
    if (!asking->ticket.node[0] || (home && is_self(server, home)))
        comeback_admit(comer, &asking->ticket, false);
    else if (home)
        send_to(comer, home, asking->text);
    else
        connection_refuse(comer, QA_ERELAY_LOST, RETRY_S, NO_DIRECTORY);
}

static void gathered(void *user, int error, const char *name)
{
    struct asking *asking = user;
    struct connection *comer = asking->connection;
    if (!comer) {
        discard(asking);
        return;
    }
    struct relay_server *server = comer->server;
    const struct node *node = error ? NULL : nodes_find(server->nodes, name);
    if (!error && !node && asking->tries < 2) {
        if (!asking->tries)
            nodes_tell(server->nodes);
        ask_place(asking, nodes_self(server->nodes)->name, asking->tries++ ? name : "");
        return;
    }
    waiting(asking);
    if (error)
        go_home(comer, asking);
    else if (!node)
        connection_refuse(comer, QA_ERELAY_LOST, RETRY_S, RESTARTING);
    else if (is_self(server, node))
        comeback_admit(comer, &asking->ticket,
                       strcmp(asking->ticket.node, nodes_self(server->nodes)->name) != 0);
    else
        send_to(comer, node, asking->text);
    discard(asking);
}

static void ask_place(struct asking *asking, const char *name, const char *gone)
{
    struct shared *shared = nodes_shared(asking->connection->server->nodes);
    shared->ops->gather(shared, asking->mark, name, gone, gathered, asking);
}

void moving_rejoin(struct connection *comer, const struct relay_message *message,
                   const struct ticket *ticket)
{
    struct relay_server *server = comer->server;
    struct nodes *nodes = server->nodes;
    const struct meeting *meeting = meetings_find(server->meetings, ticket->sid);
    const struct node *home = nodes_find(nodes, ticket->node);
    if (has_pass(comer, message, message->ticket)) {
        comeback_admit(comer, ticket, strcmp(ticket->node, nodes_self(nodes)->name) != 0);
        return;
    }
    if (meeting && (meeting->ends[0] || meeting->ends[1])) {
        comeback_admit(comer, ticket, false);
        return;
    }
    struct asking *asking = begin(comer);
    if (!asking)
        return;
    asking->ticket = *ticket;
    strcpy(asking->text, message->ticket);
    pass_mark(&server->ticket_key, "qassist session", ticket->sid, sizeof ticket->sid,
              asking->mark);
    char gone[NODE_NAME_DIGITS + 1] = "";
    bool here = was_sent_elsewhere(comer, message, message->ticket, gone) || meeting || !home;
    ask_place(asking, here ? nodes_self(nodes)->name : home->name, gone);
}
