#include "worker/moves.h"

#include <string.h>

#include "worker/tiles.h"

#define COLOUR       0x00ffffffu
#define PIECE        TILE_SIDE /* pixels of a row that are searched as one */
#define CHANGES_MIN  6         /* neighbours that differ in a piece; plain ones are everywhere */
#define LOOK_STEP    4         /* of a tile only each such row is looked at for them */
#define STEP         8         /* of the old picture only each such row is searched */
#define PER_TILE     2         /* spots, */
#define CANDIDATES   4         /* in an election, */
#define VOTES_MIN    3         /* each of at least so many; fewer may be chance */
#define NEAR         3         /* pixels that a drag's shift changes by, mostly */
#define SAMPLES      32u       /* anchors that a first look at a shift goes by, about */
#define SPOTS_MAX    64        /* each of STEP rows one below the other: one of them is found */
#define ANCHORS_MAX  (SPOTS_MAX * STEP)
#define SLOTS        2048u /* of the table of anchors; a power of two, as is the next */
#define SHIFTS       4096u
#define FILTER_BITS  65536u
#define VOTES_MAX    16384
#define MATCHES_MAX  16u /* a piece that is found more often says nothing */
#define DAMAGED_MIN  4   /* tiles; less is sent as it is */
#define PATIENCE     3u  /* searches in vain before they get rare, */
#define RARELY_SHIFT 3u  /* at the rarest each eighth */
#define AREA_MIN     (TILE_SIDE * TILE_SIDE / 2)
#define GROW_MAX     (TILE_SIDE - 1)
#define BASE         0x9e3779b97f4a7c15ull

struct anchor {
    uint64_t hash;
    int32_t x;
    int32_t y;
    unsigned matches;
    bool twice; /* the new picture has it at several places */
};

struct shift {
    int32_t x;
    int32_t y;
    unsigned votes;
};

struct search {
    const struct moves_view *view;
    size_t columns;
    size_t rows;
    struct anchor anchors[ANCHORS_MAX];
    size_t count;
    size_t spots;
    uint16_t slots[SLOTS]; /* index of the anchor + 1 */
    uint64_t filter[FILTER_BITS / 64];
    struct shift shifts[SHIFTS];
    size_t votes;
};

/* ---- pixels ---- */

static uint32_t pixel(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return value & COLOUR;
}

static size_t offset_of(const struct moves_view *view, int32_t x, int32_t y)
{
    return ((size_t)y * (size_t)view->width + (size_t)x) * 4;
}

static bool same_pixels(const uint8_t *a, const uint8_t *b, int32_t count)
{
    if (!memcmp(a, b, (size_t)count * 4))
        return true;
    uint32_t difference = 0;
    for (int32_t i = 0; i < count; i++) {
        uint32_t left, right;
        memcpy(&left, a + (size_t)i * 4, 4);
        memcpy(&right, b + (size_t)i * 4, 4);
        difference |= left ^ right;
    }
    return !(difference & COLOUR);
}

/* Whether `count` new pixels at x, y are the old ones at x - shift.x, y - shift.y. */
static bool came(const struct moves_view *view, const struct shift *shift, int32_t x, int32_t y,
                 int32_t count)
{
    int32_t from_x = x - shift->x;
    int32_t from_y = y - shift->y;
    if (x < 0 || y < 0 || x + count > view->width || y >= view->height || from_x < 0 ||
        from_y < 0 || from_x + count > view->width || from_y >= view->height)
        return false;
    return same_pixels(view->now + offset_of(view, x, y),
                       view->old + offset_of(view, from_x, from_y), count);
}

static uint64_t hash_piece(const uint8_t *pixels)
{
    uint64_t hash = 0;
    for (int32_t i = 0; i < PIECE; i++)
        hash = hash * BASE + pixel(pixels + (size_t)i * 4);
    return hash;
}

static bool is_plain(const uint8_t *pixels)
{
    int changes = 0;
    for (int32_t i = 1; i < PIECE; i++)
        changes += pixel(pixels + (size_t)i * 4) != pixel(pixels + (size_t)(i - 1) * 4);
    return changes < CHANGES_MIN;
}

/* ---- anchors: pieces of the new picture ---- */

static uint32_t filter_bit(uint64_t hash)
{
    return (uint32_t)(hash * BASE >> 48);
}

static uint32_t slot_of(uint64_t hash)
{
    return (uint32_t)(hash * BASE >> 32) & (SLOTS - 1);
}

