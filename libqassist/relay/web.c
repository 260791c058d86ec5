#include "relay/web.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "relay/records.h"
#include "relay/sign_in.h"
#include "relay/web_text.h"
#include "wire/code.h"
#include "wire/relay_description.h"
#include "wire/relay_message.h"

/* ---- the page ---- */

/* Who knows what a browser was made to send: "relay.example:8443" and the like, or our own words.
 */
static const char *plain_host(const char *host)
{
    size_t length = strlen(host);
    for (size_t i = 0; i < length; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]", host[i]))
            return "HOST";
    return length && length < 140 ? host : "HOST";
}

static void make_page(const struct relay_server *server, const struct web_request *request,
                      struct web_answer *out)
{
    const char *contact = server->options.contact;
    const struct web_values values = {.host = plain_host(request->host),
                                      .organisation = server->options.organisation,
                                      .contact = contact ? contact : ""};
    out->type = "text/html; charset=utf-8";
    out->language = web_language(request->languages);
    web_put_page(out, out->language, &values);
}

/* ---- /.well-known/qassist ---- */

static bool add_code(cJSON *root, const struct relay_server *server)
{
    cJSON *code = cJSON_AddObjectToObject(root, "code");
    return code &&
           cJSON_AddNumberToObject(code, "digits", CODE_ROUTE_MIN + CODE_SECRET_DIGITS + 1) &&
           cJSON_AddNumberToObject(code, "digits_max", CODE_DIGITS_MAX) &&
           cJSON_AddNumberToObject(code, "lifetime_s", server->options.code_lifetime_s);
}

static bool add_issuers(cJSON *root, const struct relay_server *server)
{
    struct relay_issuer issuers[RELAY_ISSUERS_MAX];
    size_t count = server->sign_ins ? sign_ins_list(server->sign_ins, issuers) : 0;
    cJSON *list = cJSON_AddArrayToObject(root, "issuers");
    for (size_t i = 0; list && i < count; i++) {
        cJSON *issuer = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(list, issuer) ||
            !cJSON_AddStringToObject(issuer, "issuer", issuers[i].issuer) ||
            !cJSON_AddStringToObject(issuer, "organisation", issuers[i].organisation) ||
            !cJSON_AddBoolToObject(issuer, "device", issuers[i].device))
            return false;
    }
    return list;
}

static bool add_policy(cJSON *root)
{
    cJSON *policy = cJSON_AddObjectToObject(root, "policy");
    return policy && cJSON_AddBoolToObject(policy, "helpers_sign_in", true) &&
           cJSON_AddBoolToObject(policy, "sharers_sign_in", false) &&
           cJSON_AddNumberToObject(policy, "records_kept_s", RECORDS_KEPT_S);
}

static bool fill(cJSON *root, const struct relay_server *server)
{
    const char *contact = server->options.contact;
    cJSON *protocols, *protocol, *limits;
    return cJSON_AddStringToObject(root, "service", "qassist") &&
           (protocols = cJSON_AddArrayToObject(root, "protocols")) &&
           (protocol = cJSON_CreateString(RELAY_SUBPROTOCOL)) &&
           cJSON_AddItemToArray(protocols, protocol) &&
           cJSON_AddStringToObject(root, "organisation", server->options.organisation) &&
           (!contact || cJSON_AddStringToObject(root, "contact", contact)) && add_policy(root) &&
           add_issuers(root, server) && add_code(root, server) &&
           (limits = cJSON_AddObjectToObject(root, "limits")) &&
           cJSON_AddNumberToObject(limits, "session_s", server->options.session_lifetime_s) &&
           cJSON_AddNumberToObject(limits, "message_bytes", FORWARD_MESSAGE_MAX);
}

static void make_description(const struct relay_server *server, struct web_answer *out)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root && fill(root, server) ? cJSON_PrintUnformatted(root) : NULL;
    out->type = "application/json";
    web_put(out, text ? text : "{}");
    web_put(out, "\n");
    cJSON_free(text);
    cJSON_Delete(root);
}

bool web_answer(const struct relay_server *server, const struct web_request *request,
                struct web_answer *out)
{
    out->length = 0;
    out->language = NULL;
    if (!strcmp(request->path, "/")) {
        make_page(server, request, out);
    } else if (!strcmp(request->path, "/style.css")) {
        out->type = "text/css; charset=utf-8";
        web_put(out, web_style);
    } else if (!strcmp(request->path, RELAY_DESCRIPTION_PATH)) {
        make_description(server, out);
    } else {
        return false;
    }
    return true;
}
