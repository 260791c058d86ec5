/* Pointer, buttons, wheel and keys on a real X server, as a client there sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <signal.h>
#include <unistd.h>
#include <xcb/xtest.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "input/input.h"
#include "x_server.h"

#define SEEN_MAX 256

/*
 * A client's window over the whole screen, and what it saw, but for motion to where the pointer was
 * already.
 */
struct watcher {
    xcb_connection_t *xcb;
    struct seen {
        uint8_t type;
        uint8_t detail;
        int16_t x;
        int16_t y;
    } seen[SEEN_MAX];
    unsigned count;
    int16_t x;
    int16_t y;
};

struct fixture {
    struct x_server server; /* first */
    struct watcher watcher;
    uv_loop_t loop;
    struct input *input;
    unsigned descriptors;
};

static void watcher_open(struct watcher *watcher, const struct x_server *server)
{
    *watcher = (struct watcher){0};
    xcb_screen_t *screen;
    watcher->xcb = x_server_connect(server, &screen);
    uint32_t values[] = {1, XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE |
                                XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |
                                XCB_EVENT_MASK_POINTER_MOTION};
    xcb_window_t window = xcb_generate_id(watcher->xcb);
    xcb_create_window(watcher->xcb, XCB_COPY_FROM_PARENT, window, screen->root, 0, 0,
                      screen->width_in_pixels, screen->height_in_pixels, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                      XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_map_window(watcher->xcb, window);
    xcb_set_input_focus(watcher->xcb, XCB_INPUT_FOCUS_POINTER_ROOT, window, XCB_CURRENT_TIME);
    x_sync(watcher->xcb);
}

static void watcher_see(struct watcher *watcher, const xcb_generic_event_t *event)
{
    uint8_t type = event->response_type & 0x7f;
    if (type < XCB_KEY_PRESS || type > XCB_MOTION_NOTIFY || watcher->count == SEEN_MAX)
        return;
    /* All five have the same layout up to here. */
    const xcb_key_press_event_t *key = (const xcb_key_press_event_t *)event;
    bool moved = watcher->x != key->root_x || watcher->y != key->root_y;
    watcher->x = key->root_x;
    watcher->y = key->root_y;
    if (moved || type != XCB_MOTION_NOTIFY)
        watcher->seen[watcher->count++] =
            (struct seen){.type = type, .detail = key->detail, .x = key->root_x, .y = key->root_y};
}

static void watcher_look(struct watcher *watcher)
{
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(watcher->xcb))) {
        watcher_see(watcher, event);
        free(event);
    }
}

struct wish {
    struct watcher *watcher;
    unsigned count;
};

static bool has_seen(void *user)
{
    const struct wish *wish = user;
    watcher_look(wish->watcher);
    return wish->watcher->count >= wish->count;
}

/* Waits for so many events, then makes sure that no more come. */
static void expect_events(struct fixture *f, unsigned count)
{
    struct wish wish = {&f->watcher, count};
    assert_true(run_polling(&f->loop, has_seen, &wish));
    run_for(&f->loop, 30);
    x_sync(f->watcher.xcb);
    watcher_look(&f->watcher);
    assert_int_equal(f->watcher.count, count);
}

static void expect(struct fixture *f, unsigned at, uint8_t type, uint8_t detail)
{
    assert_int_equal(f->watcher.seen[at].type, type);
    assert_int_equal(f->watcher.seen[at].detail, detail);
}

static int start_server(void **state)
{
    return x_server_fixture(state, sizeof(struct fixture), "800x600x24");
}

static int setup(void **state)
{
    struct fixture *f = *state;
    watcher_open(&f->watcher, &f->server);
    f->descriptors = open_descriptors();
    assert_int_equal(uv_loop_init(&f->loop), 0);
    const char *detail;
    assert_int_equal(input_xtest_new(&f->loop, f->server.display, NULL, &f->input, &detail), 0);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->input)
        f->input->ops->destroy(f->input);
    close_loop(&f->loop);
    assert_int_equal(open_descriptors(), f->descriptors);
    xcb_disconnect(f->watcher.xcb);
    return 0;
}

static void move(struct fixture *f, int32_t x, int32_t y)
{
    qa_input_event event = {.size = sizeof event, .type = QA_INPUT_MOVE, .x = x, .y = y};
    assert_int_equal(f->input->ops->inject(f->input, &event), 0);
}

static void button(struct fixture *f, uint32_t number, bool pressed)
{
    qa_input_event event = {.size = sizeof event,
                            .type = QA_INPUT_BUTTON,
                            .x = 50,
                            .y = 60,
                            .button = number,
                            .pressed = pressed};
    assert_int_equal(f->input->ops->inject(f->input, &event), 0);
}

