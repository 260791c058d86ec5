/* The banner and the panic key on a real X server: what they say, and that only the sharer uses
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/consent.h>
#include <qassist/session.h>

#include "overlay_fixture.h"

static const struct banner *banner_of(const struct fixture *f)
{
    return &((const struct overlay_x11 *)f->overlay)->banner;
}

static void click_button(struct fixture *f, enum banner_button button)
{
    const qa_rect place = banner_of(f)->picture.buttons[button];
    assert_true(place.width > 0);
    click(f, f->banner.x + place.x + place.width / 2, f->banner.y + place.y + place.height / 2);
}

static bool has_wish(void *user)
{
    const struct fixture *f = user;
    unsigned sum = 0;
    for (size_t i = 0; i <= OVERLAY_PANIC; i++)
        sum += f->wishes[i];
    return sum > 0;
}

static void wait_for_wish(struct fixture *f, enum overlay_wish wish)
{
    assert_true(run_until(&f->loop, has_wish, f));
    assert_int_equal(f->wishes[wish], 1);
    memset(f->wishes, 0, sizeof f->wishes);
}

static char *title(struct fixture *f)
{
    xcb_intern_atom_reply_t *name =
        xcb_intern_atom_reply(f->xcb, xcb_intern_atom(f->xcb, 0, 12, "_NET_WM_NAME"), NULL);
    xcb_get_property_reply_t *reply = xcb_get_property_reply(
        f->xcb,
        xcb_get_property(f->xcb, 0, banner_of(f)->window, name->atom, XCB_ATOM_ANY, 0, 1000), NULL);
    char *text =
        strndup(xcb_get_property_value(reply), (size_t)xcb_get_property_value_length(reply));
    free(reply);
    free(name);
    return text;
}

static void test_the_banner_says_what_is_allowed(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    run_for(&f->loop, 50);
    assert_int_equal(drawn(f), 0);
    set_status(f, QA_PERMISSION_VIEW, 0);
    x_sync(f->xcb);
    assert_true(f->banner.width > 100 && f->banner.width < 600 && f->banner.height < 80);
    assert_int_equal(f->banner.y, 0);
    assert_true(abs(f->banner.x * 2 + f->banner.width - WIDTH) <= 1);
    assert_int_equal(banner_of(f)->picture.buttons[BANNER_TAKE_BACK].width, 0);
    char *text = title(f);
    assert_string_equal(text, "Ada L. \302\267 Example Ltd \302\267 sees your screen");
    free(text);
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL, 0);
    x_sync(f->xcb);
    text = title(f);
    assert_string_equal(text, "Ada L. \302\267 Example Ltd \302\267 controls mouse and keyboard "
                              "\302\267 sees your screen");
    free(text);
    assert_true(banner_of(f)->picture.buttons[BANNER_TAKE_BACK].width > 0);
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL, QA_PAUSED_BY_SHARER);
    x_sync(f->xcb);
    text = title(f);
    assert_string_equal(text, "Ada L. \302\267 Example Ltd \302\267 sees nothing: you paused");
    free(text);
    f->overlay->ops->destroy(f->overlay);
    f->overlay = NULL;
    f->banner = (qa_rect){0};
    see_nothing(f);
}

static int32_t banner_width(struct fixture *f)
{
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW, 0);
    x_sync(f->xcb);
    int32_t width = f->banner.width;
    f->overlay->ops->destroy(f->overlay);
    f->overlay = NULL;
    return width;
}

/* After a break it is another banner, of a session that goes on: "1 h 5 min", and not "0 min". */
static void test_the_time_is_the_sessions(void **state)
{
    struct fixture *f = *state;
    int32_t at_first = banner_width(f);
    assert_int_equal(banner_width(f), at_first);
    f->since_ms -= 65 * 60000;
    assert_true(banner_width(f) > at_first);
}

