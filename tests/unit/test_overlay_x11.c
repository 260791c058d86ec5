/* What the helper points at and draws, on a real X server: where it is seen, and is in no way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xcb/xtest.h>

#include <qassist/consent.h>
#include <qassist/errors.h>

#include "base/clock.h"
#include "overlay_fixture.h"

static void test_nothing_is_seen_at_first(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    run_for(&f->loop, 200);
    assert_int_equal(drawn(f), 0);
}

static void test_marks_are_drawn_undone_and_cleared(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    begin(f, QA_MARK_STROKE, 0xff0000, 6, 100, 300);
    mark(f, QA_MARK_TO, 200, 300);
    see(f, 150, 300, 0xff0000);
    mark(f, QA_MARK_TO, 200, 400);
    mark(f, QA_MARK_END, 0, 0);
    see(f, 200, 350, 0xff0000);
    /* A halo of contrast, then the ground. */
    assert_int_equal(pixel(f, 150, 304), 0xffffff);
    assert_int_equal(pixel(f, 150, 307), GROUND);

    begin(f, QA_MARK_RECTANGLE, 0xffff00, 4, 300, 300);
    mark(f, QA_MARK_TO, 600, 600);
    see(f, 450, 300, 0xffff00);
    mark(f, QA_MARK_TO, 500, 500);
    see(f, 500, 400, 0xffff00);
    assert_int_equal(pixel(f, 600, 450), GROUND); /* as it was on the way */
    assert_int_equal(pixel(f, 400, 400), GROUND); /* only an outline */
    mark(f, QA_MARK_END, 0, 0);

    begin(f, QA_MARK_ARROW, 0x0000ff, 5, 700, 700);
    mark(f, QA_MARK_TO, 800, 700);
    see(f, 792, 700, 0x0000ff);
    assert_int_equal(pixel(f, 785, 706), 0x0000ff); /* the head is broader than the shaft */
    assert_int_equal(pixel(f, 740, 706), GROUND);

    mark(f, QA_MARK_UNDO, 0, 0);
    see(f, 750, 700, GROUND);
    assert_int_equal(pixel(f, 500, 400), 0xffff00);
    mark(f, QA_MARK_UNDO, 0, 0);
    see(f, 500, 400, GROUND);
    assert_int_equal(pixel(f, 150, 300), 0xff0000);
    begin(f, QA_MARK_STROKE, 0x00ff00, 4, 10, 10); /* a dot */
    see(f, 10, 10, 0x00ff00);
    mark(f, QA_MARK_CLEAR, 0, 0);
    see_nothing(f);
    /* Going on with what is gone draws nothing. */
    mark(f, QA_MARK_TO, 500, 500);
    mark(f, QA_MARK_UNDO, 0, 0);
    run_for(&f->loop, 100);
    assert_int_equal(drawn(f), 0);
}

static void test_the_laser_pointer_moves_and_vanishes(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    f->overlay->ops->point(f->overlay, 400, 400);
    see(f, 405, 400, 0xff2020);
    f->overlay->ops->point(f->overlay, 600, 500);
    see(f, 605, 500, 0xff2020);
    assert_int_equal(pixel(f, 405, 400), GROUND);
    f->overlay->ops->point_hide(f->overlay);
    see_nothing(f);
    /* By itself, when it does not move any more. */
    f->overlay->ops->point(f->overlay, 300, 300);
    see(f, 305, 300, 0xff2020);
    see_nothing(f);
    /* Outside of what is shown there is none. */
    f->overlay->ops->point(f->overlay, WIDTH, 300);
    run_for(&f->loop, 100);
    assert_int_equal(drawn(f), 0);
}

static void test_what_is_drawn_lies_in_the_shared_part(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    f->overlay->ops->set_area(f->overlay, &(qa_rect){512, 0, 512, HEIGHT});
    begin(f, QA_MARK_STROKE, 0xff0000, 9, 0, 300);
    mark(f, QA_MARK_TO, 2000, 300);
    f->overlay->ops->point(f->overlay, 100, 100);
    see(f, 512 + 100, 300, 0xff0000);
    see(f, 512 + 105, 100, 0xff2020);
    assert_int_equal(pixel(f, 512, 300), 0xff0000);
    assert_int_equal(pixel(f, 511, 300), GROUND);
    /* Another part of the screen: what was drawn belongs to the old one. */
    f->overlay->ops->set_area(f->overlay, &(qa_rect){0, 0, 512, HEIGHT});
    see_nothing(f);
    begin(f, QA_MARK_STROKE, 0xff0000, 9, 100, 100);
    see(f, 100, 100, 0xff0000);
}

