#include "relay/sign_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "http/http.h"
#include "relay/issuer.h"
#include "relay/server.h"
#include "relay/sign_in_store.h"
#include "relay/sign_in_token.h"
#include "wire/printable.h"

/* From the question how to sign in to the ID token that answers it, where nothing is refreshed. */
#define SIGN_IN_S 3600

static const char UNREACHABLE[] =
    "the relay cannot reach the issuer of this sign-in now; try again";

struct sign_ins {
    struct relay_server *server;
    struct issuers_file file;
    struct issuer issuers[RELAY_ISSUERS_MAX];
    struct http *http;
    struct sign_in_store *store;
};

/* An ID token that is being looked at. Whatever ends its connection frees it, refusing included. */
struct sign_in_job {
    struct connection *connection;
    struct issuer *issuer;
    struct issuer_waiter waiter;
    struct jwt jwt;
};

/* ---- life ---- */

int sign_ins_new(struct relay_server *server, const char *issuers_file, struct sign_ins **out,
                 char *why, size_t why_size)
{
    struct sign_ins *sign_ins = calloc(1, sizeof *sign_ins);
    *out = sign_ins;
    if (!sign_ins)
        return QA_ENOMEM;
    sign_ins->server = server;
    int error = issuers_file_read(issuers_file, &sign_ins->file, why, why_size);
    if (error)
        return error == QA_EIO ? QA_EINVAL : error;
    if (sign_in_store_open(server->options.state_dir, &sign_ins->store, why, why_size))
        return QA_ESTATE;
    error = http_new(&server->loop, &sign_ins->http);
    if (error == QA_EIO)
        snprintf(why, why_size,
                 "sign-ins need libcurl 4 (the package libcurl4), and it is not here");
    if (error)
        return error == QA_EIO ? QA_ESTATE : error;
    for (size_t i = 0; i < sign_ins->file.count; i++)
        issuer_init(&sign_ins->issuers[i], &sign_ins->file.list[i], sign_ins->http, server->log);
    return 0;
}

void sign_ins_close(struct sign_ins *sign_ins)
{
    if (!sign_ins)
        return;
    for (size_t i = 0; sign_ins->http && i < sign_ins->file.count; i++)
        issuer_free(&sign_ins->issuers[i]);
    http_free(sign_ins->http, NULL, NULL);
    sign_ins->http = NULL;
}

void sign_ins_free(struct sign_ins *sign_ins)
{
    if (!sign_ins)
        return;
    sign_in_store_close(sign_ins->store);
    issuers_file_free(&sign_ins->file);
    free(sign_ins);
}

/* ---- answers ---- */

static void refuse(struct connection *connection, int error, uint32_t retry_s, const char *detail)
{
    relay_log(connection->server, QA_LOG_INFO, "event=sign_in result=%s", qa_err_name(error));
    connection_refuse(connection, error, retry_s, detail);
}

static void refuse_because(struct connection *connection, const char *why)
{
    char detail[RELAY_DETAIL_MAX + 1];
    snprintf(detail, sizeof detail, "this sign-in %s", why);
    refuse(connection, QA_EAUTH, 0, detail);
}

size_t sign_ins_list(const struct sign_ins *sign_ins, struct relay_issuer out[RELAY_ISSUERS_MAX])
{
    for (size_t i = 0; i < sign_ins->file.count; i++)
        out[i] = sign_ins->file.list[i].shown;
    return sign_ins->file.count;
}

static void say_how(struct connection *connection)
{
    struct relay_server *server = connection->server;
    struct relay_message message = {.type = RELAY_SIGN_IN_WITH};
    message.issuer_count = sign_ins_list(server->sign_ins, message.issuers);
    sign_in_nonce_issue(&server->ticket_key, relay_server_wall(server), message.nonce);
    connection_say(connection, &message);
    connection_close(connection, LWS_CLOSE_STATUS_NORMAL, "");
}

/* ---- who it is ---- */

/* A name that is an address would show all of it. */
static bool name_serves(const char *name)
{
    return name && !strchr(name, '@');
}

