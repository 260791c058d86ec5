/* Moves: found where there are some, and never a wrong pixel at the peer whatever is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/tiles.h"

#define WIDTH  900
#define HEIGHT 700

static uint32_t state = 1;

static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

/* The server's tiles, the picture and what a peer that obeys has of it. */
struct world {
    struct tiles tiles;
    uint32_t *picture;
    uint32_t *peer;
    size_t moved;  /* pixels */
    size_t resent; /* pixels */
};

static struct world make(void)
{
    struct world world = {0};
    world.picture = calloc(WIDTH * HEIGHT, 4);
    world.peer = calloc(WIDTH * HEIGHT, 4);
    assert_non_null(world.picture);
    assert_non_null(world.peer);
    assert_true(tiles_resize(&world.tiles, WIDTH, HEIGHT));
    world.tiles.find_moves = true;
    return world;
}

static void drop(struct world *world)
{
    tiles_free(&world->tiles);
    free(world->picture);
    free(world->peer);
}

/* Something like text: rows of small marks on one colour. */
static void write_text(struct world *world, int x0, int y0, int width, int height)
{
    for (int y = y0; y < y0 + height; y++)
        for (int x = x0; x < x0 + width; x++)
            world->picture[y * WIDTH + x] =
                (y - y0) % 16 < 11 && draw(3) == 0 ? 0x202020 : 0xf0f0f0;
}

static void shift_area(struct world *world, int x0, int y0, int width, int height, int dx, int dy)
{
    uint32_t *before = malloc(WIDTH * HEIGHT * 4);
    assert_non_null(before);
    memcpy(before, world->picture, WIDTH * HEIGHT * 4);
    for (int y = y0; y < y0 + height; y++)
        for (int x = x0; x < x0 + width; x++) {
            int to_x = x + dx, to_y = y + dy;
            if (to_x >= 0 && to_x < WIDTH && to_y >= 0 && to_y < HEIGHT)
                world->picture[to_y * WIDTH + to_x] = before[y * WIDTH + x];
        }
    free(before);
}

static void damage_all(struct world *world)
{
    tiles_mark_damage(&world->tiles, &(struct worker_rect){0, 0, WIDTH, HEIGHT});
}

static void peer_moves(struct world *world)
{
    for (size_t i = 0; i < world->tiles.moves.count; i++) {
        const struct move *move = &world->tiles.moves.list[i];
        assert_in_range(move->width, 1, WIDTH);
        assert_in_range(move->height, 1, HEIGHT);
        assert_in_range(move->x, 0, WIDTH - move->width);
        assert_in_range(move->y, 0, HEIGHT - move->height);
        assert_in_range(move->source_x, 0, WIDTH - move->width);
        assert_in_range(move->source_y, 0, HEIGHT - move->height);
        uint32_t *held = malloc((size_t)move->width * (size_t)move->height * 4);
        assert_non_null(held);
        for (int y = 0; y < move->height; y++)
            memcpy(held + y * move->width,
                   world->peer + (move->source_y + y) * WIDTH + move->source_x,
                   (size_t)move->width * 4);
        for (int y = 0; y < move->height; y++)
            memcpy(world->peer + (move->y + y) * WIDTH + move->x, held + y * move->width,
                   (size_t)move->width * 4);
        free(held);
        world->moved += (size_t)move->width * (size_t)move->height;
    }
}

static void copy_to_peer(struct world *world, const struct tiles_area *part)
{
    for (int y = part->y; y < part->y + part->height; y++)
        memcpy(world->peer + y * WIDTH + part->x,
               world->tiles.copy + ((size_t)y * WIDTH + (size_t)part->x) * 4,
               (size_t)part->width * 4);
}

/* One frame with at most `most` rectangles. */
static void send(struct world *world, size_t most)
{
    struct tiles *tiles = &world->tiles;
    world->moved = world->resent = 0;
    tiles_look(tiles, (const uint8_t *)world->picture);
    tiles_gather(tiles);
    peer_moves(world);
    for (size_t i = 0; i < tiles->rect_count; i++) {
        const struct tiles_rect *rect = &tiles->rects[i];
        if (i >= most) {
            tiles_mark_unsent(tiles, rect->x, rect->y, rect->width, rect->height);
            continue;
        }
        const struct tiles_area *part = &rect->changed;
        assert_in_range(part->x, rect->x, rect->x + rect->width - part->width);
        assert_in_range(part->y, rect->y, rect->y + rect->height - part->height);
        copy_to_peer(world, part);
        world->resent += (size_t)part->width * (size_t)part->height;
    }
}

static void assert_peer_is_right(const struct world *world)
{
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        assert_int_equal(world->peer[i] & 0xffffff, world->picture[i] & 0xffffff);
}

