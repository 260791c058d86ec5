/* Capture of a real X server's screen: pixels, damage, pause, size changes, faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <xcb/randr.h>
#include <xcb/xtest.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "screen_fixture.h"

#define SCREEN "640x480x24"

static int setup(void **state)
{
    *state = open_server(SCREEN, NULL);
    return 0;
}

static int setup_without_shm(void **state)
{
    *state = open_server(SCREEN, (const char *[]){"-extension", "MIT-SHM", NULL});
    return 0;
}

static bool is_damaged(void *user)
{
    const struct fixture *f = user;
    return f->damaged > 0;
}

static void test_nothing_is_touched_before_start(void **state)
{
    struct fixture *f = *state;
    const char *detail;
    paint_screen(f, 1);
    assert_int_equal(make_screen(f, &detail), 0);
    fill(f, 0, 0, 600, 400, 0x123456);
    run_for(&f->loop, 100);
    assert_int_equal(f->events, 0);
    assert_int_equal(requests(f), 0);
    assert_int_equal(f->picture.width, 0);
    for (size_t i = 0; i < 640 * 480 * 4; i++)
        assert_int_equal(f->picture.pixels[i], 0);
}

static void test_the_picture_is_the_screen(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 2);
    start_and_settle(f);
    assert_int_equal(f->picture.width, 640);
    assert_int_equal(f->picture.height, 480);
    assert_true(shows_its_part(f));
    for (unsigned seed = 3; seed < 13; seed++) {
        reset(f);
        paint_screen(f, seed);
        assert_true(run_until(&f->loop, shows_its_part, f));
    }
}

static void test_damage_is_what_changed(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    fill(f, 100, 200, 30, 20, 0xff8040);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_int_equal(f->damage.count, 1);
    assert_memory_equal(&f->damage.rects[0], (&(qa_rect){100, 200, 30, 20}), sizeof(qa_rect));
    const uint8_t *pixel = f->picture.pixels + 210 * picture_stride(&f->picture) + 110 * 4;
    assert_int_equal(pixel[0], 0x40);
    assert_int_equal(pixel[1], 0x80);
    assert_int_equal(pixel[2], 0xff);

    /* Two far corners are two small captures, and the rest of the picture is left alone. */
    run_for(&f->loop, 50);
    reset(f);
    uint8_t *untouched = f->picture.pixels + 240 * picture_stride(&f->picture);
    untouched[0] ^= 0xff;
    uint8_t marker = untouched[0];
    uint64_t before = requests(f);
    xcb_grab_server(f->xcb);
    fill(f, 0, 0, 10, 10, 0x0000ff);
    fill(f, 630, 470, 10, 10, 0x00ff00);
    xcb_ungrab_server(f->xcb);
    x_sync(f->xcb);
    assert_true(run_until(&f->loop, is_damaged, f));
    run_for(&f->loop, 50);
    assert_int_equal(f->damage.count, 2);
    assert_int_equal(requests(f) - before, 2);
    assert_int_equal(untouched[0], marker);
}

static void test_busy_merges_damage(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    f->screen->ops->set_busy(f->screen, true);
    uint64_t before = requests(f);
    for (unsigned i = 0; i < 100; i++)
        fill(f, (int16_t)(i * 5), (int16_t)(i * 4), 9, 9, i * 0x10203);
    run_for(&f->loop, 100);
    assert_int_equal(f->damaged, 0);
    assert_int_equal(requests(f), before);
    f->screen->ops->set_busy(f->screen, false);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_int_equal(f->damaged, 1);
    assert_true(shows_its_part(f));
}

/* What follows a key waits for no pace, however far that is, and does not make it slower. */
static void test_answers_wait_for_no_pace(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    struct x11_capture *capture = &((struct x11_screen *)f->screen)->capture;
    const uint64_t far = clock_ms() + 3600 * 1000;
    capture->due_ms = far;
    fill(f, 10, 10, 9, 9, 0x102030);
    run_for(&f->loop, 50);
    assert_int_equal(f->damaged, 0);
    f->screen->ops->expect_answer(f->screen);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_int_equal(capture->due_ms, far);
    assert_true(shows_its_part(f));
}

/* The receiver was told of some rows, and looks at them. */
static void start_and_be_looked_at(struct fixture *f)
{
    start_and_settle(f);
    run_for(&f->loop, 50);
    reset(f);
    fill(f, 100, 200, 30, 60, 0xff8040);
    assert_true(run_until(&f->loop, is_damaged, f));
    f->screen->ops->set_busy(f->screen, true);
    reset(f);
}

