/*
 * Names: getaddrinfo, as slow as the system's resolver may be, without holding up the loop. It runs
 * in a thread that lives for one name only, with all signals blocked: libuv's own pool of threads
 * would stay for the process's life, and libuv 1.44 crashes a forked child of the host that exits.
 */
#ifndef LINK_RESOLVE_H
#define LINK_RESOLVE_H

#include <netdb.h>
#include <uv.h>

struct resolve;

/* `error` is 0 or EAI_; `found` is the caller's now (freeaddrinfo). The object is gone after. */
typedef void (*resolve_fn)(void *user, int error, struct addrinfo *found);

/* Stream sockets of any family. `done` comes from the loop. 0, QA_ENOMEM, QA_EIO. */
int resolve_start(uv_loop_t *loop, const char *host, const char *port, resolve_fn done, void *user,
                  struct resolve **out);

/* `done` will not come. NULL is allowed. */
void resolve_cancel(struct resolve *resolve);

#endif
