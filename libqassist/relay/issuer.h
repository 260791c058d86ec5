/*
 * An issuer at run time: its keys, fetched when they are first needed and again when they are old
 * or a token names one that is not among them, but not more often than the operator allows.
 */
#ifndef RELAY_ISSUER_H
#define RELAY_ISSUER_H

#include "base/log.h"
#include "http/http.h"
#include "relay/issuers_file.h"
#include "relay/jwt.h"

/* Somebody who waits for keys. `done` runs from the loop: 0, or why they cannot be had. */
struct issuer_waiter {
    struct issuer_waiter *next;
    void (*done)(void *user, int error);
    void *user;
};

struct issuer {
    const struct issuer_settings *settings;
    char pattern[RELAY_ISSUER_MAX + 1]; /* what tokens say of it; may have {tenantid} in it */
    struct http *http;
    const struct log *log;
    struct jwk_set *keys; /* NULL: none yet */
    uint64_t fetched_ms, tried_ms;
    struct http_request *request;
    struct issuer_waiter *waiters;
};

/* `settings` must outlive it. */
void issuer_init(struct issuer *issuer, const struct issuer_settings *settings, struct http *http,
                 const struct log *log);
void issuer_free(struct issuer *issuer);

/* True when a token with these claims says that it is of this issuer; nothing is verified. */
bool issuer_is_meant(const struct issuer *issuer, const struct jwt *jwt);

/* As jwt_verify; QA_ESTATE: with other keys it might be right. */
int issuer_verify(struct issuer *issuer, const struct jwt *jwt, int64_t wall, uint64_t now,
                  const char **why);

/* Fetches keys; 0 (the waiter, not NULL, will hear), or QA_ERATE: not again so soon. */
int issuer_fetch(struct issuer *issuer, uint64_t now, struct issuer_waiter *waiter);

/* The waiter hears nothing any more. */
void issuer_forget(struct issuer *issuer, struct issuer_waiter *waiter);

#endif