/* While the receiver looks at some rows, an answer in others is captured, in these it is not. */
static void test_answers_pass_what_is_looked_at(void **state)
{
    struct fixture *f = *state;
    start_and_be_looked_at(f);
    fill(f, 10, 10, 9, 9, 0x102030);
    run_for(&f->loop, 50);
    assert_int_equal(f->damaged, 0);
    f->screen->ops->expect_answer(f->screen);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_memory_equal(&f->damage.rects[0], (&(qa_rect){10, 10, 9, 9}), sizeof(qa_rect));
    reset(f);
    uint64_t before = requests(f);
    fill(f, 500, 255, 9, 9, 0x405060);
    f->screen->ops->expect_answer(f->screen);
    run_for(&f->loop, 50);
    assert_int_equal(f->damaged, 0);
    assert_int_equal(requests(f), before);
    f->screen->ops->set_busy(f->screen, false);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_memory_equal(&f->damage.rects[0], (&(qa_rect){500, 255, 9, 9}), sizeof(qa_rect));
    assert_true(shows_its_part(f));
}

/* What was said and not looked at is out of date: it is captured anew, in the same rows, at once.
 */
static void test_what_is_out_of_date_is_captured_anew(void **state)
{
    struct fixture *f = *state;
    start_and_be_looked_at(f);
    struct x11_capture *capture = &((struct x11_screen *)f->screen)->capture;
    capture->due_ms = clock_ms() + 3600 * 1000;
    fill(f, 110, 210, 9, 9, 0x102030);
    run_for(&f->loop, 50);
    assert_int_equal(f->damaged, 0);
    f->screen->ops->renew(f->screen);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_int_equal(f->damaged, 1);
    assert_memory_equal(&f->damage.rects[0], (&(qa_rect){110, 210, 9, 9}), sizeof(qa_rect));
    assert_true(shows_its_part(f));
    /* Once; and what was said first is still not to be written. */
    reset(f);
    fill(f, 100, 250, 9, 9, 0x405060);
    f->screen->ops->expect_answer(f->screen);
    run_for(&f->loop, 50);
    assert_int_equal(f->damaged, 0);
    f->screen->ops->renew(f->screen);
    assert_true(run_until(&f->loop, is_damaged, f));
    /* Where nothing changed that is said. */
    reset(f);
    f->may_be_none = true;
    f->screen->ops->renew(f->screen);
    assert_true(run_until(&f->loop, is_damaged, f));
    assert_int_equal(f->damage.count, 0);
    run_for(&f->loop, 50);
    assert_int_equal(f->damaged, 1);
    /* However often that was: what changes next keeps to the usual pace. */
    capture->due_ms = clock_ms();
    for (unsigned i = 0; i < 20; i++) {
        reset(f);
        fill(f, 100, 250, 9, 9, i + 1);
        f->screen->ops->renew(f->screen);
        assert_true(run_until(&f->loop, is_damaged, f));
        run_for(&f->loop, 5);
    }
    assert_true(capture->due_ms <= clock_ms() + 40);
    reset(f);
    fill(f, 100, 250, 9, 9, 0x405060);
    f->screen->ops->set_busy(f->screen, false);
    assert_true(run_until(&f->loop, is_damaged, f));
}

static void test_paused_captures_nothing(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 5);
    start_and_settle(f);
    size_t bytes = picture_stride(&f->picture) * 480;
    uint8_t *before = malloc(bytes);
    assert_non_null(before);
    for (unsigned round = 0; round < 20; round++) {
        /* In the middle of captures that are under way. */
        fill(f, 0, 0, 640, 480, 0x111111 * (round % 15));
        for (unsigned i = 0; i < round; i++)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        f->screen->ops->set_paused(f->screen, true);
        memcpy(before, f->picture.pixels, bytes);
        uint64_t asked = requests(f);
        reset(f);
        paint_screen(f, 100 + round);
        xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME, f->root,
                            (int16_t)(50 + round), 60, 0);
        x_sync(f->xcb);
        run_for(&f->loop, 30);
        assert_int_equal(requests(f), asked);
        assert_memory_equal(f->picture.pixels, before, bytes);
        assert_int_equal(f->damaged + f->places + f->shapes, 0);

        f->screen->ops->set_paused(f->screen, false);
        assert_true(run_until(&f->loop, is_damaged, f));
        assert_memory_equal(&f->damage.rects[0], (&(qa_rect){0, 0, 640, 480}), sizeof(qa_rect));
        assert_true(run_until(&f->loop, shows_its_part, f));
    }
    free(before);
}

