/* The channel: one suite, any cut of the bytes, and no altered byte ever becomes plaintext. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "base/buffer.h"
#include "crypto/channel.h"

static const uint8_t key[PAKE_PSK_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8};

/* One end: what it wants to send and what it has read. */
struct end {
    struct channel *channel;
    struct buffer out;
    struct buffer plaintext;
    size_t established;
    size_t closed;
};

static void on_output(void *user, const uint8_t *data, size_t length)
{
    struct end *end = user;
    assert_int_equal(buffer_append(&end->out, data, length), 0);
}

static void on_established(void *user)
{
    ((struct end *)user)->established++;
}

static void on_plaintext(void *user, const uint8_t *data, size_t length)
{
    struct end *end = user;
    assert_int_equal(end->established, 1);
    assert_int_equal(end->closed, 0);
    assert_int_equal(buffer_append(&end->plaintext, data, length), 0);
}

static void on_peer_closed(void *user)
{
    ((struct end *)user)->closed++;
}

static const struct channel_events events = {on_output, on_established, on_plaintext,
                                             on_peer_closed};

static void open_end(struct end *end, enum channel_role role, const uint8_t psk[PAKE_PSK_BYTES])
{
    memset(end, 0, sizeof *end);
    buffer_init(&end->out, 1 << 24);
    buffer_init(&end->plaintext, 1 << 24);
    assert_int_equal(channel_new(role, psk, &events, end, &end->channel), 0);
}

static void open_pair(struct end *client, struct end *server)
{
    open_end(client, CHANNEL_HELPER_CLIENT, key);
    open_end(server, CHANNEL_SHARER_SERVER, key);
    assert_int_equal(channel_start(client->channel), 0);
    assert_true(client->out.length > 0);
}

static void close_end(struct end *end)
{
    channel_free(end->channel);
    buffer_free(&end->out);
    buffer_free(&end->plaintext);
}

static void close_pair(struct end *client, struct end *server)
{
    close_end(client);
    close_end(server);
}

/* Passes what waits at `from` on, in pieces; the first error, or 0. */
static int pass(struct end *from, struct end *to, size_t piece)
{
    while (from->out.length) {
        /* A copy of its own size, so that a sanitizer sees any read past it. */
        size_t length = from->out.length < piece ? from->out.length : piece;
        uint8_t *copy = malloc(length);
        memcpy(copy, buffer_data(&from->out), length);
        buffer_consume(&from->out, length);
        int error = channel_feed(to->channel, copy, length);
        free(copy);
        if (error)
            return error;
    }
    return 0;
}

/* Both ways until both are silent. */
static int settle(struct end *a, struct end *b, size_t piece)
{
    int error = 0;
    while (!error && (a->out.length || b->out.length)) {
        error = pass(a, b, piece);
        if (!error)
            error = pass(b, a, piece);
    }
    return error;
}

static void assert_read(struct end *end, const void *expected, size_t length)
{
    assert_int_equal(end->plaintext.length, length);
    assert_memory_equal(buffer_data(&end->plaintext), expected, length);
    buffer_consume(&end->plaintext, length);
}

static void establish(struct end *client, struct end *server)
{
    open_pair(client, server);
    assert_int_equal(settle(client, server, SIZE_MAX), 0);
    assert_true(channel_established(client->channel) && channel_established(server->channel));
}

static void test_handshake_in_any_pieces(void **state)
{
    static const size_t pieces[] = {1, 2, 5, 64, SIZE_MAX};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct end client, server;
        open_pair(&client, &server);
        assert_false(channel_established(client.channel));
        assert_int_equal(channel_write(client.channel, key, 1), QA_ESTATE);
        assert_int_equal(settle(&client, &server, pieces[i]), 0);
        assert_int_equal(client.established, 1);
        assert_int_equal(server.established, 1);
        assert_int_equal(channel_write(client.channel, (const uint8_t *)"hello", 5), 0);
        assert_int_equal(channel_write(server.channel, (const uint8_t *)"answer", 6), 0);
        assert_int_equal(settle(&client, &server, pieces[i]), 0);
        assert_read(&server, "hello", 5);
        assert_read(&client, "answer", 6);
        assert_int_equal(channel_start(client.channel), QA_ESTATE);
        close_pair(&client, &server);
    }
}

