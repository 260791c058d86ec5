/*
 * The context from inside: its loop, its log, its lws host, and the queue of things to tell the
 * user.
 *
 * The user's callbacks run from that queue (or straight from a loop event), never from inside a
 * call of the user's own.
 */
#ifndef API_CONTEXT_H
#define API_CONTEXT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include <qassist/context.h>

#include "base/log.h"
#include "http/http.h"
#include "link/ws.h"
#include "policy/policy.h"

/* One thing to do at the next dispatch; embedded in its owner or allocated. */
struct deferred {
    void (*run)(struct deferred *self); /* owns itself from here on */
    struct deferred *next;
    const void *owner; /* whom context_settle knows it by */
};

struct qa_context {
    unsigned refs;
    uv_loop_t loop;
    uv_async_t stopper; /* wakes the loop from other threads */
    int poll_fd;        /* epoll over the loop's descriptor and timer_fd: what the user polls */
    int timer_fd;       /* the loop's next timeout, or "now" */
    atomic_bool stop;
    bool dispatching;
    struct deferred *first;
    struct deferred **last;
    struct log log;
    struct ws_host *ws_host; /* made at the first connection */
    struct http *http;       /* made at the first sign-in */
    char *relay_url;
    char *relay_origin; /* https://HOST:PORT */
    char *ca_file;
    char *worker_path;
    char *policy_file;         /* the program's own; NULL: none */
    struct policy policies[2]; /* the system's, the program's */
    char policy_words[POLICY_WORDS_MAX];
};

/* Queues; the descriptor becomes readable. */
void context_defer(qa_context *context, struct deferred *task);

/* Runs what is queued. From loop events that call the user directly, so that the order is kept. */
void context_flush(qa_context *context);

/* Runs at once what an owner has queued: one that is gone, and whose tasks call nobody any more. */
void context_settle(qa_context *context, const void *owner);

/* Something was started outside dispatch: makes the descriptor readable, so that the loop takes it
 * up. */
void context_wake(qa_context *context);

/* The lws host, made when first asked for. 0, QA_ETRUST, QA_ENOMEM, QA_EIO. */
int context_ws_host(qa_context *context, struct ws_host **out);

/* The client for issuers, made when first asked for. 0, QA_EIO (no libcurl here), QA_ENOMEM. */
int context_http(qa_context *context, struct http **out);

#endif
