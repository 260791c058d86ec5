/* Frames: what on_frame lends, a view of the shared picture. */
#ifndef API_FRAME_H
#define API_FRAME_H

#include <qassist/picture.h>

#include "rdp/picture.h"

/* NULL when memory is out. */
qa_frame *frame_new(const struct picture *picture, const qa_rect *damage, size_t count);

/* The lending is over: the memory takes the next picture now. Gives the reference of frame_new
 * back. */
void frame_finish(qa_frame *frame);

#endif
