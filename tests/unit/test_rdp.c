/* Pictures, pointer and input through both workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "rdp_pair.h"

static void change(struct pair *pair, enum pair_pattern pattern, uint32_t seed, qa_rect area)
{
    pair_paint(&pair->server.picture, pattern, seed, &area);
    assert_int_equal(rdp_damage(pair->server.rdp, &area, 1), 0);
    pair_wait(pair, pair_equal);
}

static void test_pictures_are_exact(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    qa_rect all = pair_all(&pair->server.picture);
    change(pair, PATTERN_GRADIENT, 2, all);
    change(pair, PATTERN_NOISE, 3, all);
    change(pair, PATTERN_FLAT, 4, all);
    change(pair, PATTERN_TEXT, 5, all);
}

static qa_rect area_wanted;

/* The pixels may be there before the loop tells. */
static bool area_was_told(struct pair *pair)
{
    const qa_rect *told = &pair->client.damage;
    return pair_any_failed(pair) || (told->x <= area_wanted.x && told->y <= area_wanted.y &&
                                     told->x + told->width >= area_wanted.x + area_wanted.width &&
                                     told->y + told->height >= area_wanted.y + area_wanted.height);
}

static void test_partial_damage(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 500, 300);
    /* Odd places and sizes, over edges of tiles and of the picture. */
    const qa_rect areas[] = {{3, 5, 1, 1},     {63, 63, 2, 2},   {100, 10, 150, 201},
                             {499, 0, 1, 300}, {0, 299, 500, 1}, {447, 255, 53, 45}};
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        pair_run(pair, 100);
        pair->client.damage = (qa_rect){0};
        change(pair, PATTERN_GRADIENT, (uint32_t)i + 7, areas[i]);
        area_wanted = areas[i];
        pair_wait(pair, area_was_told);
        /* And no more than its tiles. */
        const qa_rect *told = &pair->client.damage;
        assert_true(told->x >= areas[i].x / 64 * 64 && told->y >= areas[i].y / 64 * 64);
        assert_true(told->x + told->width <= areas[i].x + areas[i].width + 63);
    }
    /* Damage that is none, or lies outside, sends nothing. */
    size_t bytes = pair->server.bytes;
    const qa_rect nothing[] = {{0, 0, 500, 300}, {-50, -50, 20, 20}, {600, 0, 5, 5}};
    assert_int_equal(rdp_damage(pair->server.rdp, nothing, 3), 0);
    pair_run(pair, 200);
    assert_int_equal(pair->server.bytes, bytes);
}

static void test_many_rectangles(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 640);
    qa_rect areas[200];
    for (size_t i = 0; i < 200; i++) {
        areas[i] = (qa_rect){(int32_t)(i % 20) * 32, (int32_t)(i / 20) * 64, 5, 5};
        pair_paint(&pair->server.picture, PATTERN_NOISE, (uint32_t)i, &areas[i]);
    }
    assert_int_equal(rdp_damage(pair->server.rdp, areas, 200), 0);
    pair_wait(pair, pair_equal);
}

static void resize_to(struct pair *pair, int32_t width, int32_t height, uint32_t seed)
{
    pair_resize(pair, width, height, PATTERN_TEXT, seed);
    pair_wait(pair, pair_equal);
    change(pair, PATTERN_GRADIENT, seed + 1, (qa_rect){1, 1, width - 1, height - 1});
}

static void resize_up_and_down(struct pair *pair)
{
    resize_to(pair, 1280, 720, 10);
    resize_to(pair, 333, 251, 20);
    resize_to(pair, 1, 1, 30);
    resize_to(pair, 1366, 768, 40);
    /* Several at once, the last one counts. */
    pair_resize(pair, 200, 200, PATTERN_TEXT, 50);
    pair_run(pair, 1);
    pair_resize(pair, 801, 602, PATTERN_TEXT, 51);
    pair_run(pair, 1);
    resize_to(pair, 640, 400, 60);
}

static void test_resize(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    resize_up_and_down(pair);
}

static uint32_t generation;

static bool has_generation(struct pair *pair)
{
    return pair_any_failed(pair) || rdp_generation(pair->client.rdp) == generation;
}

