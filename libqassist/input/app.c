#include "input/input.h"

#include <stdlib.h>

#include <qassist/errors.h>

#include "input/held.h"

struct app_input {
    struct input input; /* first */
    struct held held;
    void (*on_input)(void *user, const qa_input_event *event);
    void *user;
    unsigned calls; /* on_input calls that have not returned: freed after the last */
    bool destroyed;
};

static void hand_over(void *user, const qa_input_event *event)
{
    struct app_input *app = user;
    if (!app->destroyed)
        app->on_input(app->user, event);
}

static void leave(struct app_input *app)
{
    if (--app->calls == 0 && app->destroyed)
        free(app);
}

static int app_inject(struct input *input, const qa_input_event *event)
{
    struct app_input *app = (struct app_input *)input;
    if (!input_event_is_valid(event))
        return QA_EINVAL;
    held_note(&app->held, event);
    app->calls++;
    hand_over(app, event);
    leave(app);
    return 0;
}

static void app_release_all(struct input *input)
{
    struct app_input *app = (struct app_input *)input;
    app->calls++;
    held_release_all(&app->held, hand_over, app);
    leave(app);
}

static void app_destroy(struct input *input)
{
    struct app_input *app = (struct app_input *)input;
    app->calls++;
    held_release_all(&app->held, hand_over, app);
    app->destroyed = true;
    leave(app);
}

static const struct input_ops app_ops = {
    .inject = app_inject, .release_all = app_release_all, .destroy = app_destroy};

int input_app_new(void (*on_input)(void *user, const qa_input_event *event), void *user,
                  struct input **out)
{
    struct app_input *app = calloc(1, sizeof *app);
    if (!app)
        return QA_ENOMEM;
    app->input.ops = &app_ops;
    app->on_input = on_input;
    app->user = user;
    *out = &app->input;
    return 0;
}
