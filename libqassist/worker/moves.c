#include "worker/moves.h"

#include <string.h>

#include "worker/tiles.h"

#define COLOUR       0x00ffffffu
#define PIECE        TILE_SIDE /* pixels of a row that are searched as one */
#define CHANGES_MIN  6         /* neighbours that differ in a piece; plain ones are everywhere */
#define PER_TILE     2
#define ANCHORS_MAX  512
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
        known->twice = true;
        return;
    }
    uint32_t slot = slot_of(hash);
    while (search->slots[slot])
        slot = (slot + 1) & (SLOTS - 1);
    search->anchors[search->count++] = (struct anchor){.hash = hash, .x = x, .y = y};
    search->slots[slot] = (uint16_t)search->count;
    search->filter[filter_bit(hash) / 64] |= 1ull << (filter_bit(hash) % 64);
}

static void look_for_anchors(struct search *search, size_t row, size_t column, int32_t step)
{
    const struct moves_view *view = search->view;
    int32_t x = (int32_t)column * TILE_SIDE;
    int32_t bottom = (int32_t)(row + 1) * TILE_SIDE;
    int found = 0;
    for (int32_t y = (int32_t)row * TILE_SIDE + step / 2;
         y < bottom && y < view->height && found < PER_TILE && search->count < ANCHORS_MAX;
         y += step) {
        const uint8_t *now = view->now + offset_of(view, x, y);
        if (same_pixels(now, view->old + offset_of(view, x, y), PIECE) || is_plain(now))
            continue;
        add_anchor(search, hash_piece(now), x, y);
        found++;
    }
}

/* Spread over all that is damaged. False: too little to go on. */
static bool find_anchors(struct search *search)
{
    const struct moves_view *view = search->view;
    size_t whole = (size_t)view->width / TILE_SIDE;
    size_t damaged = 0;
    for (size_t i = 0; i < search->columns * search->rows; i++)
        damaged += view->damaged[i] != 0;
    if (damaged < DAMAGED_MIN)
        return false;
    size_t each = 1 + damaged * PER_TILE / ANCHORS_MAX;
    size_t turn = 0;
    for (size_t row = 0; row < search->rows; row++)
        for (size_t column = 0; column < whole; column++)
            if (view->damaged[row * search->columns + column] && turn++ % each == 0)
                look_for_anchors(search, row, column, 5);
    return search->count >= DAMAGED_MIN;
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

static bool elect(const struct search *search, struct shift *winner)
{
    *winner = (struct shift){0};
    for (size_t i = 0; i < SHIFTS; i++)
        if (search->shifts[i].votes > winner->votes)
            *winner = search->shifts[i];
    return winner->votes >= 3 + search->count / 8;
}

/* As it went the last time: scrolling goes on. */
static bool try_last(const struct search *search, struct shift *shift)
{
    if (!shift->x && !shift->y)
        return false;
    size_t hits = 0;
    for (size_t i = 0; i < search->count; i++)
        hits += came(search->view, shift, search->anchors[i].x, search->anchors[i].y, PIECE);
    return hits * 2 >= search->count;
}

static bool search_upright(struct search *search, struct shift *winner)
{
    const struct moves_view *view = search->view;
    for (size_t column = 0; column < (size_t)view->width / TILE_SIDE; column++) {
        int32_t x = (int32_t)column * TILE_SIDE;
        for (int32_t y = 0; y < view->height; y++)
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
    for (int32_t y = 0; y < view->height; y++) {
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

/* Most of the tile came from there. */
static bool tile_came(const struct moves_view *view, const struct shift *shift, size_t row,
                      size_t column)
{
    int32_t x = (int32_t)column * TILE_SIDE;
    int32_t y = (int32_t)row * TILE_SIDE;
    int32_t width = view->width - x < TILE_SIDE ? view->width - x : TILE_SIDE;
    int32_t height = view->height - y < TILE_SIDE ? view->height - y : TILE_SIDE;
    int32_t good = 0;
    for (int32_t i = 0; i < height; i++) {
        good += came(view, shift, x, y + i, width);
        if (i - good > height / 4)
            return false;
    }
    return true;
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

/* How far all rows of the rectangle go on to one side (-1, 1) as moved. */
static int32_t reach(const struct moves_view *view, const struct shift *shift,
                     const struct move *move, int32_t side)
{
    int32_t limit = GROW_MAX;
    int32_t start = side < 0 ? move->x - 1 : move->x + move->width;
    for (int32_t y = move->y; y < move->y + move->height && limit; y++) {
        int32_t length = 0;
        while (length < limit && came(view, shift, start + side * length, y, 1))
            length++;
        limit = length;
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
    for (int i = 0; i < GROW_MAX && came(view, shift, move->x, move->y - 1, move->width); i++) {
        move->y--;
        move->height++;
    }
    for (int i = 0; i < GROW_MAX && came(view, shift, move->x, move->y + move->height, move->width);
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
    for (size_t row = 0; row < search->rows; row++)
        for (size_t column = 0; column < search->columns; column++) {
            size_t i = row * search->columns + column;
            good[i] = view->damaged[i] && tile_came(view, shift, row, column);
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
    bool found = try_last(&search, &shift) || search_upright(&search, &shift);
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
