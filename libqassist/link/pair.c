#include "link/pair.h"

#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

enum kind { TEXT, BINARY };

struct message {
    struct message *next;
    enum kind kind;
    size_t length;
    uint8_t data[];
};

struct queue {
    struct message *first, **last;
};

struct pair;

struct end {
    struct link base;
    struct pair *pair;
    int index;
    struct link_events events;
    void *user;
    bool has_events, opened, reading, close_asked, over;
    bool destroyed;
    bool above_low_water;
    struct queue sent;  /* binary and text on its way to the middle */
    struct queue ready; /* for this end's events */
    size_t sent_bytes, ready_bytes;
    int error; /* what `closed` will say */
    const char *detail;
    bool close_due;
};

struct pair {
    struct pair_options options;
    struct end ends[2];
    uv_idle_t idle;
};

static const char GONE[] = "{\"type\":\"peer_gone\"}";

/* ---- queues ---- */

static int push(struct queue *queue, enum kind kind, const void *data, size_t length)
{
    struct message *message = malloc(sizeof *message + length);
    if (!message)
        return QA_ENOMEM;
    message->next = NULL;
    message->kind = kind;
    message->length = length;
    if (length)
        memcpy(message->data, data, length);
    *queue->last = message;
    queue->last = &message->next;
    return 0;
}

static struct message *pop(struct queue *queue)
{
    struct message *message = queue->first;
    if (!message)
        return NULL;
    queue->first = message->next;
    if (!queue->first)
        queue->last = &queue->first;
    return message;
}

static void clear(struct queue *queue)
{
    struct message *message;
    while ((message = pop(queue)))
        free(message);
}

static struct end *other(struct end *end)
{
    return &end->pair->ends[!end->index];
}

/* ---- the loop's work ---- */

static void run(uv_idle_t *idle);

static void wake(struct pair *pair)
{
    if (!uv_is_closing((uv_handle_t *)&pair->idle))
        uv_idle_start(&pair->idle, run);
}

static void free_pair(uv_handle_t *handle)
{
    struct pair *pair = handle->data;
    for (int i = 0; i < 2; i++) {
        clear(&pair->ends[i].sent);
        clear(&pair->ends[i].ready);
    }
    free(pair);
}

/* What the tap lets through; memory that runs out ends the test's connection. */
static void deliver(void *cookie, int to, const uint8_t *data, size_t length)
{
    struct pair *pair = cookie;
    struct end *end = &pair->ends[to ? 1 : 0];
    if (!length || end->over || end->destroyed)
        return;
    if (push(&end->ready, BINARY, data, length)) {
        end->close_due = true;
        end->error = QA_ENOMEM;
        end->detail = "out of memory";
        return;
    }
    end->ready_bytes += length;
}

static void pass_on(struct end *from, const struct message *message)
{
    const struct pair_options *options = &from->pair->options;
    if (message->kind == TEXT) {
        if (options->text_sink)
            options->text_sink(options->user, from->index, (const char *)message->data,
                               message->length);
    } else if (options->tap) {
        options->tap(options->user, from->index, message->data, message->length, deliver,
                     from->pair);
    } else {
        deliver(from->pair, !from->index, message->data, message->length);
    }
}

/* The relay's part: as much as the receiver's own queue leaves room for. True when it did some. */
static bool relay(struct end *from)
{
    if (!from->sent.first || other(from)->ready_bytes > LINK_LOW_WATER)
        return false;
    struct message *message = pop(&from->sent);
    from->sent_bytes -= message->length;
    pass_on(from, message);
    free(message);
    return true;
}

static bool hand_over(struct end *end)
{
    if (!end->reading && end->ready.first && end->ready.first->kind == BINARY)
        return false;
    struct message *message = pop(&end->ready);
    if (!message)
        return false;
    if (message->kind == BINARY) {
        end->ready_bytes -= message->length;
        end->events.binary(end->user, message->data, message->length);
    } else {
        end->events.text(end->user, (const char *)message->data, message->length);
    }
    free(message);
    return true;
}

/* Everything this end sent has been passed on: the other hears that it is gone, as from a relay. */
static void tell_other(struct end *end)
{
    struct end *left = other(end);
    if (left->over || left->destroyed || left->close_due)
        return;
    (void)push(&left->ready, TEXT, GONE, sizeof GONE - 1);
    left->close_due = true;
    left->error = QA_ERELAY_LOST;
    left->detail = "the relay closed the connection";
}

