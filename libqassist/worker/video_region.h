/*
 * The part of the picture that is sent as video: an encoder of just its size, whose frames go onto
 * a surface of their own that nobody sees; what changed is then copied from there to its place, so
 * that any client of the graphics pipeline follows. A region that is most of the picture is the
 * whole picture, without that detour.
 */
#ifndef WORKER_VIDEO_REGION_H
#define WORKER_VIDEO_REGION_H

#include "worker/gfx_paint.h"
#include "worker/video_encoder.h"

struct video_region {
    struct gfx_paint *paint; /* of the surface that is seen */
    int32_t width;           /* of the picture */
    int32_t height;
    struct video_encoder *encoder; /* NULL: there is no region */
    struct tiles_rect area;
    bool direct;
    bool fresh;         /* no frame was sent yet */
    uint64_t made_ms;   /* when it was made */
    uint64_t used_ms;   /* when a frame was sent last */
    uint64_t needed_ms; /* when a good part of it was needed last */
    int32_t margin;     /* tiles added around what is needed, because it keeps growing */
};

/*
 * Makes the region cover `needed`, for frames of about `ceiling` bytes at most: keeps it while it
 * fits, makes another one when it is too small or has long been far too large. False: no encoder or
 * no memory.
 */
bool video_region_place(struct video_region *region, const struct tiles_rect *needed,
                        size_t ceiling, uint64_t now_ms);

/* Whether there is a region that has something of the rectangle. */
bool video_region_touches(const struct video_region *region, const struct tiles_rect *rect);

/* Sends rectangles of the picture that lie in the region; about `ceiling` bytes at most. */
bool video_region_send(struct video_region *region, const struct encoder_frame *frame,
                       const struct tiles_rect *const *rects, size_t count, size_t ceiling,
                       uint64_t now_ms);

/* In how many milliseconds to drop it for want of use; -1: there is none. */
int video_region_expires_in(const struct video_region *region, uint64_t now_ms);
/* The peer is told. */
bool video_region_drop(struct video_region *region);
/* The peer is not told. */
void video_region_forget(struct video_region *region);

#endif
