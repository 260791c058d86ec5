#include "worker/motion.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define CHANGES_MAX 16
#define DENSITY_MAX 255
/* The longest run that is sharpened in one piece. */
#define RUN_TILES_MAX 8

bool motion_resize(struct motion *motion, int32_t width, int32_t height)
{
    motion_free(motion);
    *motion = (struct motion){.width = width, .height = height};
    motion->columns = ((size_t)width + TILE_SIDE - 1) / TILE_SIDE;
    motion->rows = ((size_t)height + TILE_SIDE - 1) / TILE_SIDE;
    motion->tiles = calloc(motion->columns * motion->rows, sizeof *motion->tiles);
    motion->before = calloc(motion->columns * motion->rows, sizeof *motion->tiles);
    return motion->tiles && motion->before;
}

void motion_free(struct motion *motion)
{
    free(motion->tiles);
    free(motion->before);
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

/* On a slow path what moves is seen less often than it moves. */
static uint64_t gap_ms(const struct motion *motion)
{
    return clock_later(MOTION_GAP_MS, 3 * motion->pace_ms);
}

static uint64_t still_ms(const struct motion *motion, const struct motion_tile *tile)
{
    uint64_t still = tile->changes > 1 ? MOTION_STILL_MS : MOTION_ONCE_MS;
    return clock_later(still, 2 * motion->pace_ms);
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
    if (!again || tile->changes == CHANGES_MAX) {
        tile->changes = again ? MOTION_CHANGES : 0;
        tile->density = 0;
    }
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

static uint8_t lower(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

static uint8_t higher(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

/* All of the tile that is in the picture. */
static struct motion_box whole_tile(const struct motion *motion, size_t column, size_t row)
{
    int32_t width = motion->width - (int32_t)column * TILE_SIDE;
    int32_t height = motion->height - (int32_t)row * TILE_SIDE;
    return (struct motion_box){0, 0, (uint8_t)(width < TILE_SIDE ? width : TILE_SIDE),
                               (uint8_t)(height < TILE_SIDE ? height : TILE_SIDE)};
}

static uint8_t within_tile(int32_t value)
{
    return (uint8_t)(value < 0 ? 0 : value > TILE_SIDE ? TILE_SIDE : value);
}

/* What of the tile lies in this part of the picture; it has something of it. */
static struct motion_box part_of_tile(int32_t x, int32_t y, int32_t width, int32_t height,
                                      size_t column, size_t row)
{
    x -= (int32_t)column * TILE_SIDE;
    y -= (int32_t)row * TILE_SIDE;
    return (struct motion_box){within_tile(x), within_tile(y), within_tile(x + width),
                               within_tile(y + height)};
}

static void set_inexact(struct motion *motion, struct motion_tile *tile, struct motion_box box)
{
    if (box.left >= box.right || box.top >= box.bottom)
        box = (struct motion_box){0};
    motion->inexact += box.right != 0;
    motion->inexact -= tile->inexact.right != 0;
    tile->inexact = box;
}

/* What is left of the box without the part, as a box. */
static struct motion_box without(struct motion_box box, const struct motion_box *part)
{
    if (part->left <= box.left && part->right >= box.right) {
        if (part->top <= box.top)
            box.top = higher(box.top, part->bottom);
        else if (part->bottom >= box.bottom)
            box.bottom = lower(box.bottom, part->top);
    } else if (part->top <= box.top && part->bottom >= box.bottom) {
        if (part->left <= box.left)
            box.left = higher(box.left, part->right);
        else if (part->right >= box.right)
            box.right = lower(box.right, part->left);
    }
    return box;
}

static struct motion_box both(const struct motion_box *a, const struct motion_box *b)
{
    if (!a->right || !b->right)
        return a->right ? *a : *b;
    return (struct motion_box){lower(a->left, b->left), lower(a->top, b->top),
                               higher(a->right, b->right), higher(a->bottom, b->bottom)};
}

void motion_blurred(struct motion *motion, const struct tiles_rect *rect)
{
    struct span span = span_of_rect(motion, rect);
    for (size_t row = span.top; row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++)
            set_inexact(motion, tile_at(motion, column, row), whole_tile(motion, column, row));
}

void motion_sharpened(struct motion *motion, const struct tiles_area *area)
{
    struct span span = span_of(motion, area->x, area->y, area->width, area->height);
    for (size_t row = span.top; motion->inexact && row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++) {
            struct motion_tile *tile = tile_at(motion, column, row);
            struct motion_box part =
                part_of_tile(area->x, area->y, area->width, area->height, column, row);
            set_inexact(motion, tile, without(tile->inexact, &part));
        }
}

/* As a part of the picture. */
static struct tiles_area area_of(const struct motion *motion, size_t index)
{
    const struct motion_box *box = &motion->tiles[index].inexact;
    int32_t x = (int32_t)(index % motion->columns) * TILE_SIDE;
    int32_t y = (int32_t)(index / motion->columns) * TILE_SIDE;
    return (struct tiles_area){x + box->left, y + box->top, box->right - box->left,
                               box->bottom - box->top};
}

struct tiles_area motion_inexact_in(const struct motion *motion, const struct tiles_rect *rect)
{
    struct span span = span_of_rect(motion, rect);
    struct tiles_area all = {0};
    for (size_t row = span.top; motion->inexact && row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++) {
            size_t index = row * motion->columns + column;
            struct tiles_area area = area_of(motion, index);
            if (motion->tiles[index].inexact.right)
                tiles_join_areas(&all, &area);
        }
    return all;
}

/* What comes to a tile from another one. */
static void take_from(struct motion *motion, const struct move *move, struct motion_tile *tile,
                      const struct motion_box *target, size_t column, size_t row, size_t index)
{
    const struct motion_tile *source = &motion->before[index];
    int32_t right =
        (int32_t)((index % motion->columns) - column) * TILE_SIDE + move->x - move->source_x;
    int32_t down =
        (int32_t)((index / motion->columns) - row) * TILE_SIDE + move->y - move->source_y;
    struct motion_box box = {
        within_tile(source->inexact.left + right), within_tile(source->inexact.top + down),
        within_tile(source->inexact.right + right), within_tile(source->inexact.bottom + down)};
    box = (struct motion_box){higher(box.left, target->left), higher(box.top, target->top),
                              lower(box.right, target->right), lower(box.bottom, target->bottom)};
    if (!source->inexact.right || box.left >= box.right || box.top >= box.bottom)
        return;
    set_inexact(motion, tile, both(&tile->inexact, &box));
}

static void move_tile(struct motion *motion, const struct move *move, size_t column, size_t row,
                      uint64_t now_ms)
{
    struct motion_tile *tile = tile_at(motion, column, row);
    struct motion_box target =
        part_of_tile(move->x, move->y, move->width, move->height, column, row);
    set_inexact(motion, tile, without(tile->inexact, &target));
    int32_t x = (int32_t)column * TILE_SIDE + target.left - move->x + move->source_x;
    int32_t y = (int32_t)row * TILE_SIDE + target.top - move->y + move->source_y;
    struct span span =
        span_of(motion, x, y, target.right - target.left, target.bottom - target.top);
    for (size_t i = span.top; i < span.bottom; i++)
        for (size_t j = span.left; j < span.right; j++)
            take_from(motion, move, tile, &target, column, row, i * motion->columns + j);
    if (tile->inexact.right)
        tile->changed_ms = now_ms;
}

void motion_moved(struct motion *motion, const struct move *move, uint64_t now_ms)
{
    if (!motion->inexact)
        return;
    memcpy(motion->before, motion->tiles, motion->columns * motion->rows * sizeof *motion->tiles);
    struct span target = span_of(motion, move->x, move->y, move->width, move->height);
    for (size_t row = target.top; row < target.bottom; row++)
        for (size_t column = target.left; column < target.right; column++)
            move_tile(motion, move, column, row, now_ms);
}

void motion_measured(struct motion *motion, const struct tiles_rect *rect, size_t bytes,
                     int64_t pixels)
{
    if (pixels <= 0)
        return;
    int64_t density = 1 + (int64_t)bytes * MOTION_DENSITY_PIXELS / pixels;
    struct span span = span_of_rect(motion, rect);
    for (size_t row = span.top; row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++)
            tile_at(motion, column, row)->density =
                (uint8_t)(density < DENSITY_MAX ? density : DENSITY_MAX);
}

size_t motion_exact_bytes(const struct motion *motion, const struct tiles_rect *rect)
{
    struct span span = span_of_rect(motion, rect);
    size_t densities = 0, count = 0;
    for (size_t row = span.top; row < span.bottom; row++)
        for (size_t column = span.left; column < span.right; column++) {
            uint8_t density = tile_at(motion, column, row)->density;
            if (!density)
                return 0;
            densities += density;
            count++;
        }
    size_t pixels = (size_t)rect->changed.width * (size_t)rect->changed.height;
    return count ? 1 + pixels * densities / count / MOTION_DENSITY_PIXELS : 1;
}

static bool moved_of_late(const struct motion *motion, const struct motion_tile *tile,
                          uint64_t now_ms)
{
    return tile->inexact.right && tile->changes >= MOTION_CHANGES &&
           now_ms - tile->changed_ms <= gap_ms(motion);
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
    return tile->inexact.right && now_ms - tile->changed_ms >= still_ms(motion, tile);
}

int motion_sharpen_in(const struct motion *motion, uint64_t now_ms)
{
    if (!motion->inexact)
        return -1;
    uint64_t wait = INT_MAX;
    for (size_t i = 0; i < motion->columns * motion->rows; i++) {
        const struct motion_tile *tile = &motion->tiles[i];
        if (!tile->inexact.right)
            continue;
        if (is_due(motion, tile, now_ms))
            return 0;
        uint64_t left = tile->changed_ms + still_ms(motion, tile) - now_ms;
        wait = left < wait ? left : wait;
    }
    return (int)wait;
}

/* Whether the second area goes on where the first one ends. */
static bool continues(const struct tiles_area *area, const struct tiles_area *next)
{
    return next->x == area->x + area->width && next->y == area->y && next->height == area->height &&
           area->width < RUN_TILES_MAX * TILE_SIDE;
}

static bool next_run(const struct motion *motion, bool all, uint64_t now_ms, size_t *from,
                     struct tiles_area *area)
{
    size_t count = motion->columns * motion->rows;
    *area = (struct tiles_area){0};
    for (; *from < count; ++*from) {
        const struct motion_tile *tile = &motion->tiles[*from];
        bool wanted = all ? tile->inexact.right != 0 : is_due(motion, tile, now_ms);
        struct tiles_area next = area_of(motion, *from);
        if (area->width && !(wanted && continues(area, &next)))
            return true;
        if (wanted)
            tiles_join_areas(area, &next);
    }
    return area->width;
}

bool motion_next_still(const struct motion *motion, uint64_t now_ms, size_t *from,
                       struct tiles_area *area)
{
    return next_run(motion, false, now_ms, from, area);
}

bool motion_next_inexact(const struct motion *motion, size_t *from, struct tiles_area *area)
{
    return next_run(motion, true, 0, from, area);
}