/* Pictures of the same size are told from each other, however fast they follow. */
static void test_generations(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    assert_int_equal(rdp_generation(pair->client.rdp), 0);
    const uint32_t generations[] = {1, 2, RDP_GENERATION_MAX, 1, 7};
    for (size_t i = 0; i < sizeof generations / sizeof *generations; i++) {
        generation = generations[i];
        rdp_set_generation(pair->server.rdp, generation);
        pair_resize(pair, 640, 480, PATTERN_NOISE, (uint32_t)i);
        pair_wait(pair, has_generation);
        pair_wait(pair, pair_equal);
        change(pair, PATTERN_TEXT, (uint32_t)i, (qa_rect){1, 1, 300, 200});
        assert_int_equal(rdp_generation(pair->client.rdp), generation);
    }
    for (generation = 10; generation < 20; generation++) {
        rdp_set_generation(pair->server.rdp, generation);
        pair_resize(pair, 640, 480, PATTERN_NOISE, generation);
        pair_run(pair, generation % 3);
    }
    generation--;
    pair_wait(pair, has_generation);
    pair_wait(pair, pair_equal);
}

static void test_largest_picture(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 8192, 300);
    resize_to(pair, 300, 8192, 3);
}

static void test_classic_bitmaps(void **state)
{
    struct pair *pair = *state;
    pair->client.options.classic_bitmaps = true;
    pair_start(pair, 651, 483);
    qa_rect all = pair_all(&pair->server.picture);
    change(pair, PATTERN_NOISE, 3, all);
    change(pair, PATTERN_FLAT, 4, all);
    change(pair, PATTERN_GRADIENT, 5, (qa_rect){77, 99, 300, 301});
    resize_up_and_down(pair);
}

static bool frame_is_held(struct pair *pair)
{
    return pair_any_failed(pair) || pair->client.frames > 0;
}

static bool is_taken(struct pair *pair)
{
    return pair_any_failed(pair) || pair->server.taken;
}

/* The client looks at one frame, and the server has newer ones. */
static void hold_one_of_many(struct pair *pair, const qa_rect *all)
{
    pair->client.hold_frames = true;
    pair->client.frames = 0;
    for (uint32_t i = 0; i < 20; i++) {
        pair_paint(&pair->server.picture, PATTERN_NOISE, 100 + i, all);
        assert_int_equal(rdp_damage(pair->server.rdp, all, 1), 0);
        if (i == 0)
            pair_wait(pair, frame_is_held);
        pair_run(pair, 30);
    }
}

/* A client that looks at one frame for long: the server stops, then the newest pixels come. */
static void held_frames_bound_bytes(struct pair *pair)
{
    qa_rect all = pair_all(&pair->server.picture);
    size_t one_picture = (size_t)all.width * (size_t)all.height * 3;
    size_t bytes = pair->server.bytes;
    hold_one_of_many(pair, &all);
    assert_int_equal(pair->client.frames, 1);
    assert_true(pair->server.bytes - bytes < 4 * one_picture + 65536);
    size_t settled = pair->server.bytes;
    pair->server.taken = false;
    assert_int_equal(rdp_damage(pair->server.rdp, &all, 1), 0);
    pair_run(pair, 200);
    assert_int_equal(pair->server.bytes, settled);
    /* Nobody need capture meanwhile. */
    assert_false(pair->server.taken);

    pair->client.hold_frames = false;
    rdp_frame_done(pair->client.rdp);
    pair_wait(pair, pair_equal);
    pair_wait(pair, is_taken);
    assert_true(pair->server.taken);
}

static void test_held_frames_bound_bytes(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 400, 300);
    held_frames_bound_bytes(pair);
}

static void test_held_frames_bound_bytes_classic(void **state)
{
    struct pair *pair = *state;
    pair->client.options.classic_bitmaps = true;
    pair_start(pair, 400, 300);
    held_frames_bound_bytes(pair);
}

static bool is_asked_for_more(struct pair *pair)
{
    return pair_any_failed(pair) || pair->server.renew;
}

