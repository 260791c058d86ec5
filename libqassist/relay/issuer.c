#include "relay/issuer.h"

#include <stdio.h>
#include <string.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "wire/json_object.h"

#define MEMBERS_MAX 512
#define RENEW_MS    (12u * 3600 * 1000)
#define OLD_MS      (48u * 3600 * 1000)
/* After a failure, where there are no keys at all. */
#define AGAIN_MS 10000

/* Entra ID's addresses for more than one tenant; its tokens name the tenant in that place. */
static void make_pattern(struct issuer *issuer)
{
    static const char *const several[] = {"/common/", "/organizations/", "/consumers/"};
    const char *address = issuer->settings->shown.issuer;
    snprintf(issuer->pattern, sizeof issuer->pattern, "%s", address);
    for (size_t i = 0; issuer->settings->tenants.count && i < 3; i++) {
        const char *place = strstr(address, several[i]);
        if (!place)
            continue;
        int length = snprintf(issuer->pattern, sizeof issuer->pattern, "%.*s/" JWT_TENANT "/%s",
                              (int)(place - address), address, place + strlen(several[i]));
        if (length < 0 || (size_t)length >= sizeof issuer->pattern)
            issuer->pattern[0] = '\0'; /* fits no token */
        return;
    }
}

void issuer_init(struct issuer *issuer, const struct issuer_settings *settings, struct http *http,
                 const struct log *log)
{
    *issuer = (struct issuer){.settings = settings, .http = http, .log = log};
    make_pattern(issuer);
}

void issuer_free(struct issuer *issuer)
{
    http_abandon(issuer->request);
    issuer->request = NULL;
    issuer->waiters = NULL;
    jwk_set_free(issuer->keys);
    issuer->keys = NULL;
}

bool issuer_is_meant(const struct issuer *issuer, const struct jwt *jwt)
{
    const char *said = jwt_text(jwt, "iss"), *tenant = jwt_text(jwt, "tid");
    return said && jwt_issuer_fits(issuer->pattern, tenant ? tenant : "", said);
}

int issuer_verify(struct issuer *issuer, const struct jwt *jwt, int64_t wall, uint64_t now,
                  const char **why)
{
    const struct issuer_settings *settings = issuer->settings;
    const struct jwt_rules rules = {
        .issuer = issuer->pattern,
        .audience = settings->shown.client_id,
        .tenants = (const char *const *)settings->tenants.list,
        .tenant_count = settings->tenants.count,
        .algorithms = settings->algorithms,
        .now = wall,
    };
    *why = "cannot be verified, because its issuer's keys cannot be had";
    if (!issuer->keys || clock_since(now, issuer->fetched_ms) >= OLD_MS)
        return QA_ESTATE;
    if (clock_since(now, issuer->fetched_ms) >= RENEW_MS)
        (void)issuer_fetch(issuer, now, NULL);
    return jwt_verify(jwt, issuer->keys, &rules, why);
}

/* ---- fetching ---- */

static void fetched(struct issuer *issuer, int error)
{
    struct issuer_waiter *waiter = issuer->waiters;
    issuer->waiters = NULL;
    if (error)
        log_warning(issuer->log, "event=issuer_keys result=%s", qa_err_name(error));
    /* Each takes itself out of its own memory; those after it are not touched by that. */
    while (waiter) {
        struct issuer_waiter *next = waiter->next;
        waiter->next = NULL;
        waiter->done(waiter->user, error);
        waiter = next;
    }
}

static int failure_of(const struct http_answer *answer)
{
    return answer->error ? answer->error : answer->status == 200 ? 0 : QA_ERELAY;
}

static void keys_came(void *user, const struct http_answer *answer)
{
    struct issuer *issuer = user;
    struct jwk_set *keys = NULL;
    issuer->request = NULL;
    int error = failure_of(answer);
    if (!error)
        error = jwk_set_parse(answer->body, answer->length, &keys);
    if (!error) {
        jwk_set_free(issuer->keys);
        issuer->keys = keys;
        issuer->fetched_ms = clock_ms();
    }
    fetched(issuer, error);
}

static int get(struct issuer *issuer, const char *url, http_done_fn done)
{
    const struct issuer_settings *settings = issuer->settings;
    const struct http_order order = {.url = url,
                                     .ca_file = settings->ca_file[0] ? settings->ca_file : NULL};
    return http_start(issuer->http, &order, done, issuer, &issuer->request);
}

/* What the issuer says of itself must be what the operator wrote, or its pattern. */
static const char *keys_address(const struct issuer *issuer, const cJSON *tree)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(tree, "issuer");
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(tree, "jwks_uri");
    if (!cJSON_IsString(name) || !cJSON_IsString(keys))
        return NULL;
    if (strcmp(name->valuestring, issuer->settings->shown.issuer) != 0 &&
        strcmp(name->valuestring, issuer->pattern) != 0)
        return NULL;
    return keys->valuestring;
}

static void description_came(void *user, const struct http_answer *answer)
{
    struct issuer *issuer = user;
    issuer->request = NULL;
    int error = failure_of(answer);
    if (error) {
        fetched(issuer, error);
        return;
    }
    cJSON *tree = json_object_parse_wide(answer->body, answer->length, MEMBERS_MAX);
    const char *url = tree ? keys_address(issuer, tree) : NULL;
    error = url ? get(issuer, url, keys_came) : QA_EPROTO;
    cJSON_Delete(tree);
    if (error)
        fetched(issuer, error);
}

int issuer_fetch(struct issuer *issuer, uint64_t now, struct issuer_waiter *waiter)
{
    char url[HTTP_URL_MAX];
    const char *address = issuer->settings->shown.issuer;
    uint64_t least = (uint64_t)issuer->settings->refetch_s * 1000;
    if (!issuer->keys && least > AGAIN_MS)
        least = AGAIN_MS;
    if (!issuer->request) {
        if (issuer->tried_ms && clock_since(now, issuer->tried_ms) < least)
            return QA_ERATE;
        issuer->tried_ms = now;
        http_discovery_url(address, url);
        if (get(issuer, url, description_came))
            return QA_ERATE;
    }
    if (waiter) {
        waiter->next = issuer->waiters;
        issuer->waiters = waiter;
    }
    return 0;
}

void issuer_forget(struct issuer *issuer, struct issuer_waiter *waiter)
{
    for (struct issuer_waiter **at = &issuer->waiters; *at; at = &(*at)->next) {
        if (*at == waiter) {
            *at = waiter->next;
            return;
        }
    }
}
