#include "relay/outcome.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <qassist/errors.h>

#include "relay/server.h"

const char *outcome_kind_name(enum outcome_kind kind)
{
    static const char *const names[OUTCOME_KINDS] = {"nothing", "create",   "join",   "rejoin",
                                                     "sign_in", "sign_out", "session"};
    return names[kind];
}

void outcome_asked(struct connection *connection, const struct relay_message *message)
{
    static const enum outcome_kind kinds[] = {
        [RELAY_CREATE] = OUTCOME_CREATE,     [RELAY_JOIN] = OUTCOME_JOIN,
        [RELAY_REJOIN] = OUTCOME_REJOIN,     [RELAY_SIGN_IN] = OUTCOME_SIGN_IN,
        [RELAY_SIGN_OUT] = OUTCOME_SIGN_OUT,
    };
    if ((size_t)message->type < sizeof kinds / sizeof *kinds)
        connection->asked = kinds[message->type];
}

/* As in a shell: nothing of a name can look like another key of the line. */
static void quote(const char *text, char *out, size_t size)
{
    size_t used = 0;
    for (; *text && used + 3 < size; text++) {
        if (*text == '"' || *text == '\\')
            out[used++] = '\\';
        out[used++] = *text;
    }
    out[used] = '\0';
}

static void write_who(const struct connection *connection, int error)
{
    char address[INET6_ADDRSTRLEN] = "unknown", name[2 * RELAY_NAME_MAX + 4];
    const struct address *from = &connection->address;
    if (from->family)
        inet_ntop(from->family == 4 ? AF_INET : AF_INET6, from->bytes, address, sizeof address);
    quote(connection->shown_name, name, sizeof name);
    relay_log(connection->server, QA_LOG_INFO,
              "event=who asked=%s result=%s address=%s account=%s name=\"%s\"",
              outcome_kind_name(connection->asked), error ? qa_err_name(error) : "ok", address,
              connection->account[0] ? connection->account : "-", name);
}

void outcome_note(struct connection *connection, int error)
{
    struct relay_server *server = connection->server;
    unsigned result = error < 0 ? (unsigned)-error : 0;
    if (result < OUTCOME_RESULTS)
        server->outcomes.counts[connection->asked][result]++;
    if (server->options.log_personal)
        write_who(connection, error);
}
