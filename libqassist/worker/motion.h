/*
 * What moves in the picture and what of it the peer has inexactly, tile by tile. Tells the encoder
 * which tiles are worth video, which part of the picture they lie in, and what is to be sharpened.
 * Only counts and remembers: no clock, no codec.
 */
#ifndef WORKER_MOTION_H
#define WORKER_MOTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/moves.h"
#include "worker/tiles.h"

/* A tile that changes again within this time goes on moving. */
#define MOTION_GAP_MS 250
/* From this many changes in a row on a tile counts as moving. */
#define MOTION_CHANGES 3
/* What is inexact is sharpened when it stood still for so long, what changed just once sooner. */
#define MOTION_STILL_MS       180
#define MOTION_ONCE_MS        50
#define MOTION_DENSITY_PIXELS 64
/* Frames further apart say nothing about their pace: a blinking caret makes no slow link. */
#define MOTION_PACE_MAX_MS 400

/* A part of a tile, the right and lower ends exclusive; right 0: nothing. */
struct motion_box {
    uint8_t left;
    uint8_t top;
    uint8_t right;
    uint8_t bottom;
};

struct motion_tile {
    uint64_t changed_ms;
    uint8_t changes; /* in a row, each within MOTION_GAP_MS of the one before */
    uint8_t density; /* bytes that MOTION_DENSITY_PIXELS of it take exactly; 0: to be measured */
    struct motion_box inexact; /* all that the peer has inexactly is in it */
};

struct motion {
    int32_t width;
    int32_t height;
    size_t columns;
    size_t rows;
    struct motion_tile *tiles;
    struct motion_tile *before; /* while a move is made */
    size_t inexact;             /* how many tiles are */
    uint64_t frame_ms;
    uint64_t pace_ms; /* from frame to frame, about */
};

/* Forgets all. False: out of memory. */
bool motion_resize(struct motion *motion, int32_t width, int32_t height);
void motion_free(struct motion *motion);

/* A frame begins: their pace tells what counts as moving and as still. */
void motion_frame(struct motion *motion, uint64_t now_ms);

/* Rectangles lie on the grid of tiles. */
void motion_changed(struct motion *motion, const struct tiles_rect *rect, uint64_t now_ms);
/* Whether half of the rectangle's tiles or more are moving. */
bool motion_is_moving(const struct motion *motion, const struct tiles_rect *rect);
/* The peer got the rectangle's tiles inexactly, or this part of the picture exactly. */
void motion_blurred(struct motion *motion, const struct tiles_rect *rect);
void motion_sharpened(struct motion *motion, const struct tiles_area *area);
/* The bounds of what is inexact in the rectangle's tiles; width 0: nothing. */
struct tiles_area motion_inexact_in(const struct motion *motion, const struct tiles_rect *rect);
/* What is copied is as exact at its new place as it was, but still only from now on. */
void motion_moved(struct motion *motion, const struct move *move, uint64_t now_ms);

/*
 * Bytes that the changed part of it takes exactly, by what was measured; 0: to be measured, because
 * it never was or long ago.
 */
size_t motion_exact_bytes(const struct motion *motion, const struct tiles_rect *rect);
/* So many pixels of the rectangle took so many bytes. */
void motion_measured(struct motion *motion, const struct tiles_rect *rect, size_t bytes,
                     int64_t pixels);

/* The bounds of all inexact tiles that moved of late; width 0: nothing. */
struct tiles_rect motion_bounds(const struct motion *motion, uint64_t now_ms);

/* In how many milliseconds there is something to sharpen, 0: now, -1: never. */
int motion_sharpen_in(const struct motion *motion, uint64_t now_ms);
/*
 * The next part to be sharpened at or behind tile `*from`, or whatever is inexact there, still or
 * not; moves `*from` on. False: no more.
 */
bool motion_next_still(const struct motion *motion, uint64_t now_ms, size_t *from,
                       struct tiles_area *area);
bool motion_next_inexact(const struct motion *motion, size_t *from, struct tiles_area *area);

#endif
