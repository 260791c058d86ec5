#include "worker/tiles_private.h"

#include <stdlib.h>
#include <string.h>

#define COLOUR 0x00ffffffu

/* Of the last eight collections a tile that changes all the time changed in this many. */
#define MOVING_MIN 6
/* What changed no more often since it was at rest may be at its end. */
#define SETTLING_MAX 3

void tiles_free(struct tiles *tiles)
{
    free(tiles->copy);
    free(tiles->tile);
    free(tiles->damaged);
    free(tiles->came);
    free(tiles->rects);
    free(tiles->swaps);
    *tiles = (struct tiles){0};
}

bool tiles_resize(struct tiles *tiles, int32_t width, int32_t height)
{
    tiles_free(tiles);
    *tiles = (struct tiles){.width = width, .height = height};
    tiles->columns = ((size_t)width + TILE_SIDE - 1) / TILE_SIDE;
    tiles->rows = ((size_t)height + TILE_SIDE - 1) / TILE_SIDE;
    size_t count = tiles->columns * tiles->rows;
    tiles->copy = calloc((size_t)width * (size_t)height, 4);
    tiles->tile = calloc(count, sizeof *tiles->tile);
    tiles->damaged = calloc(count, 1);
    tiles->came = calloc(count, 1);
    /* The second half is for putting the first in order. */
    tiles->rects = calloc(count, 2 * sizeof *tiles->rects);
    tiles->swaps = calloc(count, sizeof *tiles->swaps);
    if (!tiles->copy || !tiles->tile || !tiles->damaged || !tiles->came || !tiles->rects ||
        !tiles->swaps)
        return false;
    tiles_mark_damage(tiles, &(struct worker_rect){0, 0, width, height});
    tiles_mark_all_unsent(tiles);
    return true;
}

/* Rows and columns of tiles, the ends exclusive. */
struct span {
    size_t top, bottom, left, right;
};

static struct span span_of(const struct tiles *tiles, int32_t x, int32_t y, int32_t width,
                           int32_t height)
{
    int64_t right = (int64_t)x + width;
    int64_t bottom = (int64_t)y + height;
    int32_t left = max_int32(x, 0);
    int32_t top = max_int32(y, 0);
    if (right > tiles->width)
        right = tiles->width;
    if (bottom > tiles->height)
        bottom = tiles->height;
    if (left >= right || top >= bottom)
        return (struct span){0};
    return (struct span){.top = (size_t)top / TILE_SIDE,
                         .bottom = (size_t)(bottom - 1) / TILE_SIDE + 1,
                         .left = (size_t)left / TILE_SIDE,
                         .right = (size_t)(right - 1) / TILE_SIDE + 1};
}

static void mark(struct tiles *tiles, int32_t x, int32_t y, int32_t width, int32_t height,
                 bool unsent)
{
    struct span span = span_of(tiles, x, y, width, height);
    for (size_t row = span.top; row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++) {
            struct tile *tile = &tiles->tile[row * tiles->columns + column];
            tiles->waiting += !tile->damaged && !tile->unsent;
            if (unsent)
                tile->unsent = true;
            else
                tile->damaged = true;
        }
}

void tiles_mark_damage(struct tiles *tiles, const struct worker_rect *rect)
{
    tiles->disturbed = true;
    mark(tiles, rect->x, rect->y, rect->width, rect->height, false);
}

void tiles_mark_unsent(struct tiles *tiles, int32_t x, int32_t y, int32_t width, int32_t height)
{
    mark(tiles, x, y, width, height, true);
}

void tiles_mark_all_unsent(struct tiles *tiles)
{
    mark(tiles, 0, 0, tiles->width, tiles->height, true);
}

/* Rows of a tile, in pixels; the fourth byte does not count. */
static bool differ(const uint32_t *old, const uint32_t *now, int32_t width)
{
    if (!memcmp(old, now, (size_t)width * 4))
        return false;
    uint32_t difference = 0;
    for (int32_t i = 0; i < width; i++)
        difference |= old[i] ^ now[i];
    return difference & COLOUR;
}

static bool is_at_rest(const struct tiles *tiles, const struct tile *tile)
{
    return tiles->hash_keys && tiles->now_ms - tile->changed_ms >= TILES_REST_MS;
}

static struct pixel_hash hash_of(const struct tiles *tiles, const struct tiles_area *area)
{
    size_t stride = (size_t)tiles->width * 4;
    return pixel_hash_of(tiles->hash_keys,
                         tiles->copy + (size_t)area->y * stride + (size_t)area->x * 4, stride,
                         area->width, area->height);
}

