/*
 * A sign-in, step by step: ask the relay how, ask the issuer where, have the user sign in, fetch
 * the tokens, hand the ID token to the relay. Each connection to the relay is for one question.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/identity.h>

#include "api/context.h"
#include "api/options.h"
#include "http/http.h"
#include "identity/loopback.h"
#include "identity/oidc.h"
#include "wire/relay_message.h"

#define RELAY_MS 60000
#define USER_MS  600000
#define SLOWER_S 5 /* RFC 8628, slow_down */

enum step {
    STEP_NEW,
    STEP_ASK,      /* the relay, how */
    STEP_DESCRIBE, /* the issuer, where */
    STEP_USER,     /* is in the browser */
    STEP_DEVICE,   /* the issuer, for a code */
    STEP_POLL,     /* the issuer, whether the user has signed in */
    STEP_TOKENS,   /* the issuer, for tokens */
    STEP_PRESENT,  /* the relay, with the ID token */
    STEP_SIGNED_IN,
    STEP_LEAVE, /* the relay, to forget */
    STEP_ENDED
};

struct qa_sign_in {
    unsigned refs; /* events hold one: a callback may give the user's last one back */
    qa_context *context;
    qa_sign_in_method method;
    char *wanted_issuer, *ca_file;
    qa_sign_in_callbacks callbacks;
    void *user_data;
    enum step step;
    struct link *link;
    struct http_request *request;
    struct loopback *loopback;
    uv_timer_t *timer; /* memory of its own, for it outlives this by a turn of the loop */
    struct relay_issuer issuer;
    char nonce[RELAY_TICKET_MAX + 1];
    char redirect[40];
    char token[RELAY_TOKEN_MAX + 1]; /* the relay's */
    struct oidc_endpoints endpoints;
    struct oidc_secrets secrets;
    struct oidc_device device;
    struct oidc_tokens tokens;
};

/* ---- the end ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

static void stop_parts(qa_sign_in *sign_in)
{
    link_destroy(sign_in->link);
    http_abandon(sign_in->request);
    loopback_free(sign_in->loopback);
    sign_in->link = NULL;
    sign_in->request = NULL;
    sign_in->loopback = NULL;
    if (sign_in->timer)
        uv_timer_stop(sign_in->timer);
}

static void forget(qa_sign_in *sign_in)
{
    sodium_memzero(sign_in->token, sizeof sign_in->token);
    sodium_memzero(&sign_in->secrets, sizeof sign_in->secrets);
    sodium_memzero(&sign_in->device, sizeof sign_in->device);
    sodium_memzero(&sign_in->tokens, sizeof sign_in->tokens);
}

static void finish(qa_sign_in *sign_in, int error, const char *detail)
{
    if (sign_in->step == STEP_ENDED)
        return;
    char words[512];
    snprintf(words, sizeof words, "%s", detail);
    sign_in->step = STEP_ENDED;
    stop_parts(sign_in);
    forget(sign_in);
    context_flush(sign_in->context);
    if (!sign_in->callbacks.on_end)
        return;
    qa_sign_in_ref(sign_in);
    sign_in->callbacks.on_end(sign_in, error, words, sign_in->user_data);
    qa_sign_in_unref(sign_in);
}

static void on_late(uv_timer_t *timer);

static void wait_for(qa_sign_in *sign_in, uint64_t milliseconds)
{
    uv_update_time(&sign_in->context->loop);
    uv_timer_start(sign_in->timer, on_late, milliseconds, 0);
    context_wake(sign_in->context);
}

/* ---- the relay ---- */

static const struct link_events relay_events;

static int connect_relay(qa_sign_in *sign_in, enum step step)
{
    struct ws_host *host;
    sign_in->step = step;
    wait_for(sign_in, RELAY_MS);
    int error = context_ws_host(sign_in->context, &host);
    return error ? error
                 : link_ws_new(host, sign_in->context->relay_url, &relay_events, sign_in,
                               &sign_in->link);
}

