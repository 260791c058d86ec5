/* What a sign-in asks its issuer: where, then for the user's code, at last for tokens. */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "api/policies.h"
#include "api/sign_in_private.h"

#define USER_MS  600000
#define SLOWER_S 5 /* RFC 8628, slow_down */

static const char NO_ISSUER[] = "the issuer answers in a way that is not known here";

/* ---- asking ---- */

static void on_issuer_answer(void *user, const struct http_answer *answer);

/* Which proxy the request takes. 0, or QA_EINVAL with words. */
static int choose_proxy(qa_sign_in *sign_in, const char *url, struct ws_proxy *proxy)
{
    const char *host = strstr(url, "://") + 3; /* the form of it was looked at before */
    bool secure = url[4] == 's', is_ipv6;
    if (ws_authority_parse(host, strcspn(host, "/?"), secure ? 443 : 80, sign_in->asked, &is_ipv6,
                           &sign_in->asked_port))
        return QA_EINVAL;
    return ws_proxy_choose(context_proxies(sign_in->context), sign_in->asked, sign_in->asked_port,
                           proxy, sign_in->proxy_words);
}

static int start_request(qa_sign_in *sign_in, enum sign_in_step step, const char *url,
                         const char *form)
{
    struct http *http;
    struct ws_proxy *proxy = &sign_in->proxy;
    sign_in->proxy_words[0] = '\0';
    if (!http_url_allowed(url) || choose_proxy(sign_in, url, proxy))
        return QA_EINVAL;
    const struct http_order order = {.url = url,
                                     .form = form,
                                     .ca_file = sign_in->ca_file,
                                     .proxy = proxy->host[0] ? proxy->shown : "",
                                     .proxy_auth = proxy->auth};
    int error = context_http(sign_in->context, &http);
    if (!error)
        error = http_start(http, &order, on_issuer_answer, sign_in, &sign_in->request);
    if (error)
        return error;
    sign_in->step = step;
    uv_timer_stop(sign_in->timer);
    context_wake(sign_in->context);
    return 0;
}

static void ask_issuer(qa_sign_in *sign_in, enum sign_in_step step, const char *url,
                       const char *form)
{
    int error = start_request(sign_in, step, url, form);
    if (error && sign_in->proxy_words[0])
        sign_in_finish(sign_in, QA_ERELAY, sign_in->proxy_words);
    else if (error)
        sign_in_finish(sign_in, error,
                       error == QA_EIO ? "sign-ins need libcurl 4, and it is not here" : NO_ISSUER);
}

void sign_in_describe(qa_sign_in *sign_in)
{
    char url[HTTP_URL_MAX];
    http_discovery_url(sign_in->issuer.issuer, url);
    ask_issuer(sign_in, STEP_DESCRIBE, url, NULL);
}

int sign_in_renew(qa_sign_in *sign_in)
{
    char form[OIDC_FORM_MAX];
    if (oidc_refresh_form(&sign_in->issuer, sign_in->tokens.refresh_token, form))
        return QA_ESTATE;
    int error = start_request(sign_in, STEP_TOKENS, sign_in->endpoints.token, form);
    sodium_memzero(form, sizeof form);
    return error;
}

/* ---- the user ---- */

static bool take_query(qa_sign_in *sign_in, const char *query)
{
    char value[OIDC_CODE_MAX + 1], form[OIDC_FORM_MAX];
    /* Without this state it is no answer to what we asked, whoever sent the browser here. */
    if (sign_in->step != STEP_USER || !oidc_query_member(query, "state", value, sizeof value) ||
        sodium_memcmp(value, sign_in->secrets.state, strlen(sign_in->secrets.state) + 1) != 0)
        return false;
    loopback_free(sign_in->loopback);
    sign_in->loopback = NULL;
    if (oidc_query_member(query, "iss", value, sizeof value) &&
        strcmp(value, sign_in->issuer.issuer) != 0 && !strstr(sign_in->issuer.issuer, "/common/") &&
        !strstr(sign_in->issuer.issuer, "/organizations/") &&
        !strstr(sign_in->issuer.issuer, "/consumers/")) {
        sign_in_finish(sign_in, QA_EAUTH, "another issuer answered");
    } else if (!oidc_query_member(query, "code", value, sizeof value)) {
        sign_in_finish(sign_in, QA_EAUTH, "the issuer did not let you in, or you said no there");
    } else if (oidc_code_form(&sign_in->issuer, &sign_in->secrets, sign_in->redirect, value,
                              form)) {
        sign_in_finish(sign_in, QA_EPROTO, NO_ISSUER);
    } else {
        ask_issuer(sign_in, STEP_TOKENS, sign_in->endpoints.token, form);
        sodium_memzero(form, sizeof form);
    }
    sodium_memzero(value, sizeof value);
    return true;
}

static bool on_came_back(void *user, const char *query)
{
    qa_sign_in *sign_in = sign_in_hold(user);
    bool ours = take_query(sign_in, query);
    sign_in_release(sign_in);
    return ours;
}

