/*
 * Link: one connection to a relay, as a table of functions. Text messages are the relay's JSON;
 * binary messages are bytes for the peer, which the relay joins and splits as it likes: a stream.
 *
 * A link belongs to the loop's thread. Its events run from the loop, never from inside a call into
 * it.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;

/* Largest text message either way; a larger one is a QA_EPROTO close. */
#define LINK_TEXT_MAX 16384
/* Largest binary message that is sent; what arrives may be of any size and comes in pieces. */
#define LINK_BINARY_MAX 16384
/* `queued` at or below this makes `drained` come; senders of bulk stop above it. */
#define LINK_LOW_WATER 32768
/* Beyond this many queued bytes a send fails with QA_ELIMIT: a sender that ignores `queued`. */
#define LINK_QUEUE_MAX (1024 * 1024)

struct link_events {
    void (*opened)(void *user);
    void (*text)(void *user, const char *data, size_t length); /* not NUL-terminated */
    void (*binary)(void *user, const uint8_t *data, size_t length);
    /* The queue went down to LINK_LOW_WATER or below: more may be sent. */
    void (*drained)(void *user);
    /*
     * The connection is over or never came about; the last event. error: 0 after our own close,
     * else QA_ERELAY, QA_ETRUST, QA_ERELAY_LOST, QA_EPROTO, QA_EVERSION (what
     * answers does not speak this protocol, and may be no relay at all) ...; detail in words, never
     * NULL.
     */
    void (*closed)(void *user, int error, const char *detail);
};

struct link_ops {
    /* Queues one message; copies it. 0, QA_ELIMIT, QA_ENOMEM, QA_ESTATE (not open). */
    int (*send_text)(struct link *link, const char *data, size_t length);
    int (*send_binary)(struct link *link, const uint8_t *data, size_t length);
    /* Bytes queued here that the socket did not take yet. */
    size_t (*queued)(const struct link *link);
    /* false: no more `binary` until true again; the sender is held back through TCP. */
    void (*set_reading)(struct link *link, bool reading);
    /* Sends what is queued, then closes; `closed` follows, within five seconds at the latest. */
    void (*close)(struct link *link);
    /*
     * The same without a good-bye, as if the connection broke off: the relay keeps the session for
     * a while.
     */
    void (*abandon)(struct link *link);
    /* Ends at once and frees; no event after it. Allowed inside an event. */
    void (*destroy)(struct link *link);
    /* Likewise, and says good-bye where that needs no waiting here: the other side need not wait.
     */
    void (*leave)(struct link *link);
};

/* Every kind of link starts with this. */
struct link {
    const struct link_ops *ops;
};

static inline int link_send_text(struct link *link, const char *data, size_t length)
{
    return link->ops->send_text(link, data, length);
}

static inline int link_send_binary(struct link *link, const uint8_t *data, size_t length)
{
    return link->ops->send_binary(link, data, length);
}

static inline size_t link_queued(const struct link *link)
{
    return link->ops->queued(link);
}

static inline void link_set_reading(struct link *link, bool reading)
{
    link->ops->set_reading(link, reading);
}

static inline void link_close(struct link *link)
{
    link->ops->close(link);
}

static inline void link_abandon(struct link *link)
{
    link->ops->abandon(link);
}

static inline void link_leave(struct link *link)
{
    if (link)
        link->ops->leave(link);
}

static inline void link_destroy(struct link *link)
{
    if (link)
        link->ops->destroy(link);
}

#endif