static void on_opened(void *user)
{
    qa_sign_in *sign_in = qa_sign_in_ref(user);
    struct relay_message message = {.type = RELAY_SIGN_IN, .version = RELAY_PROTOCOL_VERSION};
    char text[RELAY_MESSAGE_MAX];
    if (sign_in->step == STEP_PRESENT) {
        strcpy(message.id_token, sign_in->tokens.id_token);
        sodium_memzero(sign_in->tokens.id_token, sizeof sign_in->tokens.id_token);
    } else if (sign_in->step == STEP_LEAVE) {
        message.type = RELAY_SIGN_OUT;
        strcpy(message.token, sign_in->token);
    }
    int length = relay_message_encode(&message, text);
    int error = length < 0 ? length : link_send_text(sign_in->link, text, (size_t)length);
    relay_message_wipe(&message);
    sodium_memzero(text, sizeof text);
    if (error)
        finish(sign_in, error, "the relay could not be asked");
    qa_sign_in_unref(sign_in);
}

static void ask_issuer(qa_sign_in *sign_in, enum step step, const char *url, const char *form);

static void choose_issuer(qa_sign_in *sign_in, const struct relay_message *message)
{
    char url[HTTP_URL_MAX];
    size_t i = 0;
    while (sign_in->wanted_issuer && i < message->issuer_count &&
           strcmp(message->issuers[i].issuer, sign_in->wanted_issuer) != 0)
        i++;
    if (i >= message->issuer_count) {
        finish(sign_in, QA_EAUTH, "the relay takes no sign-ins of this issuer");
        return;
    }
    sign_in->issuer = message->issuers[i];
    strcpy(sign_in->nonce, message->nonce);
    if (sign_in->method == QA_SIGN_IN_DEVICE && !sign_in->issuer.device) {
        finish(sign_in, QA_EAUTH,
               "the relay takes no sign-ins on another device; sign in in a browser here");
        return;
    }
    size_t length = strlen(sign_in->issuer.issuer);
    if (sign_in->issuer.issuer[length - 1] == '/')
        length--;
    snprintf(url, sizeof url, "%.*s/.well-known/openid-configuration", (int)length,
             sign_in->issuer.issuer);
    ask_issuer(sign_in, STEP_DESCRIBE, url, NULL);
}

static void take_token(qa_sign_in *sign_in, const struct relay_message *message)
{
    const qa_sign_in_token token = {.size = sizeof token,
                                    .token = sign_in->token,
                                    .shown_name = message->shown_name,
                                    .organisation = message->organisation,
                                    .account = message->account,
                                    .seconds_left = message->expires_s,
                                    .can_refresh = sign_in->tokens.refresh_token[0] != '\0'};
    strcpy(sign_in->token, message->token);
    sign_in->step = STEP_SIGNED_IN;
    uv_timer_stop(sign_in->timer);
    context_flush(sign_in->context);
    if (sign_in->callbacks.on_token)
        sign_in->callbacks.on_token(sign_in, &token, sign_in->user_data);
}

static void take_answer(qa_sign_in *sign_in, const struct relay_message *message)
{
    link_destroy(sign_in->link);
    sign_in->link = NULL;
    if (message->type == RELAY_ERROR)
        finish(sign_in, message->error, message->detail);
    else if (message->type == RELAY_SIGN_IN_WITH && sign_in->step == STEP_ASK)
        choose_issuer(sign_in, message);
    else if (message->type == RELAY_SIGNED_IN && sign_in->step == STEP_PRESENT)
        take_token(sign_in, message);
    else if (message->type == RELAY_SIGNED_OUT && sign_in->step == STEP_LEAVE)
        finish(sign_in, 0, "signed out");
    else
        finish(sign_in, QA_EPROTO, "the relay does not know about sign-ins");
}

