/* The embedding program draws: it is told. */
#include <stdlib.h>

#include <qassist/errors.h>

#include "overlay/overlay.h"

struct app_overlay {
    struct overlay overlay; /* first */
    struct overlay_app_events events;
    void *user;
    bool pointing; /* as the program knows it */
    bool drawn;    /* since the last clear */
    bool open;     /* a mark goes on */
};

static void app_point(struct overlay *overlay, int32_t x, int32_t y)
{
    struct app_overlay *app = (struct app_overlay *)overlay;
    app->pointing = true;
    app->events.point(app->user, true, x, y);
}

static void app_point_hide(struct overlay *overlay)
{
    struct app_overlay *app = (struct app_overlay *)overlay;
    if (!app->pointing)
        return;
    app->pointing = false;
    app->events.point(app->user, false, 0, 0);
}

/* Leaves out what makes no sense, so that the program need not mind. */
static void app_mark(struct overlay *overlay, const qa_mark_event *event)
{
    struct app_overlay *app = (struct app_overlay *)overlay;
    bool begins = event->step == QA_MARK_BEGIN;
    bool goes_on = event->step == QA_MARK_TO || event->step == QA_MARK_END;
    if (goes_on ? !app->open : !begins && !app->drawn)
        return;
    app->open = begins || event->step == QA_MARK_TO;
    app->drawn = event->step != QA_MARK_CLEAR;
    app->events.mark(app->user, event);
}

static void app_set_area(struct overlay *overlay, const qa_rect *area)
{
    app_point_hide(overlay);
    app_mark(overlay, &(qa_mark_event){.size = sizeof(qa_mark_event), .step = QA_MARK_CLEAR});
}

static void app_set_status(struct overlay *overlay, const struct overlay_status *status)
{
    /* The program has callbacks for all that. */
}

static void app_note_input(struct overlay *overlay)
{
}

static void app_destroy(struct overlay *overlay)
{
    free(overlay);
}

static const struct overlay_ops app_ops = {.point = app_point,
                                           .point_hide = app_point_hide,
                                           .mark = app_mark,
                                           .set_area = app_set_area,
                                           .set_status = app_set_status,
                                           .note_input = app_note_input,
                                           .destroy = app_destroy};

int overlay_app_new(const struct overlay_app_events *events, void *user, struct overlay **out)
{
    struct app_overlay *app = calloc(1, sizeof *app);
    if (!app)
        return QA_ENOMEM;
    app->overlay.ops = &app_ops;
    app->events = *events;
    app->user = user;
    *out = &app->overlay;
    return 0;
}