/*
 * Looks at one row of a tile: takes it into the copy where it differs. It is read once, for the
 * picture may change meanwhile.
 */
static void look_at_row(const struct tiles *tiles, struct tile *tile, const struct tiles_area *area,
                        const uint8_t *picture, int32_t row)
{
    int32_t width = area->width;
    size_t at = ((size_t)(area->y + row) * (size_t)tiles->width + (size_t)area->x) * 4;
    uint8_t *copy = tiles->copy + at;
    const uint32_t *old = (const uint32_t *)(const void *)copy; /* it starts where pixels do */
    uint32_t now[TILE_SIDE];
    size_t length = (size_t)width * 4;
    memcpy(now, picture + at, length);
    if (!differ(old, now, width))
        return;
    /* The last moment at which the old tile is there as a whole. */
    if (!tile->bottom && !pixel_hash_is_known(&tile->hash) && is_at_rest(tiles, tile))
        tile->hash = hash_of(tiles, area);
    int32_t first = 0, end = width;
    while (!((old[first] ^ now[first]) & COLOUR))
        first++;
    while (!((old[end - 1] ^ now[end - 1]) & COLOUR))
        end--;
    memcpy(copy, now, length);
    if (!tile->bottom)
        tile->top = row;
    tile->left = min_int32(tile->left, first);
    tile->right = max_int32(tile->right, end);
    tile->bottom = row + 1;
}

static bool is_solid(const uint8_t *copy, size_t stride, int32_t width, int32_t height,
                     uint32_t *colour)
{
    uint32_t row[TILE_SIDE];
    memcpy(colour, copy, 4);
    *colour &= COLOUR;
    for (int32_t y = 0; y < height; y++) {
        uint32_t difference = 0;
        memcpy(row, copy + (size_t)y * stride, (size_t)width * 4);
        for (int32_t x = 0; x < width; x++)
            difference |= row[x] ^ *colour;
        if (difference & COLOUR)
            return false;
    }
    return true;
}

static enum tiles_rank rank_of(const struct tile *tile)
{
    if (__builtin_popcount(tile->history) < MOVING_MIN)
        return TILES_SELDOM;
    return tile->unsent ? TILES_MOVING_LATE : TILES_MOVING;
}

static void begin_look(struct tile *tile)
{
    tile->looked_at = tile->damaged || tile->unsent;
    tile->left = TILE_SIDE;
    tile->right = tile->top = tile->bottom = 0;
}

/* Row by row through all of them: memory is read as it lies. */
static void look_at_tiles(struct tiles *tiles, const uint8_t *picture, size_t row)
{
    struct tile *tile = &tiles->tile[row * tiles->columns];
    for (size_t column = 0; column < tiles->columns; column++)
        begin_look(&tile[column]);
    int32_t height = area_of(tiles, row, 0).height;
    for (int32_t y = 0; y < height; y++)
        for (size_t column = 0; column < tiles->columns; column++) {
            struct tiles_area area = area_of(tiles, row, column);
            if (tile[column].damaged)
                look_at_row(tiles, &tile[column], &area, picture, y);
        }
}

/*
 * The tile changed: what was there before and what is there now may be worth to be known. What is
 * drawn in several goes may come back with the last of them.
 */
static void note_swap(struct tiles *tiles, struct tile *tile, const struct tiles_area *area)
{
    bool rested = is_at_rest(tiles, tile);
    bool is_large = area_size(&tile->changed) >= TILES_SWAP_PIXELS;
    if (rested)
        tile->restless = 0;
    else if (tile->restless <= SETTLING_MAX)
        tile->restless++;
    struct tiles_swap swap = {.area = *area};
    if (rested)
        swap.before = tile->hash;
    if (tiles->hash_keys && is_large && !tile->solid && tile->restless <= SETTLING_MAX)
        swap.after = hash_of(tiles, area);
    if (is_large && !tile->unsent &&
        (pixel_hash_is_known(&swap.before) || pixel_hash_is_known(&swap.after)))
        tiles->swaps[tiles->swap_count++] = swap;
    tile->hash = swap.after;
    tile->changed_ms = tiles->now_ms;
}

static void describe(const struct tiles *tiles, struct tile *tile, const struct tiles_area *area)
{
    tile->changed = (struct tiles_area){area->x + tile->left, area->y + tile->top,
                                        tile->right - tile->left, tile->bottom - tile->top};
    if (tile->unsent)
        tile->changed = *area;
    size_t stride = (size_t)tiles->width * 4;
    tile->solid = is_solid(tiles->copy + (size_t)area->y * stride + (size_t)area->x * 4, stride,
                           area->width, area->height, &tile->colour);
    tile->rank = rank_of(tile);
}

