#include "worker/motion.h"

#include <limits.h>
#include <stdlib.h>

#define CHANGES_MAX 16
/* The longest run that is sharpened in one piece. */
#define RUN_TILES_MAX 8

bool motion_resize(struct motion *motion, int32_t width, int32_t height)
{
    free(motion->tiles);
    *motion = (struct motion){.width = width, .height = height};
    motion->columns = ((size_t)width + TILE_SIDE - 1) / TILE_SIDE;
    motion->rows = ((size_t)height + TILE_SIDE - 1) / TILE_SIDE;
    motion->tiles = calloc(motion->columns * motion->rows, sizeof *motion->tiles);
    return motion->tiles;
}

void motion_free(struct motion *motion)
{
    free(motion->tiles);
    *motion = (struct motion){0};
}

/* In tiles; the ends are exclusive. */
struct span {
    size_t left, top, right, bottom;
};

static struct span span_of(const struct motion *motion, int32_t x, int32_t y, int32_t width,
                           int32_t height)
{
    struct span span = {(size_t)x / TILE_SIDE, (size_t)y / TILE_SIDE,
                        ((size_t)(x + width) + TILE_SIDE - 1) / TILE_SIDE,
                        ((size_t)(y + height) + TILE_SIDE - 1) / TILE_SIDE};
    if (span.right > motion->columns)
        span.right = motion->columns;
    if (span.bottom > motion->rows)
        span.bottom = motion->rows;
    return span;
}

static struct span span_of_rect(const struct motion *motion, const struct tiles_rect *rect)
{
    return span_of(motion, rect->x, rect->y, rect->width, rect->height);
}

static struct motion_tile *tile_at(const struct motion *motion, size_t column, size_t row)
{
    return &motion->tiles[row * motion->columns + column];
}

