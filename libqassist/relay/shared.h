/*
 * What nodes of one service share, as a table of functions: who is there, which node has a code,
 * and where the two ends of a broken session gather. Codes and sids come in as marks (pass.h), so
 * that nobody reads them there. Each question is answered once, from inside the call or later, at
 * the latest from inside `close`. QA_ERELAY_LOST: the directory does not answer.
 */
#ifndef RELAY_SHARED_H
#define RELAY_SHARED_H

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "base/log.h"

#define NODE_NAME_DIGITS   16  /* lower-case hexadecimal digits */
#define NODE_INFO_MAX      320 /* characters of what a node says of itself */
#define SHARED_NODES_MAX   256
#define SHARED_MARK_DIGITS 32
/* A node is there for so long after it was last heard. */
#define SHARED_NODE_S 6
/* A used or expired code is known for a day, the place of a broken session for so long. */
#define SHARED_KEPT_OUT_S 86400
#define SHARED_GATHER_S   1500

struct shared;

struct shared_node {
    const char *name, *info;
};

/* `node` is the name of one, or NULL. */
typedef void (*shared_done)(void *user, int error, const char *node);

struct shared_events {
    /* The answer to `beat`: all that were heard in the last SHARED_NODE_S. */
    void (*nodes)(void *user, const struct shared_node *list, size_t count);
    /* It cannot be reached (any more); it is tried again from here. */
    void (*lost)(void *user);
    /* It can: a beat is due. */
    void (*found)(void *user);
};

struct shared_ops {
    /* This node is there, and what it says of itself; NULL: it goes. */
    void (*beat)(struct shared *shared, const char *name, const char *info);
    /* A new code of this node's. 0, QA_ESTATE (somebody has it), QA_ERELAY_LOST. */
    void (*publish)(struct shared *shared, const char *mark, const char *name, unsigned lifetime_s,
                    shared_done done, void *user);
    /*
     * Claims a code, each at most once: 0 and whose it is; QA_ECODE_USED, QA_ECODE_EXPIRED and
     * whose it was; QA_ECODE_UNKNOWN; QA_ERELAY_LOST.
     */
    void (*claim)(struct shared *shared, const char *mark, shared_done done, void *user);
    /*
     * Where this session gathers: what was said first, unless that is `lost` (may be ""); else
     * `name` from now on. 0 or QA_ERELAY_LOST.
     */
    void (*gather)(struct shared *shared, const char *mark, const char *name, const char *lost,
                   shared_done done, void *user);
    /* The rest of it goes as the loop turns. */
    void (*close)(struct shared *shared);
};

/* Every kind of directory starts with this. */
struct shared {
    const struct shared_ops *ops;
    const struct shared_events *events;
    void *user;
};

/* Valkey or Redis at redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]. 0, or QA_EINVAL with a
 * sentence in `why`, QA_ENOMEM. */
int shared_redis_new(uv_loop_t *loop, const char *url, const struct log *log,
                     const struct shared_events *events, void *user, struct shared **out, char *why,
                     size_t why_size);

/*
 * In the state directory, for processes that have it in common; always found. 0, or QA_EIO with a
 * sentence in `why`, QA_ENOMEM.
 */
int shared_file_new(const char *state_dir, const struct shared_events *events, void *user,
                    struct shared **out, char *why, size_t why_size);

#endif