static void on_text(void *user, const char *data, size_t length)
{
    qa_sign_in *sign_in = qa_sign_in_ref(user);
    struct relay_message message;
    if (relay_message_decode(data, length, &message))
        finish(sign_in, QA_EPROTO, "the relay answers in words that are not known here");
    else
        take_answer(sign_in, &message);
    relay_message_wipe(&message);
    qa_sign_in_unref(sign_in);
}

static void on_binary(void *user, const uint8_t *data, size_t length)
{
    finish(user, QA_EPROTO, "the relay sends what nobody asked for");
}

static void on_drained(void *user)
{
}

static void on_closed(void *user, int error, const char *detail)
{
    finish(user, error ? error : QA_ERELAY_LOST, detail);
}

static const struct link_events relay_events = {
    .opened = on_opened,
    .text = on_text,
    .binary = on_binary,
    .drained = on_drained,
    .closed = on_closed,
};

static void present(qa_sign_in *sign_in)
{
    int error = connect_relay(sign_in, STEP_PRESENT);
    if (error)
        finish(sign_in, error, "the relay cannot be asked again");
}

/* ---- the user ---- */

static const char NO_ISSUER[] = "the issuer answers in a way that is not known here";

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
        finish(sign_in, QA_EAUTH, "another issuer answered");
    } else if (!oidc_query_member(query, "code", value, sizeof value)) {
        finish(sign_in, QA_EAUTH, "the issuer did not let you in, or you said no there");
    } else if (oidc_code_form(&sign_in->issuer, &sign_in->secrets, sign_in->redirect, value,
                              form)) {
        finish(sign_in, QA_EPROTO, NO_ISSUER);
    } else {
        ask_issuer(sign_in, STEP_TOKENS, sign_in->endpoints.token, form);
        sodium_memzero(form, sizeof form);
    }
    sodium_memzero(value, sizeof value);
    return true;
}

static bool on_came_back(void *user, const char *query)
{
    qa_sign_in *sign_in = qa_sign_in_ref(user);
    bool ours = take_query(sign_in, query);
    qa_sign_in_unref(sign_in);
    return ours;
}

static void open_browser(qa_sign_in *sign_in)
{
    char address[HTTP_URL_MAX];
    oidc_draw(&sign_in->secrets);
    if (loopback_new(&sign_in->context->loop, on_came_back, sign_in, &sign_in->loopback)) {
        finish(sign_in, QA_EIO, "no port of this machine can be opened for the browser's answer");
        return;
    }
    loopback_address(sign_in->loopback, sign_in->redirect);
    if (oidc_authorization_address(&sign_in->endpoints, &sign_in->issuer, &sign_in->secrets,
                                   sign_in->redirect, sign_in->nonce, address)) {
        finish(sign_in, QA_EPROTO, NO_ISSUER);
        return;
    }
    sign_in->step = STEP_USER;
    wait_for(sign_in, USER_MS);
    context_flush(sign_in->context);
    if (sign_in->callbacks.on_address)
        sign_in->callbacks.on_address(sign_in, address, sign_in->user_data);
}

static void ask_for_device_code(qa_sign_in *sign_in)
{
    char form[OIDC_FORM_MAX];
    if (!sign_in->endpoints.device[0] || oidc_device_form(&sign_in->issuer, sign_in->nonce, form))
        finish(sign_in, QA_EAUTH,
               "the issuer knows no sign-in on another device; sign in in a browser here");
    else
        ask_issuer(sign_in, STEP_DEVICE, sign_in->endpoints.device, form);
}

static void show_device_code(qa_sign_in *sign_in)
{
    struct oidc_device *device = &sign_in->device;
    sign_in->step = STEP_POLL;
    wait_for(sign_in, (uint64_t)device->interval_s * 1000);
    context_flush(sign_in->context);
    if (sign_in->callbacks.on_device)
        sign_in->callbacks.on_device(sign_in, device->address, device->user_code, device->complete,
                                     device->expires_s, sign_in->user_data);
}

