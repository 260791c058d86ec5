/*
 * Pictures: rectangles, frames and cursors as they reach the helper.
 *
 * Pixels are BGRX8888: four bytes, blue first, the fourth without meaning; the top row first;
 * `stride` bytes from one row to the next.
 */
#ifndef QASSIST_PICTURE_H
#define QASSIST_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include <qassist/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A rectangle in pixels; x and y from the top left corner of the picture. */
typedef struct qa_rect {
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
} qa_rect;

/* What of the picture before is somewhere else now: a rectangle and where it was; it may overlap
 * itself. */
typedef struct qa_move {
    qa_rect to;
    int32_t from_x;
    int32_t from_y;
} qa_move;

/* The sharer's screen at one moment. Reference counted; see qa_frame_ref. */
typedef struct qa_frame qa_frame;

/* Width and height of the picture in pixels. Any thread. */
QA_API int32_t qa_frame_width(const qa_frame *frame);
QA_API int32_t qa_frame_height(const qa_frame *frame);

/* Bytes from one row to the next. Any thread. */
QA_API size_t qa_frame_stride(const qa_frame *frame);

/*
 * The pixels: qa_frame_height() rows of qa_frame_stride() bytes. They stay as they are until
 * on_frame returns; a frame kept longer (qa_frame_ref) gives NULL afterwards, for its memory then
 * takes the next picture. Copy what must last, or see qa_frame_hold. Dispatch thread.
 */
QA_API const uint8_t *qa_frame_pixels(const qa_frame *frame);

/*
 * What changed since the frame before: the rectangles and, in *count, their number (at least one).
 * Owned by the frame. Any thread.
 */
QA_API const qa_rect *qa_frame_damage(const qa_frame *frame, size_t *count);

/*
 * The same more closely, for programs that keep the picture where copying it once more costs: a
 * texture, a pixmap of the X server. The moves, made one after the other on the frame before, and
 * what was painted after them together are the damage. *count may be 0 in either: a screen that is
 * scrolled moves for the most part, a film is painted. Whoever has not got the frame before, or
 * does not care, goes by qa_frame_damage. Owned by the frame. Any thread.
 * Source: MS-RDPEGFX 2.2.2.5 (surface to surface).
 */
QA_API const qa_move *qa_frame_moves(const qa_frame *frame, size_t *count);
QA_API const qa_rect *qa_frame_painted(const qa_frame *frame, size_t *count);

/*
 * Takes another reference, one that keeps the pixels as they are beyond on_frame, until the last
 * reference is given back: for programs that look at them later, without a copy. Meanwhile no
 * further picture is decoded, so be quick; all else goes on. They stay valid even when the session
 * ends first. Errors: QA_ESTATE (on_frame has returned). Dispatch thread, and so is the
 * qa_frame_unref that gives the last reference back.
 */
QA_API int qa_frame_hold(qa_frame *frame);

/* Takes another reference; returns frame. Any thread. */
QA_API qa_frame *qa_frame_ref(qa_frame *frame);

/* Gives one reference back; NULL is allowed. Any thread; see qa_frame_hold. */
QA_API void qa_frame_unref(qa_frame *frame);

/*
 * The sharer's pointer. `pixels` is width x height BGRA8888 with straight alpha, rows packed; NULL
 * with width 0 where the pointer is hidden.
 */
typedef struct qa_cursor {
    size_t size;
    int32_t width;
    int32_t height;
    int32_t hot_x;
    int32_t hot_y;
    const uint8_t *pixels;
} qa_cursor;

#ifdef __cplusplus
}
#endif

#endif
