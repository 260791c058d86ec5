#include "load_pair.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 128

void way_listen(struct way *way)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    way->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (way->listener < 0 || bind(way->listener, (struct sockaddr *)&at, size) ||
        listen(way->listener, BACKLOG) || getsockname(way->listener, (struct sockaddr *)&at, &size))
        fail("listen");
    way->listener_port = ntohs(at.sin_port);
}

static void dial(const struct way *way, struct end *end, unsigned from)
{
    end_connect(end, way->port, from);
    end_start_tls(end, way->client, false);
}

/* ---- qa-relay ---- */

static void expect(struct end *end, const char *type, char *text, size_t size)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"type\":\"%s\"", type);
    end_hear(end, text, size);
    if (!strstr(text, wanted)) {
        fprintf(stderr, "relay-load: instead of %s: %s\n", type, text);
        fail("the relay said something else");
    }
}

static void open_qassist(const struct way *way, struct pair *pair, unsigned from)
{
    static const char route[] = "\"route\":\"";
    char text[8192], message[512];
    dial(way, &pair->from, from);
    end_upgrade(&pair->from, "qassist.1");
    snprintf(message, sizeof message, "{\"type\":\"create\",\"version\":1,\"token\":\"%s\"}",
             way->token);
    end_say(&pair->from, message);
    expect(&pair->from, "created", text, sizeof text);
    const char *at = strstr(text, route);
    if (!at)
        fail("the relay gave no code");
    at += strlen(route);
    snprintf(message, sizeof message, "{\"type\":\"join\",\"version\":1,\"route\":\"%.*s\"}",
             (int)strcspn(at, "\""), at);
    dial(way, &pair->to, from);
    end_upgrade(&pair->to, "qassist.1");
    end_say(&pair->to, message);
    expect(&pair->to, "joined", text, sizeof text);
    expect(&pair->from, "peer", text, sizeof text);
}

/* ---- TURN with TCP allocations (RFC 8489, 8656, 6062) ---- */

#define STUN_MAGIC 0x2112a442u

static size_t put_number(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    return bytes;
}

/* Asks with one attribute; the answer's attributes are left in `answer`, their length returned. */
static size_t ask(struct end *end, unsigned method, unsigned attribute, const uint8_t *value,
                  size_t length, uint8_t *answer, size_t size)
{
    uint8_t message[64] = {0};
    size_t at = put_number(message, method, 2);
    at += put_number(message + at, 4 + length, 2);
    at += put_number(message + at, STUN_MAGIC, 4);
    at += put_number(message + at, method, 12);
    at += put_number(message + at, attribute, 2);
    at += put_number(message + at, length, 2);
    memcpy(message + at, value, length);
    end_write(end, message, at + length);

    uint8_t head[20];
    end_read_all(end, head, sizeof head);
    size_t answered = (size_t)head[2] << 8 | head[3];
    if (head[0] != 1 || head[1] != method || answered > size)
        fail("coturn said no");
    end_read_all(end, answer, answered);
    return answered;
}

static const uint8_t *find(const uint8_t *attributes, size_t length, unsigned wanted)
{
    for (size_t at = 0; at + 4 <= length;) {
        size_t size = (size_t)attributes[at + 2] << 8 | attributes[at + 3];
        if (((unsigned)attributes[at] << 8 | attributes[at + 1]) == wanted)
            return attributes + at + 4;
        at += 4 + ((size + 3) & ~(size_t)3);
    }
    fail("coturn left something out");
    return NULL;
}

static void open_turn(const struct way *way, struct pair *pair, unsigned from)
{
    static const uint8_t tcp[4] = {6};
    uint8_t answer[512], peer[8] = {0, 1}, id[4];
    dial(way, &pair->control, from);
    pair->has_control = true;
    ask(&pair->control, 3, 0x19, tcp, sizeof tcp, answer, sizeof answer);
    put_number(peer + 2, way->listener_port ^ (STUN_MAGIC >> 16), 2);
    put_number(peer + 4, INADDR_LOOPBACK ^ STUN_MAGIC, 4);
    size_t length = ask(&pair->control, 10, 0x12, peer, sizeof peer, answer, sizeof answer);
    memcpy(id, find(answer, length, 0x2a), sizeof id);
    dial(way, &pair->from, from);
    ask(&pair->from, 11, 0x2a, id, sizeof id, answer, sizeof answer);
}

/* ---- all ---- */

static void check_that_they_meet(struct pair *pair)
{
    uint8_t message[64];
    size_t payload = end_make_message(&pair->from, message, 32), have = 0;
    end_write(&pair->from, message, 32);
    while (have < payload) {
        ssize_t count = end_receive(&pair->to);
        if (count < 0)
            fail("the first bytes did not come");
        have += (size_t)count;
    }
    if (have > payload)
        fail("more came than was sent");
}

void pair_open(const struct way *way, struct pair *pair, unsigned from)
{
    *pair = (struct pair){0};
    if (way->kind == WAY_QASSIST) {
        open_qassist(way, pair, from);
    } else {
        if (way->kind == WAY_TURN)
            open_turn(way, pair, from);
        else
            dial(way, &pair->from, from);
        if (way->kind == WAY_WEBSOCKET)
            end_upgrade(&pair->from, "binary");
        end_accept(&pair->to, way->listener);
        if (way->kind == WAY_TLS)
            end_start_tls(&pair->to, way->server, true);
    }
    check_that_they_meet(pair);
    end_set_running(&pair->from);
    end_set_running(&pair->to);
    if (pair->has_control)
        end_set_running(&pair->control);
}

void pair_close(struct pair *pair)
{
    end_close(&pair->from);
    end_close(&pair->to);
    if (pair->has_control)
        end_close(&pair->control);
}
