/* Frames: lent for one callback, or held beyond it, and whose memory the pixels are in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "api/session.h"

#define SIDE 64

static const qa_rect damage[] = {{0, 0, SIDE, SIDE}, {1, 2, 3, 4}};

static const qa_move moves[] = {{{1, 2, 3, 4}, 5, 6}};

static void paint(struct picture *picture)
{
    assert_int_equal(picture_init(picture), 0);
    assert_int_equal(picture_resize(picture, SIDE, SIDE), 0);
    memset(picture->pixels, 0x5a, picture_stride(picture) * SIDE);
}

static qa_frame *lend(const struct picture *picture)
{
    const struct rdp_frame changes = {
        .damage = damage, .count = 2, .painted = 1, .moves = moves, .move_count = 1};
    qa_frame *frame = frame_new(picture, &changes);
    assert_non_null(frame);
    return frame;
}

static void expect_pixels(const qa_frame *frame)
{
    const uint8_t *pixels = qa_frame_pixels(frame);
    assert_non_null(pixels);
    for (size_t i = 0; i < qa_frame_stride(frame) * (size_t)qa_frame_height(frame); i++)
        assert_int_equal(pixels[i], 0x5a);
}

static void count(void *user)
{
    (*(unsigned *)user)++;
}

static void test_lent_and_no_longer(void **state)
{
    struct picture picture;
    paint(&picture);
    qa_frame *frame = lend(&picture);
    size_t rects;
    assert_int_equal(qa_frame_width(frame), SIDE);
    assert_memory_equal(qa_frame_damage(frame, &rects), damage, sizeof damage);
    assert_int_equal(rects, 2);
    assert_memory_equal(qa_frame_painted(frame, &rects), damage, sizeof damage[0]);
    assert_int_equal(rects, 1);
    assert_memory_equal(qa_frame_moves(frame, &rects), moves, sizeof moves);
    assert_int_equal(rects, 1);
    assert_ptr_equal(qa_frame_pixels(frame), picture.pixels);
    qa_frame *kept = qa_frame_ref(frame);
    frame_finish(frame);
    assert_false(frame_is_held(kept));
    assert_null(qa_frame_pixels(kept));
    assert_int_equal(qa_frame_hold(kept), QA_ESTATE);
    assert_memory_equal(qa_frame_damage(kept, &rects), damage, sizeof damage);
    qa_frame_unref(kept);
    picture_free(&picture);
}

/* The session hears of it once, when the last reference is given back. */
static void test_held_until_the_last_reference(void **state)
{
    struct picture picture;
    unsigned released = 0;
    paint(&picture);
    qa_frame *frame = lend(&picture);
    assert_int_equal(qa_frame_hold(frame), 0);
    assert_int_equal(qa_frame_hold(frame), 0);
    assert_true(frame_is_held(frame));
    frame_set_released(frame, count, &released);
    frame_finish(frame);
    assert_int_equal(qa_frame_hold(frame), QA_ESTATE);
    expect_pixels(frame);
    qa_frame_unref(frame);
    assert_int_equal(released, 0);
    expect_pixels(frame);
    qa_frame_unref(frame);
    assert_int_equal(released, 1);
    picture_free(&picture);
}

static void test_held_longer_than_the_session(void **state)
{
    struct picture picture;
    unsigned released = 0;
    paint(&picture);
    qa_frame *frame = lend(&picture);
    assert_int_equal(qa_frame_hold(frame), 0);
    frame_set_released(frame, count, &released);
    frame_finish(frame);
    frame_adopt(frame, &picture);
    /* The session's own is another one from here on. */
    assert_int_equal(picture.fd, -1);
    assert_null(picture.pixels);
    picture_free(&picture);
    expect_pixels(frame);
    qa_frame_unref(frame);
    assert_int_equal(released, 0);
}

/* The session, or its connection, ends inside of on_frame: there is no worker any more after it. */
static void test_the_end_comes_while_it_is_lent(void **state)
{
    for (int held = 0; held < 2; held++) {
        struct session session = {.picture = {.fd = -1}};
        paint(&session.picture);
        qa_frame *frame = qa_frame_ref(lend(&session.picture));
        session_lend_picture(&session);
        if (held)
            assert_int_equal(qa_frame_hold(frame), 0);
        session_take_picture_back(&session, frame);
        frame_finish(frame);
        assert_false(session.picture_lent);
        assert_null(session.held);
        assert_null(session.picture.pixels);
        if (held)
            expect_pixels(frame);
        else
            assert_null(qa_frame_pixels(frame));
        qa_frame_unref(frame);
        if (held)
            qa_frame_unref(frame);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lent_and_no_longer),
        cmocka_unit_test(test_held_until_the_last_reference),
        cmocka_unit_test(test_held_longer_than_the_session),
        cmocka_unit_test(test_the_end_comes_while_it_is_lent),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
