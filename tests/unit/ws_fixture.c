#include "ws_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "link/sigpipe.h"

struct ws_fixture ws;

/* ---- one end ---- */

static void on_opened(void *user)
{
    struct side *side = user;
    side->opened++;
    if (side->destroy_when_opened) {
        link_destroy(side->link);
        side->link = NULL;
    }
}

static void on_text(void *user, const char *data, size_t length)
{
    struct side *side = user;
    side->texts++;
    assert_int_equal(relay_message_decode(data, length, &side->last), 0);
}

static uint32_t add(uint32_t sum, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum = sum * 31 + data[i];
    return sum;
}

static void on_binary(void *user, const uint8_t *data, size_t length)
{
    struct side *side = user;
    side->received += length;
    side->sum_received = add(side->sum_received, data, length);
}

void send_more(struct side *side)
{
    static uint8_t bytes[LINK_BINARY_MAX];
    while (side->sent < side->to_send && link_queued(side->link) <= LINK_LOW_WATER) {
        size_t length = (side->sent * 7 + 1) % LINK_BINARY_MAX + 1;
        if (length > side->to_send - side->sent)
            length = side->to_send - side->sent;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)(side->sent / 251 + i);
        assert_int_equal(link_send_binary(side->link, bytes, length), 0);
        side->sent += length;
        side->sum_sent = add(side->sum_sent, bytes, length);
    }
}

static void on_drained(void *user)
{
    struct side *side = user;
    side->drained++;
    assert_true(link_queued(side->link) <= LINK_LOW_WATER);
    send_more(side);
}

static void on_closed(void *user, int error, const char *detail)
{
    struct side *side = user;
    side->closed++;
    side->error = error;
    snprintf(side->detail, sizeof side->detail, "%s", detail);
}

const struct link_events side_events = {on_opened, on_text, on_binary, on_drained, on_closed};

static void nudge(uv_timer_t *timer)
{
}

void wait_for(const int *number, int wanted)
{
    uint64_t until = clock_ms() + WAIT_MS;
    uv_timer_t timer;
    uv_timer_init(&ws.loop, &timer);
    uv_timer_start(&timer, nudge, 20, 20);
    while (*number < wanted && clock_ms() < until) {
        struct sigpipe_guard guard;
        sigpipe_guard_begin(&guard);
        uv_run(&ws.loop, UV_RUN_ONCE);
        sigpipe_guard_end(&guard);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&ws.loop, UV_RUN_NOWAIT);
    assert_int_equal(*number, wanted);
}

void turn_for(uint64_t milliseconds)
{
    uint64_t until = clock_ms() + milliseconds;
    while (clock_ms() < until) {
        uv_run(&ws.loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
}

/* ---- set-up ---- */

static size_t descriptors_before;
static struct sigaction sigpipe_before;

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *list = opendir("/proc/self/fd");
    while (list && readdir(list))
        count++;
    if (list)
        closedir(list);
    return count;
}

static void read_token(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%255s", ws.token), 1);
    fclose(file);
}

int stop_all(void **state)
{
    char path[512];
    stop_server(&ws.relay);
    DIR *list = opendir(ws.folder);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        snprintf(path, sizeof path, "%s/%s", ws.folder, entry->d_name);
        unlink(path);
    }
    if (list)
        closedir(list);
    return rmdir(ws.folder);
}

static void host_done(void *user)
{
    ++*(int *)user;
}

static void free_host(void)
{
    int done = 0;
    ws_host_free(ws.host, host_done, &done);
    wait_for(&done, 1);
}

void trust(const char *authorities)
{
    free_host();
    assert_int_equal(ws_host_new(&ws.loop, authorities, NULL, &ws.host), 0);
}

void connect_to(struct side *side, const char *url)
{
    memset(side, 0, sizeof *side);
    assert_int_equal(link_ws_new(ws.host, url, &side_events, side, &side->link), 0);
    assert_int_equal(side->closed, 0);
}

void connect_to_port(struct side *side, const char *name, unsigned port)
{
    char url[200];
    snprintf(url, sizeof url, "wss://%s:%u", name, port);
    connect_to(side, url);
}

