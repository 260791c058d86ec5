/*
 * Puts load on a relay of bytes: opens pairs through it and measures what arrives. It is told what
 * to do line by line, and says "done" after each: open COUNT          so many pairs are open then
 *   bulk BYTES SECONDS  -> NANOSECONDS COUNT...  bytes that each pair's far end received meanwhile
 *                          COUNT                 and all together until everything had arrived
 *   rtt BYTES COUNT     -> NANOSECONDS...        of each trip there and back, on the first pair
 *   wait SECONDS        answers pings meanwhile
 * A byte that was sent and did not arrive is a failure.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "load_pair.h"

#define EVENTS 512
/* Messages that one pair sends before the next one's turn. */
#define BATCH_BYTES 65536u
/* Reads of one end before the next one's turn. */
#define READS 8
/* Pairs opened between two looks at pings. */
#define OPENED_BLINDLY   64u
#define DRAIN_S          30
#define PAIRS_MAX        12000u
#define PAIRS_OF_ADDRESS 100u

struct load {
    struct way way;
    struct pair *pairs;
    size_t count;
    int epoll;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- events: the end's address, with its lowest bit set for the sending one ---- */

static void watch(struct load *load, struct pair *pair, bool sending, uint32_t events, int how)
{
    struct end *end = sending ? &pair->from : &pair->to;
    struct epoll_event event = {.events = events, .data.u64 = (uint64_t)(uintptr_t)pair | sending};
    if (epoll_ctl(load->epoll, how, end->fd, &event))
        fail("epoll");
}

static void watch_senders(struct load *load, bool writable)
{
    for (size_t i = 0; i < load->count; i++)
        watch(load, &load->pairs[i], true, EPOLLIN | (writable ? (uint32_t)EPOLLOUT : 0u),
              EPOLL_CTL_MOD);
}

static void read_end(struct end *end, uint64_t *received)
{
    for (int i = 0; i < READS; i++) {
        ssize_t count = end_receive(end);
        if (count < 0)
            return;
        *received += (uint64_t)count;
    }
    /* There may be more inside of TLS than the socket tells. */
    while (end->ssl && SSL_pending(end->ssl))
        *received += (uint64_t)end_receive(end);
}

static void send_batch(struct pair *pair, const uint8_t *message, size_t length, size_t payload)
{
    for (size_t sent = 0; sent < BATCH_BYTES; sent += length) {
        if (!end_send(&pair->from, message, length))
            return;
        pair->sent += payload;
    }
}

/* One round of events, and how many there were; sends where a message is given. */
static int step(struct load *load, const uint8_t *message, size_t length, size_t payload,
                int patience_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(load->epoll, events, EVENTS, patience_ms);
    for (int i = 0; i < count; i++) {
        struct pair *pair = (struct pair *)(uintptr_t)(events[i].data.u64 & ~(uint64_t)1);
        bool sending = events[i].data.u64 & 1;
        uint64_t nothing = 0;
        if (events[i].events & ~(uint32_t)EPOLLOUT)
            read_end(sending ? &pair->from : &pair->to, sending ? &nothing : &pair->received);
        if (sending && message && events[i].events & EPOLLOUT)
            send_batch(pair, message, length, payload);
    }
    return count;
}

/* ---- commands ---- */

static void open_pairs(struct load *load, size_t wanted)
{
    if (wanted > PAIRS_MAX)
        fail("that many pairs");
    while (load->count < wanted) {
        struct pair *pair = &load->pairs[load->count];
        pair_open(&load->way, pair, (unsigned)load->count / PAIRS_OF_ADDRESS);
        watch(load, pair, true, EPOLLIN, EPOLL_CTL_ADD);
        watch(load, pair, false, EPOLLIN, EPOLL_CTL_ADD);
        if (++load->count % OPENED_BLINDLY == 0)
            while (step(load, NULL, 0, 0, 0) == EVENTS)
                ;
    }
}

static void wait_idly(struct load *load, double seconds)
{
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
    while (now_ns() < end)
        step(load, NULL, 0, 0, 50);
}

static bool all_arrived(const struct load *load)
{
    for (size_t i = 0; i < load->count; i++)
        if (load->pairs[i].received < load->pairs[i].sent)
            return false;
    return true;
}

/* A message that went to the socket in part must go on with the same bytes. */
static void finish_halves(struct load *load, const uint8_t *message, size_t length, size_t payload,
                          const bool *half)
{
    for (size_t i = 0; i < load->count; i++) {
        if (!half[i])
            continue;
        while (!end_send(&load->pairs[i].from, message, length))
            step(load, NULL, 0, 0, 10);
        load->pairs[i].sent += payload;
    }
}

static void drain(struct load *load)
{
    uint64_t end = now_ns() + DRAIN_S * 1000000000ull;
    while (!all_arrived(load)) {
        if (now_ns() > end)
            fail("bytes were lost");
        step(load, NULL, 0, 0, 100);
    }
}

static void bulk(struct load *load, size_t length, double seconds)
{
    static uint8_t message[MESSAGE_MAX];
    size_t payload = end_make_message(&load->pairs[0].from, message, length);
    uint64_t *before = calloc(load->count, sizeof *before);
    bool *half = calloc(load->count, sizeof *half);
    if (!before || !half)
        fail("memory");
    watch_senders(load, true);
    uint64_t begin = now_ns(), end = begin + (uint64_t)(seconds * 1e9), now;
    for (size_t i = 0; i < load->count; i++)
        before[i] = load->pairs[i].received;
    while ((now = now_ns()) < end)
        step(load, message, length, payload, 10);
    printf("%llu", (unsigned long long)(now - begin));
    for (size_t i = 0; i < load->count; i++)
        printf(" %llu", (unsigned long long)(load->pairs[i].received - before[i]));
    putchar('\n');
    watch_senders(load, false);
    for (size_t i = 0; i < load->count; i++)
        half[i] = load->pairs[i].from.ssl && SSL_want_write(load->pairs[i].from.ssl);
    finish_halves(load, message, length, payload, half);
    drain(load);
    uint64_t all = 0;
    for (size_t i = 0; i < load->count; i++)
        all += load->pairs[i].received - before[i];
    printf("%llu\n", (unsigned long long)all);
    free(before);
    free(half);
}

static void send_now(struct load *load, struct end *end, const uint8_t *message, size_t length)
{
    while (!end_send(end, message, length))
        step(load, NULL, 0, 0, 1);
}

static void receive_now(struct end *end, struct load *load, size_t payload)
{
    struct epoll_event event;
    for (size_t have = 0; have < payload;) {
        ssize_t count = end_receive(end);
        if (count < 0)
            epoll_wait(load->epoll, &event, 1, 1000);
        else
            have += (size_t)count;
    }
}

static void round_trips(struct load *load, size_t length, size_t count)
{
    static uint8_t there[MESSAGE_MAX], back[MESSAGE_MAX];
    struct pair *pair = &load->pairs[0];
    size_t payload = end_make_message(&pair->from, there, length);
    size_t back_payload = end_make_message(&pair->to, back, length);
    for (size_t i = 0; i < count; i++) {
        uint64_t begin = now_ns();
        send_now(load, &pair->from, there, length);
        receive_now(&pair->to, load, payload);
        send_now(load, &pair->to, back, length);
        receive_now(&pair->from, load, back_payload);
        printf("%llu ", (unsigned long long)(now_ns() - begin));
    }
    putchar('\n');
}

/* ---- the program ---- */

static void obey(struct load *load, const char *line)
{
    size_t bytes, count;
    double seconds;
    if (sscanf(line, "open %zu", &count) == 1)
        open_pairs(load, count);
    else if (sscanf(line, "bulk %zu %lf", &bytes, &seconds) == 2 && load->count &&
             bytes <= MESSAGE_MAX)
        bulk(load, bytes, seconds);
    else if (sscanf(line, "rtt %zu %zu", &bytes, &count) == 2 && load->count &&
             bytes <= MESSAGE_MAX)
        round_trips(load, bytes, count);
    else if (sscanf(line, "wait %lf", &seconds) == 1)
        wait_idly(load, seconds);
    else
        fail("this is no command");
    puts("done");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = {"qassist", "tls", "turn", "websocket"};
    struct load load = {.epoll = epoll_create1(EPOLL_CLOEXEC),
                        .pairs = calloc(PAIRS_MAX, sizeof *load.pairs)};
    struct rlimit limit;
    char line[512], token[256] = "";
    size_t kind = 0;
    if (argc != 4) {
        fputs(
            "usage: relay-load qassist|tls|turn|websocket CERTIFICATE KEY\n"
            "It prints the port that it listens on and reads the program's port, and for qa-relay\n"
            "a helper's token, then commands.\n",
            stderr);
        return 2;
    }
    while (kind < 4 && strcmp(argv[1], kinds[kind]) != 0)
        kind++;
    if (kind == 4 || !load.pairs)
        fail("unknown kind, or no memory");
    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    load.way.kind = kind;
    load.way.token = token;
    /* coturn 4.6 does not get through a handshake of TLS 1.3. */
    load.way.client = tls_client(kind == WAY_TURN);
    load.way.server = tls_server(argv[2], argv[3]);
    way_listen(&load.way);
    printf("%u\n", load.way.listener_port);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin) || sscanf(line, "%u %255s", &load.way.port, token) < 1)
        fail("no port was given");
    while (fgets(line, sizeof line, stdin))
        obey(&load, line);
    for (size_t i = 0; i < load.count; i++)
        pair_close(&load.pairs[i]);
    return 0;
}
