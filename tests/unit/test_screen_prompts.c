/* Prompts on a real X server: noticed whoever shows them and however, and never captured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>
#include <xcb/xtest.h>

#include <qassist/errors.h>

#include "screen/prompt_classes.h"
#include "screen/x11.h"
#include "x_server.h"

#define SECRET 0xfe0142u /* the colour of every prompt, and of nothing else */

struct fixture {
    struct x_server server;
    xcb_connection_t *xcb; /* of the program that shows windows */
    xcb_screen_t *root;
    uv_loop_t loop;
    struct picture picture;
    struct screen *screen;
    pid_t manager;

    bool pauses; /* the screen, when a prompt is up: what a session does */
    bool up;
    unsigned ups;
    unsigned downs;
    unsigned pictures; /* said, whole or in part */
    bool seen;         /* a prompt was in what was said */
    bool destroys;     /* the screen, in the event */
};

/* What a worker would read now. */
static bool shows_secret(const struct fixture *f)
{
    const uint32_t *pixels = (const uint32_t *)(const void *)f->picture.pixels;
    size_t count = (size_t)f->picture.width * (size_t)f->picture.height;
    for (size_t i = 0; i < count; i++)
        if ((pixels[i] & 0xffffff) == SECRET)
            return true;
    return false;
}

static void on_picture(struct fixture *f)
{
    f->pictures++;
    f->seen = f->seen || shows_secret(f);
}

static void on_resized(void *user)
{
    on_picture(user);
}

static void on_damaged(void *user, const qa_rect *damage, size_t count)
{
    on_picture(user);
}

static void on_cursor(void *user, const qa_cursor *cursor)
{
}

static void on_cursor_position(void *user, int32_t x, int32_t y)
{
}

static void on_failed(void *user, int error, const char *detail)
{
    fail_msg("the screen failed: %s", detail);
}

static void on_prompt(void *user, bool up)
{
    struct fixture *f = user;
    assert_int_not_equal(f->up, up);
    f->up = up;
    f->ups += up;
    f->downs += !up;
    if (f->destroys) {
        f->screen->ops->destroy(f->screen);
        f->screen = NULL;
    } else if (f->pauses) {
        f->screen->ops->set_paused(f->screen, up);
    }
}

static const struct screen_events events = {.resized = on_resized,
                                            .damaged = on_damaged,
                                            .cursor = on_cursor,
                                            .cursor_position = on_cursor_position,
                                            .prompt = on_prompt,
                                            .failed = on_failed};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->pauses = true;
    x_server_start(&f->server, "640x480x24", NULL);
    f->xcb = x_server_connect(&f->server, &f->root);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(picture_init(&f->picture), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->screen)
        f->screen->ops->destroy(f->screen);
    close_loop(&f->loop);
    picture_free(&f->picture);
    if (f->manager)
        end_process(f->manager);
    xcb_disconnect(f->xcb);
    x_server_stop(&f->server);
    free(f);
    return 0;
}

static bool has_picture(void *user)
{
    return ((struct fixture *)user)->pictures > 0;
}

static bool is_up(void *user)
{
    return ((struct fixture *)user)->up;
}

static bool is_down(void *user)
{
    return !((struct fixture *)user)->up;
}

static void watch_for(struct fixture *f, const char *classes)
{
    const char *detail;
    assert_int_equal(screen_x11_new(&f->loop, f->server.display, classes, &f->picture, NULL,
                                    &events, f, &f->screen, &detail),
                     0);
    assert_int_equal(f->screen->ops->start(f->screen), 0);
}

static void start(struct fixture *f, const char *classes)
{
    watch_for(f, classes);
    assert_true(run_until(&f->loop, has_picture, f));
}

/* ---- windows ---- */