static void judge(struct tiles *tiles, size_t row, size_t column)
{
    struct tile *tile = &tiles->tile[row * tiles->columns + column];
    tile->history = (uint8_t)(tile->history << 1 | (tile->bottom != 0));
    tile->send = tile->bottom || tile->unsent;
    if (tile->send) {
        struct tiles_area area = area_of(tiles, row, column);
        describe(tiles, tile, &area);
        if (tile->bottom)
            note_swap(tiles, tile, &area);
    }
    tiles->waiting -= tile->damaged || tile->unsent;
    tile->damaged = false;
    tile->unsent = false;
}

/* What the peer has not got from the source it does not get by the move either. */
static void move_unsent(struct tiles *tiles, const struct move *move)
{
    for (size_t i = 0; i < tiles->columns * tiles->rows; i++)
        tiles->tile[i].source_unsent = tiles->tile[i].unsent;
    int32_t right = (move->source_x + move->width - 1) / TILE_SIDE;
    int32_t bottom = (move->source_y + move->height - 1) / TILE_SIDE;
    for (int32_t row = move->source_y / TILE_SIDE; row <= bottom; row++)
        for (int32_t column = move->source_x / TILE_SIDE; column <= right; column++)
            if (tiles->tile[(size_t)row * tiles->columns + (size_t)column].source_unsent)
                tiles_mark_unsent(tiles, column * TILE_SIDE + move->x - move->source_x,
                                  row * TILE_SIDE + move->y - move->source_y, TILE_SIDE, TILE_SIDE);
}

/* In the copy as the peer will do it. */
static void make_move(struct tiles *tiles, const struct move *move)
{
    size_t stride = (size_t)tiles->width * 4;
    size_t length = (size_t)move->width * 4;
    bool upwards = move->y <= move->source_y;
    for (int32_t i = 0; i < move->height; i++) {
        int32_t row = upwards ? i : move->height - 1 - i;
        memmove(tiles->copy + (size_t)(move->y + row) * stride + (size_t)move->x * 4,
                tiles->copy + (size_t)(move->source_y + row) * stride + (size_t)move->source_x * 4,
                length);
    }
    move_unsent(tiles, move);
    mark(tiles, move->x, move->y, move->width, move->height, false);
    int32_t right = (move->x + move->width - 1) / TILE_SIDE;
    int32_t bottom = (move->y + move->height - 1) / TILE_SIDE;
    for (int32_t row = move->y / TILE_SIDE; row <= bottom; row++)
        for (int32_t column = move->x / TILE_SIDE; column <= right; column++) {
            struct tile *tile = &tiles->tile[(size_t)row * tiles->columns + (size_t)column];
            tile->hash = (struct pixel_hash){0};
            tile->changed_ms = tiles->now_ms;
        }
}

/*
 * Of what the move brought, tiles that were seen to be right as a whole need not be compared once
 * more. Who writes into the picture meanwhile says so afterwards.
 */
static void trust_move(struct tiles *tiles, const struct move *move)
{
    size_t left = ((size_t)move->x + TILE_SIDE - 1) / TILE_SIDE;
    size_t top = ((size_t)move->y + TILE_SIDE - 1) / TILE_SIDE;
    for (size_t row = top; row < tiles->rows; row++)
        for (size_t column = left; column < tiles->columns; column++) {
            struct tiles_area area = area_of(tiles, row, column);
            size_t index = row * tiles->columns + column;
            struct tile *tile = &tiles->tile[index];
            if (area.y + area.height > move->y + move->height)
                return;
            if (area.x + area.width > move->x + move->width)
                break;
            if (!tiles->came[index] || !tile->damaged)
                continue;
            tile->damaged = false;
            tiles->waiting -= !tile->unsent;
        }
}

/*
 * Whether each move finds its source as it was: they go along their way one after the other, which
 * is enough where the way is straight.
 */
static bool keep_apart(const struct moves *moves)
{
    const struct move *first = &moves->list[0];
    return moves->count == 1 || first->x == first->source_x || first->y == first->source_y;
}