/* The one suite, in the hellos themselves: nothing else is offered, nothing else chosen. */
static void test_hellos_name_one_suite(void **state)
{
    struct end client, server;
    open_pair(&client, &server);
    const uint8_t *hello = buffer_data(&client.out);
    assert_int_equal(hello[0], 22);                      /* a handshake record */
    assert_int_equal(hello[5], 1);                       /* ClientHello */
    assert_int_equal(hello[9] << 8 | hello[10], 0x0303); /* TLS 1.2 */
    size_t at = 11 + 32;
    assert_int_equal(hello[at], 0); /* no session to resume */
    at += 1;
    size_t suites = (size_t)hello[at] << 8 | hello[at + 1];
    at += 2;
    size_t named = 0;
    for (size_t i = 0; i < suites; i += 2) {
        unsigned suite = (unsigned)hello[at + i] << 8 | hello[at + i + 1];
        if (suite == 0x00ff) /* the renegotiation signal of RFC 5746 */
            continue;
        assert_int_equal(suite, 0xccac);
        named++;
    }
    assert_int_equal(named, 1);

    assert_int_equal(pass(&client, &server, SIZE_MAX), 0);
    const uint8_t *answer = buffer_data(&server.out);
    assert_int_equal(answer[5], 2); /* ServerHello */
    assert_int_equal(answer[9] << 8 | answer[10], 0x0303);
    at = 11 + 32;
    at += 1u + answer[at];
    assert_int_equal(answer[at] << 8 | answer[at + 1], 0xccac);
    close_pair(&client, &server);
}

static void test_wrong_key_never_establishes(void **state)
{
    for (size_t byte = 0; byte < PAKE_PSK_BYTES; byte += 31) {
        struct end client, server;
        uint8_t other[PAKE_PSK_BYTES];
        memcpy(other, key, sizeof other);
        other[byte] ^= 0x80;
        open_end(&client, CHANNEL_HELPER_CLIENT, key);
        open_end(&server, CHANNEL_SHARER_SERVER, other);
        assert_int_equal(channel_start(client.channel), 0);
        assert_int_equal(settle(&client, &server, SIZE_MAX), QA_ETAMPERED);
        /* The server noticed; its alert tells the client. */
        assert_int_equal(channel_feed(server.channel, key, 1), QA_ETAMPERED);
        assert_int_equal(pass(&server, &client, SIZE_MAX), QA_ETAMPERED);
        assert_int_equal(client.established + server.established, 0);
        assert_int_equal(channel_write(client.channel, key, 1), QA_ESTATE);
        assert_int_equal(channel_write(server.channel, key, 1), QA_ESTATE);
        close_pair(&client, &server);
    }
}

