/*
 * What other programs copy: told while it is watched, and nothing else, also from programs that
 * answer late, never, too much or nonsense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clipboard_owner.h"

#define SLOW_PROGRAMS 5 /* slow programs, one after the other */

static void test_nothing_is_read_unless_watched(void **state)
{
    struct fixture *f = *state;
    struct owner owner;
    owner_open(&owner, &f->server, OWNER_GOOD, "secret");
    run_for(&f->loop, 100);
    owner_serve(&owner);
    assert_int_equal(owner.requests, 0);
    /* Also not what was copied before. */
    watch(f, true);
    run_for(&f->loop, 300);
    owner_serve(&owner);
    assert_int_equal(owner.requests, 0);
    expect_nothing_but(f, "later");
    owner_close(&owner);
}

static void test_what_is_copied_is_told(void **state)
{
    struct fixture *f = *state;
    watch(f, true);
    copy(f, "Gr\xc3\xbc\xc3\x9f"
            "e \xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x98\x80\n");
    expect_copies(f, 1);
    assert_string_equal(f->copied, "Gr\xc3\xbc\xc3\x9f"
                                   "e \xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x98\x80\n");
    copy_with(f, "xsel --clipboard --input", "by xsel", 7);
    expect_copies(f, 2);
    assert_string_equal(f->copied, "by xsel");
}

static void test_the_other_selections_are_not_looked_at(void **state)
{
    struct fixture *f = *state;
    watch(f, true);
    copy_with(f, "xclip -selection primary", "marked", 6);
    copy_with(f, "xclip -selection secondary", "odd", 3);
    expect_nothing_but(f, "copied");
}

static void test_long_texts_of_other_programs(void **state)
{
    struct fixture *f = *state;
    watch(f, true);
    char *text = long_text(QA_CLIPBOARD_MAX);
    copy(f, text);
    expect_copies(f, 1);
    assert_string_equal(f->copied, text);
    struct owner owner;
    owner_open(&owner, &f->server, OWNER_PIECES, text);
    run_owner(f, &owner, 2, 2);
    assert_string_equal(f->copied, text);
    owner_close(&owner);
    free(text);
}

static void test_longer_ones_are_not_told(void **state)
{
    struct fixture *f = *state;
    watch(f, true);
    char *text = long_text(QA_CLIPBOARD_MAX + 1);
    struct owner owner;
    owner_open(&owner, &f->server, OWNER_GOOD, text);
    run_owner(f, &owner, 0, 2);
    expect_nothing_but(f, "one");
    owner_close(&owner);
    owner_open(&owner, &f->server, OWNER_PIECES, text);
    run_owner(f, &owner, 1, 2);
    for (int i = 0; i < 30; i++) {
        owner_serve(&owner);
        run_for(&f->loop, 5);
    }
    expect_nothing_but(f, "two");
    owner_close(&owner);
    free(text);
    /* Megabytes, by a real program that hands them out in pieces. */
    text = long_text(3000000);
    copy(f, text);
    expect_nothing_but(f, "three");
    free(text);
}

static void test_old_programs(void **state)
{
    struct fixture *f = *state;
    watch(f, true);
    struct owner owner;
    owner_open(&owner, &f->server, OWNER_LATIN1,
               "Gr\xfc\xdf"
               "e");
    run_owner(f, &owner, 1, 2);
    assert_string_equal(f->copied, "Gr\xc3\xbc\xc3\x9f"
                                   "e");
    owner_close(&owner);
    owner_open(&owner, &f->server, OWNER_NO_TARGETS, "plain");
    run_owner(f, &owner, 2, 2);
    assert_string_equal(f->copied, "plain");
    owner_close(&owner);
}

static void test_programs_that_refuse(void **state)
{
    expect_refused(*state, OWNER_REFUSES, 2);
}

static void test_what_is_no_text(void **state)
{
    expect_refused(*state, OWNER_NO_TEXT, 1);
}

static void test_what_a_password_manager_copied(void **state)
{
    expect_refused(*state, OWNER_SECRET, 1);
}

static void test_a_wrong_type(void **state)
{
    expect_refused(*state, OWNER_WRONG_TYPE, 2);
}

static void test_wrong_targets(void **state)
{
    expect_refused(*state, OWNER_WRONG_TARGETS, 1);
}

static void test_pieces_without_end(void **state)
{
    expect_refused(*state, OWNER_HUGE_PIECES, 2);
}

static void test_a_gigabyte_in_pieces(void **state)
{
    expect_refused(*state, OWNER_HUGE_SAID, 2);
}

static void test_odd_pieces(void **state)
{
    expect_refused(*state, OWNER_ODD_PIECES, 2);
}

static void test_programs_that_never_answer(void **state)
{
    expect_refused(*state, OWNER_SILENT, 1);
}

static bool is_late(void *user)
{
    return ((struct fixture *)user)->late;
}

/* A program that is too slow may go on; it comes to nobody. */
static void test_reading_ends_by_itself(void **state)
{
    struct fixture *f = *state;
    struct owner owner;
    watch(f, true);
    owner_open(&owner, &f->server, OWNER_STUCK_PIECES, "text");
    run_owner(f, &owner, 0, 2);
    assert_true(run_until(&f->loop, is_late, f));
    owner_set(&owner, owner.utf8, 8, 4, "late");
    owner.manners = OWNER_PIECES;
    for (int i = 0; i < 20; i++) {
        owner_serve(&owner);
        run_for(&f->loop, 5);
    }
    assert_int_equal(f->copies, 0);
    expect_nothing_but(f, "in time");
    owner_close(&owner);
}

