/* What is drawn on the sharer's screen: opened, kept up to date, and what is decided there. */
#include <stdlib.h>
#include <string.h>

#include "api/options.h"
#include "api/sharer_private.h"
#include "base/clock.h"
#include "overlay/banner_text.h"
#include "wire/printable.h"

/* ---- options ---- */

/* Takes the place of a text by a copy. */
static int copy_text(const char **text)
{
    if (!*text)
        return 0;
    bool good = **text && printable_valid(*text, QA_BANNER_TEXT_MAX);
    *text = good ? strdup(*text) : NULL;
    return good ? *text ? 0 : QA_ENOMEM : QA_EINVAL;
}

static int copy_texts(qa_sharer *sharer, const qa_banner_texts *given)
{
    qa_banner_texts texts = {0};
    if (!given)
        return 0;
    if (options_read(&texts, sizeof texts, given))
        return QA_EINVAL;
    int error = 0, bad;
#define COPY(member, english)             \
    if ((bad = copy_text(&texts.member))) \
        error = error ? error : bad;
    BANNER_TEXTS(COPY)
#undef COPY
    sharer->banner_texts = texts;
    return error;
}

int qa_panic_key_check(const char *setting, const char **why)
{
    struct panic_key key;
    const char *because = "there is no setting";
    int error = !setting ? QA_EINVAL : *setting ? panic_key_parse(setting, &key, &because) : 0;
    if (why)
        *why = error ? because : NULL;
    return error;
}

int sharer_overlay_options(qa_sharer *sharer, const qa_sharer_options *options)
{
    bool x11 = options->screen == QA_SCREEN_X11;
    if (options->banner > QA_BANNER_OFF || (options->banner == QA_BANNER_ON && !x11))
        return QA_EINVAL;
    sharer->banner = x11 && options->banner != QA_BANNER_OFF;
    const char *setting = options->panic_key ? options->panic_key : PANIC_KEY_DEFAULT;
    const char *why;
    sharer->panics = x11 && *setting;
    if (*setting && panic_key_parse(setting, &sharer->panic, &why))
        return QA_EINVAL;
    return copy_texts(sharer, options->banner_texts);
}

void sharer_overlay_free(qa_sharer *sharer)
{
#define FREE(member, english) free((void *)sharer->banner_texts.member);
    BANNER_TEXTS(FREE)
#undef FREE
    sharer->banner_texts = (qa_banner_texts){0};
}

/* ---- what the sharer decides on the screen ---- */

static void on_wish(void *user, enum overlay_wish wish)
{
    qa_sharer *sharer = user;
    struct session_event event = {.type = EVENT_END};
    switch (wish) {
    case OVERLAY_PAUSE:
        event.type = EVENT_PAUSE;
        break;
    case OVERLAY_RESUME:
        event.type = EVENT_RESUME;
        break;
    case OVERLAY_TAKE_BACK:
        event.type = EVENT_REVOKE;
        event.permissions = QA_PERMISSION_CONTROL;
        break;
    case OVERLAY_END:
        session_set_detail(&sharer->session, "ended on the banner");
        break;
    case OVERLAY_PANIC:
        session_set_detail(&sharer->session, "ended by the panic key");
        break;
    }
    session_step(&sharer->session, &event);
}

static void on_banner_moved(void *user, const qa_rect *place)
{
    qa_sharer *sharer = user;
    gate_guard(&sharer->gate, place);
}

static void on_failed(void *user, int error, const char *detail)
{
    qa_sharer *sharer = user;
    session_part_failed(&sharer->session, error, detail);
}

static const struct overlay_events events = {
    .wish = on_wish, .banner_moved = on_banner_moved, .failed = on_failed};

/* ---- drawing for an app ---- */

/* What the app is to draw: told from the queue, for it may come up inside a call of its own. */
struct late_drawing {
    struct deferred deferred;
    qa_sharer *sharer;
    bool shown; /* the pointer */
    qa_mark_event event;
};

static void run_late_point(struct deferred *self)
{
    struct late_drawing *late = (struct late_drawing *)self;
    qa_sharer *sharer = late->sharer;
    if (!sharer->session.silent)
        TELL_SHARER(sharer, on_point, late->shown, late->event.x, late->event.y);
    free(late);
    session_release(&sharer->session);
}

static void run_late_mark(struct deferred *self)
{
    struct late_drawing *late = (struct late_drawing *)self;
    qa_sharer *sharer = late->sharer;
    if (!sharer->session.silent)
        TELL_SHARER(sharer, on_mark, &late->event);
    free(late);
    session_release(&sharer->session);
}