static void poll_again(qa_sign_in *sign_in)
{
    char form[OIDC_FORM_MAX];
    struct oidc_device *device = &sign_in->device;
    if (device->expires_s <= device->interval_s) {
        finish(sign_in, QA_ETIMEOUT, "nobody signed in on another device in time");
        return;
    }
    device->expires_s -= device->interval_s;
    if (oidc_poll_form(&sign_in->issuer, device->device_code, form))
        finish(sign_in, QA_EPROTO, NO_ISSUER);
    else
        ask_issuer(sign_in, STEP_POLL, sign_in->endpoints.token, form);
    sodium_memzero(form, sizeof form);
}

static void on_late(uv_timer_t *timer)
{
    qa_sign_in *sign_in = qa_sign_in_ref(timer->data);
    if (sign_in->step == STEP_POLL)
        poll_again(sign_in);
    else if (sign_in->step == STEP_USER)
        finish(sign_in, QA_ETIMEOUT, "nobody signed in in the browser in time");
    else
        finish(sign_in, QA_ETIMEOUT, "the relay does not answer");
    qa_sign_in_unref(sign_in);
}

/* ---- the issuer ---- */

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
        finish(sign_in, QA_EAUTH,
               "the issuer's token is too long for a relay; ask whoever runs it to have roles in "
               "it instead of groups");
    } else if (error) {
        finish(sign_in, QA_EPROTO, NO_ISSUER);
    } else if (polls && (!strcmp(said, "authorization_pending") || !strcmp(said, "slow_down"))) {
        sign_in->device.interval_s += strcmp(said, "slow_down") ? 0 : SLOWER_S;
        wait_for(sign_in, (uint64_t)sign_in->device.interval_s * 1000);
    } else if (*said) {
        snprintf(words, sizeof words, "the issuer said no (%s); sign in again", said);
        finish(sign_in, QA_EAUTH, words);
    } else {
        present(sign_in);
    }
}

static void take_issuer_answer(qa_sign_in *sign_in, const struct http_answer *answer)
{
    char words[400];
    bool answered = !answer->error && answer->status < 500;
    if (!answered) {
        snprintf(words, sizeof words, "the issuer %s cannot be asked: %s", sign_in->issuer.issuer,
                 answer->error ? answer->detail : "it has a fault");
        finish(sign_in, answer->error ? answer->error : QA_ERELAY, words);
    } else if (sign_in->step == STEP_DESCRIBE) {
        if (oidc_read_description(answer->body, answer->length, sign_in->issuer.issuer,
                                  &sign_in->endpoints))
            finish(sign_in, QA_EPROTO, NO_ISSUER);
        else if (sign_in->method == QA_SIGN_IN_DEVICE)
            ask_for_device_code(sign_in);
        else
            open_browser(sign_in);
    } else if (sign_in->step == STEP_DEVICE) {
        if (oidc_read_device(answer->body, answer->length, &sign_in->device))
            finish(sign_in, QA_EAUTH, "the issuer does not let this program sign in so");
        else
            show_device_code(sign_in);
    } else {
        take_tokens(sign_in, answer);
    }
}

static void on_issuer_answer(void *user, const struct http_answer *answer)
{
    qa_sign_in *sign_in = qa_sign_in_ref(user);
    sign_in->request = NULL;
    take_issuer_answer(sign_in, answer);
    qa_sign_in_unref(sign_in);
}

static void ask_issuer(qa_sign_in *sign_in, enum step step, const char *url, const char *form)
{
    struct http *http;
    const struct http_order order = {.url = url, .form = form, .ca_file = sign_in->ca_file};
    sign_in->step = step;
    uv_timer_stop(sign_in->timer);
    int error = context_http(sign_in->context, &http);
    if (!error)
        error = http_start(http, &order, on_issuer_answer, sign_in, &sign_in->request);
    if (error)
        finish(sign_in, error,
               error == QA_EIO ? "sign-ins need libcurl 4, and it is not here" : NO_ISSUER);
    context_wake(sign_in->context);
}