static void wheel(struct fixture *f, int32_t x, int32_t y)
{
    qa_input_event event = {
        .size = sizeof event, .type = QA_INPUT_WHEEL, .x = 50, .y = 60, .wheel_x = x, .wheel_y = y};
    assert_int_equal(f->input->ops->inject(f->input, &event), 0);
}

static void key(struct fixture *f, uint32_t scancode, bool pressed)
{
    qa_input_event event = {
        .size = sizeof event, .type = QA_INPUT_KEY, .scancode = scancode, .pressed = pressed};
    assert_int_equal(f->input->ops->inject(f->input, &event), 0);
}

static void text(struct fixture *f, uint32_t codepoint)
{
    qa_input_event event = {.size = sizeof event, .type = QA_INPUT_TEXT, .codepoint = codepoint};
    assert_int_equal(f->input->ops->inject(f->input, &event), 0);
}

/* The pointer starts in its place, so that events there make no motion. */
static void place_pointer(struct fixture *f)
{
    move(f, 49, 60);
    move(f, 50, 60);
    run_for(&f->loop, 50);
    x_sync(f->watcher.xcb);
    watcher_look(&f->watcher);
    f->watcher.count = 0;
}

static void test_pointer_goes_where_it_should(void **state)
{
    struct fixture *f = *state;
    place_pointer(f);
    move(f, 123, 234);
    move(f, 799, 599);
    move(f, 0, 0);
    expect_events(f, 3);
    expect(f, 0, XCB_MOTION_NOTIFY, 0);
    assert_int_equal(f->watcher.seen[0].x, 123);
    assert_int_equal(f->watcher.seen[0].y, 234);
    assert_int_equal(f->watcher.seen[1].x, 799);
    assert_int_equal(f->watcher.seen[1].y, 599);
    assert_int_equal(f->watcher.seen[2].x, 0);
    qa_input_event outside = {.size = sizeof outside, .type = QA_INPUT_MOVE, .x = -5, .y = 3};
    assert_int_equal(f->input->ops->inject(f->input, &outside), QA_EINVAL);
    expect_events(f, 3);
}

static void test_buttons_are_pressed_once(void **state)
{
    struct fixture *f = *state;
    place_pointer(f);
    const uint32_t buttons[] = {QA_BUTTON_LEFT, QA_BUTTON_MIDDLE, QA_BUTTON_RIGHT, QA_BUTTON_BACK,
                                QA_BUTTON_FORWARD};
    for (unsigned i = 0; i < 5; i++) {
        button(f, buttons[i], true);
        button(f, buttons[i], true);
        button(f, buttons[i], false);
        button(f, buttons[i], false);
    }
    expect_events(f, 10);
    for (unsigned i = 0; i < 5; i++) {
        expect(f, 2 * i, XCB_BUTTON_PRESS, (uint8_t)buttons[i]);
        expect(f, 2 * i + 1, XCB_BUTTON_RELEASE, (uint8_t)buttons[i]);
        assert_int_equal(f->watcher.seen[2 * i].x, 50);
        assert_int_equal(f->watcher.seen[2 * i].y, 60);
    }
}

static void test_wheel_adds_up_to_steps(void **state)
{
    struct fixture *f = *state;
    place_pointer(f);
    wheel(f, 0, 120);
    wheel(f, 0, 60);
    wheel(f, 0, 60);
    wheel(f, 0, -240);
    wheel(f, 120, 0);
    wheel(f, -120, 0);
    const uint8_t clicks[] = {4, 4, 5, 5, 6 + 1, 6};
    expect_events(f, 12);
    for (unsigned i = 0; i < 6; i++) {
        expect(f, 2 * i, XCB_BUTTON_PRESS, clicks[i]);
        expect(f, 2 * i + 1, XCB_BUTTON_RELEASE, clicks[i]);
    }
    f->watcher.count = 0;
    wheel(f, INT32_MIN, INT32_MAX);
    expect_events(f, 80);
}

static void test_keys_are_places_on_the_keyboard(void **state)
{
    struct fixture *f = *state;
    place_pointer(f);
    const struct {
        uint32_t scancode;
        uint8_t keycode;
    } keys[] = {{0x01, 9},    {0x10, 24},   {0x1e, 38},   {0x39, 65},   {0x56, 94},
                {0x57, 95},   {0x58, 96},   {0x11c, 104}, {0x11d, 105}, {0x138, 108},
                {0x147, 110}, {0x148, 111}, {0x150, 116}, {0x15b, 133}, {0x15c, 134},
                {0x137, 107}, {0x146, 127}, {0x120, 121}, {0x122, 172}, {0x73, 97}};
    const unsigned count = sizeof keys / sizeof *keys;
    for (unsigned i = 0; i < count; i++) {
        key(f, keys[i].scancode, true);
        key(f, keys[i].scancode, true);
        key(f, keys[i].scancode, false);
        key(f, keys[i].scancode, false);
    }
    expect_events(f, 2 * count);
    for (unsigned i = 0; i < count; i++) {
        expect(f, 2 * i, XCB_KEY_PRESS, keys[i].keycode);
        expect(f, 2 * i + 1, XCB_KEY_RELEASE, keys[i].keycode);
    }
}