static void test_clicks_go_through_what_is_drawn(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    begin(f, QA_MARK_STROKE, 0xff0000, 40, 100, 300);
    mark(f, QA_MARK_TO, 300, 300);
    f->overlay->ops->point(f->overlay, 200, 300);
    see(f, 205, 300, 0xff2020);
    xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, 0, 0, f->root_screen->root, 200, 300, 0);
    x_sync(f->xcb);
    xcb_query_pointer_reply_t *under =
        xcb_query_pointer_reply(f->xcb, xcb_query_pointer(f->xcb, f->root_screen->root), NULL);
    assert_int_equal(under->child, f->ground);
    free(under);
}

static void test_new_windows_do_not_hide_it(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    f->overlay->ops->set_status(f->overlay,
                                &(struct overlay_status){.permissions = QA_PERMISSION_VIEW});
    begin(f, QA_MARK_STROKE, 0xff0000, 9, 100, 300);
    mark(f, QA_MARK_TO, 300, 300);
    see(f, 200, 300, 0xff0000);
    uint32_t edge = pixel(f, f->banner.x + 2, f->banner.y + 4);
    for (unsigned i = 0; i < 5; i++) {
        xcb_window_t cover = new_window(f, 0, 0, WIDTH, HEIGHT, 0x808080 + i, true);
        see(f, 5, 500, 0x808080 + i);
        see(f, 200, 300, 0xff0000);
        see(f, f->banner.x + 2, f->banner.y + 4, edge);
        const uint32_t above[] = {XCB_STACK_MODE_ABOVE};
        xcb_configure_window(f->xcb, cover, XCB_CONFIG_WINDOW_STACK_MODE, above);
        x_sync(f->xcb);
        see(f, 200, 300, 0xff0000);
        see(f, f->banner.x + 2, f->banner.y + 4, edge);
    }
}

static void test_two_that_want_to_be_on_top_do_not_fight(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    f->overlay->ops->set_status(f->overlay,
                                &(struct overlay_status){.permissions = QA_PERMISSION_VIEW});
    run_for(&f->loop, 100);
    struct overlay *first = f->overlay;
    open_overlay(f, true);
    f->overlay->ops->set_status(f->overlay,
                                &(struct overlay_status){.permissions = QA_PERMISSION_VIEW});
    run_for(&f->loop, 200);
    const struct stack *one = &((struct overlay_x11 *)first)->stack;
    const struct stack *other = &((struct overlay_x11 *)f->overlay)->stack;
    unsigned before = one->quick + other->quick;
    uint64_t start = clock_ms();
    run_for(&f->loop, 1000);
    /* Ten a second each at most, however slow this machine is. */
    assert_true(one->quick + other->quick - before <= 2 * ((clock_ms() - start) / 100 + 2));
    first->ops->destroy(first);
}

static bool has_failed(void *user)
{
    return ((const struct fixture *)user)->failed == 1;
}

static void test_faults_are_said(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    end_process(f->server.pid);
    f->server.pid = 0;
    assert_true(run_polling(&f->loop, has_failed, f));
    /* Nothing breaks that is asked for meanwhile. */
    f->overlay->ops->point(f->overlay, 10, 10);
    begin(f, QA_MARK_STROKE, 0, 3, 10, 10);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    struct overlay *none = NULL;
    const char *detail;
    const struct overlay_x11_options options = {
        .display = "not a display", .shown_name = "", .organisation = "", .texts = &f->texts};
    assert_int_equal(
        overlay_x11_new(&f->loop, &options, NULL, &overlay_fixture_events, f, &none, &detail),
        QA_ESCREEN);
    assert_non_null(detail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_nothing_is_seen_at_first),
        WITH_SERVER(test_marks_are_drawn_undone_and_cleared),
        WITH_SERVER(test_the_laser_pointer_moves_and_vanishes),
        WITH_SERVER(test_what_is_drawn_lies_in_the_shared_part),
        WITH_SERVER(test_clicks_go_through_what_is_drawn),
        WITH_SERVER(test_new_windows_do_not_hide_it),
        WITH_SERVER(test_two_that_want_to_be_on_top_do_not_fight),
        WITH_SERVER(test_faults_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