/* A text in a window at no round place, with a frame around that stays. */
static struct world make_text(int x, int y, int width, int height)
{
    struct world world = make();
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        world.picture[i] = 0x335577 + (uint32_t)(i % WIDTH);
    write_text(&world, x, y, width, height);
    damage_all(&world);
    send(&world, SIZE_MAX);
    assert_peer_is_right(&world);
    return world;
}

static void check_scroll(int dx, int dy)
{
    struct world world = make_text(37, 51, 701, 555);
    shift_area(&world, 37 + (dx < 0 ? -dx : 0), 51 + (dy < 0 ? -dy : 0), 701 - abs(dx),
               555 - abs(dy), dx, dy);
    if (dy)
        write_text(&world, 37, dy < 0 ? 51 + 555 + dy : 51, 701, abs(dy));
    if (dx)
        write_text(&world, dx < 0 ? 37 + 701 + dx : 37, 51, abs(dx), 555);
    damage_all(&world);
    send(&world, SIZE_MAX);
    assert_peer_is_right(&world);
    /* Nearly all of it moved; sent were the tiles of the new strip. */
    assert_in_range(world.moved, (size_t)(701 - abs(dx) - 8) * (size_t)(555 - abs(dy) - 8),
                    2 * WIDTH * HEIGHT);
    assert_in_range(world.resent, 1, 192 * 768);
    drop(&world);
}

static void test_scrolls(void **test)
{
    check_scroll(0, -16);
    check_scroll(0, 16);
    check_scroll(0, -3);
    check_scroll(0, 100);
    check_scroll(-24, 0);
    check_scroll(33, 0);
}

static void test_scrolling_goes_on(void **test)
{
    struct world world = make_text(0, 0, WIDTH, HEIGHT);
    for (int i = 0; i < 20; i++) {
        shift_area(&world, 0, 7, WIDTH, HEIGHT - 7, 0, -7);
        write_text(&world, 0, HEIGHT - 7, WIDTH, 7);
        damage_all(&world);
        send(&world, SIZE_MAX);
        assert_peer_is_right(&world);
        assert_true(world.resent <= 64 * 2 * WIDTH);
        assert_int_equal(world.tiles.moves.last_y, -7);
    }
    drop(&world);
}

static void test_window_is_dragged(void **test)
{
    struct world world = make_text(150, 120, 400, 300);
    shift_area(&world, 150, 120, 400, 300, 61, -43);
    for (int y = 120; y < 420; y++)
        for (int x = 150; x < 550; x++)
            if (x < 211 || y >= 377)
                world.picture[y * WIDTH + x] = 0x445566;
    damage_all(&world);
    send(&world, SIZE_MAX);
    assert_peer_is_right(&world);
    assert_in_range(world.moved, 370 * 270, WIDTH * HEIGHT);
    drop(&world);
}

static void lay_window(struct world *world, const uint32_t *window, int x0, int y0, int width,
                       int height)
{
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        world->picture[i] = 0x335577;
    for (int y = 0; y < height; y++)
        memcpy(world->picture + (y0 + y) * WIDTH + x0, window + y * width, (size_t)width * 4);
}

/* A hand moves it by a little more or less each time, and not all of the rows say something. */
static void test_dragging_goes_on(void **test)
{
    enum { W = 400, H = 320 };
    static const struct {
        int x, y;
    } places[] = {{40, 40}, {47, 38}, {55, 35}, {65, 35}, {73, 37}, {80, 42}, {130, 42}, {183, 40}};
    struct world world = make();
    uint32_t *window = malloc(W * H * 4);
    assert_non_null(window);
    /* Lines of text on each sixteenth row, of which at most eight are written on: of the rows that
     * the search looks at, none is where the window is at a place that is no multiple of eight. */
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            window[y * W + x] = y % 16 < 7 && draw(3) == 0 ? 0x202020 : 0xf0f0f0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        lay_window(&world, window, places[i].x, places[i].y, W, H);
        damage_all(&world);
        send(&world, SIZE_MAX);
        assert_peer_is_right(&world);
        if (i)
            assert_in_range(world.moved, (W - 8) * (H - 16), WIDTH * HEIGHT);
    }
    free(window);
    drop(&world);
}

static void test_noise_has_no_moves(void **test)
{
    struct world world = make_text(0, 0, WIDTH, HEIGHT);
    for (int frame = 0; frame < 30; frame++) {
        for (size_t i = 0; i < WIDTH * HEIGHT; i++)
            world.picture[i] = draw(1 << 24);
        damage_all(&world);
        send(&world, SIZE_MAX);
        assert_int_equal(world.moved, 0);
    }
    assert_peer_is_right(&world);
    drop(&world);
}