static void test_the_banners_buttons_work(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL, 0);
    run_for(&f->loop, 50);
    click_button(f, BANNER_PAUSE);
    wait_for_wish(f, OVERLAY_PAUSE);
    click_button(f, BANNER_TAKE_BACK);
    wait_for_wish(f, OVERLAY_TAKE_BACK);
    set_status(f, QA_PERMISSION_VIEW, QA_PAUSED_BY_SHARER);
    click_button(f, BANNER_PAUSE);
    wait_for_wish(f, OVERLAY_RESUME);
    /* Pressed here and let go there is no click. */
    const qa_rect end = banner_of(f)->picture.buttons[BANNER_END];
    fake(f, XCB_MOTION_NOTIFY, 0, f->banner.x + end.x + 5, f->banner.y + end.y + 5);
    fake(f, XCB_BUTTON_PRESS, 1, 0, 0);
    fake(f, XCB_MOTION_NOTIFY, 0, 500, 500);
    fake(f, XCB_BUTTON_RELEASE, 1, 0, 0);
    run_for(&f->loop, 100);
    assert_false(has_wish(f));
    f->destroy_on_wish = true;
    click_button(f, BANNER_END);
    wait_for_wish(f, OVERLAY_END);
}

static void test_a_click_while_the_helper_acts_does_not_count(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL, 0);
    run_for(&f->loop, 50);
    for (unsigned i = 0; i < 20; i++) {
        f->overlay->ops->note_input(f->overlay);
        click_button(f, BANNER_END);
        run_for(&f->loop, 20);
    }
    assert_false(has_wish(f));
    run_for(&f->loop, 1100);
    click_button(f, BANNER_END);
    wait_for_wish(f, OVERLAY_END);
}

static void drag(struct fixture *f, int from_x, int from_y, int to_x, int to_y)
{
    fake(f, XCB_MOTION_NOTIFY, 0, from_x, from_y);
    fake(f, XCB_BUTTON_PRESS, 1, 0, 0);
    fake(f, XCB_MOTION_NOTIFY, 0, to_x, to_y);
    fake(f, XCB_BUTTON_RELEASE, 1, 0, 0);
    run_for(&f->loop, 100);
}

static void test_the_banner_is_dragged_and_stays_on_the_screen(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    qa_rect before = f->banner;
    drag(f, before.x + 10, before.y + 10, before.x + 60, before.y + 310);
    assert_int_equal(f->banner.x, before.x + 50);
    assert_int_equal(f->banner.y, before.y + 300);
    drag(f, f->banner.x + 10, f->banner.y + 10, 1020, 760);
    assert_int_equal(f->banner.x + f->banner.width, WIDTH);
    assert_int_equal(f->banner.y + f->banner.height, HEIGHT);
    /* More words, and a smaller screen: still whole. */
    set_status(f, QA_PERMISSION_VIEW | QA_PERMISSION_CONTROL | QA_PERMISSION_ANNOTATE, 0);
    run_for(&f->loop, 50);
    assert_int_equal(f->banner.x + f->banner.width, WIDTH);
    assert_int_equal(f->banner.y + f->banner.height, HEIGHT);
    assert_false(has_wish(f));
}

static void plug(struct fixture *f, const char *name, const char *geometry, const char *output)
{
    x_server_run(&f->server,
                 (const char *[]){"xrandr", "--setmonitor", name, geometry, output, NULL});
}

static bool is_on_the_right(void *user)
{
    const struct fixture *f = user;
    return abs(f->banner.x * 2 + f->banner.width - (512 + WIDTH)) <= 1;
}

static void test_the_banner_follows_monitors(void **state)
{
    struct fixture *f = *state;
    plug(f, "LEFT", "512/300x768/200+0+0", "screen");
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    assert_true(abs(f->banner.x * 2 + f->banner.width - 512) <= 1);
    /* They change again after the display was asked, and before its answer is looked at. */
    struct overlay_x11 *overlay = (struct overlay_x11 *)f->overlay;
    xcb_connection_t *xcb = overlay->x11.xcb;
    const xcb_configure_notify_event_t changed = {.response_type = XCB_CONFIGURE_NOTIFY,
                                                  .window = f->root_screen->root};
    banner_on_event(overlay, (const void *)&changed);
    free(xcb_get_input_focus_reply(xcb, xcb_get_input_focus(xcb), NULL));
    x_server_run(&f->server, (const char *[]){"xrandr", "--delmonitor", "LEFT", NULL});
    plug(f, "RIGHT", "512/300x768/200+512+0", "screen");
    assert_true(run_until(&f->loop, is_on_the_right, f));
}