/* Makes moves in the copy first: what differs after that is found as ever. */
static void collect_moves(struct tiles *tiles, const uint8_t *picture)
{
    tiles->moves.count = 0;
    if (!tiles->find_moves)
        return;
    for (size_t i = 0; i < tiles->columns * tiles->rows; i++)
        tiles->damaged[i] = tiles->tile[i].damaged && !tiles->tile[i].unsent;
    struct moves_view view = {.old = tiles->copy,
                              .now = picture,
                              .width = tiles->width,
                              .height = tiles->height,
                              .damaged = tiles->damaged,
                              .came = tiles->came,
                              .between = tiles->between,
                              .user = tiles->user};
    memset(tiles->came, 0, tiles->columns * tiles->rows);
    moves_find(&tiles->moves, &view);
    for (size_t i = 0; i < tiles->moves.count; i++)
        make_move(tiles, &tiles->moves.list[i]);
    if (tiles->disturbed || !keep_apart(&tiles->moves))
        return;
    for (size_t i = 0; i < tiles->moves.count; i++)
        trust_move(tiles, &tiles->moves.list[i]);
}

void tiles_look(struct tiles *tiles, const uint8_t *picture)
{
    tiles->swap_count = 0;
    tiles->picture = picture;
    tiles->rows_done = 0;
    tiles->moves_made = tiles->disturbed = false;
    collect_moves(tiles, picture);
    tiles->moves_made = true;
    for (size_t row = 0; row < tiles->rows; row++) {
        look_at_tiles(tiles, picture, row);
        for (size_t column = 0; column < tiles->columns; column++)
            judge(tiles, row, column);
        tiles->rows_done = row + 1;
        if (tiles->between)
            tiles->between(tiles->user);
    }
    tiles->picture = NULL;
}

static bool meets(const struct tiles_area *area, int32_t x, int32_t y, int32_t width,
                  int32_t height)
{
    return area->x < x + width && x < area->x + area->width && area->y < y + height &&
           y < area->y + area->height;
}

/*
 * Whether the tile has nothing to do with what is being looked at. The peer gets it before the
 * moves: what they take along must be as it was when they were made in the copy.
 */
static bool is_aside(const struct tiles *tiles, size_t row, size_t column)
{
    const struct tile *tile = &tiles->tile[row * tiles->columns + column];
    struct tiles_area area = area_of(tiles, row, column);
    if (tile->damaged || tile->unsent || (row < tiles->rows_done && tile->looked_at))
        return false;
    for (size_t i = 0; i < tiles->moves.count && tiles->moves_made; i++) {
        const struct move *move = &tiles->moves.list[i];
        if (meets(&area, move->x, move->y, move->width, move->height) ||
            meets(&area, move->source_x, move->source_y, move->width, move->height))
            return false;
    }
    return true;
}

static bool are_aside(const struct tiles *tiles, const struct worker_damage *damage)
{
    size_t count = 0;
    for (uint32_t i = 0; i < damage->count; i++) {
        const struct worker_rect *rect = &damage->rects[i];
        struct span span = span_of(tiles, rect->x, rect->y, rect->width, rect->height);
        for (size_t row = span.top; row < span.bottom; row++)
            for (size_t column = span.left; column < span.right; column++)
                if (++count > TILES_ASIDE_MAX || !is_aside(tiles, row, column))
                    return false;
    }
    return true;
}

/* Nothing is left of it for the frame that is being made; nor does it come back from the cache. */
static bool look_at_tile(struct tiles *tiles, size_t row, size_t column)
{
    struct tile *tile = &tiles->tile[row * tiles->columns + column];
    struct tiles_area area = area_of(tiles, row, column);
    begin_look(tile);
    for (int32_t y = 0; y < area.height; y++)
        look_at_row(tiles, tile, &area, tiles->picture, y);
    bool differs = tile->bottom;
    if (differs) {
        describe(tiles, tile, &area);
        tile->hash = (struct pixel_hash){0};
        tile->changed_ms = tiles->now_ms;
    }
    tile->bottom = 0;
    return differs;
}

ptrdiff_t tiles_look_aside(struct tiles *tiles, const struct worker_damage *damage,
                           struct tiles_rect *rects)
{
    size_t found = 0;
    if (!tiles->picture)
        return -1;
    tiles->disturbed = true;
    if (!are_aside(tiles, damage))
        return -1;
    for (uint32_t i = 0; i < damage->count; i++) {
        const struct worker_rect *rect = &damage->rects[i];
        struct span span = span_of(tiles, rect->x, rect->y, rect->width, rect->height);
        for (size_t row = span.top; row < span.bottom; row++) {
            size_t first = found;
            for (size_t column = span.left; column < span.right; column++)
                if (look_at_tile(tiles, row, column))
                    found = tiles_add(tiles, rects, first, found, row, column);
        }
    }
    return (ptrdiff_t)found;
}