static void end_closed(struct end *end, int error, const char *detail)
{
    end->over = true;
    end->events.closed(end->user, error, detail);
}

/* One step of one end; true when there may be more to do. */
static bool step(struct end *end)
{
    if (relay(end))
        return true;
    bool gone = end->destroyed || end->over || end->close_asked;
    if (gone && !end->sent.first)
        tell_other(end);
    if (end->destroyed || end->over || !end->has_events)
        return false;
    if (!end->opened) {
        end->opened = true;
        end->events.opened(end->user);
        return true;
    }
    if (end->above_low_water && end->sent_bytes <= LINK_LOW_WATER) {
        end->above_low_water = false;
        end->events.drained(end->user);
        return true;
    }
    if (end->close_asked) {
        if (end->sent.first)
            return false;
        end_closed(end, 0, "closed");
        return true;
    }
    if (hand_over(end))
        return true;
    if (end->close_due && !end->ready.first) {
        end_closed(end, end->error, end->detail);
        return true;
    }
    return false;
}

static void run(uv_idle_t *idle)
{
    struct pair *pair = idle->data;
    bool first = step(&pair->ends[0]);
    bool second = step(&pair->ends[1]);
    if (!first && !second)
        uv_idle_stop(idle);
}

/* ---- the table ---- */

static int enqueue(struct link *base, enum kind kind, const void *data, size_t length)
{
    struct end *end = (struct end *)base;
    if (!end->opened || end->close_asked || end->over)
        return QA_ESTATE;
    if (length > LINK_QUEUE_MAX - end->sent_bytes)
        return QA_ELIMIT;
    int error = push(&end->sent, kind, data, length);
    if (error)
        return error;
    end->sent_bytes += length;
    if (end->sent_bytes > LINK_LOW_WATER)
        end->above_low_water = true;
    wake(end->pair);
    return 0;
}

static int send_text(struct link *base, const char *data, size_t length)
{
    return length > LINK_TEXT_MAX ? QA_ELIMIT : enqueue(base, TEXT, data, length);
}

static int send_binary(struct link *base, const uint8_t *data, size_t length)
{
    return length > LINK_BINARY_MAX ? QA_ELIMIT : enqueue(base, BINARY, data, length);
}

static size_t queued(const struct link *base)
{
    return ((const struct end *)base)->sent_bytes;
}

static void set_reading(struct link *base, bool reading)
{
    struct end *end = (struct end *)base;
    end->reading = reading;
    wake(end->pair);
}

static void close_end(struct link *base)
{
    struct end *end = (struct end *)base;
    end->close_asked = true;
    wake(end->pair);
}

static void destroy(struct link *base)
{
    struct end *end = (struct end *)base;
    struct pair *pair = end->pair;
    end->destroyed = true;
    clear(&end->ready);
    end->ready_bytes = 0;
    if (!other(end)->destroyed)
        wake(pair);
    else if (!uv_is_closing((uv_handle_t *)&pair->idle))
        uv_close((uv_handle_t *)&pair->idle, free_pair);
}

static const struct link_ops ops = {
    .send_text = send_text,
    .send_binary = send_binary,
    .queued = queued,
    .set_reading = set_reading,
    .close = close_end,
    .abandon = close_end,
    .destroy = destroy,
    .leave = destroy,
};

int link_pair_new(uv_loop_t *loop, const struct pair_options *options, struct link *ends[2])
{
    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair)
        return QA_ENOMEM;
    if (options)
        pair->options = *options;
    for (int i = 0; i < 2; i++) {
        struct end *end = &pair->ends[i];
        end->base.ops = &ops;
        end->pair = pair;
        end->index = i;
        end->reading = true;
        end->sent.last = &end->sent.first;
        end->ready.last = &end->ready.first;
        ends[i] = &end->base;
    }
    uv_idle_init(loop, &pair->idle);
    pair->idle.data = pair;
    return 0;
}

void link_pair_set_events(struct link *link, const struct link_events *events, void *user)
{
    struct end *end = (struct end *)link;
    end->events = *events;
    end->user = user;
    end->has_events = true;
    wake(end->pair);
}

void link_pair_text(struct link *link, const char *data, size_t length)
{
    struct end *end = (struct end *)link;
    if (end->over || end->destroyed)
        return;
    if (push(&end->ready, TEXT, data, length)) {
        end->close_due = true;
        end->error = QA_ENOMEM;
        end->detail = "out of memory";
    }
    wake(end->pair);
}
