/*
 * The marks on the screen as a list, and where each can be seen. No drawing here, no display;
 * bounded whatever is asked for.
 */
#ifndef OVERLAY_MARKS_H
#define OVERLAY_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qassist/annotate.h>
#include <qassist/picture.h>

#define MARK_HALO 2 /* pixels of contrast around the colour */

/* Of all strokes together, so that drawing everything anew takes no long while. */
#define MARKS_POINTS_MAX 16384
#define MARKS_LENGTH_MAX 1000000 /* pixels */

struct mark_point {
    int32_t x;
    int32_t y;
};

struct mark {
    qa_mark_kind kind;
    uint32_t colour;
    int32_t width;
    struct mark_point *points; /* at least one; two at most unless it is a stroke */
    size_t count;
    size_t capacity;
    size_t length; /* of a stroke, in pixels */
};

struct marks {
    struct mark *list; /* QA_MARKS_MAX, the oldest first; NULL: none ever */
    size_t count;
    size_t points; /* of all */
    size_t length; /* of all strokes */
    bool open;     /* the newest one goes on */
};

/* Told of each rectangle in which something changed; they may overlap. */
typedef void (*marks_changed_fn)(void *user, const qa_rect *rect);

/* Does a step; one that makes no sense (going on with nothing, say) does nothing. 0, QA_ENOMEM. */
int marks_apply(struct marks *marks, const qa_mark_event *event, marks_changed_fn changed,
                void *user);

/* The rectangles in which a mark can be seen, from this point of a stroke on. */
void mark_cover(const struct mark *mark, size_t first, marks_changed_fn tell, void *user);

/* The length of an arrow's head along its shaft. */
double mark_head_length(const struct mark *mark);

void marks_free(struct marks *marks);

#endif