/* Whatever happens, and however little of it is sent at a time. */
static void test_peer_is_right_in_the_end(void **test)
{
    state = 7;
    for (int life = 0; life < 12; life++) {
        struct world world = make_text((int)draw(200), (int)draw(200), 600, 450);
        size_t moved = 0;
        for (int step = 0; step < 25; step++) {
            int x = (int)draw(500), y = (int)draw(400);
            if (draw(4))
                shift_area(&world, x, y, 350, 280, (int)draw(3) * 17 - 17, (int)draw(200) - 100);
            else
                write_text(&world, x, y, 1 + (int)draw(390), 1 + (int)draw(290));
            damage_all(&world);
            send(&world, draw(2) ? SIZE_MAX : draw(4));
            moved += world.moved;
        }
        for (int i = 0; i < 1000 && world.tiles.waiting; i++)
            send(&world, 3);
        assert_int_equal(world.tiles.waiting, 0);
        assert_peer_is_right(&world);
        assert_true(moved > 0);
        drop(&world);
    }
}

static size_t overtaken, refused;
static uint32_t change_one_in;

/* Something small changes while all else is looked at: in the middle of it, or far from it. */
static void change_meanwhile(void *user)
{
    struct world *world = user;
    struct tiles_rect rects[TILES_ASIDE_MAX];
    /* Before the moves are made in some frames only: then nothing is taken on trust. */
    if (draw(world->tiles.moves_made ? 4 : change_one_in))
        return;
    struct worker_damage damage = {.width = WIDTH, .height = HEIGHT, .count = 1 + draw(2)};
    for (uint32_t i = 0; i < damage.count; i++) {
        struct worker_rect *rect = &damage.rects[i];
        *rect = (struct worker_rect){(int32_t)draw(WIDTH - 100), (int32_t)draw(HEIGHT - 40),
                                     1 + (int32_t)draw(100), 1 + (int32_t)draw(40)};
        write_text(world, rect->x, rect->y, rect->width, rect->height);
    }
    ptrdiff_t count = tiles_look_aside(&world->tiles, &damage, rects);
    overtaken += count > 0;
    refused += count < 0;
    for (ptrdiff_t i = 0; i < count; i++)
        copy_to_peer(world, &rects[i].changed);
    for (uint32_t i = 0; i < damage.count && count < 0; i++)
        tiles_mark_damage(&world->tiles, &damage.rects[i]);
}

/* The peer gets what overtakes before the moves, which may take from where it is painted. */
static void test_overtaking(void **test)
{
    state = 11;
    overtaken = refused = 0;
    for (int life = 0; life < 12; life++) {
        struct world world = make_text((int)draw(100), (int)draw(100), 700, 550);
        size_t moved = 0;
        change_one_in = life % 2 ? 6 : 40;
        world.tiles.between = change_meanwhile;
        world.tiles.user = &world;
        for (int step = 0; step < 40; step++) {
            int x = 200 + (int)draw(200), y = 200 + (int)draw(100);
            int dx = draw(2) ? (int)draw(400) - 200 : 0, dy = draw(2) ? (int)draw(400) - 200 : 0;
            shift_area(&world, x, y, 300, 200, dx, dy);
            tiles_mark_damage(&world.tiles, &(struct worker_rect){x + dx, y + dy, 300, 200});
            send(&world, draw(2) ? SIZE_MAX : draw(4));
            moved += world.moved;
        }
        world.tiles.between = NULL;
        for (int i = 0; i < 1000 && world.tiles.waiting; i++)
            send(&world, SIZE_MAX);
        assert_int_equal(world.tiles.waiting, 0);
        assert_peer_is_right(&world);
        assert_true(moved > 0);
        drop(&world);
    }
    assert_true(overtaken > 100);
    assert_true(refused > 100);
}

static unsigned looks;

/* Once, in a tile that was seen to have come by the move just before. */
static void change_what_came(void *user)
{
    struct world *world = user;
    struct tiles_rect rects[TILES_ASIDE_MAX];
    struct worker_damage damage = {
        .width = WIDTH, .height = HEIGHT, .count = 1, .rects = {{400, 300, 20, 5}}};
    if (world->tiles.moves_made || ++looks != 10)
        return;
    write_text(world, 400, 300, 20, 5);
    assert_int_equal(tiles_look_aside(&world->tiles, &damage, rects), -1);
    tiles_mark_damage(&world->tiles, &damage.rects[0]);
}

static void test_change_of_what_came(void **test)
{
    struct world world = make_text(0, 0, WIDTH, HEIGHT);
    looks = 0;
    world.tiles.between = change_what_came;
    world.tiles.user = &world;
    shift_area(&world, 0, 16, WIDTH, HEIGHT - 16, 0, -16);
    damage_all(&world);
    send(&world, SIZE_MAX);
    assert_true(looks >= 10);
    assert_true(world.moved > 0);
    assert_peer_is_right(&world);
    drop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scrolls),
        cmocka_unit_test(test_scrolling_goes_on),
        cmocka_unit_test(test_window_is_dragged),
        cmocka_unit_test(test_dragging_goes_on),
        cmocka_unit_test(test_noise_has_no_moves),
        cmocka_unit_test(test_peer_is_right_in_the_end),
        cmocka_unit_test(test_overtaking),
        cmocka_unit_test(test_change_of_what_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