/* What waited for long is asked for anew; until the answer the picture may be drawn in pieces. */
static void test_what_waited_is_asked_for(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 400, 300);
    qa_rect all = pair_all(&pair->server.picture);
    hold_one_of_many(pair, &all);
    pair->server.hold_renew = true;
    pair->server.renew = false;
    pair->client.hold_frames = false;
    rdp_frame_done(pair->client.rdp);
    pair_wait(pair, is_asked_for_more);
    pair_run(pair, 50); /* what was under way comes */
    pair->client.frames = 0;
    pair->server.taken = false;
    for (int32_t y = 0; y < all.height; y += 30) {
        qa_rect piece = {0, y, all.width, 30};
        pair_paint(&pair->server.picture, PATTERN_FLAT, 7, &piece);
        pair_run(pair, 20);
    }
    assert_false(pair_any_failed(pair));
    assert_int_equal(pair->client.frames, 0);
    assert_false(pair->server.taken);
    assert_int_equal(rdp_damage(pair->server.rdp, NULL, 0), 0);
    pair_wait(pair, pair_equal);
    pair_wait(pair, is_taken);
}

/* The network takes nothing: input still passes the other way, and then the newest comes. */
static void test_blocked_stream(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 800, 600);
    rdp_set_reading(pair->server.rdp, false);
    qa_rect all = pair_all(&pair->server.picture);
    for (uint32_t i = 0; i < 10; i++) {
        pair_paint(&pair->server.picture, PATTERN_NOISE, i, &all);
        assert_int_equal(rdp_damage(pair->server.rdp, &all, 1), 0);
        pair_run(pair, 20);
    }
    qa_input_event move = {.type = QA_INPUT_MOVE, .x = 11, .y = 12};
    assert_int_equal(rdp_input(pair->client.rdp, &move), 0);
    while (!pair->server.input_count)
        pair_run(pair, 10);
    rdp_set_reading(pair->server.rdp, true);
    pair_wait(pair, pair_equal);
}

static void test_idle_is_silent(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    pair_run(pair, 300);
    size_t server_bytes = pair->server.bytes;
    size_t client_bytes = pair->client.bytes;
    pair_run(pair, 1000);
    assert_int_equal(pair->server.bytes, server_bytes);
    assert_int_equal(pair->client.bytes, client_bytes);
}

static size_t cursors_wanted;

static bool cursor_came(struct pair *pair)
{
    return pair_any_failed(pair) || pair->client.cursors >= cursors_wanted;
}

static void send_cursor(struct pair *pair, int32_t width, int32_t height)
{
    static uint8_t pixels[384 * 384 * 4];
    size_t length = (size_t)width * (size_t)height * 4;
    for (size_t i = 0; i < length; i++)
        pixels[i] = (uint8_t)(i * 31 + (size_t)width);
    qa_cursor cursor = {.size = sizeof cursor,
                        .width = width,
                        .height = height,
                        .hot_x = width - 1,
                        .hot_y = height / 2,
                        .pixels = pixels};
    cursors_wanted = pair->client.cursors + 1;
    assert_int_equal(rdp_cursor(pair->server.rdp, &cursor), 0);
    pair_wait(pair, cursor_came);
    assert_int_equal(pair->client.error, 0);
    assert_int_equal(pair->client.cursor.width, width);
    assert_int_equal(pair->client.cursor.height, height);
    assert_int_equal(pair->client.cursor.hot_x, width - 1);
    assert_int_equal(pair->client.cursor.hot_y, height / 2);
    assert_memory_equal(pair->client.cursor_pixels, pixels, length);
}

static bool position_came(struct pair *pair)
{
    return pair_any_failed(pair) || (pair->client.cursor_x == 77 && pair->client.cursor_y == 88);
}

static void test_cursor(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    send_cursor(pair, 32, 32);
    send_cursor(pair, 13, 19);
    send_cursor(pair, 1, 1);
    send_cursor(pair, 33, 64);
    send_cursor(pair, 96, 96);
    send_cursor(pair, 97, 96);
    send_cursor(pair, 384, 384);

    cursors_wanted = pair->client.cursors + 1;
    assert_int_equal(rdp_cursor(pair->server.rdp, &(qa_cursor){.size = sizeof(qa_cursor)}), 0);
    pair_wait(pair, cursor_came);
    assert_int_equal(pair->client.cursor.width, 0);
    assert_int_equal(pair->client.cursor.height, 0);

    assert_int_equal(rdp_cursor_position(pair->server.rdp, 77, 88), 0);
    pair_wait(pair, position_came);

    static const uint8_t pixel[4];
    qa_cursor wrong = {.size = sizeof wrong, .width = 385, .height = 1, .pixels = pixel};
    assert_int_equal(rdp_cursor(pair->server.rdp, &wrong), QA_EINVAL);
    wrong = (qa_cursor){.size = sizeof wrong, .width = 1, .height = 1, .hot_x = 1, .pixels = pixel};
    assert_int_equal(rdp_cursor(pair->server.rdp, &wrong), QA_EINVAL);
    assert_int_equal(rdp_cursor_position(pair->server.rdp, -1, 0), QA_EINVAL);
}

