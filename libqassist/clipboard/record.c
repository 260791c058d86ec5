#include "clipboard/clipboard.h"

#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

struct record_clipboard {
    struct clipboard clipboard; /* first */
    struct clipboard_events events;
    void *user;
    bool watched;
    char *text;
    size_t puts;
};

static void record_set_watched(struct clipboard *clipboard, bool watched)
{
    struct record_clipboard *record = (struct record_clipboard *)clipboard;
    record->watched = watched;
}

static int record_put(struct clipboard *clipboard, const char *text, size_t length)
{
    struct record_clipboard *record = (struct record_clipboard *)clipboard;
    char *copy = strndup(text, length);
    if (!copy)
        return QA_ENOMEM;
    free(record->text);
    record->text = copy;
    record->puts++;
    return 0;
}

static void record_destroy(struct clipboard *clipboard)
{
    struct record_clipboard *record = (struct record_clipboard *)clipboard;
    free(record->text);
    free(record);
}

static const struct clipboard_ops record_ops = {
    .set_watched = record_set_watched, .put = record_put, .destroy = record_destroy};

int clipboard_record_new(const struct clipboard_events *events, void *user, struct clipboard **out)
{
    struct record_clipboard *record = calloc(1, sizeof *record);
    if (!record)
        return QA_ENOMEM;
    record->clipboard.ops = &record_ops;
    record->events = *events;
    record->user = user;
    *out = &record->clipboard;
    return 0;
}

void clipboard_record_copied(struct clipboard *clipboard, const char *text, size_t length)
{
    struct record_clipboard *record = (struct record_clipboard *)clipboard;
    if (record->watched)
        record->events.copied(record->user, text, length);
}

const char *clipboard_record_text(const struct clipboard *clipboard, size_t *puts)
{
    const struct record_clipboard *record = (const struct record_clipboard *)clipboard;
    *puts = record->puts;
    return record->text;
}