static bool make_shown_name(const struct jwt *jwt, char out[RELAY_NAME_MAX + 1])
{
    const char *given = jwt_text(jwt, "given_name"), *family = jwt_text(jwt, "family_name"),
               *whole = jwt_text(jwt, "name");
    if (name_serves(given) && printable_given_family(given, "", out, RELAY_NAME_MAX + 1))
        return printable_given_family(given, family ? family : "", out, RELAY_NAME_MAX + 1) > 0;
    return name_serves(whole) && printable_first_name_initial(whole, out, RELAY_NAME_MAX + 1) > 0;
}

/* An ID token without a nonce of ours may have been made for anybody; some ways give no other. */
static bool nonce_serves(const struct sign_ins *sign_ins, const struct sign_in_job *job,
                         const char **why)
{
    struct relay_server *server = sign_ins->server;
    const struct issuer_settings *settings = job->issuer->settings;
    const char *nonce = jwt_text(&job->jwt, "nonce");
    int64_t lasts = settings->renew_days ? (int64_t)settings->renew_days * 86400 : SIGN_IN_S;
    if (!nonce) {
        *why = "did not begin at this relay, and those on another device are not taken here; sign "
               "in in a browser";
        return settings->shown.device && !cJSON_HasObjectItem(job->jwt.claims, "nonce");
    }
    int64_t issued = sign_in_nonce_open(&server->ticket_key, nonce);
    *why = "did not begin at this relay; sign in again";
    if (issued < 0)
        return false;
    *why = "is too long ago; sign in again";
    return relay_server_wall(server) - issued < lasts;
}

static bool may_help(const struct sign_in_job *job)
{
    const struct issuer_settings *settings = job->issuer->settings;
    return !settings->claim[0] ||
           jwt_holds(&job->jwt, settings->claim, (const char *const *)settings->values.list,
                     settings->values.count);
}

/* Why someone in the right group may seem not to be: Entra ID leaves out a list that is long. */
static const char *lacks(const struct sign_in_job *job)
{
    return cJSON_HasObjectItem(job->jwt.claims, "_claim_names")
               ? "is of somebody in more groups than a token can list; have a role assigned to "
                 "them instead"
               : "is of somebody who may not help through this relay; ask whoever runs it";
}

/* Once: its hash is remembered for as long as it would be good. */
static int use_once(struct sign_ins *sign_ins, const struct sign_in_job *job)
{
    uint8_t hash[SIGN_IN_HASH_BYTES];
    crypto_generichash(hash, sizeof hash, (const uint8_t *)job->jwt.text, job->jwt.signed_length,
                       NULL, 0);
    return sign_in_store_use(sign_ins->store, hash,
                             relay_server_wall(sign_ins->server) + JWT_FRESH_S + 2 * JWT_SKEW_S);
}

/* All but the signature: 0, or an error with why. */
static int judge(struct sign_ins *sign_ins, const struct sign_in_job *job,
                 struct sign_in_token *token, const char **why)
{
    const char *subject = jwt_text(&job->jwt, job->issuer->settings->subject);
    *why = "does not say who it is of";
    if (!subject || !*subject)
        return QA_EAUTH;
    if (!nonce_serves(sign_ins, job, why))
        return QA_EAUTH;
    *why = lacks(job);
    if (!may_help(job))
        return QA_EAUTH;
    sign_in_account(jwt_text(&job->jwt, "iss"), subject, token->account);
    *why = "is of a helper who was blocked; ask whoever runs the relay";
    if (sign_in_store_blocks(sign_ins->store, token->account))
        return QA_EAUTH;
    *why = "tells no name that the sharer could read; its issuer must send given_name and "
           "family_name, or name";
    if (!make_shown_name(&job->jwt, token->shown_name))
        return QA_EAUTH;
    *why = "was used before; sign in again";
    return use_once(sign_ins, job);
}

