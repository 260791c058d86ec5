/*
 * A sign-in, step by step: ask the relay how (sign_in.c), ask the issuer where, have the user sign
 * in, fetch the tokens (sign_in_issuer.c), hand the ID token to the relay (sign_in.c).
 */
#ifndef API_SIGN_IN_PRIVATE_H
#define API_SIGN_IN_PRIVATE_H

#include <qassist/identity.h>

#include "api/context.h"
#include "http/http.h"
#include "identity/loopback.h"
#include "identity/oidc.h"
#include "wire/relay_message.h"

enum sign_in_step {
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
    unsigned user_refs; /* without one nobody is told anything any more */
    unsigned holds; /* of the user, and of events: callbacks may give the user's last one back */
    qa_context *context;
    qa_sign_in_method method;
    char *wanted_issuer, *ca_file;
    qa_sign_in_callbacks callbacks;
    void *user_data;
    enum sign_in_step step;
    struct link *link;
    struct http_request *request;
    struct ws_proxy proxy;       /* that it takes; no host: none */
    char asked[WS_HOST_MAX + 1]; /* the host that it goes to */
    uint16_t asked_port;
    char proxy_words[WS_PROXY_WORDS_MAX]; /* what is wrong with the setting of the proxy */
    struct loopback *loopback;
    uv_timer_t *timer; /* memory of its own, for it outlives this by a turn of the loop */
    struct relay_issuer issuer;
    char nonce[RELAY_TICKET_MAX + 1];
    char redirect[40];
    char token[RELAY_TOKEN_MAX + 1]; /* the relay's */
    uint32_t retry_s;                /* after which the relay may say something else */
    struct oidc_endpoints endpoints;
    struct oidc_secrets secrets;
    struct oidc_device device;
    struct oidc_tokens tokens;
};

/* Keeps the memory while an event is told. */
qa_sign_in *sign_in_hold(qa_sign_in *sign_in);
void sign_in_release(qa_sign_in *sign_in);

/*
 * Calls the user back, after what was queued before; that may give the user's last reference back.
 * The caller holds the sign-in.
 */
#define TELL_SIGN_IN(sign_in, callback, ...)                                             \
    do {                                                                                 \
        context_flush((sign_in)->context);                                               \
        if ((sign_in)->user_refs && (sign_in)->callbacks.callback)                       \
            (sign_in)->callbacks.callback((sign_in), __VA_ARGS__, (sign_in)->user_data); \
    } while (0)

/* The end: stops everything, wipes, tells the app. Not twice. */
void sign_in_finish(qa_sign_in *sign_in, int error, const char *detail);

/* When that is over: the next look in STEP_POLL, the end in any other step. */
void sign_in_wait(qa_sign_in *sign_in, uint64_t milliseconds);

/* Hands the ID token to the relay. */
void sign_in_present(qa_sign_in *sign_in);

/* Asks the issuer where its users sign in; the rest follows from that. */
void sign_in_describe(qa_sign_in *sign_in);

/* Asks whether the user has signed in on the other device by now. */
void sign_in_poll(qa_sign_in *sign_in);

/* Asks for new tokens. 0, QA_ESTATE (the refresh token does not serve) and those of asking. */
int sign_in_renew(qa_sign_in *sign_in);

#endif