/* Programs with Xlib's own error handler, xclip for one, die when they write to no window. */
static void test_programs_that_answer_late_do_no_wrong(void **state)
{
    struct fixture *f = *state;
    struct owner owner;
    watch(f, true);
    for (int i = 0; i < SLOW_PROGRAMS; i++) {
        owner_open(&owner, &f->server, OWNER_SILENT, "text");
        run_owner(f, &owner, (unsigned)i, 1);
        xcb_window_t window = owner.requestor;
        expect_nothing_but(f, i % 2 ? "newer" : "new");
        xcb_void_cookie_t late = xcb_change_property_checked(
            owner.xcb, XCB_PROP_MODE_REPLACE, window, owner.property, owner.utf8, 8, 4, "late");
        assert_null(xcb_request_check(owner.xcb, late));
        owner_close(&owner);
    }
    assert_int_equal(f->copies, SLOW_PROGRAMS);
}

static void test_programs_that_stop_in_the_middle(void **state)
{
    expect_refused(*state, OWNER_STUCK_PIECES, 2);
}

static void test_programs_that_vanish_in_the_middle(void **state)
{
    struct fixture *f = *state;
    watch(f, true);
    struct owner owner;
    char *text = long_text(2 * OWNER_PIECE);
    owner_open(&owner, &f->server, OWNER_STUCK_PIECES, text);
    run_owner(f, &owner, 0, 2);
    owner_close(&owner);
    expect_nothing_but(f, "after it");
    free(text);
}

/* Taken back in the middle of reading: nothing comes, though the program answers then. */
static void test_what_is_being_read_is_dropped(void **state)
{
    struct fixture *f = *state;
    struct owner owner;
    watch(f, true);
    owner_open(&owner, &f->server, OWNER_SILENT, "secret");
    run_owner(f, &owner, 0, 1);
    watch(f, false);
    owner_close(&owner);
    owner_open(&owner, &f->server, OWNER_GOOD, "more secret");
    run_for(&f->loop, 300);
    owner_serve(&owner);
    assert_int_equal(owner.requests, 0);
    assert_int_equal(f->copies, 0);
    watch(f, true);
    expect_nothing_but(f, "allowed again");
    owner_close(&owner);
}

/* Off and on again without looking at the display: what was copied in between does not count. */
static void test_what_was_copied_while_off_is_not_told(void **state)
{
    struct fixture *f = *state;
    struct owner owner;
    watch(f, true);
    run_for(&f->loop, 50);
    owner_open(&owner, &f->server, OWNER_GOOD, "while on, unseen");
    watch(f, false);
    watch(f, true);
    for (int i = 0; i < 30; i++) {
        run_for(&f->loop, 10);
        owner_serve(&owner);
    }
    assert_int_equal(owner.requests, 0);
    expect_nothing_but(f, "now");
    owner_close(&owner);
}

static void test_many_copies_at_once(void **state)
{
    struct fixture *f = *state;
    watch(f, true);
    struct owner owner;
    owner_open(&owner, &f->server, OWNER_GOOD, "churn");
    for (int i = 0; i < 500; i++)
        xcb_set_selection_owner(owner.xcb, owner.window, owner.clipboard, XCB_CURRENT_TIME);
    run_owner(f, &owner, 1, 2);
    run_for(&f->loop, 300);
    owner_serve(&owner);
    assert_in_range(owner.requests, 2, 100);
    owner_close(&owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIPBOARD_TEST(test_nothing_is_read_unless_watched),
        CLIPBOARD_TEST(test_what_is_copied_is_told),
        CLIPBOARD_TEST(test_the_other_selections_are_not_looked_at),
        CLIPBOARD_TEST(test_long_texts_of_other_programs),
        CLIPBOARD_TEST(test_longer_ones_are_not_told),
        CLIPBOARD_TEST(test_old_programs),
        CLIPBOARD_TEST(test_programs_that_refuse),
        CLIPBOARD_TEST(test_what_is_no_text),
        CLIPBOARD_TEST(test_what_a_password_manager_copied),
        CLIPBOARD_TEST(test_a_wrong_type),
        CLIPBOARD_TEST(test_wrong_targets),
        CLIPBOARD_TEST(test_pieces_without_end),
        CLIPBOARD_TEST(test_a_gigabyte_in_pieces),
        CLIPBOARD_TEST(test_odd_pieces),
        CLIPBOARD_TEST(test_programs_that_never_answer),
        CLIPBOARD_TEST(test_reading_ends_by_itself),
        CLIPBOARD_TEST(test_programs_that_answer_late_do_no_wrong),
        CLIPBOARD_TEST(test_programs_that_stop_in_the_middle),
        CLIPBOARD_TEST(test_programs_that_vanish_in_the_middle),
        CLIPBOARD_TEST(test_what_is_being_read_is_dropped),
        CLIPBOARD_TEST(test_what_was_copied_while_off_is_not_told),
        CLIPBOARD_TEST(test_many_copies_at_once),
    };
    return cmocka_run_group_tests(tests, start_server, x_server_fixture_end);
}