void drop(struct side *side)
{
    link_destroy(side->link);
    side->link = NULL;
}

/* What libraries open once for the whole process is not counted. */
static int warm_up(void)
{
    struct side side;
    if (uv_loop_init(&ws.loop) || ws_host_new(&ws.loop, ws.ca, NULL, &ws.host))
        return -1;
    connect_to_port(&side, "localhost", free_port());
    wait_for(&side.closed, 1);
    drop(&side);
    free_host();
    uv_run(&ws.loop, UV_RUN_DEFAULT);
    return uv_loop_close(&ws.loop);
}

int start_all(void **state)
{
    /* Whoever runs the tests may have a proxy. */
    static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "no_proxy",
                                            "NO_PROXY"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
    signal(SIGPIPE, SIG_DFL);
    char path[128];
    strcpy(ws.folder, "/tmp/qassist-ws-XXXXXX");
    if (!mkdtemp(ws.folder))
        return -1;
    const char *const arguments[] = {"--dev",   "--state",
                                     ws.folder, "--listen",
                                     "[::]:0",  "--joins-per-minute",
                                     "0",       "--creates-per-minute",
                                     "0",       "--creates-per-account",
                                     "0",       "--unshown-megabytes",
                                     "0",       NULL};
    ws.relay = start_relay(arguments);
    snprintf(ws.ca, sizeof ws.ca, "%s/ca.pem", ws.folder);
    snprintf(ws.certificate, sizeof ws.certificate, "%s/other-cert.pem", ws.folder);
    snprintf(ws.key, sizeof ws.key, "%s/other-key.pem", ws.folder);
    snprintf(path, sizeof path, "%s/dev-helper.token", ws.folder);
    read_token(path);
    return warm_up();
}

int open_host(void **state)
{
    struct sigaction now;
    descriptors_before = count_descriptors();
    sigaction(SIGPIPE, NULL, &sigpipe_before);
    if (uv_loop_init(&ws.loop) || ws_host_new(&ws.loop, ws.ca, NULL, &ws.host))
        return -1;
    sigaction(SIGPIPE, NULL, &now);
    return now.sa_handler == sigpipe_before.sa_handler ? 0 : -1;
}

/* What is there before must be there after, and no more. */
int close_host(void **state)
{
    struct sigaction now;
    free_host();
    uv_run(&ws.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&ws.loop)) {
        uv_print_all_handles(&ws.loop, stderr);
        return -1;
    }
    sigaction(SIGPIPE, NULL, &now);
    if (now.sa_handler != sigpipe_before.sa_handler)
        return -1;
    size_t descriptors = count_descriptors();
    if (descriptors != descriptors_before)
        fprintf(stderr, "descriptors: %zu before, %zu after\n", descriptors_before, descriptors);
    return descriptors == descriptors_before ? 0 : -1;
}

void say(struct side *side, const struct relay_message *message)
{
    char text[RELAY_MESSAGE_MAX];
    int length = relay_message_encode(message, text);
    assert_true(length > 0);
    assert_int_equal(link_send_text(side->link, text, (size_t)length), 0);
}

void make_pair(struct side *helper, struct side *sharer)
{
    connect_to_port(helper, "localhost", ws.relay.port);
    connect_to_port(sharer, "127.0.0.1", ws.relay.port);
    wait_for(&helper->opened, 1);
    wait_for(&sharer->opened, 1);
    struct relay_message message = {.type = RELAY_CREATE, .version = RELAY_PROTOCOL_VERSION};
    strcpy(message.token, ws.token);
    say(helper, &message);
    wait_for(&helper->texts, 1);
    assert_int_equal(helper->last.type, RELAY_CREATED);
    memset(&message, 0, sizeof message);
    message.type = RELAY_JOIN;
    message.version = RELAY_PROTOCOL_VERSION;
    strcpy(message.route, helper->last.route);
    say(sharer, &message);
    wait_for(&sharer->texts, 1);
    wait_for(&helper->texts, 2);
    assert_int_equal(sharer->last.type, RELAY_JOINED);
    assert_int_equal(helper->last.type, RELAY_PEER);
}