static struct anchor *anchor_of(struct search *search, uint64_t hash)
{
    for (uint32_t slot = slot_of(hash); search->slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
        struct anchor *anchor = &search->anchors[search->slots[slot] - 1];
        if (anchor->hash == hash)
            return anchor;
    }
    return NULL;
}

static void add_anchor(struct search *search, uint64_t hash, int32_t x, int32_t y)
{
    struct anchor *known = anchor_of(search, hash);
    if (known) {
        /* Rows like the one above them, as in large letters, are told apart by the election. */
        known->twice = known->twice || known->x != x || y - known->y >= STEP;
        return;
    }
    uint32_t slot = slot_of(hash);
    while (search->slots[slot])
        slot = (slot + 1) & (SLOTS - 1);
    search->anchors[search->count++] = (struct anchor){.hash = hash, .x = x, .y = y};
    search->slots[slot] = (uint16_t)search->count;
    search->filter[filter_bit(hash) / 64] |= 1ull << (filter_bit(hash) % 64);
}

/* Whether the piece changed and has something to be known by. */
static bool is_anchor(const struct moves_view *view, int32_t x, int32_t y)
{
    const uint8_t *now = view->now + offset_of(view, x, y);
    return !same_pixels(now, view->old + offset_of(view, x, y), PIECE) && !is_plain(now);
}

/* Of the tile's rows, PER_TILE that can be anchors and those below each. */
static void look_for_anchors(struct search *search, size_t tile)
{
    const struct moves_view *view = search->view;
    int32_t x = (int32_t)(tile % search->columns) * TILE_SIDE;
    int32_t y = (int32_t)(tile / search->columns) * TILE_SIDE;
    int32_t bottom = y + TILE_SIDE < view->height ? y + TILE_SIDE : view->height;
    size_t most = search->spots + PER_TILE;
    if (x + PIECE > view->width)
        return;
    for (y += LOOK_STEP / 2; y < bottom && search->spots < most && search->spots < SPOTS_MAX;
         y += LOOK_STEP) {
        if (!is_anchor(view, x, y))
            continue;
        search->spots++;
        for (int32_t end = y + STEP; y < end && y < view->height; y++)
            if (is_anchor(view, x, y))
                add_anchor(search, hash_piece(view->now + offset_of(view, x, y)), x, y);
    }
}

/* Spread over all that is damaged, which need not have changed. False: too little to go on. */
static bool find_anchors(struct search *search)
{
    const struct moves_view *view = search->view;
    uint16_t damaged[MOVES_TILES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < search->columns * search->rows; i++)
        if (view->damaged[i])
            damaged[count++] = (uint16_t)i;
    if (count < DAMAGED_MIN)
        return false;
    size_t each = 1 + count * PER_TILE / SPOTS_MAX;
    for (size_t first = 0; first < each && search->spots < SPOTS_MAX; first++)
        for (size_t i = first; i < count; i += each)
            look_for_anchors(search, damaged[i]);
    return search->spots >= DAMAGED_MIN;
}

/* ---- votes: where the anchors are in the old picture ---- */

static void vote(struct search *search, int32_t x, int32_t y)
{
    if ((!x && !y) || search->votes == VOTES_MAX)
        return;
    uint32_t slot = ((uint32_t)x * 2654435761u ^ (uint32_t)y * 40503u) & (SHIFTS - 1);
    for (int tries = 0; tries < 16; tries++, slot = (slot + 1) & (SHIFTS - 1)) {
        struct shift *shift = &search->shifts[slot];
        if (shift->votes && (shift->x != x || shift->y != y))
            continue;
        *shift = (struct shift){x, y, shift->votes + 1};
        search->votes++;
        return;
    }
}

static void look_up(struct search *search, uint64_t hash, int32_t x, int32_t y)
{
    if (!(search->filter[filter_bit(hash) / 64] >> (filter_bit(hash) % 64) & 1))
        return;
    struct anchor *anchor = anchor_of(search, hash);
    if (anchor && !anchor->twice && anchor->matches++ < MATCHES_MAX)
        vote(search, anchor->x - x, anchor->y - y);
}

static void forget_votes(struct search *search)
{
    memset(search->shifts, 0, sizeof search->shifts);
    search->votes = 0;
    for (size_t i = 0; i < search->count; i++)
        search->anchors[i].matches = 0;
}

/* How many anchors the shift is right for. */
static size_t hits_of(const struct search *search, const struct shift *shift)
{
    size_t hits = 0;
    for (size_t i = 0; i < search->count; i++)
        hits += came(search->view, shift, search->anchors[i].x, search->anchors[i].y, PIECE);
    return hits;
}