static void grant(struct sign_in_job *job)
{
    struct connection *connection = job->connection;
    struct relay_server *server = connection->server;
    struct sign_ins *sign_ins = server->sign_ins;
    const struct relay_issuer *shown = &job->issuer->settings->shown;
    struct sign_in_token token = {.issued = relay_server_wall(server)};
    const char *why;
    int error = judge(sign_ins, job, &token, &why);
    if (error == QA_EIO) {
        refuse(connection, QA_ELIMIT, 60, "the relay cannot remember sign-ins now; try again");
        return;
    }
    if (error) {
        refuse_because(connection, why);
        return;
    }
    token.expires = token.issued + (int64_t)sign_ins->file.token_lifetime_s;
    sign_in_issuer_mark(shown->issuer, token.issuer);
    struct relay_message message = {.type = RELAY_SIGNED_IN,
                                    .expires_s = sign_ins->file.token_lifetime_s};
    sign_in_token_issue(&server->ticket_key, &token, message.token);
    strcpy(message.shown_name, token.shown_name);
    strcpy(message.organisation, shown->organisation);
    strcpy(message.account, token.account);
    connection_say(connection, &message);
    relay_message_wipe(&message);
    sodium_memzero(&token, sizeof token);
    outcome_note(connection, 0);
    relay_log(server, QA_LOG_INFO, "event=sign_in result=ok");
    connection_close(connection, LWS_CLOSE_STATUS_NORMAL, "");
}

/* ---- verifying ---- */

/* 0: done; QA_ESTATE: other keys may help. */
static int try_keys(struct sign_in_job *job, const char **why)
{
    int error = issuer_verify(job->issuer, &job->jwt, relay_server_wall(job->connection->server),
                              clock_ms(), why);
    if (!error)
        grant(job);
    else if (error != QA_ESTATE)
        refuse_because(job->connection, *why);
    return error == QA_ESTATE ? QA_ESTATE : 0;
}

static void keys_came(void *user, int error)
{
    struct sign_in_job *job = user;
    struct connection *connection = job->connection;
    const char *why;
    if (!try_keys(job, &why))
        return;
    if (error)
        refuse(connection, QA_ELIMIT, 30, UNREACHABLE);
    else
        refuse_because(connection, why);
}

static struct issuer *find_issuer(struct sign_ins *sign_ins, const struct jwt *jwt)
{
    for (size_t i = 0; i < sign_ins->file.count; i++)
        if (issuer_is_meant(&sign_ins->issuers[i], jwt))
            return &sign_ins->issuers[i];
    return NULL;
}

static void look_at(struct sign_in_job *job)
{
    struct connection *connection = job->connection;
    const char *why;
    job->issuer = find_issuer(connection->server->sign_ins, &job->jwt);
    if (!job->issuer) {
        refuse_because(connection, "is of an issuer that this relay does not know");
        return;
    }
    if (!try_keys(job, &why))
        return;
    job->waiter = (struct issuer_waiter){.done = keys_came, .user = job};
    connection->state = CONNECTION_CHECKING;
    connection->deadline_ms = clock_ms() + CONNECTION_CHECK_MS;
    bool has_keys = job->issuer->keys != NULL;
    if (!issuer_fetch(job->issuer, clock_ms(), &job->waiter))
        return;
    if (has_keys)
        refuse_because(connection, why);
    else
        refuse(connection, QA_ELIMIT, 30, UNREACHABLE);
}

void sign_in_asked(struct connection *connection, const struct relay_message *message)
{
    struct relay_server *server = connection->server;
    const char *why;
    if (!server->sign_ins) {
        refuse(connection, QA_EAUTH, 0,
               "this relay takes no sign-ins; it wants the token of a helper account");
        return;
    }
    if (!message->id_token[0]) {
        say_how(connection);
        return;
    }
    unsigned wait = quota_take(server->quota, clock_ms(), QUOTA_CREATE, &connection->from);
    if (wait) {
        refuse(connection, QA_ERATE, wait, NULL);
        return;
    }
    struct sign_in_job *job = calloc(1, sizeof *job);
    if (!job) {
        refuse(connection, QA_ELIMIT, 5, "the relay is busy; try again");
        return;
    }
    job->connection = connection;
    connection->signing = job;
    if (jwt_read(message->id_token, &job->jwt, &why))
        refuse_because(connection, why);
    else
        look_at(job);
}

void sign_in_abandon(struct connection *connection)
{
    struct sign_in_job *job = connection->signing;
    if (!job)
        return;
    connection->signing = NULL;
    if (job->issuer)
        issuer_forget(job->issuer, &job->waiter);
    jwt_free(&job->jwt);
    free(job);
}