static void fill(uint8_t *bytes, size_t length, uint32_t seed)
{
    for (size_t i = 0; i < length; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
}

static void test_much_data_both_ways(void **state)
{
    struct end client, server;
    static uint8_t up[3 << 20], down[3 << 20];
    fill(up, sizeof up, 1);
    fill(down, sizeof down, 2);
    establish(&client, &server);
    size_t sent_up = 0, sent_down = 0, step = 1;
    while (sent_up < sizeof up || sent_down < sizeof down) {
        size_t length = step % CHANNEL_WRITE_MAX + 1;
        step = step * 7 + 13;
        size_t left = sizeof up - sent_up;
        if (left) {
            size_t now = length < left ? length : left;
            assert_int_equal(channel_write(client.channel, up + sent_up, now), 0);
            sent_up += now;
        }
        left = sizeof down - sent_down;
        if (left) {
            size_t now = left < CHANNEL_WRITE_MAX ? left : CHANNEL_WRITE_MAX;
            assert_int_equal(channel_write(server.channel, down + sent_down, now), 0);
            sent_down += now;
        }
        assert_int_equal(settle(&client, &server, 1 + step % 30000), 0);
    }
    assert_read(&server, up, sizeof up);
    assert_read(&client, down, sizeof down);
    close_pair(&client, &server);
}

static void test_write_bounds(void **state)
{
    struct end client, server;
    static uint8_t bytes[CHANNEL_WRITE_MAX + 1];
    establish(&client, &server);
    assert_int_equal(channel_write(client.channel, bytes, 0), QA_EINVAL);
    assert_int_equal(channel_write(client.channel, bytes, sizeof bytes), QA_EINVAL);
    assert_int_equal(client.out.length, 0);
    assert_int_equal(channel_write(client.channel, bytes, CHANNEL_WRITE_MAX), 0);
    assert_int_equal(settle(&client, &server, SIZE_MAX), 0);
    assert_read(&server, bytes, CHANNEL_WRITE_MAX);
    close_pair(&client, &server);
}

/* Whether byte `at` of a row of records is the version in a header. */
static bool is_record_version(const struct buffer *records, size_t at)
{
    const uint8_t *bytes = buffer_data(records);
    size_t start = 0;
    while (start + 5 <= at)
        start += 5 + ((size_t)bytes[start + 3] << 8 | bytes[start + 4]);
    return at == start + 1 || at == start + 2;
}

/* Flips one bit of the handshake's byte number `at`, counted over both directions. */
static void run_altered_handshake(size_t at, uint8_t mask)
{
    struct end client, server, *from = &client, *to = &server;
    size_t seen = 0;
    int error = 0;
    bool version = false;
    open_pair(&client, &server);
    while (!error && from->out.length) {
        if (at >= seen && at < seen + from->out.length) {
            version = is_record_version(&from->out, at - seen);
            from->out.memory[from->out.start + at - seen] ^= mask;
        }
        seen += from->out.length;
        error = pass(from, to, SIZE_MAX);
        struct end *other = from;
        from = to;
        to = other;
    }
    assert_true(seen > at);
    /*
     * Either side may wait for bytes that never come, but both never stand. The one thing that TLS
     * does not authenticate is the version in the headers of unencrypted records, which mean
     * nothing (RFC 5246, appendix E.1).
     */
    if (!version)
        assert_true(!client.established || !server.established);
    if (error)
        assert_int_equal(error, QA_ETAMPERED);
    assert_int_equal(client.plaintext.length + server.plaintext.length, 0);
    close_pair(&client, &server);
}

static void test_every_altered_handshake_byte(void **state)
{
    struct end client, server;
    size_t total = 0;
    open_pair(&client, &server);
    while (client.out.length || server.out.length) {
        total += client.out.length;
        assert_int_equal(pass(&client, &server, SIZE_MAX), 0);
        total += server.out.length;
        assert_int_equal(pass(&server, &client, SIZE_MAX), 0);
    }
    close_pair(&client, &server);
    assert_in_range(total, 200, 1500);
    for (size_t at = 0; at < total; at++)
        run_altered_handshake(at, (uint8_t)(1u << at % 8));
}

/* Three records, each 100 bytes of one letter. */
#define RECORD_BYTES (5 + 8 + 100 + 16)

static size_t write_three(struct end *from, uint8_t *records)
{
    uint8_t bytes[100];
    for (size_t i = 0; i < 3; i++) {
        memset(bytes, (int)('a' + i), sizeof bytes);
        assert_int_equal(channel_write(from->channel, bytes, sizeof bytes), 0);
    }
    size_t length = from->out.length;
    memcpy(records, buffer_data(&from->out), length);
    buffer_consume(&from->out, length);
    return length / 3;
}

static void assert_only_first(struct end *end, size_t count)
{
    for (size_t i = 0; i < end->plaintext.length; i++)
        assert_int_equal(buffer_data(&end->plaintext)[i], 'a' + i / 100);
    assert_true(end->plaintext.length <= 100 * count);
}

static void test_every_altered_data_byte(void **state)
{
    for (size_t at = 0; at < 3 * RECORD_BYTES; at += at < 40 ? 1 : 7) {
        struct end client, server;
        uint8_t records[4096];
        establish(&client, &server);
        size_t record = write_three(&client, records);
        if (at >= 3 * record) {
            close_pair(&client, &server);
            break;
        }
        records[at] ^= (uint8_t)(1u << at % 8);
        int error = channel_feed(server.channel, records, 3 * record);
        /* A length made longer waits for more; those bytes then do not authenticate. */
        if (!error) {
            static const uint8_t more[20000];
            assert_true(at % record == 3 || at % record == 4);
            error = channel_feed(server.channel, more, sizeof more);
        }
        assert_int_equal(error, QA_ETAMPERED);
        assert_only_first(&server, at / record);
        /* Final: good bytes after it change nothing, and the peer is told. */
        assert_int_equal(channel_feed(server.channel, records, 0), QA_ETAMPERED);
        assert_int_equal(channel_write(server.channel, records, 1), QA_ESTATE);
        assert_int_equal(pass(&server, &client, SIZE_MAX), QA_ETAMPERED);
        close_pair(&client, &server);
    }
}

/* Feeds the three records in another order; `good` of them are in place before the first wrong. */
static void run_reordered(const int *order, size_t count, size_t good)
{
    struct end client, server;
    uint8_t records[4096], stream[8192];
    establish(&client, &server);
    size_t record = write_three(&client, records);
    for (size_t i = 0; i < count; i++)
        memcpy(stream + i * record, records + (size_t)order[i] * record, record);
    assert_int_equal(channel_feed(server.channel, stream, count * record), QA_ETAMPERED);
    assert_only_first(&server, good);
    close_pair(&client, &server);
}

static void test_dropped_doubled_swapped_records(void **state)
{
    run_reordered((const int[]){1, 2}, 2, 0);
    run_reordered((const int[]){0, 2}, 2, 1);
    run_reordered((const int[]){0, 0, 1, 2}, 4, 1);
    run_reordered((const int[]){0, 1, 2, 2}, 4, 3);
    run_reordered((const int[]){1, 0, 2}, 3, 0);
    run_reordered((const int[]){0, 2, 1}, 3, 1);
}

static void test_reflection(void **state)
{
    struct end client, server;
    /* Its own hello back to a client; its own handshake back to a server that waits. */
    open_end(&client, CHANNEL_HELPER_CLIENT, key);
    assert_int_equal(channel_start(client.channel), 0);
    assert_int_equal(pass(&client, &client, SIZE_MAX), QA_ETAMPERED);
    close_end(&client);
    open_pair(&client, &server);
    assert_int_equal(pass(&client, &server, SIZE_MAX), 0);
    assert_true(server.out.length > 0);
    assert_int_equal(pass(&server, &server, SIZE_MAX), QA_ETAMPERED);
    close_pair(&client, &server);

    /* Data back to whom it comes from. */
    establish(&client, &server);
    assert_int_equal(channel_write(client.channel, key, sizeof key), 0);
    assert_int_equal(pass(&client, &client, SIZE_MAX), QA_ETAMPERED);
    assert_int_equal(client.plaintext.length, 0);
    close_pair(&client, &server);
    establish(&client, &server);
    assert_int_equal(channel_write(server.channel, key, sizeof key), 0);
    assert_int_equal(pass(&server, &server, SIZE_MAX), QA_ETAMPERED);
    assert_int_equal(server.plaintext.length, 0);
    close_pair(&client, &server);
}

static void test_replay_into_another_session(void **state)
{
    struct end client, server, other_client, other_server;
    establish(&client, &server);
    establish(&other_client, &other_server);
    assert_int_equal(channel_write(client.channel, key, sizeof key), 0);
    assert_int_equal(pass(&client, &other_server, SIZE_MAX), QA_ETAMPERED);
    assert_int_equal(other_server.plaintext.length, 0);
    close_pair(&client, &server);
    close_pair(&other_client, &other_server);
}

static void test_garbage_is_refused(void **state)
{
    static uint8_t bytes[40000];
    fill(bytes, sizeof bytes, 9);
    for (size_t first = 0; first < 256; first++) {
        struct end server;
        open_end(&server, CHANNEL_SHARER_SERVER, key);
        bytes[0] = (uint8_t)first;
        assert_int_equal(channel_feed(server.channel, bytes, sizeof bytes), QA_ETAMPERED);
        close_end(&server);
    }
}

static void test_orderly_close(void **state)
{
    struct end client, server;
    establish(&client, &server);
    assert_int_equal(channel_write(client.channel, key, sizeof key), 0);
    channel_close(client.channel);
    channel_close(client.channel);
    assert_int_equal(channel_write(client.channel, key, sizeof key), QA_ESTATE);
    /* What the server sends before it knows still arrives. */
    assert_int_equal(channel_write(server.channel, (const uint8_t *)"last", 4), 0);
    assert_int_equal(pass(&server, &client, SIZE_MAX), 0);
    assert_read(&client, "last", 4);

    assert_int_equal(settle(&client, &server, 1), 0);
    assert_read(&server, key, sizeof key);
    assert_int_equal(server.closed, 1);
    assert_int_equal(client.closed, 0);
    channel_close(server.channel);
    assert_int_equal(settle(&client, &server, 1), 0);
    assert_int_equal(client.closed, 1);
    /* Nothing is read after the end. */
    assert_int_equal(channel_feed(client.channel, key, sizeof key), 0);
    assert_int_equal(client.plaintext.length, 0);
    assert_int_equal(client.closed, 1);
    close_pair(&client, &server);
}

static void test_forged_close_is_no_close(void **state)
{
    struct end client, server;
    static const uint8_t alert[] = {21, 3, 3, 0, 2, 1, 0};
    establish(&client, &server);
    assert_int_equal(channel_feed(server.channel, alert, sizeof alert), QA_ETAMPERED);
    assert_int_equal(server.closed, 0);
    close_pair(&client, &server);
}

static void test_free_at_any_moment(void **state)
{
    struct end client, server;
    open_pair(&client, &server);
    assert_int_equal(pass(&client, &server, 20), 0);
    close_pair(&client, &server);
    channel_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_in_any_pieces),
        cmocka_unit_test(test_hellos_name_one_suite),
        cmocka_unit_test(test_wrong_key_never_establishes),
        cmocka_unit_test(test_much_data_both_ways),
        cmocka_unit_test(test_write_bounds),
        cmocka_unit_test(test_every_altered_handshake_byte),
        cmocka_unit_test(test_every_altered_data_byte),
        cmocka_unit_test(test_dropped_doubled_swapped_records),
        cmocka_unit_test(test_reflection),
        cmocka_unit_test(test_replay_into_another_session),
        cmocka_unit_test(test_garbage_is_refused),
        cmocka_unit_test(test_orderly_close),
        cmocka_unit_test(test_forged_close_is_no_close),
        cmocka_unit_test(test_free_at_any_moment),
    };
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
