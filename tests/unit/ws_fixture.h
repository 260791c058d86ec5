/*
 * For the tests of the WebSocket link: a real relay, links to it with what each told, and that
 * nothing of them is left on the loop, in the descriptors or the signals.
 */
#ifndef TESTS_WS_FIXTURE_H
#define TESTS_WS_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "link/ws.h"
#include "wire/relay_message.h"
#include "ws_servers.h"

#define WAIT_MS 60000

/* One a program. */
extern struct ws_fixture {
    uv_loop_t loop;
    struct ws_host *host;
    char folder[64], ca[128], certificate[128], key[128], token[RELAY_TOKEN_MAX + 1];
    struct server relay;
} ws;

/* A group has a relay; each of its tests a host on a loop. */
#define HOSTED(test) cmocka_unit_test_setup_teardown(test, open_host, close_host)
int start_all(void **state);
int stop_all(void **state);
int open_host(void **state);
int close_host(void **state);

/* Another host takes the place of the one there is: one that trusts these (NULL: the system's). */
void trust(const char *authorities);

struct side {
    struct link *link;
    int opened, closed, error, drained;
    char detail[512];
    struct relay_message last;
    int texts;
    size_t to_send, sent, received;
    uint32_t sum_sent, sum_received;
    bool destroy_when_opened;
};

extern const struct link_events side_events;

void connect_to(struct side *side, const char *url);
void connect_to_port(struct side *side, const char *name, unsigned port);
void drop(struct side *side);

/* Sends of to_send what is left and the link takes gladly, in odd sizes. */
void send_more(struct side *side);
void say(struct side *side, const struct relay_message *message);
/* Two links that the relay has paired. */
void make_pair(struct side *helper, struct side *sharer);

/* Turns the loop until the number is there; for so long. */
void wait_for(const int *number, int wanted);
void turn_for(uint64_t milliseconds);

#endif