static void test_other_keycodes_are_followed(void **state)
{
    struct fixture *f = *state;
    place_pointer(f);
    x_server_run(&f->server, (const char *[]){"setxkbmap", "-keycodes", "xfree86", "us", NULL});
    run_for(&f->loop, 50);
    key(f, 0x148, true);
    key(f, 0x10, true);
    key(f, 0x148, false);
    key(f, 0x10, false);
    expect_events(f, 4);
    expect(f, 0, XCB_KEY_PRESS, 98);
    expect(f, 1, XCB_KEY_PRESS, 24);
    expect(f, 2, XCB_KEY_RELEASE, 98);
    /* A key that is down while the keycodes change is let go of by the number it had. */
    f->watcher.count = 0;
    key(f, 0x148, true);
    expect_events(f, 1);
    x_server_run(&f->server, (const char *[]){"setxkbmap", "-keycodes", "evdev", "us", NULL});
    run_for(&f->loop, 50);
    key(f, 0x148, false);
    expect_events(f, 2);
    expect(f, 1, XCB_KEY_RELEASE, 98);
}

static void test_release_all_lets_go_of_what_was_pressed(void **state)
{
    struct fixture *f = *state;
    place_pointer(f);
    key(f, 0x2a, true);
    key(f, 0x1e, true);
    key(f, 0x1e, false);
    button(f, QA_BUTTON_LEFT, true);
    expect_events(f, 4);
    f->input->ops->release_all(f->input);
    expect_events(f, 6);
    expect(f, 4, XCB_KEY_RELEASE, 50);
    expect(f, 5, XCB_BUTTON_RELEASE, 1);
    f->input->ops->release_all(f->input);
    key(f, 0x2a, false);
    expect_events(f, 6);
}

static void test_release_all_drops_what_waits(void **state)
{
    struct fixture *f = *state;
    place_pointer(f);
    /* Text waits for the keyboard's state, and keys wait for the text before them. */
    text(f, 'a');
    key(f, 0x10, true);
    f->input->ops->release_all(f->input);
    expect_events(f, 0);
    key(f, 0x11, true);
    key(f, 0x11, false);
    expect_events(f, 2);
    expect(f, 0, XCB_KEY_PRESS, 25);
}

static void test_destroy_lets_go(void **state)
{
    struct fixture *f = *state;
    place_pointer(f);
    key(f, 0x1d, true);
    expect_events(f, 1);
    f->input->ops->destroy(f->input);
    f->input = NULL;
    expect_events(f, 2);
    expect(f, 1, XCB_KEY_RELEASE, 37);
}

static void test_no_display_is_an_error_with_a_reason(void **state)
{
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    unsigned before = open_descriptors();
    struct input *input;
    const char *detail = NULL;
    assert_int_equal(input_xtest_new(&loop, ":64999", NULL, &input, &detail), QA_EINPUT);
    assert_non_null(detail);
    assert_int_equal(input_xtest_new(&loop, "no display", NULL, &input, &detail), QA_EINPUT);
    assert_non_null(detail);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(open_descriptors(), before);
    close_loop(&loop);
}

static void test_no_extension_is_an_error_with_a_reason(void **state)
{
    struct x_server server;
    x_server_start(&server, "320x200x24", (const char *[]){"-extension", "XTEST", NULL});
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct input *input;
    const char *detail = NULL;
    assert_int_equal(input_xtest_new(&loop, server.display, NULL, &input, &detail), QA_EINPUT);
    assert_non_null(strstr(detail, "XTEST"));
    close_loop(&loop);
    x_server_stop(&server);
}

static bool refuses(void *user)
{
    struct input *input = user;
    qa_input_event event = {.size = sizeof event, .type = QA_INPUT_MOVE, .x = 1, .y = 1};
    return input->ops->inject(input, &event) == QA_EINPUT;
}

