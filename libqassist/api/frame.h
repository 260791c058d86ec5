/* Frames: what on_frame lends, a view of the shared picture. */
#ifndef API_FRAME_H
#define API_FRAME_H

#include <stdbool.h>

#include <qassist/picture.h>

#include "rdp/picture.h"
#include "rdp/rdp.h"

/* Copies what changed; NULL when memory is out. */
qa_frame *frame_new(const struct picture *picture, const struct rdp_frame *changes);

/* The lending is over: unless the frame is held its memory takes the next picture now. Gives the
 * reference of frame_new back. */
void frame_finish(qa_frame *frame);

/* Whether the user keeps the pixels (qa_frame_hold). */
bool frame_is_held(const qa_frame *frame);

/* A held frame: `released` runs with its last reference, unless it adopted the picture before. */
void frame_set_released(qa_frame *frame, void (*released)(void *user), void *user);

/* A held frame whose session lets its picture go: the memory is the frame's from now on. */
void frame_adopt(qa_frame *frame, struct picture *picture);

#endif