/* ---- public ---- */

static int make_timer(qa_sign_in *sign_in)
{
    sign_in->timer = calloc(1, sizeof *sign_in->timer);
    if (!sign_in->timer)
        return QA_ENOMEM;
    uv_timer_init(&sign_in->context->loop, sign_in->timer);
    sign_in->timer->data = sign_in;
    return 0;
}

int qa_sign_in_new(qa_context *context, const qa_sign_in_options *options,
                   const qa_sign_in_callbacks *callbacks, void *user_data, qa_sign_in **out)
{
    qa_sign_in_options known = {0};
    qa_sign_in_callbacks known_callbacks = {0};
    if (!context || !out || options_read(&known, sizeof known, options) ||
        options_read(&known_callbacks, sizeof known_callbacks, callbacks) ||
        (known.method != QA_SIGN_IN_BROWSER && known.method != QA_SIGN_IN_DEVICE))
        return QA_EINVAL;
    qa_sign_in *sign_in = calloc(1, sizeof *sign_in);
    if (!sign_in)
        return QA_ENOMEM;
    sign_in->refs = 1;
    sign_in->context = qa_context_ref(context);
    sign_in->method = known.method;
    sign_in->callbacks = known_callbacks;
    sign_in->user_data = user_data;
    sign_in->wanted_issuer = known.issuer ? strdup(known.issuer) : NULL;
    sign_in->ca_file = known.issuer_ca_file ? strdup(known.issuer_ca_file) : NULL;
    if ((known.issuer && !sign_in->wanted_issuer) || (known.issuer_ca_file && !sign_in->ca_file) ||
        make_timer(sign_in)) {
        qa_sign_in_unref(sign_in);
        return QA_ENOMEM;
    }
    *out = sign_in;
    return 0;
}

int qa_sign_in_start(qa_sign_in *sign_in)
{
    if (!sign_in)
        return QA_EINVAL;
    return sign_in->step == STEP_NEW ? connect_relay(sign_in, STEP_ASK) : QA_ESTATE;
}

int qa_sign_in_refresh(qa_sign_in *sign_in)
{
    char form[OIDC_FORM_MAX];
    struct http *http;
    if (!sign_in || sign_in->step != STEP_SIGNED_IN || !sign_in->tokens.refresh_token[0] ||
        oidc_refresh_form(&sign_in->issuer, sign_in->tokens.refresh_token, form))
        return QA_ESTATE;
    const struct http_order order = {
        .url = sign_in->endpoints.token, .form = form, .ca_file = sign_in->ca_file};
    int error = context_http(sign_in->context, &http);
    if (!error)
        error = http_start(http, &order, on_issuer_answer, sign_in, &sign_in->request);
    sodium_memzero(form, sizeof form);
    if (!error)
        sign_in->step = STEP_TOKENS;
    context_wake(sign_in->context);
    return error;
}

int qa_sign_in_out(qa_sign_in *sign_in)
{
    if (!sign_in)
        return QA_EINVAL;
    return sign_in->step == STEP_SIGNED_IN ? connect_relay(sign_in, STEP_LEAVE) : QA_ESTATE;
}

qa_sign_in *qa_sign_in_ref(qa_sign_in *sign_in)
{
    sign_in->refs++;
    return sign_in;
}

void qa_sign_in_unref(qa_sign_in *sign_in)
{
    if (!sign_in || --sign_in->refs)
        return;
    qa_context *context = sign_in->context;
    sign_in->step = STEP_ENDED;
    stop_parts(sign_in);
    if (sign_in->timer)
        uv_close((uv_handle_t *)sign_in->timer, on_timer_closed);
    context_wake(context);
    free(sign_in->wanted_issuer);
    free(sign_in->ca_file);
    sodium_memzero(sign_in, sizeof *sign_in);
    free(sign_in);
    qa_context_unref(context);
}
