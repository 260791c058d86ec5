/*
 * What is put into the clipboard for other programs to paste, also those that ask oddly, take
 * nothing or vanish; and displays that are not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <qassist/errors.h>

#include "clipboard_owner.h"

static void test_what_is_put_is_pasted(void **state)
{
    struct fixture *f = *state;
    put(f, "Gr\xc3\xbc\xc3\x9f"
           "e \xf0\x9f\x98\x80\n");
    expect_paste(f, "xclip -selection clipboard -o",
                 "Gr\xc3\xbc\xc3\x9f"
                 "e \xf0\x9f\x98\x80\n");
    put(f, "newer");
    expect_paste(f, "xsel --clipboard --output", "newer");
    expect_paste(f, "xclip -selection clipboard -o -target STRING", "newer");
    expect_paste(f, "xclip -selection clipboard -o -target 'text/plain;charset=utf-8'", "newer");
    expect_paste(f, "xclip -selection clipboard -o -target TARGETS",
                 "TARGETS\nTIMESTAMP\nUTF8_STRING\ntext/plain;charset=utf-8\nSTRING\n");
    expect_paste(f, "xclip -selection clipboard -o -target image/png", "");
    copy_with(f, "xclip -selection primary", "marked", 6);
    expect_paste(f, "xclip -selection primary -o", "marked");
}

static void test_long_texts_are_pasted(void **state)
{
    struct fixture *f = *state;
    char *text = long_text(QA_CLIPBOARD_MAX);
    put(f, text);
    expect_paste(f, "xclip -selection clipboard -o", text);
    expect_paste(f, "xsel --clipboard --output", text);
    free(text);
}

static void test_the_selection_is_lost_to_others_and_taken_again(void **state)
{
    struct fixture *f = *state;
    put(f, "ours");
    expect_paste(f, "xclip -selection clipboard -o", "ours");
    copy(f, "theirs");
    expect_paste(f, "xclip -selection clipboard -o", "theirs");
    put(f, "ours again");
    expect_paste(f, "xclip -selection clipboard -o", "ours again");
}

static void test_what_is_put_is_not_told_as_copied(void **state)
{
    struct fixture *f = *state;
    watch(f, true);
    put(f, "from the helper");
    expect_paste(f, "xclip -selection clipboard -o", "from the helper");
    assert_int_equal(f->copies, 0);
    expect_nothing_but(f, "from the sharer");
}

static void test_who_asks_in_the_name_of_our_window_gets_nothing(void **state)
{
    struct fixture *f = *state;
    put(f, "ours");
    expect_paste(f, "xclip -selection clipboard -o", "ours");
    xcb_connection_t *xcb = x_server_connect(&f->server, NULL);
    xcb_atom_t clipboard = x_atom(xcb, "CLIPBOARD"), property = x_atom(xcb, "ASKED");
    xcb_window_t window = owner_of(xcb, clipboard);
    xcb_convert_selection(xcb, window, clipboard, x_atom(xcb, "UTF8_STRING"), property,
                          XCB_CURRENT_TIME);
    x_sync(xcb);
    expect_paste(f, "xclip -selection clipboard -o", "ours"); /* later, so that was looked at */
    xcb_get_property_reply_t *reply = xcb_get_property_reply(
        xcb, xcb_get_property(xcb, 0, window, property, XCB_GET_PROPERTY_TYPE_ANY, 0, 1), NULL);
    assert_non_null(reply);
    assert_int_equal(reply->type, XCB_NONE);
    free(reply);
    xcb_disconnect(xcb);
}

/* Asks for pieces and takes none. */
static void ask_and_wait(const struct owner *asker, const char *name)
{
    xcb_convert_selection(asker->xcb, asker->window, asker->clipboard, asker->utf8,
                          x_atom(asker->xcb, name), XCB_CURRENT_TIME);
    xcb_flush(asker->xcb);
}

struct answers {
    struct owner *asker;
    unsigned count;
};