static bool has_size(void *user)
{
    const struct fixture *f = user;
    return f->resized > 1;
}

/* What xrandr does: switches the only output off, changes the size, switches it on again. */
static void set_size(struct fixture *f, uint16_t width, uint16_t height)
{
    xcb_window_t root = f->root;
    xcb_randr_get_screen_resources_reply_t *resources = xcb_randr_get_screen_resources_reply(
        f->xcb, xcb_randr_get_screen_resources(f->xcb, root), NULL);
    assert_non_null(resources);
    xcb_randr_crtc_t crtc = xcb_randr_get_screen_resources_crtcs(resources)[0];
    xcb_randr_output_t output = xcb_randr_get_screen_resources_outputs(resources)[0];
    static unsigned modes;
    char name[16];
    snprintf(name, sizeof name, "test-%u", ++modes);
    xcb_randr_mode_info_t info = {.width = width,
                                  .height = height,
                                  .htotal = width,
                                  .vtotal = height,
                                  .name_len = (uint16_t)strlen(name)};
    xcb_randr_create_mode_reply_t *mode = xcb_randr_create_mode_reply(
        f->xcb, xcb_randr_create_mode(f->xcb, root, info, info.name_len, name), NULL);
    assert_non_null(mode);
    xcb_randr_add_output_mode(f->xcb, output, mode->mode);
    xcb_grab_server(f->xcb);
    free(xcb_randr_set_crtc_config_reply(
        f->xcb,
        xcb_randr_set_crtc_config(f->xcb, crtc, XCB_CURRENT_TIME, resources->config_timestamp, 0, 0,
                                  XCB_NONE, XCB_RANDR_ROTATION_ROTATE_0, 0, NULL),
        NULL));
    xcb_randr_set_screen_size(f->xcb, root, width, height, width, height);
    free(xcb_randr_set_crtc_config_reply(
        f->xcb,
        xcb_randr_set_crtc_config(f->xcb, crtc, XCB_CURRENT_TIME, resources->config_timestamp, 0, 0,
                                  mode->mode, XCB_RANDR_ROTATION_ROTATE_0, 1, &output),
        NULL));
    xcb_ungrab_server(f->xcb);
    xcb_randr_delete_output_mode(f->xcb, output, mode->mode);
    x_sync(f->xcb);
    free(mode);
    free(resources);
}

static void test_a_new_size_is_followed(void **state)
{
    struct fixture *f = *state;
    paint_screen(f, 6);
    start_and_settle(f);
    const uint16_t sizes[][2] = {{320, 240}, {640, 480}, {400, 300}, {640, 301}};
    for (size_t i = 0; i < 4; i++) {
        f->resized = 1;
        set_size(f, sizes[i][0], sizes[i][1]);
        assert_true(run_until(&f->loop, has_size, f));
        assert_int_equal(f->picture.width, sizes[i][0]);
        assert_int_equal(f->picture.height, sizes[i][1]);
        assert_true(run_until(&f->loop, shows_its_part, f));
        paint_screen(f, 60 + (unsigned)i);
        assert_true(run_until(&f->loop, shows_its_part, f));
        run_for(&f->loop, 50);
        assert_int_equal(f->resized, 2);
    }
    assert_int_equal(f->failed, 0);
}

static bool shows_all_of_600_by_400(void *user)
{
    struct fixture *f = user;
    return f->picture.width == 600 && f->picture.height == 400 && shows_its_part(f);
}

