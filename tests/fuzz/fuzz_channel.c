/*
 * The channel against a relay. The first byte says what the input is: bytes for a server or client
 * at the start or once established, or pairs (place, mask) that alter the handshake or the data on
 * the way. Plaintext is always a beginning of what the peer wrote.
 */
#include <stdbool.h>
#include <string.h>

#include <qassist/errors.h>

#include "base/buffer.h"
#include "crypto/channel.h"
#include "fuzz.h"

#define WRITTEN 3000

enum mode { TO_SERVER, TO_CLIENT, TO_ESTABLISHED, ALTER_HANDSHAKE, ALTER_DATA, MODES };

struct end {
    struct channel *channel;
    struct buffer out;
    size_t read;
    size_t established;
};

static uint8_t written_byte(size_t at)
{
    return (uint8_t)(at * 7 + (at >> 8));
}

static void on_output(void *user, const uint8_t *data, size_t length)
{
    must(!buffer_append(&((struct end *)user)->out, data, length));
}

static void on_established(void *user)
{
    must(((struct end *)user)->established++ == 0);
}

static void on_plaintext(void *user, const uint8_t *data, size_t length)
{
    struct end *end = user;
    must(end->established && length);
    for (size_t i = 0; i < length; i++)
        must(data[i] == written_byte(end->read++));
    must(end->read <= WRITTEN);
}

static void on_peer_closed(void *user)
{
    /* Nobody closes here. */
    abort();
}

static void open_end(struct end *end, enum channel_role role)
{
    static const struct channel_events events = {on_output, on_established, on_plaintext,
                                                 on_peer_closed};
    static const uint8_t psk[PAKE_PSK_BYTES] = {1, 2, 3};
    memset(end, 0, sizeof *end);
    buffer_init(&end->out, 1 << 20);
    must(!channel_new(role, psk, &events, end, &end->channel));
}

/* All of `from` to `to` in two pieces; false after an error, which must be the right one. */
static bool pass(struct end *from, struct end *to, size_t first)
{
    int error = 0;
    while (from->out.length && !error) {
        size_t piece = first && first < from->out.length ? first : from->out.length;
        error = channel_feed(to->channel, buffer_data(&from->out), piece);
        buffer_consume(&from->out, piece);
        first = 0;
    }
    must(!error || error == QA_ETAMPERED);
    return !error;
}

/* Alters waiting bytes; each pair of the input is a place and a mask. */
static bool alter(struct buffer *bytes, const uint8_t *data, size_t size)
{
    bool altered = false;
    for (size_t i = 0; i + 2 < size; i += 3) {
        size_t at = (size_t)data[i] << 8 | data[i + 1];
        if (at < bytes->length && data[i + 2]) {
            bytes->memory[bytes->start + at] ^= data[i + 2];
            altered = true;
        }
    }
    return altered;
}

static void feed_raw(struct end *end, const uint8_t *data, size_t size)
{
    size_t first = fuzz_byte(&data, &size);
    if (first > size)
        first = size;
    int error = channel_feed(end->channel, data, first);
    if (!error)
        error = channel_feed(end->channel, data + first, size - first);
    must(!error || error == QA_ETAMPERED);
    must(!end->read);
}

static void handshake(struct end *client, struct end *server, size_t altered_flight,
                      const uint8_t *data, size_t size)
{
    struct end *from = client, *to = server;
    must(!channel_start(client->channel));
    for (size_t flight = 0; from->out.length; flight++) {
        if (flight == altered_flight)
            alter(&from->out, data, size);
        if (!pass(from, to, size))
            break;
        struct end *other = from;
        from = to;
        to = other;
    }
}

static void write_data(struct end *end)
{
    uint8_t bytes[WRITTEN];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = written_byte(i);
    must(!channel_write(end->channel, bytes, 1));
    must(!channel_write(end->channel, bytes + 1, 999));
    must(!channel_write(end->channel, bytes + 1000, 2000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct end client, server;
    fuzz_fix_random();
    uint8_t first = fuzz_byte(&data, &size);
    enum mode mode = first % MODES;
    struct end *victim = first & 0x80 ? &client : &server;
    struct end *sender = first & 0x80 ? &server : &client;
    open_end(&client, CHANNEL_HELPER_CLIENT);
    open_end(&server, CHANNEL_SHARER_SERVER);

    if (mode == TO_SERVER) {
        feed_raw(&server, data, size);
        must(!server.established);
    } else if (mode == TO_CLIENT) {
        must(!channel_start(client.channel));
        feed_raw(&client, data, size);
        must(!client.established);
    } else if (mode == ALTER_HANDSHAKE) {
        handshake(&client, &server, first >> 6, data, size);
    } else {
        handshake(&client, &server, SIZE_MAX, NULL, 0);
        must(client.established && server.established);
        if (mode == TO_ESTABLISHED) {
            feed_raw(victim, data, size);
        } else {
            write_data(sender);
            bool altered = alter(&sender->out, data, size);
            if (pass(sender, victim, size) && !altered)
                must(victim->read == WRITTEN);
        }
    }
    channel_free(client.channel);
    channel_free(server.channel);
    buffer_free(&client.out);
    buffer_free(&server.out);
    return 0;
}
