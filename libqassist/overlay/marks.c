#include "overlay/marks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

/* A long line is covered by pieces of this length, for the box of a slanted one is mostly empty. */
#define PIECE 64

#define HEAD_LEAST 14.0

double mark_head_length(const struct mark *mark)
{
    double length = 4.0 * mark->width;
    return length < HEAD_LEAST ? HEAD_LEAST : length;
}

static void tell_box(struct mark_point a, struct mark_point b, int32_t around,
                     marks_changed_fn tell, void *user)
{
    int32_t left = a.x < b.x ? a.x : b.x, right = a.x < b.x ? b.x : a.x;
    int32_t top = a.y < b.y ? a.y : b.y, bottom = a.y < b.y ? b.y : a.y;
    tell(user, &(qa_rect){.x = left - around,
                          .y = top - around,
                          .width = right - left + 2 * around + 1,
                          .height = bottom - top + 2 * around + 1});
}

static void tell_line(struct mark_point a, struct mark_point b, int32_t around,
                      marks_changed_fn tell, void *user)
{
    int32_t across = abs(b.x - a.x), down = abs(b.y - a.y);
    int32_t pieces = (across > down ? across : down) / PIECE + 1;
    struct mark_point from = a;
    for (int32_t i = 1; i <= pieces; i++) {
        struct mark_point to = {a.x + (b.x - a.x) * i / pieces, a.y + (b.y - a.y) * i / pieces};
        tell_box(from, to, around, tell, user);
        from = to;
    }
}

void mark_cover(const struct mark *mark, size_t first, marks_changed_fn tell, void *user)
{
    /* One pixel for what anti-aliasing touches, one for halves of odd widths. */
    const int32_t around = mark->width / 2 + MARK_HALO + 2;
    const struct mark_point a = mark->points[0], b = mark->points[mark->count - 1];
    switch (mark->kind) {
    case QA_MARK_STROKE:
        first = first ? first - 1 : 0;
        if (mark->count == 1)
            tell_box(a, a, around, tell, user);
        for (size_t i = first; i + 1 < mark->count; i++)
            tell_line(mark->points[i], mark->points[i + 1], around, tell, user);
        break;
    case QA_MARK_ARROW:
        tell_line(a, b, around, tell, user);
        /* The head is half as broad as it is long, to either side. */
        tell_box(b, b, around + (int32_t)ceil(1.12 * mark_head_length(mark)), tell, user);
        break;
    case QA_MARK_RECTANGLE:
        tell_line(a, (struct mark_point){b.x, a.y}, around, tell, user);
        tell_line((struct mark_point){b.x, a.y}, b, around, tell, user);
        tell_line(b, (struct mark_point){a.x, b.y}, around, tell, user);
        tell_line((struct mark_point){a.x, b.y}, a, around, tell, user);
        break;
    }
}

static int add_point(struct mark *mark, int32_t x, int32_t y)
{
    if (mark->count == mark->capacity) {
        size_t capacity = mark->capacity ? mark->capacity * 2 : 2;
        struct mark_point *points = realloc(mark->points, capacity * sizeof *points);
        if (!points)
            return QA_ENOMEM;
        mark->points = points;
        mark->capacity = capacity;
    }
    mark->points[mark->count++] = (struct mark_point){x, y};
    return 0;
}

static void remove_at(struct marks *marks, size_t index, marks_changed_fn changed, void *user)
{
    mark_cover(&marks->list[index], 0, changed, user);
    marks->points -= marks->list[index].count;
    marks->length -= marks->list[index].length;
    free(marks->list[index].points);
    marks->count--;
    memmove(&marks->list[index], &marks->list[index + 1],
            (marks->count - index) * sizeof *marks->list);
}

/* The oldest give way, the newest never does. */
static void make_room(struct marks *marks, marks_changed_fn changed, void *user)
{
    while (marks->count > 1 &&
           (marks->points > MARKS_POINTS_MAX || marks->length > MARKS_LENGTH_MAX))
        remove_at(marks, 0, changed, user);
}

static int begin(struct marks *marks, const qa_mark_event *event, marks_changed_fn changed,
                 void *user)
{
    if (!marks->list && !(marks->list = calloc(QA_MARKS_MAX, sizeof *marks->list)))
        return QA_ENOMEM;
    struct mark mark = {
        .kind = event->kind, .colour = event->colour, .width = (int32_t)event->width};
    int error = add_point(&mark, event->x, event->y);
    if (error)
        return error;
    if (marks->count == QA_MARKS_MAX)
        remove_at(marks, 0, changed, user);
    marks->list[marks->count++] = mark;
    marks->points++;
    marks->open = true;
    make_room(marks, changed, user);
    mark_cover(&mark, 0, changed, user);
    return 0;
}

static int lengthen(struct marks *marks, struct mark *stroke, const qa_mark_event *event,
                    marks_changed_fn changed, void *user)
{
    if (stroke->count == QA_MARK_POINTS_MAX || stroke->length > MARKS_LENGTH_MAX)
        return 0;
    const struct mark_point from = stroke->points[stroke->count - 1];
    int error = add_point(stroke, event->x, event->y);
    if (error)
        return error;
    int32_t across = abs(event->x - from.x), down = abs(event->y - from.y);
    size_t length = (size_t)(across > down ? across : down);
    stroke->length += length;
    marks->length += length;
    marks->points++;
    mark_cover(stroke, stroke->count - 1, changed, user);
    make_room(marks, changed, user);
    return 0;
}

static int go_on(struct marks *marks, const qa_mark_event *event, marks_changed_fn changed,
                 void *user)
{
    if (!marks->open)
        return 0;
    struct mark *mark = &marks->list[marks->count - 1];
    if (mark->kind == QA_MARK_STROKE)
        return lengthen(marks, mark, event, changed, user);
    mark_cover(mark, 0, changed, user);
    if (mark->count == 2) {
        mark->points[1] = (struct mark_point){event->x, event->y};
    } else {
        int error = add_point(mark, event->x, event->y);
        if (error)
            return error;
        marks->points++;
    }
    mark_cover(mark, 0, changed, user);
    return 0;
}

static bool is_sane(const qa_mark_event *event)
{
    bool placed = event->x >= 0 && event->x <= QA_MARK_PLACE_MAX && event->y >= 0 &&
                  event->y <= QA_MARK_PLACE_MAX;
    if (event->step == QA_MARK_TO)
        return placed;
    return placed && event->kind >= QA_MARK_STROKE && event->kind <= QA_MARK_RECTANGLE &&
           event->width >= 1 && event->width <= QA_MARK_WIDTH_MAX;
}

int marks_apply(struct marks *marks, const qa_mark_event *event, marks_changed_fn changed,
                void *user)
{
    switch (event->step) {
    case QA_MARK_BEGIN:
        return is_sane(event) ? begin(marks, event, changed, user) : 0;
    case QA_MARK_TO:
        return is_sane(event) ? go_on(marks, event, changed, user) : 0;
    case QA_MARK_END:
        marks->open = false;
        return 0;
    case QA_MARK_UNDO:
        marks->open = false;
        if (marks->count)
            remove_at(marks, marks->count - 1, changed, user);
        return 0;
    case QA_MARK_CLEAR:
        marks->open = false;
        while (marks->count)
            remove_at(marks, marks->count - 1, changed, user);
        return 0;
    }
    return 0;
}

void marks_free(struct marks *marks)
{
    for (size_t i = 0; i < marks->count; i++)
        free(marks->list[i].points);
    free(marks->list);
    *marks = (struct marks){0};
}