static bool are_20_answered(void *user)
{
    struct answers *answers = user;
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(answers->asker->xcb))) {
        if ((event->response_type & 0x7f) == XCB_SELECTION_NOTIFY)
            answers->count++;
        free(event);
    }
    return answers->count == 20;
}

static void test_programs_that_take_no_pieces(void **state)
{
    struct fixture *f = *state;
    char *text = long_text(QA_CLIPBOARD_MAX);
    struct owner asker;
    owner_open(&asker, &f->server, OWNER_SILENT, "");
    put(f, text);
    expect_paste(f, "xclip -selection clipboard -o", text);
    char name[16];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "PROPERTY_%d", i);
        ask_and_wait(&asker, name);
    }
    struct answers answers = {&asker, 0};
    assert_true(run_polling(&f->loop, are_20_answered, &answers));
    /* All places are taken: who asks now is refused, until these are gone. */
    expect_paste(f, "xclip -selection clipboard -o", "");
    put(f, "short ones need no place");
    expect_paste(f, "xclip -selection clipboard -o", "short ones need no place");
    put(f, text);
    owner_close(&asker);
    char *pasted = NULL;
    for (int i = 0; i < 100 && !(pasted && *pasted); i++) {
        free(pasted);
        pasted = paste_with(f, "xclip -selection clipboard -o");
    }
    assert_string_equal(pasted, text);
    free(pasted);
    free(text);
}

static void test_programs_that_vanish_while_they_paste(void **state)
{
    struct fixture *f = *state;
    char *text = long_text(QA_CLIPBOARD_MAX);
    put(f, text);
    run_for(&f->loop, 100);
    struct owner asker;
    for (int i = 0; i < 3; i++) {
        owner_open(&asker, &f->server, OWNER_SILENT, "");
        put(f, text);
        run_for(&f->loop, 50);
        ask_and_wait(&asker, "PROPERTY");
        owner_close(&asker);
        run_for(&f->loop, 50);
    }
    put(f, text);
    expect_paste(f, "xclip -selection clipboard -o", text);
    free(text);
}

/* ---- the display ---- */

static void test_no_display(void **state)
{
    struct fixture *f = *state;
    struct clipboard *clipboard = NULL;
    const char *detail = NULL;
    assert_int_equal(
        clipboard_x11_new(&f->loop, ":99999", NULL, &copied_events, f, &clipboard, &detail),
        QA_EIO);
    assert_non_null(detail);
    assert_null(clipboard);
}

static void test_the_display_goes_away(void **state)
{
    struct fixture *f = *state;
    struct fixture other = {0};
    x_server_start(&other.server, "640x480x24", NULL);
    const char *detail;
    assert_int_equal(clipboard_x11_new(&f->loop, other.server.display, NULL, &copied_events, &other,
                                       &other.clipboard, &detail),
                     0);
    watch(&other, true);
    put(&other, "text");
    run_for(&f->loop, 50);
    x_server_stop(&other.server);
    run_for(&f->loop, 100);
    put(&other, "text");
    watch(&other, false);
    watch(&other, true);
    run_for(&f->loop, 50);
    other.clipboard->ops->destroy(other.clipboard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIPBOARD_TEST(test_what_is_put_is_pasted),
        CLIPBOARD_TEST(test_long_texts_are_pasted),
        CLIPBOARD_TEST(test_the_selection_is_lost_to_others_and_taken_again),
        CLIPBOARD_TEST(test_what_is_put_is_not_told_as_copied),
        CLIPBOARD_TEST(test_who_asks_in_the_name_of_our_window_gets_nothing),
        CLIPBOARD_TEST(test_programs_that_take_no_pieces),
        CLIPBOARD_TEST(test_programs_that_vanish_while_they_paste),
        CLIPBOARD_TEST(test_no_display),
        CLIPBOARD_TEST(test_the_display_goes_away),
    };
    return cmocka_run_group_tests(tests, start_server, x_server_fixture_end);
}