/* ---- the relay's own tokens ---- */

bool sign_in_is_token(const char *token)
{
    return !strncmp(token, SIGN_IN_PREFIX, strlen(SIGN_IN_PREFIX));
}

static const struct relay_issuer *find_mark(const struct sign_ins *sign_ins, const uint8_t *mark)
{
    for (size_t i = 0; i < sign_ins->file.count; i++) {
        uint8_t own[SIGN_IN_ISSUER_MARK];
        sign_in_issuer_mark(sign_ins->file.list[i].shown.issuer, own);
        if (!memcmp(own, mark, sizeof own))
            return &sign_ins->file.list[i].shown;
    }
    return NULL;
}

int sign_in_take_token(struct connection *helper, const char *text, const char **why)
{
    struct relay_server *server = helper->server;
    struct sign_in_token token;
    *why = "this sign-in is not of this relay; sign in again";
    int error = sign_in_token_open(&server->ticket_key, relay_server_wall(server), text, &token);
    if (error == QA_ECODE_EXPIRED)
        *why = "this sign-in has expired; sign in again";
    if (error || !server->sign_ins)
        return QA_EAUTH;
    const struct relay_issuer *issuer = find_mark(server->sign_ins, token.issuer);
    *why = "this sign-in is of an issuer that this relay does not know any more; sign in again";
    if (!issuer)
        return QA_EAUTH;
    *why = "this sign-in was ended; sign in again";
    if (sign_in_store_voids(server->sign_ins->store, token.account, token.id, token.issued))
        return QA_EAUTH;
    strcpy(helper->account, token.account);
    strcpy(helper->shown_name, token.shown_name);
    strcpy(helper->organisation, issuer->organisation);
    sodium_memzero(&token, sizeof token);
    return 0;
}

void sign_in_ended(struct connection *connection, const struct relay_message *message)
{
    struct relay_server *server = connection->server;
    struct sign_in_token token;
    int error =
        sign_in_token_open(&server->ticket_key, relay_server_wall(server), message->token, &token);
    if (error == QA_EAUTH || !server->sign_ins) {
        refuse(connection, QA_EAUTH, 0, "this sign-in is not of this relay");
        return;
    }
    if (!error && sign_in_store_void(server->sign_ins->store, token.id, token.expires)) {
        refuse(connection, QA_ELIMIT, 60, "the relay cannot remember that now; try again");
        return;
    }
    const struct relay_message done = {.type = RELAY_SIGNED_OUT};
    outcome_note(connection, 0);
    connection_say(connection, &done);
    connection_close(connection, LWS_CLOSE_STATUS_NORMAL, "");
    sodium_memzero(&token, sizeof token);
}

bool sign_in_may_help(const struct sign_ins *sign_ins, const char *account)
{
    return sign_ins && !sign_in_store_blocks(sign_ins->store, account);
}

bool sign_in_sweep(struct sign_ins *sign_ins, int64_t wall)
{
    if (!sign_ins)
        return false;
    if (sign_in_store_purge(sign_ins->store, wall))
        relay_log(sign_ins->server, QA_LOG_ERROR, "event=sign_ins_not_purged");
    return sign_in_store_changed(sign_ins->store);
}

/* ---- being replaced ---- */

static void retired(void *user)
{
    struct sign_ins *sign_ins = user;
    sign_ins_free(sign_ins);
}

void sign_ins_retire(struct sign_ins *sign_ins)
{
    if (!sign_ins)
        return;
    struct relay_server *server = sign_ins->server;
    for (struct connection *c = LIST_FIRST(&server->connections), *next; c; c = next) {
        next = LIST_NEXT(c, all);
        if (c->signing)
            refuse(c, QA_ELIMIT, 5, "the relay's settings were changed just now; try again");
    }
    struct http *http = sign_ins->http;
    if (!http) { /* it never came to life */
        sign_ins_free(sign_ins);
        return;
    }
    sign_ins->http = NULL;
    for (size_t i = 0; i < sign_ins->file.count; i++)
        issuer_free(&sign_ins->issuers[i]);
    http_free(http, retired, sign_ins);
}