static void test_a_display_that_goes_away_is_an_error(void **state)
{
    struct x_server server;
    x_server_start(&server, "320x200x24", NULL);
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    unsigned before = open_descriptors();
    struct input *input;
    const char *detail;
    assert_int_equal(input_xtest_new(&loop, server.display, NULL, &input, &detail), 0);
    end_process(server.pid);
    server.pid = 0;
    assert_true(run_polling(&loop, refuses, input));
    input->ops->release_all(input);
    input->ops->destroy(input);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(open_descriptors(), before);
    close_loop(&loop);
    x_server_stop(&server);
}

static void test_a_display_that_hangs_holds_up_nobody(void **state)
{
    struct x_server server;
    x_server_start(&server, "320x200x24", NULL);
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct input *input;
    const char *detail;
    assert_int_equal(input_xtest_new(&loop, server.display, NULL, &input, &detail), 0);
    run_for(&loop, 50);

    assert_int_equal(kill(server.pid, SIGSTOP), 0);
    unsigned limited = 0;
    uint64_t start_ms = clock_ms();
    for (unsigned i = 0; i < 20000; i++) {
        qa_input_event event = {.size = sizeof event,
                                .type = i % 3 ? QA_INPUT_KEY : QA_INPUT_TEXT,
                                .scancode = 0x10 + i % 16,
                                .pressed = i % 2,
                                .codepoint = 0x430 + i % 32};
        limited += input->ops->inject(input, &event) == QA_ELIMIT;
        if (i % 1000 == 0)
            uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_true(limited > 1000);
    assert_true(clock_ms() - start_ms < PATIENCE_MS);
    input->ops->release_all(input);

    assert_int_equal(kill(server.pid, SIGCONT), 0);
    struct watcher watcher;
    watcher_open(&watcher, &server);
    qa_input_event event = {.size = sizeof event, .type = QA_INPUT_MOVE, .x = 10, .y = 11};
    assert_int_equal(input->ops->inject(input, &event), 0);
    struct wish wish = {&watcher, 1};
    assert_true(run_polling(&loop, has_seen, &wish));
    xcb_disconnect(watcher.xcb);
    input->ops->destroy(input);
    close_loop(&loop);
    x_server_stop(&server);
}

static void expect_place(struct fixture *f, unsigned at, int16_t x, int16_t y)
{
    assert_int_equal(f->watcher.seen[at].x, x);
    assert_int_equal(f->watcher.seen[at].y, y);
}

static void test_places_are_those_of_the_part_that_is_shown(void **state)
{
    struct fixture *f = *state;
    move(f, 3, 4);
    f->input->ops->set_area(f->input, &(qa_rect){200, 100, 300, 250});
    move(f, 10, 20);
    button(f, QA_BUTTON_LEFT, true);
    /* What is held is let go at the nearest place that can be reached. */
    move(f, 299, 249);
    move(f, 4000, 10);
    move(f, 300, 4000);
    button(f, QA_BUTTON_LEFT, false);
    wheel(f, 0, 120);
    f->input->ops->set_area(f->input, &(qa_rect){0, 0, 800, 600});
    move(f, 7, 8);
    expect_events(f, 12);
    expect_place(f, 0, 3, 4);
    expect_place(f, 1, 210, 120);
    expect_place(f, 2, 250, 160);
    expect(f, 3, XCB_BUTTON_PRESS, 1);
    expect_place(f, 3, 250, 160);
    expect_place(f, 4, 499, 349);
    expect_place(f, 5, 499, 110);
    expect_place(f, 6, 499, 349);
    expect_place(f, 7, 250, 160);
    expect(f, 8, XCB_BUTTON_RELEASE, 1);
    expect_place(f, 9, 250, 160);
    expect(f, 9, XCB_BUTTON_PRESS, 4);
    expect_place(f, 11, 7, 8);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest with_server[] = {
        WITH_SERVER(test_pointer_goes_where_it_should),
        WITH_SERVER(test_places_are_those_of_the_part_that_is_shown),
        WITH_SERVER(test_buttons_are_pressed_once),
        WITH_SERVER(test_wheel_adds_up_to_steps),
        WITH_SERVER(test_keys_are_places_on_the_keyboard),
        WITH_SERVER(test_other_keycodes_are_followed),
        WITH_SERVER(test_release_all_lets_go_of_what_was_pressed),
        WITH_SERVER(test_release_all_drops_what_waits),
        WITH_SERVER(test_destroy_lets_go),
    };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(test_no_display_is_an_error_with_a_reason),
        cmocka_unit_test(test_no_extension_is_an_error_with_a_reason),
        cmocka_unit_test(test_a_display_that_goes_away_is_an_error),
        cmocka_unit_test(test_a_display_that_hangs_holds_up_nobody),
    };
    return cmocka_run_group_tests(with_server, start_server, x_server_fixture_end) +
           cmocka_run_group_tests(others, NULL, NULL);
}