static void test_sizes_change_while_everything_moves(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    for (unsigned seed = 0; seed < 120; seed++) {
        paint_screen(f, seed);
        for (unsigned turns = seed % 7; turns; turns--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        if (seed % 3 == 0)
            set_size(f, (uint16_t)(200 + seed % 5 * 100), (uint16_t)(480 - seed));
        for (unsigned turns = seed % 11; turns; turns--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    set_size(f, 600, 400);
    paint_screen(f, 9);
    assert_true(run_polling(&f->loop, shows_all_of_600_by_400, f));
    assert_int_equal(f->failed, 0);
}

static void count_turn(uv_check_t *check)
{
    ++*(unsigned *)check->data;
}

static void test_an_idle_screen_wakes_nobody(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    run_for(&f->loop, 300);
    unsigned turns = 0;
    uv_check_t check;
    uv_check_init(&f->loop, &check);
    check.data = &turns;
    uv_check_start(&check, count_turn);
    run_for(&f->loop, 1000);
    uv_close((uv_handle_t *)&check, NULL);
    run_for(&f->loop, 1);
    assert_true(turns <= 5);
}

static bool has_failed(void *user)
{
    const struct fixture *f = user;
    return f->failed > 0;
}

static void test_a_display_that_goes_away_is_a_failure(void **state)
{
    struct fixture *f = open_server(SCREEN, NULL);
    start_and_settle(f);
    kill(f->server.pid, SIGKILL);
    assert_true(run_until(&f->loop, has_failed, f));
    unsigned before = f->events;
    f->screen->ops->set_paused(f->screen, true);
    f->screen->ops->set_paused(f->screen, false);
    f->screen->ops->set_busy(f->screen, true);
    f->screen->ops->set_busy(f->screen, false);
    run_for(&f->loop, 50);
    assert_int_equal(f->events, before);
    assert_int_equal(f->failed, 1);
    close_server(f);
}

static void test_a_display_that_hangs_holds_up_nobody(void **state)
{
    struct fixture *f = *state;
    start_and_settle(f);
    kill(f->server.pid, SIGSTOP);
    f->screen->ops->set_paused(f->screen, true);
    f->screen->ops->set_paused(f->screen, false);
    uint64_t begin_ms = clock_ms();
    run_for(&f->loop, 100);
    f->screen->ops->set_paused(f->screen, true);
    f->screen->ops->destroy(f->screen);
    f->screen = NULL;
    assert_true(clock_ms() - begin_ms < PATIENCE_MS);
    kill(f->server.pid, SIGCONT);
}

static void refuse(const char *screen, const char *const *options, const char *reason)
{
    struct fixture *f = open_server(screen, options);
    const char *detail = NULL;
    assert_int_equal(make_screen(f, &detail), QA_ESCREEN);
    assert_null(f->screen);
    assert_non_null(strstr(detail, reason));
    close_server(f);
}

static void test_what_is_missing_is_said(void **state)
{
    refuse("640x480x16", NULL, "depth");
    refuse("640x480x30", NULL, "depth");
    refuse(SCREEN, (const char *[]){"-extension", "DAMAGE", NULL}, "DAMAGE");

    struct fixture *f = open_server(SCREEN, NULL);
    const char *detail = NULL;
    snprintf(f->server.display, sizeof f->server.display, ":64999");
    assert_int_equal(make_screen(f, &detail), QA_ESCREEN);
    assert_non_null(detail);
    close_server(f);
}

static void test_destroyed_inside_any_event(void **state)
{
    struct fixture *f = *state;
    unsigned all = 0;
    for (unsigned at = 1; at < 8; at++) {
        f->destroy_at = at;
        f->events = 0;
        const char *detail;
        assert_int_equal(make_screen(f, &detail), 0);
        assert_int_equal(f->screen->ops->start(f->screen), 0);
        for (unsigned i = 0; i < 200 && f->screen; i++) {
            fill(f, (int16_t)i, 0, 50, 50, i * 0x050301);
            xcb_test_fake_input(f->xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME, f->root,
                                (int16_t)(i % 300), 60, 0);
            run_for(&f->loop, 2);
        }
        all += f->screen == NULL;
        uv_run(&f->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(all, 7);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define WITHOUT_SHM(test) cmocka_unit_test_setup_teardown(test, setup_without_shm, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_nothing_is_touched_before_start),
        WITH_SERVER(test_the_picture_is_the_screen),
        WITH_SERVER(test_damage_is_what_changed),
        WITH_SERVER(test_busy_merges_damage),
        WITH_SERVER(test_answers_pass_what_is_looked_at),
        WITH_SERVER(test_answers_wait_for_no_pace),
        WITH_SERVER(test_what_is_out_of_date_is_captured_anew),
        WITH_SERVER(test_paused_captures_nothing),
        WITH_SERVER(test_a_new_size_is_followed),
        WITH_SERVER(test_sizes_change_while_everything_moves),
        WITHOUT_SHM(test_the_picture_is_the_screen),
        WITHOUT_SHM(test_damage_is_what_changed),
        WITHOUT_SHM(test_paused_captures_nothing),
        WITHOUT_SHM(test_a_new_size_is_followed),
        WITH_SERVER(test_an_idle_screen_wakes_nobody),
        WITH_SERVER(test_a_display_that_hangs_holds_up_nobody),
        WITH_SERVER(test_destroyed_inside_any_event),
        cmocka_unit_test(test_a_display_that_goes_away_is_a_failure),
        cmocka_unit_test(test_what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
