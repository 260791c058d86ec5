/* What the helper draws on the sharer's screen: checked, gathered and sent, not more often than is
 * seen. */
#include <string.h>

#include "api/helper_private.h"
#include "base/clock.h"

#define PACE_MS 10 /* between two messages about places */
/* With so many bytes of control on their way nothing is drawn: other messages need the room. */
#define WAITING_MAX 32768

static int may_draw(const qa_helper *helper, unsigned permission)
{
    if (!helper)
        return QA_EINVAL;
    if (helper->machine.core.closing || helper->machine.core.state != QA_STATE_ACTIVE ||
        !helper->session.rdp || !helper->session.tunnel)
        return QA_ESTATE;
    return helper->machine.granted & permission ? 0 : QA_ENOTALLOWED;
}

/* The same, for a place of the picture. */
static int may_draw_at(const qa_helper *helper, unsigned permission, int32_t x, int32_t y)
{
    int error = may_draw(helper, permission);
    if (error)
        return error;
    if (!helper_picture_counts(helper))
        return QA_ESTATE;
    const struct picture *picture = &helper->session.picture;
    return x < 0 || y < 0 || x >= picture->width || y >= picture->height || x > QA_MARK_PLACE_MAX ||
                   y > QA_MARK_PLACE_MAX
               ? QA_EINVAL
               : 0;
}

/* Of the picture at hand, which counts; the sharer drops places that are of another one. */
static uint32_t picture_number(const qa_helper *helper)
{
    return helper->screens_known ? helper->screens.picture : 0;
}

static bool is_full(const qa_helper *helper)
{
    return tunnel_control_waiting(helper->session.tunnel) > WAITING_MAX;
}

static void send_waiting(qa_helper *helper)
{
    struct helper_drawing *drawing = &helper->drawing;
    if (!drawing->waiting_count)
        return;
    struct control_message message = {.type = CONTROL_MARK, .mark = {.step = QA_MARK_TO}};
    memcpy(message.mark.places, drawing->waiting, sizeof message.mark.places);
    message.mark.count = drawing->waiting_count;
    message.mark.picture = drawing->picture;
    drawing->waiting_count = 0;
    session_send_control(&helper->session, &message);
}

static void flush(qa_helper *helper);

static void on_pace(uv_timer_t *timer)
{
    flush(helper_of(timer->data));
}

static void flush_in(qa_helper *helper, uint64_t milliseconds)
{
    struct helper_drawing *drawing = &helper->drawing;
    if (!drawing->pace && session_make_timer(&helper->session, &drawing->pace)) {
        helper->session.out_of_memory = true;
        return;
    }
    if (!uv_is_active((uv_handle_t *)drawing->pace))
        uv_timer_start(drawing->pace, on_pace, milliseconds, 0);
}

/* Sends what waits, now or as soon as that may be. */
static void flush(qa_helper *helper)
{
    struct helper_drawing *drawing = &helper->drawing;
    if (!drawing->point_due && !drawing->waiting_count)
        return;
    uint64_t now = clock_ms();
    if (now - drawing->sent_ms < PACE_MS || is_full(helper)) {
        flush_in(helper, PACE_MS);
        return;
    }
    drawing->sent_ms = now;
    if (drawing->point_due)
        session_send_control(&helper->session, &(struct control_message){.type = CONTROL_POINT,
                                                                         .point = drawing->point});
    drawing->point_due = false;
    send_waiting(helper);
    context_wake(helper->session.context);
}

void helper_follow_drawing(qa_helper *helper)
{
    struct helper_drawing *drawing = &helper->drawing;
    if (may_draw(helper, QA_PERMISSION_POINT))
        drawing->point_due = false;
    if (may_draw(helper, QA_PERMISSION_ANNOTATE)) {
        drawing->waiting_count = 0;
        drawing->open = false;
    }
}

void helper_stop_drawing(qa_helper *helper)
{
    session_stop_timer(&helper->drawing.pace);
    helper->drawing = (struct helper_drawing){0};
}

/* ---- public ---- */

int qa_helper_point(qa_helper *helper, int32_t x, int32_t y)
{
    int error = may_draw_at(helper, QA_PERMISSION_POINT, x, y);
    if (error)
        return error;
    helper->drawing.point =
        (struct control_point){.shown = true, .picture = picture_number(helper), .place = {x, y}};
    helper->drawing.point_due = true;
    flush(helper);
    return 0;
}

int qa_helper_point_hide(qa_helper *helper)
{
    int error = may_draw(helper, QA_PERMISSION_POINT);
    if (error)
        return error;
    helper->drawing.point = (struct control_point){0};
    helper->drawing.point_due = true;
    flush(helper);
    return 0;
}

/* Sends a step, after what the mark before still goes on to. */
static int send_step(qa_helper *helper, const struct control_mark *mark)
{
    int error = may_draw(helper, QA_PERMISSION_ANNOTATE);
    if (error)
        return error;
    if (is_full(helper))
        return QA_ELIMIT;
    send_waiting(helper);
    struct control_message message = {.type = CONTROL_MARK, .mark = *mark};
    session_send_control(&helper->session, &message);
    helper->drawing.open = mark->step == QA_MARK_BEGIN;
    context_wake(helper->session.context);
    return 0;
}

int qa_helper_mark_begin(qa_helper *helper, qa_mark_kind kind, uint32_t colour, uint32_t width,
                         int32_t x, int32_t y)
{
    int error = may_draw_at(helper, QA_PERMISSION_ANNOTATE, x, y);
    const struct control_mark mark = {.step = QA_MARK_BEGIN,
                                      .kind = kind,
                                      .colour = colour,
                                      .width = width,
                                      .picture = helper ? picture_number(helper) : 0,
                                      .places = {{x, y}},
                                      .count = 1};
    if (!error && !control_mark_valid(&mark))
        error = QA_EINVAL;
    if (!error)
        error = send_step(helper, &mark);
    if (error)
        return error;
    helper->drawing.kind = kind;
    helper->drawing.picture = mark.picture;
    helper->drawing.points = 1;
    return 0;
}

int qa_helper_mark_to(qa_helper *helper, int32_t x, int32_t y)
{
    int error = may_draw_at(helper, QA_PERMISSION_ANNOTATE, x, y);
    if (error)
        return error;
    struct helper_drawing *drawing = &helper->drawing;
    bool stroke = drawing->kind == QA_MARK_STROKE;
    if (!drawing->open || drawing->picture != picture_number(helper))
        return QA_EINVAL;
    if (stroke && (drawing->points == QA_MARK_POINTS_MAX ||
                   (drawing->waiting_count == CONTROL_PLACES_MAX && is_full(helper))))
        return QA_ELIMIT;
    if (!stroke)
        drawing->waiting_count = 0; /* an arrow or a rectangle ends in the newest place */
    else if (drawing->waiting_count == CONTROL_PLACES_MAX)
        send_waiting(helper);
    drawing->points += stroke;
    drawing->waiting[drawing->waiting_count++] = (struct control_place){x, y};
    flush(helper);
    return 0;
}

int qa_helper_mark_end(qa_helper *helper)
{
    if (helper && !may_draw(helper, QA_PERMISSION_ANNOTATE) && !helper->drawing.open)
        return QA_EINVAL;
    return send_step(helper, &(struct control_mark){.step = QA_MARK_END});
}

int qa_helper_undo(qa_helper *helper)
{
    return send_step(helper, &(struct control_mark){.step = QA_MARK_UNDO});
}

int qa_helper_clear(qa_helper *helper)
{
    return send_step(helper, &(struct control_mark){.step = QA_MARK_CLEAR});
}