static uint64_t longer(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* On a slow path what moves is seen less often than it moves. */
static uint64_t gap_ms(const struct motion *motion)
{
    return longer(MOTION_GAP_MS, 3 * motion->pace_ms);
}

static uint64_t still_ms(const struct motion *motion, const struct motion_tile *tile)
{
    uint64_t still = tile->changes > 1 ? MOTION_STILL_MS : MOTION_ONCE_MS;
    return longer(still, 2 * motion->pace_ms);
}

void motion_frame(struct motion *motion, uint64_t now_ms)
{
    uint64_t pace = now_ms - motion->frame_ms;
    motion->frame_ms = now_ms;
    if (pace <= MOTION_PACE_MAX_MS)
        motion->pace_ms = (3 * motion->pace_ms + pace) / 4;
}

static void change(const struct motion *motion, struct motion_tile *tile, uint64_t now_ms)
{
    bool again = tile->changes && now_ms - tile->changed_ms <= gap_ms(motion);
    if (!again)
        tile->changes = 0;
    if (tile->changes < CHANGES_MAX)
        tile->changes++;
    tile->changed_ms = now_ms;
}

void motion_changed(struct motion *motion, const struct tiles_rect *rect, uint64_t now_ms)
{
    struct span span = span_of_rect(motion, rect);
    for (size_t row = span.top; row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++)
            change(motion, tile_at(motion, column, row), now_ms);
}

bool motion_is_moving(const struct motion *motion, const struct tiles_rect *rect)
{
    struct span span = span_of_rect(motion, rect);
    size_t moving = 0;
    size_t all = 0;
    for (size_t row = span.top; row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++) {
            moving += tile_at(motion, column, row)->changes >= MOTION_CHANGES;
            all++;
        }
    return all && moving * 2 >= all;
}

void motion_set_inexact(struct motion *motion, const struct tiles_rect *rect, bool inexact)
{
    struct span span = span_of_rect(motion, rect);
    for (size_t row = span.top; row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++) {
            struct motion_tile *tile = tile_at(motion, column, row);
            motion->inexact += inexact;
            motion->inexact -= tile->inexact;
            tile->inexact = inexact;
        }
}

static bool is_inexact(const struct motion *motion, const struct span *span)
{
    for (size_t row = span->top; row < span->bottom; row++)
        for (size_t column = span->left; column < span->right; column++)
            if (tile_at(motion, column, row)->inexact)
                return true;
    return false;
}

bool motion_is_inexact(const struct motion *motion, const struct tiles_rect *rect)
{
    struct span span = span_of_rect(motion, rect);
    return motion->inexact && is_inexact(motion, &span);
}

void motion_moved(struct motion *motion, const struct move *move, uint64_t now_ms)
{
    struct span source = span_of(motion, move->source_x, move->source_y, move->width, move->height);
    if (!motion->inexact || !is_inexact(motion, &source))
        return;
    struct span target = span_of(motion, move->x, move->y, move->width, move->height);
    for (size_t row = target.top; row < target.bottom; row++)
        for (size_t column = target.left; column < target.right; column++) {
            struct motion_tile *tile = tile_at(motion, column, row);
            motion->inexact += !tile->inexact;
            tile->inexact = true;
            tile->changed_ms = now_ms;
        }
}

static bool moved_of_late(const struct motion *motion, const struct motion_tile *tile,
                          uint64_t now_ms)
{
    return tile->changes >= MOTION_CHANGES && now_ms - tile->changed_ms <= gap_ms(motion);
}

struct tiles_rect motion_bounds(const struct motion *motion, uint64_t now_ms)
{
    struct span span = {motion->columns, motion->rows, 0, 0};
    for (size_t row = 0; row < motion->rows; row++)
        for (size_t column = 0; column < motion->columns; column++) {
            if (!moved_of_late(motion, tile_at(motion, column, row), now_ms))
                continue;
            span.left = column < span.left ? column : span.left;
            span.top = row < span.top ? row : span.top;
            span.right = column >= span.right ? column + 1 : span.right;
            span.bottom = row + 1;
        }
    if (!span.right)
        return (struct tiles_rect){0};
    struct tiles_rect bounds = {.x = (int32_t)span.left * TILE_SIDE,
                                .y = (int32_t)span.top * TILE_SIDE};
    int32_t right = (int32_t)span.right * TILE_SIDE;
    int32_t bottom = (int32_t)span.bottom * TILE_SIDE;
    bounds.width = (right < motion->width ? right : motion->width) - bounds.x;
    bounds.height = (bottom < motion->height ? bottom : motion->height) - bounds.y;
    return bounds;
}

static bool is_due(const struct motion *motion, const struct motion_tile *tile, uint64_t now_ms)
{
    return tile->inexact && now_ms - tile->changed_ms >= still_ms(motion, tile);
}

int motion_sharpen_in(const struct motion *motion, uint64_t now_ms)
{
    if (!motion->inexact)
        return -1;
    uint64_t wait = INT_MAX;
    for (size_t i = 0; i < motion->columns * motion->rows; i++) {
        const struct motion_tile *tile = &motion->tiles[i];
        if (!tile->inexact)
            continue;
        if (is_due(motion, tile, now_ms))
            return 0;
        uint64_t left = tile->changed_ms + still_ms(motion, tile) - now_ms;
        wait = left < wait ? left : wait;
    }
    return (int)wait;
}

bool motion_next_still(const struct motion *motion, uint64_t now_ms, size_t *from,
                       struct tiles_rect *rect)
{
    size_t count = motion->columns * motion->rows;
    while (*from < count && !is_due(motion, &motion->tiles[*from], now_ms))
        ++*from;
    if (*from == count)
        return false;
    size_t first = *from;
    size_t row = first / motion->columns;
    size_t end = (row + 1) * motion->columns;
    while (*from < end && *from - first < RUN_TILES_MAX &&
           is_due(motion, &motion->tiles[*from], now_ms))
        ++*from;
    *rect = (struct tiles_rect){.x = (int32_t)(first % motion->columns) * TILE_SIDE,
                                .y = (int32_t)row * TILE_SIDE};
    int32_t right = rect->x + (int32_t)(*from - first) * TILE_SIDE;
    int32_t bottom = rect->y + TILE_SIDE;
    rect->width = (right < motion->width ? right : motion->width) - rect->x;
    rect->height = (bottom < motion->height ? bottom : motion->height) - rect->y;
    return true;
}
