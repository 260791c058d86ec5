/*
 * HTTPS requests to issuers of sign-ins, by libcurl on a libuv loop: bounded in size and time, no
 * redirects, no cookies, certificates always checked. libcurl is loaded with the first client made,
 * so that programs in which nobody signs in do not carry it.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#define HTTP_URL_MAX      2048
#define HTTP_BODY_MAX     (512 * 1024)
#define HTTP_REQUESTS_MAX 16

struct http;
struct http_request;

struct http_order {
    const char *url;
    const char *form;    /* application/x-www-form-urlencoded, to be posted; NULL: GET */
    const char *ca_file; /* PEM, the only authorities to trust; NULL: the system's */
    /* "host:port" of an HTTP proxy, "": none; NULL: as libcurl reads the environment. */
    const char *proxy;
    const char *proxy_auth; /* "user:password" for it (Basic); NULL or "": none */
};

/* Valid during the call only. */
struct http_answer {
    int error;        /* 0: any status came; QA_ERELAY (not reached), QA_ETRUST, QA_ELIMIT (body) */
    long status;      /* of HTTP */
    const char *body; /* ends in NUL, which is not counted */
    size_t length;
    const char *detail; /* of the error, in words; never NULL */
    long proxy_status;  /* of the proxy's answer, where it let nothing through; 0: none */
};

/* From the loop, never from inside http_start. */
typedef void (*http_done_fn)(void *user, const struct http_answer *answer);

/* 0, QA_EIO (no libcurl here), QA_ENOMEM. */
int http_new(uv_loop_t *loop, struct http **out);

/*
 * Abandons what runs; `done` (may be NULL) runs from the loop when nothing of it is left there.
 * NULL is allowed, and calls nobody. Not from inside an `http_done_fn`.
 */
void http_free(struct http *http, void (*done)(void *user), void *user);

/* All is copied. 0, QA_EINVAL (the address is not allowed), QA_ELIMIT, QA_ENOMEM. */
int http_start(struct http *http, const struct http_order *order, http_done_fn done, void *user,
               struct http_request **out);

/* `done` will not be called any more. Not from inside it. */
void http_abandon(struct http_request *request);

/* Where an issuer of OpenID Connect describes itself. */
void http_discovery_url(const char *issuer, char out[HTTP_URL_MAX]);

/*
 * True for https://HOST..., and for http:// to a loopback address, which no network sees. No user,
 * no fragment, printable ASCII of at most HTTP_URL_MAX - 1 characters.
 */
bool http_url_allowed(const char *url);

#endif
