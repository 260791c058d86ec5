/*
 * The life of a sign-in, and what it asks the relay: how, then to take the ID token, at last to
 * forget. Each connection to the relay is for one question.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "api/options.h"
#include "api/policies.h"
#include "api/sign_in_private.h"

#define RELAY_MS 60000

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

qa_sign_in *sign_in_hold(qa_sign_in *sign_in)
{
    sign_in->holds++;
    return sign_in;
}

void sign_in_release(qa_sign_in *sign_in)
{
    if (--sign_in->holds)
        return;
    qa_context *context = sign_in->context;
    if (sign_in->timer)
        uv_close((uv_handle_t *)sign_in->timer, on_timer_closed);
    context_wake(context);
    free(sign_in->wanted_issuer);
    free(sign_in->ca_file);
    sodium_memzero(sign_in, sizeof *sign_in);
    free(sign_in);
    qa_context_unref(context);
}

void sign_in_finish(qa_sign_in *sign_in, int error, const char *detail)
{
    if (sign_in->step == STEP_ENDED)
        return;
    char words[512];
    snprintf(words, sizeof words, "%s", detail);
    sign_in->step = STEP_ENDED;
    stop_parts(sign_in);
    forget(sign_in);
    sign_in_hold(sign_in);
    TELL_SIGN_IN(sign_in, on_end, error, words);
    sign_in_release(sign_in);
}

static void on_late(uv_timer_t *timer)
{
    qa_sign_in *sign_in = sign_in_hold(timer->data);
    if (sign_in->step == STEP_POLL)
        sign_in_poll(sign_in);
    else if (sign_in->step == STEP_USER)
        sign_in_finish(sign_in, QA_ETIMEOUT, "nobody signed in in the browser in time");
    else
        sign_in_finish(sign_in, QA_ETIMEOUT, "the relay does not answer");
    sign_in_release(sign_in);
}

void sign_in_wait(qa_sign_in *sign_in, uint64_t milliseconds)
{
    uv_update_time(&sign_in->context->loop);
    uv_timer_start(sign_in->timer, on_late, milliseconds, 0);
    context_wake(sign_in->context);
}

/* ---- the relay ---- */

static const struct link_events relay_events;

static int connect_relay(qa_sign_in *sign_in, enum sign_in_step step)
{
    struct ws_host *host;
    int error = context_obey_policies(sign_in->context);
    if (!error)
        error = context_ws_host(sign_in->context, &host);
    if (!error)
        error =
            link_ws_new(host, sign_in->context->relay_url, &relay_events, sign_in, &sign_in->link);
    if (error)
        return error;
    sign_in->step = step;
    sign_in_wait(sign_in, RELAY_MS);
    return 0;
}

static void on_opened(void *user)
{
    qa_sign_in *sign_in = sign_in_hold(user);
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
        sign_in_finish(sign_in, error, "the relay could not be asked");
    sign_in_release(sign_in);
}

static void choose_issuer(qa_sign_in *sign_in, const struct relay_message *message)
{
    size_t i = 0;
    while (sign_in->wanted_issuer && i < message->issuer_count &&
           strcmp(message->issuers[i].issuer, sign_in->wanted_issuer) != 0)
        i++;
    if (i >= message->issuer_count) {
        sign_in_finish(sign_in, QA_EAUTH, "the relay takes no sign-ins of this issuer");
        return;
    }
    sign_in->issuer = message->issuers[i];
    strcpy(sign_in->nonce, message->nonce);
    if (sign_in->method == QA_SIGN_IN_DEVICE && !sign_in->issuer.device) {
        sign_in_finish(sign_in, QA_EAUTH,
                       "the relay takes no sign-ins on another device; sign in in a browser here");
        return;
    }
    sign_in_describe(sign_in);
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
    TELL_SIGN_IN(sign_in, on_token, &token);
}

static void take_answer(qa_sign_in *sign_in, const struct relay_message *message)
{
    link_destroy(sign_in->link);
    sign_in->link = NULL;
    sign_in->retry_s = message->type == RELAY_ERROR ? message->retry_s : 0;
    if (message->type == RELAY_ERROR)
        sign_in_finish(sign_in, message->error, message->detail);
    else if (message->type == RELAY_SIGN_IN_WITH && sign_in->step == STEP_ASK)
        choose_issuer(sign_in, message);
    else if (message->type == RELAY_SIGNED_IN && sign_in->step == STEP_PRESENT)
        take_token(sign_in, message);
    else if (message->type == RELAY_SIGNED_OUT && sign_in->step == STEP_LEAVE)
        sign_in_finish(sign_in, 0, "signed out");
    else
        sign_in_finish(sign_in, QA_EPROTO, "the relay does not know about sign-ins");
}

static void on_text(void *user, const char *data, size_t length)
{
    qa_sign_in *sign_in = sign_in_hold(user);
    struct relay_message message;
    if (relay_message_decode(data, length, &message))
        sign_in_finish(sign_in, QA_EPROTO, "the relay answers in words that are not known here");
    else
        take_answer(sign_in, &message);
    relay_message_wipe(&message);
    sign_in_release(sign_in);
}

static void on_binary(void *user, const uint8_t *data, size_t length)
{
    sign_in_finish(user, QA_EPROTO, "the relay sends what nobody asked for");
}

static void on_drained(void *user)
{
}

static void on_closed(void *user, int error, const char *detail)
{
    sign_in_finish(user, error == QA_EVERSION ? QA_ERELAY : error ? error : QA_ERELAY_LOST, detail);
}

static const struct link_events relay_events = {
    .opened = on_opened,
    .text = on_text,
    .binary = on_binary,
    .drained = on_drained,
    .closed = on_closed,
};

void sign_in_present(qa_sign_in *sign_in)
{
    int error = connect_relay(sign_in, STEP_PRESENT);
    if (error)
        sign_in_finish(sign_in, error,
                       error == QA_EPOLICY ? sign_in->context->policy_words
                                           : "the relay cannot be asked again");
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
    sign_in->user_refs = 1;
    sign_in->holds = 1;
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
    if (!sign_in || sign_in->step != STEP_SIGNED_IN || !sign_in->tokens.refresh_token[0])
        return QA_ESTATE;
    return sign_in_renew(sign_in);
}

int qa_sign_in_out(qa_sign_in *sign_in)
{
    if (!sign_in)
        return QA_EINVAL;
    return sign_in->step == STEP_SIGNED_IN ? connect_relay(sign_in, STEP_LEAVE) : QA_ESTATE;
}

qa_sign_in *qa_sign_in_ref(qa_sign_in *sign_in)
{
    sign_in->user_refs++;
    return sign_in;
}

uint32_t qa_sign_in_retry_seconds(const qa_sign_in *sign_in)
{
    return sign_in ? sign_in->retry_s : 0;
}

void qa_sign_in_unref(qa_sign_in *sign_in)
{
    if (!sign_in || --sign_in->user_refs)
        return;
    sign_in->step = STEP_ENDED;
    stop_parts(sign_in);
    sign_in_release(sign_in);
}