static void open_browser(qa_sign_in *sign_in)
{
    char address[HTTP_URL_MAX];
    oidc_draw(&sign_in->secrets);
    if (loopback_new(&sign_in->context->loop, on_came_back, sign_in, &sign_in->loopback)) {
        sign_in_finish(sign_in, QA_EIO,
                       "no port of this machine can be opened for the browser's answer");
        return;
    }
    loopback_address(sign_in->loopback, sign_in->redirect);
    if (oidc_authorization_address(&sign_in->endpoints, &sign_in->issuer, &sign_in->secrets,
                                   sign_in->redirect, sign_in->nonce, address)) {
        sign_in_finish(sign_in, QA_EPROTO, NO_ISSUER);
        return;
    }
    sign_in->step = STEP_USER;
    sign_in_wait(sign_in, USER_MS);
    TELL_SIGN_IN(sign_in, on_address, address);
}

static void ask_for_device_code(qa_sign_in *sign_in)
{
    char form[OIDC_FORM_MAX];
    if (!sign_in->endpoints.device[0] || oidc_device_form(&sign_in->issuer, sign_in->nonce, form))
        sign_in_finish(sign_in, QA_EAUTH,
                       "the issuer knows no sign-in on another device; sign in in a browser here");
    else
        ask_issuer(sign_in, STEP_DEVICE, sign_in->endpoints.device, form);
}

static void show_device_code(qa_sign_in *sign_in)
{
    struct oidc_device *device = &sign_in->device;
    sign_in->step = STEP_POLL;
    sign_in_wait(sign_in, (uint64_t)device->interval_s * 1000);
    TELL_SIGN_IN(sign_in, on_device, device->address, device->user_code, device->complete,
                 device->expires_s);
}

void sign_in_poll(qa_sign_in *sign_in)
{
    char form[OIDC_FORM_MAX];
    struct oidc_device *device = &sign_in->device;
    if (device->expires_s <= device->interval_s) {
        sign_in_finish(sign_in, QA_ETIMEOUT, "nobody signed in on another device in time");
        return;
    }
    device->expires_s -= device->interval_s;
    if (oidc_poll_form(&sign_in->issuer, device->device_code, form))
        sign_in_finish(sign_in, QA_EPROTO, NO_ISSUER);
    else
        ask_issuer(sign_in, STEP_POLL, sign_in->endpoints.token, form);
    sodium_memzero(form, sizeof form);
}

/* ---- the issuer's answers ---- */

static void take_tokens(qa_sign_in *sign_in, const struct http_answer *answer)
{
    char kept[OIDC_TOKEN_MAX + 1], words[160];
    bool polls = sign_in->step == STEP_POLL;
    strcpy(kept, sign_in->tokens.refresh_token);
    int error = oidc_read_tokens(answer->body, answer->length, &sign_in->tokens);
    const char *said = sign_in->tokens.error;
    /* An issuer that does not change the refresh token need not say it again. */
    if (!error && !sign_in->tokens.refresh_token[0])
        strcpy(sign_in->tokens.refresh_token, kept);
    sodium_memzero(kept, sizeof kept);
    if (error == QA_ELIMIT) {
        sign_in_finish(
            sign_in, QA_EAUTH,
            "the issuer's token is too long for a relay; ask whoever runs it to have roles in "
            "it instead of groups");
    } else if (error) {
        sign_in_finish(sign_in, QA_EPROTO, NO_ISSUER);
    } else if (polls && (!strcmp(said, "authorization_pending") || !strcmp(said, "slow_down"))) {
        sign_in->device.interval_s += strcmp(said, "slow_down") ? 0 : SLOWER_S;
        sign_in_wait(sign_in, (uint64_t)sign_in->device.interval_s * 1000);
    } else if (*said) {
        snprintf(words, sizeof words, "the issuer said no (%s); sign in again", said);
        sign_in_finish(sign_in, QA_EAUTH, words);
    } else {
        sign_in_present(sign_in);
    }
}

static void take_issuer_answer(qa_sign_in *sign_in, const struct http_answer *answer)
{
    char words[400], target[WS_HOST_MAX + 16];
    bool answered = !answer->error && answer->status < 500;
    if (answer->error && answer->proxy_status && sign_in->proxy.host[0]) {
        snprintf(target, sizeof target, "%s:%u", sign_in->asked, sign_in->asked_port);
        ws_proxy_explain(&sign_in->proxy, (int)answer->proxy_status, true, target,
                         sign_in->proxy_words);
        sign_in_finish(sign_in, QA_ERELAY, sign_in->proxy_words);
    } else if (!answered) {
        snprintf(words, sizeof words, "the issuer %s cannot be asked: %s", sign_in->issuer.issuer,
                 answer->error ? answer->detail : "it has a fault");
        sign_in_finish(sign_in, answer->error ? answer->error : QA_ERELAY, words);
    } else if (sign_in->step == STEP_DESCRIBE) {
        if (oidc_read_description(answer->body, answer->length, sign_in->issuer.issuer,
                                  &sign_in->endpoints))
            sign_in_finish(sign_in, QA_EPROTO, NO_ISSUER);
        else if (sign_in->method == QA_SIGN_IN_DEVICE)
            ask_for_device_code(sign_in);
        else
            open_browser(sign_in);
    } else if (sign_in->step == STEP_DEVICE) {
        if (oidc_read_device(answer->body, answer->length, &sign_in->device))
            sign_in_finish(sign_in, QA_EAUTH, "the issuer does not let this program sign in so");
        else
            show_device_code(sign_in);
    } else {
        take_tokens(sign_in, answer);
    }
}

static void on_issuer_answer(void *user, const struct http_answer *answer)
{
    qa_sign_in *sign_in = sign_in_hold(user);
    sign_in->request = NULL;
    take_issuer_answer(sign_in, answer);
    sign_in_release(sign_in);
}
