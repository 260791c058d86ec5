/*
 * Where the system's browser comes back to with the issuer's answer (RFC 8252, 7.3): a port on
 * 127.0.0.1 that takes one GET with the right state, and says to the person that they may close the
 * page. Others are turned away without an effect.
 */
#ifndef IDENTITY_LOOPBACK_H
#define IDENTITY_LOOPBACK_H

#include <stdbool.h>

#include <uv.h>

struct loopback;

/*
 * `came` gets the query of each request to "/" that has one; true: it was ours, and its sender is
 * told so. 0, QA_EIO, QA_ENOMEM.
 */
int loopback_new(uv_loop_t *loop, bool (*came)(void *user, const char *query), void *user,
                 struct loopback **out);

/* "http://127.0.0.1:PORT/" */
void loopback_address(const struct loopback *loopback, char out[40]);

/* Lets go of it; what was begun to be answered still is. Allowed inside `came`. NULL is allowed. */
void loopback_free(struct loopback *loopback);

#endif