static size_t inputs_wanted;

static bool input_came(struct pair *pair)
{
    return pair_any_failed(pair) || pair->server.input_count >= inputs_wanted;
}

static void assert_same_input(const qa_input_event *got, const qa_input_event *sent)
{
    assert_int_equal(got->type, sent->type);
    assert_int_equal(got->x, sent->x);
    assert_int_equal(got->y, sent->y);
    assert_int_equal(got->button, sent->button);
    assert_int_equal(got->pressed, sent->pressed);
    assert_int_equal(got->wheel_x, sent->wheel_x);
    assert_int_equal(got->wheel_y, sent->wheel_y);
    assert_int_equal(got->scancode, sent->scancode);
    assert_int_equal(got->codepoint, sent->codepoint);
}

static void test_input(void **state)
{
    static const qa_input_event sent[] = {
        {.type = QA_INPUT_MOVE, .x = 0, .y = 0},
        {.type = QA_INPUT_BUTTON, .x = 5, .y = 6, .button = QA_BUTTON_LEFT, .pressed = true},
        {.type = QA_INPUT_MOVE, .x = 639, .y = 479},
        {.type = QA_INPUT_BUTTON, .x = 5, .y = 6, .button = QA_BUTTON_LEFT},
        {.type = QA_INPUT_BUTTON, .x = 1, .y = 2, .button = QA_BUTTON_MIDDLE, .pressed = true},
        {.type = QA_INPUT_BUTTON, .x = 1, .y = 2, .button = QA_BUTTON_RIGHT, .pressed = true},
        {.type = QA_INPUT_BUTTON, .x = 8, .y = 9, .button = QA_BUTTON_BACK, .pressed = true},
        {.type = QA_INPUT_BUTTON, .x = 8, .y = 9, .button = QA_BUTTON_FORWARD},
        {.type = QA_INPUT_WHEEL, .x = 3, .y = 4, .wheel_y = 120},
        {.type = QA_INPUT_WHEEL, .x = 3, .y = 4, .wheel_y = -120},
        {.type = QA_INPUT_WHEEL, .x = 3, .y = 4, .wheel_x = 1},
        {.type = QA_INPUT_WHEEL, .x = 3, .y = 4, .wheel_x = -1},
        {.type = QA_INPUT_WHEEL, .x = 3, .y = 4, .wheel_x = -255},
        {.type = QA_INPUT_WHEEL, .x = 3, .y = 4, .wheel_y = 255},
        {.type = QA_INPUT_KEY, .scancode = 0x1e, .pressed = true},
        {.type = QA_INPUT_KEY, .scancode = 0x1e},
        {.type = QA_INPUT_KEY, .scancode = 0x48 | QA_SCANCODE_EXTENDED, .pressed = true},
        {.type = QA_INPUT_KEY, .scancode = 0x7f},
        {.type = QA_INPUT_TEXT, .codepoint = 'a'},
        {.type = QA_INPUT_TEXT, .codepoint = 0x20ac},
        {.type = QA_INPUT_TEXT, .codepoint = 0xffff},
        {.type = QA_INPUT_TEXT, .codepoint = 0x10000},
        {.type = QA_INPUT_TEXT, .codepoint = 0x1f600},
        {.type = QA_INPUT_TEXT, .codepoint = 0x10ffff},
    };
    const size_t count = sizeof sent / sizeof *sent;
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rdp_input(pair->client.rdp, &sent[i]), 0);
    inputs_wanted = count;
    pair_wait(pair, input_came);
    assert_int_equal(pair->server.input_count, count);
    for (size_t i = 0; i < count; i++)
        assert_same_input(&pair->server.input[i], &sent[i]);
}

