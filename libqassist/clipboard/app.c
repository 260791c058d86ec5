#include "clipboard/clipboard.h"

#include <stdlib.h>

#include <qassist/errors.h>

struct app_clipboard {
    struct clipboard clipboard; /* first */
    struct clipboard_events events;
    void (*on_put)(void *user, const char *text);
    void *user;
    bool watched;
};

static void app_set_watched(struct clipboard *clipboard, bool watched)
{
    struct app_clipboard *app = (struct app_clipboard *)clipboard;
    app->watched = watched;
}

static int app_put(struct clipboard *clipboard, const char *text, size_t length)
{
    struct app_clipboard *app = (struct app_clipboard *)clipboard;
    app->on_put(app->user, text);
    return 0;
}

static void app_destroy(struct clipboard *clipboard)
{
    free(clipboard);
}

static const struct clipboard_ops app_ops = {
    .set_watched = app_set_watched, .put = app_put, .destroy = app_destroy};

int clipboard_app_new(void (*on_put)(void *user, const char *text),
                      const struct clipboard_events *events, void *user, struct clipboard **out)
{
    struct app_clipboard *app = calloc(1, sizeof *app);
    if (!app)
        return QA_ENOMEM;
    app->clipboard.ops = &app_ops;
    app->events = *events;
    app->on_put = on_put;
    app->user = user;
    *out = &app->clipboard;
    return 0;
}

void clipboard_app_copied(struct clipboard *clipboard, const char *text, size_t length)
{
    struct app_clipboard *app = (struct app_clipboard *)clipboard;
    if (app->watched)
        app->events.copied(app->user, text, length);
}
