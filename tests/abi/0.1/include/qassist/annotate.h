/*
 * Annotation: the laser pointer and the marks that a helper puts on the sharer's screen.
 *
 * Both are drawn by the sharer's side, so sharer and helper see the same. They need no control:
 * the pointer needs QA_PERMISSION_POINT, marks need QA_PERMISSION_ANNOTATE. All of it vanishes when
 * it is cleared, when the permission goes, when the session is paused and at the end, and when the
 * shared picture gets another size or shows another screen.
 */
#ifndef QASSIST_ANNOTATE_H
#define QASSIST_ANNOTATE_H

#include <stddef.h>
#include <stdint.h>

#include <qassist/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks on the screen at once; a further one takes the place of the oldest. */
#define QA_MARKS_MAX 256

/* Points of one stroke. */
#define QA_MARK_POINTS_MAX 2048

/* The widest line, in pixels of the picture. */
#define QA_MARK_WIDTH_MAX 64

/* Places go from 0 to this, as far as any picture does. */
#define QA_MARK_PLACE_MAX 8191

typedef enum qa_mark_kind {
    QA_MARK_STROKE = 1,   /* a line along all its points */
    QA_MARK_ARROW = 2,    /* from the first point to the last one, with the head there */
    QA_MARK_RECTANGLE = 3 /* an outline; first and last point are opposite corners */
} qa_mark_kind;

typedef enum qa_mark_step {
    QA_MARK_BEGIN = 1, /* a new mark: kind, colour, width, x, y */
    QA_MARK_TO = 2,    /* the newest mark goes on to x, y */
    QA_MARK_END = 3,   /* the newest mark is complete */
    QA_MARK_UNDO = 4,  /* the newest mark is gone */
    QA_MARK_CLEAR = 5  /* all marks are gone */
} qa_mark_step;

/* One step of drawing, for programs that draw it themselves (QA_SCREEN_APP). */
typedef struct qa_mark_event {
    size_t size;
    qa_mark_step step;
    qa_mark_kind kind;
    uint32_t colour; /* 0xRRGGBB */
    uint32_t width;  /* pixels, 1 to QA_MARK_WIDTH_MAX */
    int32_t x;       /* pixels of the shared picture */
    int32_t y;
} qa_mark_event;

#ifdef __cplusplus
}
#endif

#endif