/* Right for most of what is moved, if all of it moved. */
static bool is_right(const struct search *search, size_t hits)
{
    return hits * 2 >= search->count;
}

/*
 * Of those with the most votes the one that is right most often: votes may be a row off. With few
 * votes, as where each row that is searched lies between two lines of text, it has to be right for
 * most.
 */
static bool elect(struct search *search, struct shift *winner)
{
    unsigned many = VOTES_MIN + (unsigned)search->spots / 8;
    size_t most = 0;
    for (int round = 0; round < CANDIDATES; round++) {
        struct shift *best = &search->shifts[0];
        for (size_t i = 1; i < SHIFTS; i++)
            if (search->shifts[i].votes > best->votes)
                best = &search->shifts[i];
        size_t hits = best->votes >= VOTES_MIN ? hits_of(search, best) : 0;
        if (hits > most && (best->votes >= many || is_right(search, hits))) {
            most = hits;
            *winner = *best;
        }
        best->votes = 0;
    }
    return most;
}

static size_t sampled_hits(const struct search *search, const struct shift *shift)
{
    size_t hits = 0;
    for (size_t i = 0; i < search->count; i += 1 + search->count / SAMPLES)
        hits += came(search->view, shift, search->anchors[i].x, search->anchors[i].y, PIECE);
    return hits;
}

/* As it went the last time, for scrolling goes on, or about so, for what is dragged does, too. */
static bool search_near(const struct search *search, struct shift *winner)
{
    const struct shift last = *winner;
    if (!last.x && !last.y)
        return false;
    if (is_right(search, hits_of(search, &last)))
        return true;
    size_t most = 0;
    for (int32_t y = last.y - NEAR; y <= last.y + NEAR; y++)
        for (int32_t x = last.x - NEAR; x <= last.x + NEAR; x++) {
            struct shift shift = {.x = x, .y = y};
            size_t hits = x || y ? sampled_hits(search, &shift) : 0;
            if (hits > most) {
                most = hits;
                *winner = shift;
            }
        }
    return most && is_right(search, hits_of(search, winner));
}

static bool search_upright(struct search *search, struct shift *winner)
{
    const struct moves_view *view = search->view;
    for (size_t column = 0; column < (size_t)view->width / TILE_SIDE; column++) {
        int32_t x = (int32_t)column * TILE_SIDE;
        for (int32_t y = 0; y < view->height; y += STEP)
            if (view->damaged[(size_t)y / TILE_SIDE * search->columns + column])
                look_up(search, hash_piece(view->old + offset_of(view, x, y)), x, y);
    }
    return elect(search, winner);
}

/* Every piece of the old row between two places, by a rolling hash. */
static void search_row(struct search *search, int32_t y, int32_t left, int32_t right,
                       uint64_t leaving)
{
    const uint8_t *row = search->view->old + offset_of(search->view, 0, y);
    uint64_t hash = hash_piece(row + (size_t)left * 4);
    for (int32_t x = left;; x++) {
        look_up(search, hash, x, y);
        if (x + PIECE >= right)
            return;
        hash = (hash - pixel(row + (size_t)x * 4) * leaving) * BASE +
               pixel(row + (size_t)(x + PIECE) * 4);
    }
}

static bool search_all(struct search *search, struct shift *winner)
{
    const struct moves_view *view = search->view;
    uint64_t leaving = 1;
    for (int i = 1; i < PIECE; i++)
        leaving *= BASE;
    for (int32_t y = 0; y < view->height; y += STEP) {
        const uint8_t *damaged = view->damaged + (size_t)y / TILE_SIDE * search->columns;
        size_t first = 0;
        size_t last = search->columns;
        while (first < last && !damaged[first])
            first++;
        while (last > first && !damaged[last - 1])
            last--;
        int32_t left = (int32_t)first * TILE_SIDE;
        int32_t right = (int32_t)last * TILE_SIDE;
        if (right > view->width)
            right = view->width;
        if (right - left >= PIECE)
            search_row(search, y, left, right, leaving);
    }
    return elect(search, winner);
}

/* ---- rectangles ---- */