static xcb_window_t make_window(struct fixture *f, const char *instance, const char *class,
                                uint32_t colour, bool override)
{
    xcb_window_t window = xcb_generate_id(f->xcb);
    uint32_t values[] = {colour, override};
    xcb_create_window(f->xcb, XCB_COPY_FROM_PARENT, window, f->root->root, 100, 80, 300, 200, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                      XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
    char property[128];
    int length = snprintf(property, sizeof property, "%s%c%s", instance, 0, class) + 1;
    if (*instance || *class)
        xcb_change_property(f->xcb, XCB_PROP_MODE_REPLACE, window, XCB_ATOM_WM_CLASS,
                            XCB_ATOM_STRING, 8, (uint32_t)length, property);
    return window;
}

static xcb_window_t make_prompt(struct fixture *f)
{
    return make_window(f, "pinentry-test", "Pinentry-test", SECRET, false);
}

static void map(struct fixture *f, xcb_window_t window)
{
    xcb_map_window(f->xcb, window);
    x_sync(f->xcb);
}

static void unmap(struct fixture *f, xcb_window_t window)
{
    xcb_unmap_window(f->xcb, window);
    x_sync(f->xcb);
}

static void expect_up(struct fixture *f)
{
    assert_true(run_until(&f->loop, is_up, f));
}

static void expect_down(struct fixture *f)
{
    assert_true(run_until(&f->loop, is_down, f));
}

/* Afterwards the picture goes on. */
static void expect_pictures(struct fixture *f)
{
    f->pictures = 0;
    assert_true(run_until(&f->loop, has_picture, f));
}

/* ---- the tests ---- */

static void test_a_prompt_is_noticed_and_not_captured(void **state)
{
    struct fixture *f = *state;
    start(f, NULL);
    assert_int_equal(f->ups, 0);
    xcb_window_t prompt = make_prompt(f);
    map(f, prompt);
    expect_up(f);
    run_for(&f->loop, 50);
    unsigned before = f->pictures;
    for (uint32_t i = 0; i < 20; i++) {
        xcb_clear_area(f->xcb, true, prompt, 0, 0, 0, 0);
        x_sync(f->xcb);
        run_for(&f->loop, 5);
    }
    assert_int_equal(f->pictures, before);
    assert_false(shows_secret(f));
    unmap(f, prompt);
    expect_down(f);
    expect_pictures(f);
    assert_false(f->seen);
    assert_int_equal(f->ups, 1);
    assert_int_equal(f->downs, 1);
}

/* Whatever is being captured at the moment when it comes up. */
static void test_none_slips_through_while_everything_moves(void **state)
{
    struct fixture *f = *state;
    start(f, NULL);
    xcb_window_t moving = make_window(f, "video", "Player", 0x112233, true);
    map(f, moving);
    xcb_gcontext_t gc = xcb_generate_id(f->xcb);
    xcb_create_gc(f->xcb, gc, moving, 0, NULL);
    for (unsigned round = 0; round < 60; round++) {
        xcb_window_t prompt = make_prompt(f);
        for (unsigned turn = 0; turn < 3 + round % 13; turn++) {
            uint32_t colour = turn * 0x030507;
            xcb_rectangle_t all = {0, 0, 300, 200};
            xcb_change_gc(f->xcb, gc, XCB_GC_FOREGROUND, &colour);
            xcb_poly_fill_rectangle(f->xcb, moving, gc, 1, &all);
            xcb_flush(f->xcb);
            uv_run(&f->loop, UV_RUN_NOWAIT);
            if (turn == round % 7)
                usleep(1000 * (round % 5));
        }
        xcb_map_window(f->xcb, prompt);
        xcb_flush(f->xcb);
        expect_up(f);
        assert_false(shows_secret(f));
        xcb_destroy_window(f->xcb, prompt);
        x_sync(f->xcb);
        if (round % 4 == 0) {
            expect_down(f);
            expect_pictures(f);
        }
    }
    expect_down(f);
    expect_pictures(f);
    assert_false(f->seen);
}

static void test_it_may_be_up_before_anything_is_shared(void **state)
{
    struct fixture *f = *state;
    xcb_window_t prompt = make_prompt(f);
    map(f, prompt);
    watch_for(f, NULL);
    expect_up(f);
    run_for(&f->loop, 100);
    assert_int_equal(f->pictures, 0);
    unmap(f, prompt);
    expect_down(f);
    expect_pictures(f);
    assert_false(f->seen);
}

static void test_who_manages_windows_does_not_matter(void **state)
{
    struct fixture *f = *state;
    f->manager = x_server_spawn(&f->server, (const char *[]){"openbox", "--sm-disable", NULL});
    /* It is there when it has put a window into its own. */
    xcb_window_t probe = make_window(f, "probe", "Probe", 0x445566, false);
    xcb_window_t parent = f->root->root;
    xcb_map_window(f->xcb, probe);
    for (unsigned i = 0; parent == f->root->root; i++) {
        xcb_query_tree_reply_t *tree =
            xcb_query_tree_reply(f->xcb, xcb_query_tree(f->xcb, probe), NULL);
        assert_non_null(tree);
        parent = tree->parent;
        free(tree);
        usleep(10000);
        assert_true(i < PATIENCE_MS / 10);
    }
    /* One from before, one that comes while sharing, one that the manager must not touch. */
    xcb_window_t early = make_prompt(f);
    map(f, early);
    usleep(100000);
    watch_for(f, NULL);
    expect_up(f);
    unmap(f, early);
    expect_down(f);
    expect_pictures(f);
    for (unsigned round = 0; round < 4; round++) {
        xcb_window_t prompt = make_window(f, "x", "Gcr-Prompter", SECRET, round % 2);
        map(f, prompt);
        expect_up(f);
        if (round < 2)
            unmap(f, prompt);
        else
            xcb_destroy_window(f->xcb, prompt);
        x_sync(f->xcb);
        expect_down(f);
        expect_pictures(f);
    }
    assert_false(f->seen);
}

static void test_one_after_the_other_and_two_at_once_are_one(void **state)
{
    struct fixture *f = *state;
    start(f, NULL);
    xcb_window_t first = make_prompt(f), second = make_prompt(f);
    map(f, first);
    expect_up(f);
    map(f, second);
    run_for(&f->loop, 30);
    unmap(f, first);
    run_for(&f->loop, 500);
    assert_true(f->up);
    /* A wrong password: the dialog goes, and there it is again. */
    unmap(f, second);
    run_for(&f->loop, 20);
    map(f, first);
    run_for(&f->loop, 500);
    assert_true(f->up);
    assert_int_equal(f->ups, 1);
    /* Its program dies. */
    xcb_disconnect(f->xcb);
    f->xcb = x_server_connect(&f->server, &f->root);
    expect_down(f);
    expect_pictures(f);
    assert_false(f->seen);
}

static void test_one_that_is_gone_at_once_is_not_up_for_ever(void **state)
{
    struct fixture *f = *state;
    start(f, NULL);
    for (unsigned round = 0; round < 30; round++) {
        xcb_window_t prompt = make_prompt(f);
        xcb_map_window(f->xcb, prompt);
        if (round % 3)
            xcb_flush(f->xcb);
        for (unsigned turn = round % 5; turn; turn--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        if (round % 2)
            xcb_unmap_window(f->xcb, prompt);
        else
            xcb_destroy_window(f->xcb, prompt);
        xcb_flush(f->xcb);
        for (unsigned turn = round % 7; turn; turn--)
            uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    run_for(&f->loop, 100);
    expect_down(f);
    map(f, make_window(f, "x", "X", 0x040404, true));
    expect_pictures(f);
    assert_false(f->seen);
}

/* As with a clock in a title: questions do not pile up, and pictures wait for none in the end. */
static void rename_without_rest(struct fixture *f, xcb_window_t window)
{
    struct x11_screen *x11 = (struct x11_screen *)f->screen;
    const xcb_property_notify_event_t named = {
        .response_type = XCB_PROPERTY_NOTIFY, .window = window, .atom = XCB_ATOM_WM_NAME};
    for (unsigned turn = 0; turn < 100; turn++) {
        free(xcb_get_input_focus_reply(x11->x11.xcb, xcb_get_input_focus(x11->x11.xcb), NULL));
        for (unsigned i = 0; i < 40; i++)
            x11_prompts_event(x11, (const void *)&named);
        x11_prompts_step(x11);
        assert_int_equal(x11->prompts.query_end - x11->prompts.query_first, 1);
        assert_int_equal(x11_prompts_undecided(x11), turn < 4);
    }
}

/* As pinentry-fltk may: by then its window was looked at already. */
static void test_one_that_names_itself_late_is_noticed(void **state)
{
    static const char name[] = "pinentry-fltk";
    struct fixture *f = *state;
    start(f, NULL);
    for (unsigned restless = 0; restless < 2; restless++) {
        xcb_window_t prompt = make_window(f, "", "", SECRET, false);
        map(f, prompt);
        expect_pictures(f);
        run_for(&f->loop, 50);
        assert_int_equal(f->ups, restless);
        if (restless)
            rename_without_rest(f, prompt);
        xcb_change_property(f->xcb, XCB_PROP_MODE_REPLACE, prompt, XCB_ATOM_WM_NAME,
                            XCB_ATOM_STRING, 8, sizeof name - 1, name);
        x_sync(f->xcb);
        expect_up(f);
        unmap(f, prompt);
        expect_down(f);
        expect_pictures(f);
    }
}

static void test_other_windows_are_no_prompts(void **state)
{
    struct fixture *f = *state;
    start(f, NULL);
    map(f, make_window(f, "xterm", "XTerm", 0x010101, false));
    map(f, make_window(f, "", "", 0x020202, true));
    map(f, make_window(f, "mypinentry", "Notes", 0x030303, false));
    make_prompt(f); /* not mapped */
    x_sync(f->xcb);
    expect_pictures(f);
    run_for(&f->loop, 100);
    assert_int_equal(f->ups, 0);
}

/* At no moment is every question answered: the room of those that are must be used again. */
static void test_windows_that_come_without_a_pause(void **state)
{
    struct fixture *f = *state;
    start(f, NULL);
    struct x11_screen *x11 = (struct x11_screen *)f->screen;
    const xcb_map_notify_event_t mapped = {.response_type = XCB_MAP_NOTIFY,
                                           .window = f->root->root};
    for (unsigned turn = 0; turn < 500; turn++) {
        /* The display has answered what was asked in the last turn, and not what is asked now. */
        free(xcb_get_input_focus_reply(x11->x11.xcb, xcb_get_input_focus(x11->x11.xcb), NULL));
        for (unsigned i = 0; i < 40; i++)
            x11_prompts_event(x11, (const void *)&mapped);
        x11_prompts_step(x11);
        assert_int_equal(x11->prompts.query_end - x11->prompts.query_first, 40);
        assert_true(x11->prompts.query_room <= 256);
    }
    map(f, make_prompt(f));
    expect_up(f);
    assert_false(f->seen);
}

static void test_the_list_can_be_set(void **state)
{
    struct fixture *f = *state;
    start(f, "  my-bank* ,OTHER");
    map(f, make_prompt(f));
    expect_pictures(f);
    assert_int_equal(f->ups, 0);
    map(f, make_window(f, "My-Bank-Login", "x", SECRET, false));
    expect_up(f);
    f->screen->ops->destroy(f->screen);
    f->screen = NULL;
    uv_run(&f->loop, UV_RUN_DEFAULT);

    f->up = false;
    f->ups = 0;
    f->pictures = 0;
    start(f, "");
    run_for(&f->loop, 100);
    assert_int_equal(f->ups, 0);
}

static void test_allowed_ones_are_part_of_the_picture(void **state)
{
    struct fixture *f = *state;
    f->pauses = false;
    start(f, NULL);
    f->pictures = 0;
    map(f, make_prompt(f));
    expect_up(f);
    assert_true(run_until(&f->loop, has_picture, f));
    run_for(&f->loop, 100);
    assert_true(f->seen);
}

static void test_destroyed_in_the_event(void **state)
{
    struct fixture *f = *state;
    f->destroys = true;
    start(f, NULL);
    map(f, make_prompt(f));
    expect_up(f);
    assert_null(f->screen);
    uv_run(&f->loop, UV_RUN_DEFAULT);
}

static bool listed(const char *list, const char *name)
{
    return prompt_classes_name(list, name, strlen(name));
}

static void test_names_in_a_list(void **state)
{
    assert_true(listed("a,b c", "B"));
    assert_true(listed(" ,, a ,", "a"));
    assert_false(listed("a,b", "ab"));
    assert_false(listed("", "a"));
    assert_false(listed(" , ", ""));
    assert_false(listed("a", ""));
    assert_true(listed("pin*", "PINENTRY"));
    assert_false(listed("pin*", "pi"));
    assert_true(listed("*", "anything"));
    const char *const usual[] = {"polkit-gnome-authentication-agent-1",
                                 "Polkit-mate-authentication-agent-1",
                                 "polkit-kde-authentication-agent-1",
                                 "lxpolkit",
                                 "Lxqt-policykit-agent",
                                 "xfce-polkit",
                                 "pinentry",
                                 "Pinentry-gtk-2",
                                 "pinentry-qt",
                                 "gcr-prompter",
                                 "Gcr-prompter",
                                 "ssh-askpass",
                                 "SshAskpass",
                                 "ksshaskpass",
                                 "gksudo",
                                 "kdesu"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        assert_true(listed(prompt_classes_default, usual[i]));
    assert_false(listed(prompt_classes_default, "xterm"));
    assert_false(listed(prompt_classes_default, "FLTK"));
}

static bool titled(const char *list, const char *title)
{
    return prompt_classes_title(list, title, strlen(title));
}

static void test_titles_in_a_list(void **state)
{
    assert_true(titled(prompt_classes_default, "pinentry-fltk"));
    assert_false(titled(prompt_classes_default, "how to use pinentry-fltk"));
    assert_false(titled(prompt_classes_default, "lxpolkit"));
    assert_true(titled("a,Title:Log*", "LOGIN"));
    assert_false(titled("a,title:b", "a"));
    assert_false(listed("a,title:b", "b"));
    assert_false(listed("a,title:b", "title:b"));
    assert_false(titled("title:", "x"));
    assert_false(titled("title:", ""));
}

static void test_any_property_is_read_safely(void **state)
{
    const char list[] = "good";
    assert_true(prompt_classes_match(list, "good\0x", 7));
    assert_true(prompt_classes_match(list, "x\0good\0", 7));
    assert_true(prompt_classes_match(list, "x\0good", 6));
    assert_true(prompt_classes_match(list, "good", 4));
    assert_false(prompt_classes_match(list, "goo", 3));
    assert_false(prompt_classes_match(list, "x\0goo", 5));
    assert_false(prompt_classes_match(list, "", 0));
    assert_false(prompt_classes_match(list, "\0\0\0", 3));
    assert_false(prompt_classes_match(list, "x\0", 2));
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_in_a_list),
        cmocka_unit_test(test_titles_in_a_list),
        cmocka_unit_test(test_any_property_is_read_safely),
        WITH_SERVER(test_a_prompt_is_noticed_and_not_captured),
        WITH_SERVER(test_none_slips_through_while_everything_moves),
        WITH_SERVER(test_it_may_be_up_before_anything_is_shared),
        WITH_SERVER(test_who_manages_windows_does_not_matter),
        WITH_SERVER(test_one_after_the_other_and_two_at_once_are_one),
        WITH_SERVER(test_one_that_is_gone_at_once_is_not_up_for_ever),
        WITH_SERVER(test_one_that_names_itself_late_is_noticed),
        WITH_SERVER(test_other_windows_are_no_prompts),
        WITH_SERVER(test_windows_that_come_without_a_pause),
        WITH_SERVER(test_the_list_can_be_set),
        WITH_SERVER(test_allowed_ones_are_part_of_the_picture),
        WITH_SERVER(test_destroyed_in_the_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
