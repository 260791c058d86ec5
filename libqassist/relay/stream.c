#include "relay/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>

#include <qassist/errors.h>

#include "relay/turns.h"

/* ---- what OpenSSL reads and writes through ---- */

static struct stream_scratch *scratch_of(const struct stream *stream)
{
    return turns_scratch(stream->turns);
}

static int bio_read(BIO *bio, char *out, int wanted)
{
    struct stream *stream = BIO_get_data(bio);
    struct stream_scratch *scratch = scratch_of(stream);
    size_t have = scratch->reading == stream ? scratch->in_length - scratch->in_at : 0;
    size_t count = have < (size_t)wanted ? have : (size_t)wanted;
    BIO_clear_retry_flags(bio);
    if (!count) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(out, scratch->in + scratch->in_at, count);
    scratch->in_at += count;
    return (int)count;
}

static int bio_write(BIO *bio, const char *data, int length)
{
    struct stream *stream = BIO_get_data(bio);
    struct stream_scratch *scratch = scratch_of(stream);
    BIO_clear_retry_flags(bio);
    if (scratch->writing && scratch->writing != stream) {
        struct stream *other = scratch->writing;
        if (stream_flush(other))
            turns_wake(other);
    }
    scratch->writing = stream;
    if ((size_t)length > STREAM_OUT - scratch->out_length && stream_flush(stream))
        return -1;
    scratch->writing = stream;
    memcpy(scratch->out + scratch->out_length, data, (size_t)length);
    scratch->out_length += (size_t)length;
    return length;
}

static long bio_control(BIO *bio, int what, long number, void *pointer)
{
    /* Flushing is for the end of a batch, not of a record. */
    return what == BIO_CTRL_FLUSH;
}

struct stream_scratch *stream_scratch_new(void)
{
    struct stream_scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch)
        return NULL;
    scratch->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "relay stream");
    if (!scratch->method || !BIO_meth_set_read(scratch->method, bio_read) ||
        !BIO_meth_set_write(scratch->method, bio_write) ||
        !BIO_meth_set_ctrl(scratch->method, bio_control)) {
        stream_scratch_free(scratch);
        return NULL;
    }
    return scratch;
}

void stream_scratch_free(struct stream_scratch *scratch)
{
    if (!scratch)
        return;
    BIO_meth_free(scratch->method);
    OPENSSL_cleanse(scratch->plain, sizeof scratch->plain);
    free(scratch);
}

/* ---- taking over and giving back ---- */

int stream_open(struct stream *stream, struct turns *turns, void *user, SSL *ssl, int fd)
{
    *stream = (struct stream){.turns = turns, .user = user, .fd = fd, .is_readable = true};
    buffer_init(&stream->sealed, STREAM_SEALED_MAX);
    BIO *bio = BIO_new(scratch_of(stream)->method);
    if (!bio)
        return QA_ENOMEM;
    BIO_set_data(bio, stream);
    BIO_set_init(bio, 1);
    stream->socket = SSL_get_rbio(ssl);
    BIO_up_ref(stream->socket);
    SSL_set_bio(ssl, bio, bio);
    stream->ssl = ssl;
    if (turns_add(stream)) {
        stream_close(stream);
        return QA_EIO;
    }
    turns_wake(stream);
    return 0;
}

void stream_close(struct stream *stream)
{
    if (!stream->ssl)
        return;
    struct stream_scratch *scratch = scratch_of(stream);
    stream_flush(stream);
    if (scratch->writing == stream) {
        scratch->writing = NULL;
        scratch->out_length = 0;
    }
    if (scratch->reading == stream)
        scratch->reading = NULL;
    turns_remove(stream);
    /* What follows half a record is no TLS. */
    if (stream_is_full(stream))
        SSL_set_quiet_shutdown(stream->ssl, 1);
    SSL_set_bio(stream->ssl, stream->socket, stream->socket);
    stream->ssl = NULL;
    buffer_free(&stream->sealed);
}

/* ---- reading ---- */

/* False: the socket is at its end. */
static bool fill(struct stream *stream, struct stream_scratch *scratch)
{
    ssize_t count;
    do
        count = recv(stream->fd, scratch->in, sizeof scratch->in, 0);
    while (count < 0 && errno == EINTR);
    bool empty = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    /* Less than was asked for: all that was there. The end itself is told by the next call. */
    if (empty || (count > 0 && (size_t)count < sizeof scratch->in && !stream->is_hung_up))
        stream->is_readable = false;
    scratch->reading = stream;
    scratch->in_at = 0;
    scratch->in_length = count > 0 ? (size_t)count : 0;
    return count > 0 || empty;
}

int stream_read(struct stream *stream, stream_take *take)
{
    struct stream_scratch *scratch = scratch_of(stream);
    uint8_t *plain = scratch->plain + STREAM_HEADROOM;
    int count, error = SSL_ERROR_WANT_READ;
    bool is_open = fill(stream, scratch);
    ERR_clear_error();
    /* Also without new bytes: OpenSSL may hold some from before the stream was taken over. */
    while ((count = SSL_read(stream->ssl, plain, SSL3_RT_MAX_PLAIN_LENGTH)) > 0) {
        if (!take(stream->user, plain, (size_t)count) || !stream->ssl)
            break;
    }
    if (count <= 0 && stream->ssl)
        error = SSL_get_error(stream->ssl, count);
    scratch->reading = NULL;
    return is_open && error == SSL_ERROR_WANT_READ ? 0 : QA_EPEER_LOST;
}

/* ---- writing ---- */

int stream_write(struct stream *stream, const void *data, size_t length)
{
    if (stream->is_broken)
        return QA_EIO;
    ERR_clear_error();
    if (SSL_write(stream->ssl, data, (int)length) != (int)length)
        stream->is_broken = true;
    return stream->is_broken ? QA_EIO : 0;
}

/* The count of bytes that the socket took, or -1. */
static ssize_t hand_over(const struct stream *stream, const uint8_t *data, size_t length)
{
    ssize_t count;
    do
        count = send(stream->fd, data, length, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    return count;
}

static int flush_sealed(struct stream *stream)
{
    if (!stream->sealed.length)
        return 0;
    ssize_t count = hand_over(stream, buffer_data(&stream->sealed), stream->sealed.length);
    if (count < 0)
        return QA_EIO;
    buffer_consume(&stream->sealed, (size_t)count);
    if (!stream->sealed.length)
        buffer_free(&stream->sealed);
    return 0;
}

static int flush_scratch(struct stream *stream, struct stream_scratch *scratch)
{
    size_t length = scratch->out_length, taken = 0;
    scratch->writing = NULL;
    scratch->out_length = 0;
    if (!stream->sealed.length) {
        ssize_t count = hand_over(stream, scratch->out, length);
        if (count < 0)
            return QA_EIO;
        taken = (size_t)count;
    }
    return buffer_append(&stream->sealed, scratch->out + taken, length - taken) ? QA_EIO : 0;
}

int stream_flush(struct stream *stream)
{
    struct stream_scratch *scratch = scratch_of(stream);
    if (!stream->is_broken && flush_sealed(stream))
        stream->is_broken = true;
    if (!stream->is_broken && scratch->writing == stream && flush_scratch(stream, scratch))
        stream->is_broken = true;
    return stream->is_broken ? QA_EIO : 0;
}
