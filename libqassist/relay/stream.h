/*
 * The bytes of one TLS connection that libwebsockets made and handed over: read and written in
 * batches of many records, through scratch memory that all connections share, so that an idle one
 * holds none. Whose turn it is says turns.h.
 */
#ifndef RELAY_STREAM_H
#define RELAY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <openssl/ssl.h>

#include "base/buffer.h"

/* TLS bytes read at a time: what a connection gets in one turn. */
#define STREAM_BATCH 65536u
/* TLS bytes for the socket that are gathered before they are handed to it. */
#define STREAM_OUT (96u * 1024u)
/* Bytes before the plain ones, which may be used as well. */
#define STREAM_HEADROOM 16u
/* TLS bytes that the socket did not take; what is gathered comes on top. */
#define STREAM_SEALED_MAX (2u * STREAM_OUT)

struct turns;
struct stream;

/* Memory that whoever reads or writes uses until the end of that call. */
struct stream_scratch {
    BIO_METHOD *method;
    const struct stream *reading;
    size_t in_at, in_length;
    struct stream *writing; /* whose bytes are in `out` */
    size_t out_length;
    uint8_t in[STREAM_BATCH];
    uint8_t out[STREAM_OUT];
    uint8_t plain[STREAM_HEADROOM + SSL3_RT_MAX_PLAIN_LENGTH];
};

struct stream {
    struct turns *turns;
    void *user;
    SSL *ssl;    /* NULL: not open */
    BIO *socket; /* libwebsockets' own, to be given back */
    int fd;
    bool is_readable; /* as far as is known */
    bool is_hung_up;  /* the other side said that nothing follows: read to the end */
    bool is_broken;
    bool is_queued;
    uint64_t round;
    TAILQ_ENTRY(stream) queue; /* of those whose turn comes */
    struct buffer sealed;      /* TLS bytes that the socket did not take yet */
};

struct stream_scratch *stream_scratch_new(void);
void stream_scratch_free(struct stream_scratch *scratch);

/* Takes a connection over; its first turn comes by itself. 0, QA_EIO, QA_ENOMEM. */
int stream_open(struct stream *stream, struct turns *turns, void *user, SSL *ssl, int fd);

/* Writes what the socket takes at once and gives the connection back as it was. */
void stream_close(struct stream *stream);

/* Plain bytes, which may be changed, and so may STREAM_HEADROOM bytes before them. False: nothing
 * more is wanted of this stream, ever. */
typedef bool stream_take(void *user, uint8_t *data, size_t length);

/* One batch; the stream may be closed meanwhile. 0, or QA_EPEER_LOST: nothing comes any more. */
int stream_read(struct stream *stream, stream_take *take);

/*
 * Makes a TLS record of up to 16 KB; it is on its way with the next flush. Only while the stream is
 * not full. 0 or QA_EIO: the connection is broken.
 */
int stream_write(struct stream *stream, const void *data, size_t length);

/* Hands to the socket what it takes. 0 or QA_EIO. */
int stream_flush(struct stream *stream);

/* The socket did not take all that was written. */
static inline bool stream_is_full(const struct stream *stream)
{
    return stream->sealed.length > 0;
}

#endif