/* Long turns of the wheel and both axes at once come in parts that add up. */
static void test_input_wheel_in_parts(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    qa_input_event turn = {
        .type = QA_INPUT_WHEEL, .x = 3, .y = 4, .wheel_x = 700, .wheel_y = -1200};
    assert_int_equal(rdp_input(pair->client.rdp, &turn), 0);
    inputs_wanted = 5 + 3;
    pair_wait(pair, input_came);
    int32_t x = 0, y = 0;
    for (size_t i = 0; i < pair->server.input_count; i++) {
        x += pair->server.input[i].wheel_x;
        y += pair->server.input[i].wheel_y;
    }
    assert_int_equal(x, 700);
    assert_int_equal(y, -1200);
}

static bool epochs_came(struct pair *pair)
{
    return pair_any_failed(pair) || pair->server.epoch_count >= RDP_EPOCHS;
}

static void test_input_epochs_keep_their_place(void **state)
{
    struct pair *pair = *state;
    pair_start(pair, 640, 480);
    for (unsigned i = 0; i < RDP_EPOCHS; i++) {
        assert_int_equal(rdp_input_epoch(pair->client.rdp, i), 0);
        qa_input_event key = {.type = QA_INPUT_KEY, .scancode = 1 + i, .pressed = true};
        assert_int_equal(rdp_input(pair->client.rdp, &key), 0);
    }
    inputs_wanted = RDP_EPOCHS;
    pair_wait(pair, epochs_came);
    pair_wait(pair, input_came);
    for (unsigned i = 0; i < RDP_EPOCHS; i++) {
        assert_int_equal(pair->server.epoch[i], i);
        assert_int_equal(pair->server.epoch_at[i], i);
        assert_int_equal(pair->server.input[i].scancode, 1 + i);
    }
    assert_int_equal(rdp_input_epoch(pair->client.rdp, RDP_EPOCHS), QA_EINVAL);
}

static void test_input_out_of_range(void **state)
{
    static const qa_input_event wrong[] = {
        {.type = QA_INPUT_MOVE, .x = -1},
        {.type = QA_INPUT_MOVE, .y = 8192},
        {.type = QA_INPUT_BUTTON, .button = 4},
        {.type = QA_INPUT_WHEEL, .wheel_x = 100000},
        {.type = QA_INPUT_KEY, .scancode = 0},
        {.type = QA_INPUT_KEY, .scancode = 0x80},
        {.type = QA_INPUT_TEXT, .codepoint = 0},
        {.type = QA_INPUT_TEXT, .codepoint = 0xd800},
        {.type = QA_INPUT_TEXT, .codepoint = 0x110000},
        {.type = (qa_input_type)9},
    };
    struct pair *pair = *state;
    assert_int_equal(pair_start_end(&pair->client), 0);
    assert_int_equal(rdp_input(pair->client.rdp, &(qa_input_event){.type = QA_INPUT_MOVE}),
                     QA_ESTATE);
    assert_int_equal(pair_start_end(&pair->server), 0);
    assert_int_equal(rdp_picture_resized(pair->server.rdp), QA_ESTATE);
    pair_resize(pair, 320, 200, PATTERN_TEXT, 1);
    pair_wait(pair, pair_equal);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(rdp_input(pair->client.rdp, &wrong[i]), QA_EINVAL);
    /* A flood is refused at some point rather than kept. */
    qa_input_event key = {.type = QA_INPUT_KEY, .scancode = 1, .pressed = true};
    int error = 0;
    for (int i = 0; i < 100000 && !error; i++)
        error = rdp_input(pair->client.rdp, &key);
    assert_int_equal(error, QA_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_pictures_are_exact),
        PAIR_TEST(test_partial_damage),
        PAIR_TEST(test_many_rectangles),
        PAIR_TEST(test_resize),
        PAIR_TEST(test_generations),
        PAIR_TEST(test_largest_picture),
        PAIR_TEST(test_classic_bitmaps),
        PAIR_TEST(test_held_frames_bound_bytes),
        PAIR_TEST(test_held_frames_bound_bytes_classic),
        PAIR_TEST(test_what_waited_is_asked_for),
        PAIR_TEST(test_blocked_stream),
        PAIR_TEST(test_idle_is_silent),
        PAIR_TEST(test_cursor),
        PAIR_TEST(test_input),
        PAIR_TEST(test_input_wheel_in_parts),
        PAIR_TEST(test_input_epochs_keep_their_place),
        PAIR_TEST(test_input_out_of_range),
    };
    cmocka_set_test_filter(getenv("RDP_TEST_FILTER"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
