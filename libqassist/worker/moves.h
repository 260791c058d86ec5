/*
 * Moves: what of a new picture is an old part at another place, as after scrolling or dragging a
 * window. Looked for among the damaged tiles: pieces of rows of the new picture are searched in the
 * old one, the shift that most of them agree on is checked tile by tile and its rectangles grown to
 * the pixel. A move is a saving and no promise: whoever applies it compares afterwards.
 */
#ifndef WORKER_MOVES_H
#define WORKER_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOVES_MAX       16
#define MOVES_TILES_MAX 16384 /* in a picture; a larger one is not searched */

/* The rectangle at x, y looks as the one at source_x, source_y did before; they may overlap. */
struct move {
    int32_t source_x;
    int32_t source_y;
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
};

/* Pictures of the same size, BGRX, stride = width * 4; the fourth byte does not count. */
struct moves_view {
    const uint8_t *old;
    const uint8_t *now; /* may change meanwhile */
    int32_t width;
    int32_t height;
    const uint8_t *damaged; /* one byte a tile of TILE_SIDE, row by row */
    uint8_t *came;          /* likewise, zeros; made 1 where every pixel is as the shift says */
    void (*between)(void *user); /* called between pieces of the work; NULL: nobody waits */
    void *user;
};

struct moves {
    struct move list[MOVES_MAX]; /* to be applied in this order, one after the other */
    size_t count;
    /* What the next search begins with. */
    int32_t last_x;
    int32_t last_y;
    unsigned failures; /* searches in vain in a row */
    unsigned skipped;
};

/* Leaves in moves->list what was found, nothing when it would not pay. */
void moves_find(struct moves *moves, const struct moves_view *view);

#endif
