#include "relay/nodes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "base/random.h"
#include "relay/moving.h"
#include "relay/server.h"

#define BEAT_MS    1500
#define URL_SCHEME "wss://"

struct nodes {
    struct relay_server *server;
    struct shared *shared;
    struct node self;
    struct node list[SHARED_NODES_MAX]; /* as last heard; this one may be missing */
    size_t count;
    uv_timer_t beat;
    uint64_t trusted_ms; /* until then a directory that was away may not know all of them again */
    bool up, closing;
};

/* ---- what is heard ---- */

/* "LOAD DRAINING WORKER STARTED [URL]" */
static bool read_info(const char *info, struct node *out)
{
    unsigned draining;
    int used = 0;
    if (sscanf(info, "%9u %1u %9u %15" SCNd64 " %n", &out->load, &draining, &out->worker,
               &out->started, &used) != 4 ||
        !used)
        return false;
    out->draining = draining != 0;
    const char *url = info + used;
    if (strlen(url) > RELAY_URL_MAX || strpbrk(url, " \"\\\n"))
        return false;
    strcpy(out->url, url);
    return true;
}

static bool same_place(const struct node *a, const struct node *b)
{
    return !strcmp(a->url, b->url) && a->worker == b->worker;
}

/* Of two at the same place the later one lives: it was started again. */
static void add(struct nodes *nodes, const struct node *node)
{
    size_t i = 0;
    while (i < nodes->count && !same_place(&nodes->list[i], node))
        i++;
    if (i == SHARED_NODES_MAX)
        return;
    if (i == nodes->count)
        nodes->count++;
    else if (nodes->list[i].started > node->started)
        return;
    nodes->list[i] = *node;
}

static void on_nodes(void *user, const struct shared_node *list, size_t count)
{
    struct nodes *nodes = user;
    size_t before = nodes->count;
    if (clock_ms() >= nodes->trusted_ms)
        nodes->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct node node = {0};
        memcpy(node.name, list[i].name, NODE_NAME_DIGITS);
        if (!read_info(list[i].info, &node))
            continue;
        if (!same_place(&node, &nodes->self) || !strcmp(node.name, nodes->self.name))
            add(nodes, &node);
    }
    if (nodes->count != before)
        relay_log(nodes->server, QA_LOG_INFO, "event=nodes count=%zu", nodes->count);
}

static void on_lost(void *user)
{
    ((struct nodes *)user)->up = false;
}

/* ---- what is said ---- */

static unsigned load_of(const struct relay_server *server)
{
    return (unsigned)(server->connection_count < 999999999 ? server->connection_count : 999999999);
}

void nodes_tell(struct nodes *nodes)
{
    char info[NODE_INFO_MAX];
    struct node *self = &nodes->self;
    if (!nodes->up || nodes->closing)
        return;
    self->load = load_of(nodes->server);
    self->draining = nodes->server->draining || nodes->server->stopping;
    snprintf(info, sizeof info, "%u %d %u %" PRId64 " %s", self->load, self->draining, self->worker,
             self->started, self->url);
    nodes->shared->ops->beat(nodes->shared, self->name, info);
}

static void beat(uv_timer_t *timer)
{
    nodes_tell(timer->data);
}

static void on_found(void *user)
{
    struct nodes *nodes = user;
    nodes->up = true;
    nodes->trusted_ms = clock_ms() + SHARED_NODE_S * 1000;
    nodes_tell(nodes);
    moving_publish_again(nodes->server);
}

static const struct shared_events events = {.nodes = on_nodes, .lost = on_lost, .found = on_found};

/* ---- asking ---- */

struct shared *nodes_shared(struct nodes *nodes)
{
    return nodes->shared;
}

const struct node *nodes_self(const struct nodes *nodes)
{
    return &nodes->self;
}

bool nodes_up(const struct nodes *nodes)
{
    return nodes->up;
}

const struct node *nodes_find(const struct nodes *nodes, const char *name)
{
    if (!strcmp(name, nodes->self.name))
        return &nodes->self;
    for (size_t i = 0; i < nodes->count; i++)
        if (!strcmp(nodes->list[i].name, name))
            return &nodes->list[i];
    return NULL;
}

const struct node *nodes_choose(struct nodes *nodes)
{
    struct node *best = &nodes->self;
    best->load = load_of(nodes->server);
    best->draining = nodes->server->draining || nodes->server->stopping;
    for (size_t i = 0; i < nodes->count; i++) {
        struct node *node = &nodes->list[i];
        if (!strcmp(node->name, nodes->self.name) || node->draining)
            continue;
        if (best->draining || node->load < best->load)
            best = node;
    }
    best->load++; /* until it is heard again */
    return best;
}

bool nodes_is_own_host(const struct nodes *nodes, const char *host)
{
    const char *own = nodes->self.url + strlen(URL_SCHEME);
    if (!nodes->self.url[0])
        return true;
    size_t length = strcspn(own, "/");
    if (!strncasecmp(host, own, length) && !host[length])
        return true;
    /* "HOST:443" and "HOST" are the same. */
    size_t asked = strlen(host);
    return length > 4 && !strncmp(own + length - 4, ":443", 4) && asked == length - 4 &&
           !strncasecmp(host, own, asked);
}

/* ---- life ---- */

static int take_url(struct node *self, const char *url, char *why, size_t why_size)
{
    if (!url)
        return 0;
    size_t length = strlen(url);
    if (length > RELAY_URL_MAX || strncmp(url, URL_SCHEME, strlen(URL_SCHEME)) != 0 ||
        strcspn(url, " \"\\?#@\n") != length || length == strlen(URL_SCHEME)) {
        snprintf(why, why_size,
                 "--node-url wants this node's own address, such as "
                 "wss://node1.help.example.org");
        return QA_EINVAL;
    }
    strcpy(self->url, url);
    return 0;
}

int nodes_new(struct relay_server *server, struct nodes **out, char *why, size_t why_size)
{
    *out = NULL;
    uint8_t name[NODE_NAME_DIGITS / 2];
    struct nodes *nodes = calloc(1, sizeof *nodes);
    if (!nodes)
        return QA_ENOMEM;
    nodes->server = server;
    random_bytes(name, sizeof name);
    sodium_bin2hex(nodes->self.name, sizeof nodes->self.name, name, sizeof name);
    int error = take_url(&nodes->self, server->options.node_url, why, why_size);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    nodes->self.started = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    nodes->self.worker = server->options.worker;
    if (!error && server->options.directory)
        error = shared_redis_new(&server->loop, server->options.directory, server->log, &events,
                                 nodes, &nodes->shared, why, why_size);
    else if (!error)
        error = shared_file_new(server->options.state_dir, &events, nodes, &nodes->shared, why,
                                why_size);
    if (error) {
        free(nodes);
        return error;
    }
    uv_timer_init(&server->loop, &nodes->beat);
    nodes->beat.data = nodes;
    uv_timer_start(&nodes->beat, beat, BEAT_MS, BEAT_MS);
    *out = nodes;
    if (!server->options.directory)
        on_found(nodes);
    return 0;
}

void nodes_leave(struct nodes *nodes)
{
    if (nodes && nodes->up)
        nodes->shared->ops->beat(nodes->shared, nodes->self.name, NULL);
    if (nodes)
        nodes->up = false;
}

void nodes_close(struct nodes *nodes)
{
    if (!nodes || nodes->closing)
        return;
    nodes->closing = true;
    uv_close((uv_handle_t *)&nodes->beat, NULL);
    nodes->shared->ops->close(nodes->shared);
}

void nodes_free(struct nodes *nodes)
{
    free(nodes);
}