/* Marks the damaged tiles of a row that came from there for the most part. */
static void look_for_tiles(const struct search *search, const struct shift *shift, size_t row,
                           uint8_t *good)
{
    const struct moves_view *view = search->view;
    const uint8_t *damaged = view->damaged + row * search->columns;
    int32_t top = (int32_t)row * TILE_SIDE;
    int32_t height = view->height - top < TILE_SIDE ? view->height - top : TILE_SIDE;
    uint8_t others[MOVES_TILES_MAX] = {0}; /* rows that did not come */
    /* Row by row through all of them: memory is read as it lies. */
    for (int32_t y = top; y < top + height; y++)
        for (size_t column = 0; column < search->columns; column++) {
            int32_t x = (int32_t)column * TILE_SIDE;
            int32_t width = view->width - x < TILE_SIDE ? view->width - x : TILE_SIDE;
            if (damaged[column] && others[column] <= height / 2)
                others[column] += !came(view, shift, x, y, width);
        }
    for (size_t column = 0; column < search->columns; column++) {
        good[column] = damaged[column] && others[column] <= height / 2;
        view->came[row * search->columns + column] = damaged[column] && !others[column];
    }
}

/* Adds to a list of MOVES_MAX; the smallest goes when there is no room. */
static void keep_move(struct moves *moves, const struct move *move)
{
    if (moves->count < MOVES_MAX) {
        moves->list[moves->count++] = *move;
        return;
    }
    struct move *smallest = &moves->list[0];
    for (size_t i = 1; i < MOVES_MAX; i++)
        if (moves->list[i].width * moves->list[i].height < smallest->width * smallest->height)
            smallest = &moves->list[i];
    if (smallest->width * smallest->height < move->width * move->height)
        *smallest = *move;
}

/* Takes whole rows of good tiles, each as far down as it goes on unchanged in width. */
static void make_rectangles(struct moves *moves, const struct moves_view *view, uint8_t *good,
                            size_t columns, size_t rows)
{
    for (size_t first = 0; first < columns * rows; first++) {
        if (!good[first])
            continue;
        size_t row = first / columns, left = first % columns, right = left, bottom = row;
        while (right < columns && good[row * columns + right])
            right++;
        bool goes_on = true;
        while (goes_on) {
            for (size_t i = left; i < right; i++)
                good[bottom * columns + i] = 0;
            goes_on = ++bottom < rows;
            for (size_t i = left; goes_on && i < right; i++)
                goes_on = good[bottom * columns + i] != 0;
        }
        struct move move = {.x = (int32_t)left * TILE_SIDE, .y = (int32_t)row * TILE_SIDE};
        move.width = (int32_t)(right - left) * TILE_SIDE;
        move.height = (int32_t)(bottom - row) * TILE_SIDE;
        if (move.width > view->width - move.x)
            move.width = view->width - move.x;
        if (move.height > view->height - move.y)
            move.height = view->height - move.y;
        keep_move(moves, &move);
    }
}

/* Beyond what is damaged nothing changed, and nothing is looked at. */
static bool came_in_damage(const struct moves_view *view, const struct shift *shift, int32_t x,
                           int32_t y, int32_t count)
{
    if (!came(view, shift, x, y, count))
        return false;
    size_t columns = ((size_t)view->width + TILE_SIDE - 1) / TILE_SIDE;
    const uint8_t *damaged = view->damaged + (size_t)y / TILE_SIDE * columns;
    for (int32_t column = x / TILE_SIDE; column <= (x + count - 1) / TILE_SIDE; column++)
        if (!damaged[column])
            return false;
    return true;
}

/* How far all rows of the rectangle go on to one side (-1, 1) as moved. */
static int32_t reach(const struct moves_view *view, const struct shift *shift,
                     const struct move *move, int32_t side)
{
    int32_t limit = GROW_MAX;
    for (int32_t y = move->y; y < move->y + move->height && limit; y++) {
        while (limit &&
               !came_in_damage(view, shift, side < 0 ? move->x - limit : move->x + move->width, y,
                               limit))
            limit--;
    }
    return limit;
}

/* The whole source has to be in the picture, though some rows of a tile need not have come. */
static void clip(const struct moves_view *view, const struct shift *shift, struct move *move)
{
    int32_t left = shift->x > move->x ? shift->x : move->x;
    int32_t top = shift->y > move->y ? shift->y : move->y;
    int32_t right = move->x + move->width;
    int32_t bottom = move->y + move->height;
    if (right > view->width + shift->x)
        right = view->width + shift->x;
    if (bottom > view->height + shift->y)
        bottom = view->height + shift->y;
    *move = (struct move){.x = left, .y = top, .width = right - left, .height = bottom - top};
}

static void grow(const struct moves_view *view, const struct shift *shift, struct move *move)
{
    int32_t left = reach(view, shift, move, -1);
    int32_t right = reach(view, shift, move, 1);
    move->x -= left;
    move->width += left + right;
    for (int i = 0; i < GROW_MAX && came_in_damage(view, shift, move->x, move->y - 1, move->width);
         i++) {
        move->y--;
        move->height++;
    }
    for (int i = 0;
         i < GROW_MAX && came_in_damage(view, shift, move->x, move->y + move->height, move->width);
         i++)
        move->height++;
}