static void tell_later(qa_sharer *sharer, const struct late_drawing *what)
{
    struct late_drawing *late = malloc(sizeof *late);
    if (!late) {
        sharer->session.out_of_memory = true;
        return;
    }
    *late = *what;
    late->sharer = sharer;
    late->deferred.owner = &sharer->session;
    session_hold(&sharer->session);
    context_defer(sharer->session.context, &late->deferred);
}

static void on_app_point(void *user, bool shown, int32_t x, int32_t y)
{
    tell_later(user, &(struct late_drawing){.deferred = {.run = run_late_point},
                                            .shown = shown,
                                            .event = {.x = x, .y = y}});
}

static void on_app_mark(void *user, const qa_mark_event *event)
{
    tell_later(user, &(struct late_drawing){.deferred = {.run = run_late_mark}, .event = *event});
}

static const struct overlay_app_events app_events = {.point = on_app_point, .mark = on_app_mark};

/* ---- life ---- */

int sharer_open_overlay(qa_sharer *sharer, const char **detail)
{
    struct session *session = &sharer->session;
    if (sharer->screen_kind == QA_SCREEN_APP)
        return overlay_app_new(&app_events, sharer, &sharer->overlay);
    if (!sharer->shared_ms)
        sharer->shared_ms = clock_ms();
    const struct overlay_x11_options options = {
        .display = sharer->display,
        .banner = sharer->banner,
        .since_ms = sharer->shared_ms,
        .shown_name = session->shown_name,
        .organisation = session->organisation,
        .texts = &sharer->banner_texts,
        .panic = sharer->panics ? &sharer->panic : NULL,
    };
    return overlay_x11_new(&session->context->loop, &options, &session->context->log, &events,
                           sharer, &sharer->overlay, detail);
}

static void clear(qa_sharer *sharer)
{
    const qa_mark_event event = {.size = sizeof event, .step = QA_MARK_CLEAR};
    sharer->overlay->ops->mark(sharer->overlay, &event);
}

void sharer_close_overlay(qa_sharer *sharer)
{
    if (!sharer->overlay)
        return;
    if (sharer->screen_kind == QA_SCREEN_APP) { /* on a display all vanishes by itself */
        sharer->overlay->ops->point_hide(sharer->overlay);
        clear(sharer);
    }
    sharer->overlay->ops->destroy(sharer->overlay);
    sharer->overlay = NULL;
    gate_guard(&sharer->gate, &(qa_rect){0});
}

void sharer_overlay_area(qa_sharer *sharer, const qa_rect *area)
{
    if (sharer->overlay)
        sharer->overlay->ops->set_area(sharer->overlay, area);
}

void sharer_overlay_update(qa_sharer *sharer)
{
    const struct overlay_status status = {.permissions = sharer->machine.granted,
                                          .causes = sharer->machine.causes};
    if (!sharer->overlay)
        return;
    if (!sharer_machine_allows(&sharer->machine, QA_PERMISSION_POINT))
        sharer->overlay->ops->point_hide(sharer->overlay);
    if (!sharer_machine_allows(&sharer->machine, QA_PERMISSION_ANNOTATE))
        clear(sharer);
    sharer->overlay->ops->set_status(sharer->overlay, &status);
}

/* ---- what the helper draws ---- */

/* A place that was aimed at in the picture of another screen means nothing in this one. */
static bool is_of_this_picture(const qa_sharer *sharer, uint32_t picture)
{
    return picture == sharer->generation;
}

void sharer_take_point(qa_sharer *sharer, const struct control_point *point)
{
    if (!sharer->overlay || !sharer_machine_allows(&sharer->machine, QA_PERMISSION_POINT))
        return;
    if (point->shown && !is_of_this_picture(sharer, point->picture))
        return;
    if (point->shown)
        sharer->overlay->ops->point(sharer->overlay, point->place.x, point->place.y);
    else
        sharer->overlay->ops->point_hide(sharer->overlay);
}

void sharer_take_mark(qa_sharer *sharer, const struct control_mark *mark)
{
    if (!sharer->overlay || !sharer_machine_allows(&sharer->machine, QA_PERMISSION_ANNOTATE))
        return;
    if (mark->count && !is_of_this_picture(sharer, mark->picture))
        return;
    qa_mark_event event = {.size = sizeof event,
                           .step = mark->step,
                           .kind = mark->kind,
                           .colour = mark->colour,
                           .width = mark->width};
    size_t count = mark->count ? mark->count : 1;
    for (size_t i = 0; i < count && sharer->overlay; i++) {
        event.x = mark->count ? mark->places[i].x : 0;
        event.y = mark->count ? mark->places[i].y : 0;
        sharer->overlay->ops->mark(sharer->overlay, &event);
        event = (qa_mark_event){.size = sizeof event, .step = QA_MARK_TO};
    }
}
