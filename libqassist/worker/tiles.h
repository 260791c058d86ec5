/*
 * The server's private copy of what the peer was sent, in tiles of 64 x 64. Encoding reads this
 * copy only, never the shared picture, which may change at any time; a tile is copied and compared
 * in one go, and counts as changed when the copy differs.
 */
#ifndef WORKER_TILES_H
#define WORKER_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rdp/picture.h"
#include "rdp/worker_protocol.h"
#include "worker/moves.h"
#include "worker/pixel_hash.h"

#define TILE_SIDE PICTURE_TILE
/* What changed again so soon, or in fewer pixels of a tile, is not known again when it comes back.
 */
#define TILES_REST_MS     100
#define TILES_SWAP_PIXELS 512
/* The largest rectangle that tiles_gather makes of neighbours. */
#define TILES_RECT_WIDTH_MAX  2048
#define TILES_RECT_HEIGHT_MAX 256

#define TILES_ASIDE_MAX 64

/* What goes first when not everything can go at once. */
enum tiles_rank {
    TILES_SELDOM,      /* changes seldom: an answer to what somebody did */
    TILES_MOVING_LATE, /* changes all the time, and had to wait before */
    TILES_MOVING
};

struct tiles_area {
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
};

/* Makes `area` the bounds of both; one without width counts as none. */
static inline void tiles_join_areas(struct tiles_area *area, const struct tiles_area *other)
{
    if (!area->width || !other->width) {
        *area = area->width ? *area : *other;
        return;
    }
    int32_t right = area->x + area->width, bottom = area->y + area->height;
    if (other->x + other->width > right)
        right = other->x + other->width;
    if (other->y + other->height > bottom)
        bottom = other->y + other->height;
    area->x = other->x < area->x ? other->x : area->x;
    area->y = other->y < area->y ? other->y : area->y;
    area->width = right - area->x;
    area->height = bottom - area->y;
}

struct tiles_rect {
    int32_t x; /* on the grid of tiles */
    int32_t y;
    int32_t width;
    int32_t height;
    struct tiles_area changed; /* the part of it beyond which the peer has these pixels already */
    bool solid;                /* all of one colour */
    uint32_t colour;
    enum tiles_rank rank;
};

/* A tile, most of which is another one now. */
struct tiles_swap {
    struct tiles_area area;
    struct pixel_hash before; /* what the peer was sent so far; may be unknown, like `after` */
    struct pixel_hash after;
    bool recalled; /* the caller's: the peer has it already, it is not to be sent */
};

struct tiles {
    int32_t width;
    int32_t height;
    size_t columns;
    size_t rows;
    uint8_t *copy; /* BGRX; stride = width * 4 */
    struct tile *tile;
    uint8_t *damaged; /* for the search of moves; */
    uint8_t *came;    /* what it says */
    size_t waiting;   /* tiles to be looked at or sent */
    /* How the two functions below go about it: the caller's. */
    bool find_moves;
    const struct pixel_hash_keys *hash_keys; /* NULL: no swaps are wanted */
    uint64_t now_ms;
    size_t rect_pixels_max; /* no rectangle is larger, but a tile at least; 0: as large as can be */
    void (*between)(void *user); /* called between pieces of the work; NULL: nobody waits */
    void *user;
    /* While they look: */
    const uint8_t *picture; /* else NULL */
    bool moves_made;        /* in the copy */
    size_t rows_done;       /* rows of tiles */
    bool disturbed; /* there was new damage: what was seen to have come may be another by now */
    /* What they found: moves first, then rectangles by rank. */
    struct moves moves;
    struct tiles_rect *rects;
    size_t rect_count;
    struct tiles_swap *swaps;
    size_t swap_count;
};

/* Everything is to be sent then. False: out of memory. */
bool tiles_resize(struct tiles *tiles, int32_t width, int32_t height);
void tiles_free(struct tiles *tiles);

/* This may differ from the picture: compare. */
void tiles_mark_damage(struct tiles *tiles, const struct worker_rect *rect);
/* The peer has not got this: send, changed or not. The rectangle may lie outside. */
void tiles_mark_unsent(struct tiles *tiles, int32_t x, int32_t y, int32_t width, int32_t height);
void tiles_mark_all_unsent(struct tiles *tiles);

/*
 * Looks at all waiting tiles of `picture`, takes what changed into the copy and leaves in
 * tiles->moves what moved, in tiles->swaps what was replaced; the caller may mark it as recalled.
 */
void tiles_look(struct tiles *tiles, const uint8_t *picture);

static inline bool tiles_are_looked_at(const struct tiles *tiles)
{
    return tiles->picture;
}

/*
 * Within `between` of tiles_look: looks at new damage by itself, to be sent before all that is
 * being looked at; leaves in `rects`, room for TILES_ASIDE_MAX, what is to be sent. Returns how
 * many, -1 when it is too much or has to do with what is being looked at: then it is to be marked
 * as ever.
 */
ptrdiff_t tiles_look_aside(struct tiles *tiles, const struct worker_damage *damage,
                           struct tiles_rect *rects);

/*
 * After tiles_look: leaves in tiles->rects what else is to be sent. All moves have to be;
 * rectangles that are not sent go back by tiles_mark_unsent.
 */
void tiles_gather(struct tiles *tiles);

#endif