static void test_the_banner_draws_only_what_changed(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, true);
    set_status(f, QA_PERMISSION_VIEW, 0);
    unsigned moves = f->moves;
    struct banner *banner = &((struct overlay_x11 *)f->overlay)->banner;
    banner->since_ms -= 5 * 60000;
    set_status(f, QA_PERMISSION_VIEW, 0);
    assert_int_equal(f->moves, moves);
    set_status(f, QA_PERMISSION_VIEW, 0);
    run_for(&f->loop, 50);
    assert_int_equal(f->failed, 0);
}

/* ---- the panic key ---- */

static uint8_t key(struct fixture *f, uint32_t symbol)
{
    const xcb_setup_t *server = xcb_get_setup(f->xcb);
    uint8_t count = (uint8_t)(server->max_keycode - server->min_keycode + 1);
    xcb_get_keyboard_mapping_reply_t *map = xcb_get_keyboard_mapping_reply(
        f->xcb, xcb_get_keyboard_mapping(f->xcb, server->min_keycode, count), NULL);
    const uint32_t *symbols = xcb_get_keyboard_mapping_keysyms(map);
    unsigned found = 0;
    for (unsigned i = 0; !found && i < (unsigned)count * map->keysyms_per_keycode; i++)
        if (symbols[i] == symbol)
            found = server->min_keycode + i / map->keysyms_per_keycode;
    free(map);
    assert_true(found);
    return (uint8_t)found;
}

static void press_panic(struct fixture *f)
{
    uint8_t ctrl = key(f, 0xffe3), alt = key(f, 0xffe9), q = key(f, 'q'), a = key(f, 'a');
    fake(f, XCB_KEY_PRESS, ctrl, 0, 0);
    fake(f, XCB_KEY_PRESS, alt, 0, 0);
    fake(f, XCB_KEY_PRESS, a, 0, 0);
    fake(f, XCB_KEY_PRESS, q, 0, 0);
    fake(f, XCB_KEY_RELEASE, q, 0, 0);
    fake(f, XCB_KEY_RELEASE, a, 0, 0);
    fake(f, XCB_KEY_RELEASE, alt, 0, 0);
    fake(f, XCB_KEY_RELEASE, ctrl, 0, 0);
}

static void test_the_panic_key_is_heard_under_a_grab(void **state)
{
    struct fixture *f = *state;
    open_overlay(f, false);
    free(xcb_grab_keyboard_reply(
        f->xcb,
        xcb_grab_keyboard(f->xcb, 0, f->ground, 0, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
        NULL));
    press_panic(f);
    run_for(&f->loop, 100);
    assert_false(has_wish(f));
    f->destroy_on_wish = true;
    press_panic(f);
    wait_for_wish(f, OVERLAY_PANIC);
}

static void test_the_panic_key_follows_the_layout(void **state)
{
    struct fixture *f = *state;
    uint8_t us_q = key(f, 'q');
    open_overlay(f, false);
    x_server_run(&f->server, (const char *[]){"setxkbmap", "fr", NULL});
    run_for(&f->loop, 200);
    assert_int_not_equal(key(f, 'q'), us_q);
    press_panic(f);
    press_panic(f);
    wait_for_wish(f, OVERLAY_PANIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_the_banner_says_what_is_allowed),
        WITH_SERVER(test_the_time_is_the_sessions),
        WITH_SERVER(test_the_banners_buttons_work),
        WITH_SERVER(test_a_click_while_the_helper_acts_does_not_count),
        WITH_SERVER(test_the_banner_is_dragged_and_stays_on_the_screen),
        WITH_SERVER(test_the_banner_follows_monitors),
        WITH_SERVER(test_the_banner_draws_only_what_changed),
        WITH_SERVER(test_the_panic_key_is_heard_under_a_grab),
        WITH_SERVER(test_the_panic_key_follows_the_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
