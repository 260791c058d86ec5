/* The pointer on a real X server: its shape and its place, told apart from the picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xcb/render.h>
#include <xcb/xtest.h>

#include "screen_fixture.h"

static int setup(void **state)
{
    *state = open_server("640x480x24", NULL);
    return 0;
}

static bool has_shape(void *user)
{
    const struct fixture *f = user;
    return f->shapes > 0;
}

static xcb_cursor_t make_two_colour_cursor(struct fixture *f)
{
    xcb_window_t root = f->root;
    xcb_pixmap_t source = xcb_generate_id(f->xcb), mask = xcb_generate_id(f->xcb);
    xcb_gcontext_t gc = xcb_generate_id(f->xcb);
    xcb_cursor_t cursor = xcb_generate_id(f->xcb);
    xcb_create_pixmap(f->xcb, 1, source, root, 16, 16);
    xcb_create_pixmap(f->xcb, 1, mask, root, 16, 16);
    xcb_create_gc(f->xcb, gc, source, 0, NULL);
    const xcb_rectangle_t all = {0, 0, 16, 16}, left = {0, 0, 8, 16}, top = {0, 0, 16, 8};
    uint32_t pixel = 0;
    xcb_change_gc(f->xcb, gc, XCB_GC_FOREGROUND, &pixel);
    xcb_poly_fill_rectangle(f->xcb, source, gc, 1, &all);
    xcb_poly_fill_rectangle(f->xcb, mask, gc, 1, &all);
    pixel = 1;
    xcb_change_gc(f->xcb, gc, XCB_GC_FOREGROUND, &pixel);
    xcb_poly_fill_rectangle(f->xcb, source, gc, 1, &left);
    xcb_poly_fill_rectangle(f->xcb, mask, gc, 1, &top);
    /* Left half orange, right half blue; the lower half is not there. */
    xcb_create_cursor(f->xcb, cursor, source, mask, 0xffff, 0x8080, 0, 0, 0, 0xffff, 3, 5);
    return cursor;
}

static void set_root_cursor(struct fixture *f, xcb_cursor_t cursor)
{
    xcb_change_window_attributes(f->xcb, f->root, XCB_CW_CURSOR, &cursor);
    x_sync(f->xcb);
}

static void test_the_pointer_shape_is_reported(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    set_root_cursor(f, make_two_colour_cursor(f));
    assert_true(run_until(&f->loop, has_shape, f));
    assert_true(f->shape.width >= 16 && f->shape.height >= 8);
    assert_int_equal(f->shape.hot_x, 3);
    assert_int_equal(f->shape.hot_y, 5);
    const uint8_t orange[] = {0, 0x80, 0xff, 0xff}, blue[] = {0xff, 0, 0, 0xff};
    size_t row = (size_t)f->shape.width * 4;
    assert_memory_equal(f->shape_pixels, orange, 4);
    assert_memory_equal(f->shape_pixels + 7 * row + 15 * 4, blue, 4);
    if (f->shape.height > 8)
        assert_int_equal(f->shape_pixels[8 * row + 3], 0);
}

static xcb_render_pictformat_t find_argb(xcb_connection_t *xcb)
{
    xcb_render_query_pict_formats_reply_t *reply =
        xcb_render_query_pict_formats_reply(xcb, xcb_render_query_pict_formats(xcb), NULL);
    assert_non_null(reply);
    xcb_render_pictformat_t found = 0;
    xcb_render_pictforminfo_iterator_t formats =
        xcb_render_query_pict_formats_formats_iterator(reply);
    for (; formats.rem; xcb_render_pictforminfo_next(&formats)) {
        const xcb_render_directformat_t *direct = &formats.data->direct;
        if (formats.data->depth == 32 && direct->alpha_shift == 24 && direct->red_shift == 16)
            found = formats.data->id;
    }
    free(reply);
    assert_int_not_equal(found, 0);
    return found;
}

static xcb_cursor_t make_translucent_cursor(struct fixture *f, uint16_t alpha)
{
    xcb_pixmap_t pixmap = xcb_generate_id(f->xcb);
    xcb_render_picture_t picture = xcb_generate_id(f->xcb);
    xcb_cursor_t cursor = xcb_generate_id(f->xcb);
    free(xcb_render_query_version_reply(f->xcb, xcb_render_query_version(f->xcb, 0, 11), NULL));
    xcb_create_pixmap(f->xcb, 32, pixmap, f->root, 8, 8);
    xcb_render_create_picture(f->xcb, picture, pixmap, find_argb(f->xcb), 0, NULL);
    /* Colours are premultiplied here: a full red and a half green at the given opacity. */
    const xcb_render_color_t colour = {.red = alpha, .green = alpha / 2, .blue = 0, .alpha = alpha};
    const xcb_rectangle_t all = {0, 0, 8, 8};
    xcb_render_fill_rectangles(f->xcb, XCB_RENDER_PICT_OP_SRC, picture, colour, 1, &all);
    xcb_render_create_cursor(f->xcb, cursor, picture, 1, 2);
    return cursor;
}

static void test_a_translucent_pointer_has_straight_alpha(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    set_root_cursor(f, make_translucent_cursor(f, 0x8080));
    assert_true(run_until(&f->loop, has_shape, f));
    assert_int_equal(f->shape.width, 8);
    assert_int_equal(f->shape_pixels[0], 0);
    assert_in_range(f->shape_pixels[1], 0x7e, 0x81);
    assert_int_equal(f->shape_pixels[2], 0xff);
    assert_int_equal(f->shape_pixels[3], 0x80);

    /* One that cannot be seen is none. */
    reset(f);
    set_root_cursor(f, make_translucent_cursor(f, 0));
    assert_true(run_until(&f->loop, has_shape, f));
    assert_int_equal(f->shape.width, 0);
    assert_null(f->shape.pixels);
}

static bool is_at_target(void *user)
{
    const struct fixture *f = user;
    return f->x == f->wanted_x && f->y == 222;
}

static void move_to_target(struct fixture *f, int16_t x)
{
    f->wanted_x = x;
    xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME, f->root, x, 222, 0);
    x_sync(f->xcb);
}

static void test_the_pointer_place_is_reported(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    for (int16_t i = 0; i <= 100; i++) {
        move_to_target(f, (int16_t)(200 + i));
        if (i % 20 == 0)
            run_for(&f->loop, 20);
    }
    assert_true(run_until(&f->loop, is_at_target, f));
    assert_true(f->places > 1 && f->places < 100);
    /* It rests, and is looked for again when it moves again. */
    for (int16_t i = 0; i < 10; i++) {
        run_for(&f->loop, (unsigned)i * 20);
        reset(f);
        move_to_target(f, (int16_t)(400 + i));
        assert_true(run_until(&f->loop, is_at_target, f));
    }
    run_for(&f->loop, 200);
    reset(f);
    run_for(&f->loop, 50);
    assert_int_equal(f->places, 0);
    /* A program that moves the pointer is noticed with the next change of the screen. */
    f->wanted_x = 500;
    xcb_warp_pointer(f->xcb, XCB_NONE, f->root, 0, 0, 0, 0, 500, 222);
    fill(f, 0, 0, 5, 5, 0x777777);
    assert_true(run_until(&f->loop, is_at_target, f));
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_the_pointer_shape_is_reported),
        WITH_SERVER(test_a_translucent_pointer_has_straight_alpha),
        WITH_SERVER(test_the_pointer_place_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
