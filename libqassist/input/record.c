#include "input/input.h"

#include <stdlib.h>

#include <qassist/errors.h>

#include "input/held.h"

struct record_input {
    struct input input; /* first */
    struct held held;
    qa_input_event *events;
    size_t count;
    size_t capacity;
};

static int keep(struct record_input *record, const qa_input_event *event)
{
    if (record->count == record->capacity) {
        size_t capacity = record->capacity ? record->capacity * 2 : 64;
        qa_input_event *events = realloc(record->events, capacity * sizeof *events);
        if (!events)
            return QA_ENOMEM;
        record->events = events;
        record->capacity = capacity;
    }
    record->events[record->count++] = *event;
    return 0;
}

static void keep_release(void *user, const qa_input_event *event)
{
    keep(user, event);
}

static int record_inject(struct input *input, const qa_input_event *event)
{
    struct record_input *record = (struct record_input *)input;
    if (!input_event_is_valid(event))
        return QA_EINVAL;
    held_note(&record->held, event);
    return keep(record, event) ? QA_EINPUT : 0;
}

static void record_release_all(struct input *input)
{
    struct record_input *record = (struct record_input *)input;
    held_release_all(&record->held, keep_release, record);
}

static void record_destroy(struct input *input)
{
    struct record_input *record = (struct record_input *)input;
    free(record->events);
    free(record);
}

static const struct input_ops record_ops = {
    .inject = record_inject, .release_all = record_release_all, .destroy = record_destroy};

int input_record_new(struct input **out)
{
    struct record_input *record = calloc(1, sizeof *record);
    if (!record)
        return QA_ENOMEM;
    record->input.ops = &record_ops;
    *out = &record->input;
    return 0;
}

const qa_input_event *input_record_events(const struct input *input, size_t *count)
{
    const struct record_input *record = (const struct record_input *)input;
    *count = record->count;
    return record->events;
}