static int64_t area(const struct move *move)
{
    return (int64_t)move->width * move->height;
}

/* Keeps the largest part of the move that the other one does not make as well. */
static void cut(struct move *move, const struct move *other)
{
    int32_t right = move->x + move->width, bottom = move->y + move->height;
    int32_t other_right = other->x + other->width, other_bottom = other->y + other->height;
    if (move->x >= other_right || other->x >= right || move->y >= other_bottom ||
        other->y >= bottom)
        return;
    const struct move parts[] = {
        {.x = move->x, .y = move->y, .width = other->x - move->x, .height = move->height},
        {.x = other_right, .y = move->y, .width = right - other_right, .height = move->height},
        {.x = move->x, .y = move->y, .width = move->width, .height = other->y - move->y},
        {.x = move->x, .y = other_bottom, .width = move->width, .height = bottom - other_bottom}};
    *move = (struct move){0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].width > 0 && parts[i].height > 0 && area(&parts[i]) > area(move))
            *move = parts[i];
}

/* They have grown into each other: what was moved once must not be moved again. The larger wins. */
static void untangle(struct moves *moves)
{
    size_t kept = 0;
    for (size_t i = 0; i < moves->count; i++) {
        size_t largest = i;
        for (size_t j = i + 1; j < moves->count; j++)
            if (area(&moves->list[j]) > area(&moves->list[largest]))
                largest = j;
        struct move move = moves->list[largest];
        moves->list[largest] = moves->list[i];
        for (size_t j = 0; j < kept; j++)
            cut(&move, &moves->list[j]);
        if (area(&move) >= AREA_MIN)
            moves->list[kept++] = move;
    }
    moves->count = kept;
}

/* Whether a has to be made before b: where b goes a's source may be. */
static bool is_before(const struct move *a, const struct move *b, const struct shift *shift)
{
    if (shift->y)
        return shift->y > 0 ? a->y > b->y : a->y < b->y;
    return shift->x > 0 ? a->x > b->x : a->x < b->x;
}

static void sort(struct moves *moves, const struct shift *shift)
{
    for (size_t i = 1; i < moves->count; i++)
        for (size_t j = i; j && is_before(&moves->list[j], &moves->list[j - 1], shift); j--) {
            struct move swapped = moves->list[j];
            moves->list[j] = moves->list[j - 1];
            moves->list[j - 1] = swapped;
        }
}

static void take(struct moves *moves, const struct search *search, const struct shift *shift)
{
    const struct moves_view *view = search->view;
    uint8_t good[MOVES_TILES_MAX];
    for (size_t row = 0; row < search->rows; row++) {
        look_for_tiles(search, shift, row, good + row * search->columns);
        if (view->between)
            view->between(view->user);
    }
    make_rectangles(moves, view, good, search->columns, search->rows);
    for (size_t i = 0; i < moves->count; i++) {
        struct move *move = &moves->list[i];
        clip(view, shift, move);
        grow(view, shift, move);
    }
    untangle(moves);
    for (size_t i = 0; i < moves->count; i++) {
        moves->list[i].source_x = moves->list[i].x - shift->x;
        moves->list[i].source_y = moves->list[i].y - shift->y;
    }
    sort(moves, shift);
}

void moves_find(struct moves *moves, const struct moves_view *view)
{
    moves->count = 0;
    if (moves->failures > PATIENCE) {
        unsigned rarely = moves->failures - PATIENCE;
        if (moves->skipped++ < (1u << (rarely < RARELY_SHIFT ? rarely : RARELY_SHIFT)) - 1)
            return;
        moves->skipped = 0;
    }
    struct search search = {.view = view,
                            .columns = ((size_t)view->width + TILE_SIDE - 1) / TILE_SIDE,
                            .rows = ((size_t)view->height + TILE_SIDE - 1) / TILE_SIDE};
    if (search.columns * search.rows > MOVES_TILES_MAX || !find_anchors(&search))
        return;
    struct shift shift = {.x = moves->last_x, .y = moves->last_y};
    bool found = search_near(&search, &shift) || search_upright(&search, &shift);
    if (!found) {
        forget_votes(&search);
        found = search_all(&search, &shift);
    }
    moves->failures = found ? 0 : moves->failures + 1;
    if (!found)
        return;
    moves->last_x = shift.x;
    moves->last_y = shift.y;
    take(moves, &search, &shift);
}
