/*
 * For the tests of the clipboard on a real X server: the clipboard under test with what it told,
 * and other programs that copy and paste, xclip and xsel.
 */
#ifndef TESTS_CLIPBOARD_FIXTURE_H
#define TESTS_CLIPBOARD_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "clipboard/clipboard.h"
#include "x_server.h"

struct fixture {
    struct x_server server; /* first */
    uv_loop_t loop;
    struct clipboard *clipboard;
    unsigned descriptors;
    char *copied; /* the last text told */
    size_t length;
    unsigned copies;
    struct log log;
    bool late; /* a program did not answer in time */
};

extern const struct clipboard_events copied_events;

/* A group has a server, each of its tests a clipboard that leaves nothing behind. */
#define CLIPBOARD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int start_server(void **state);
int set_up(void **state);
int tear_down(void **state);

void watch(struct fixture *f, bool watched);
void put(struct fixture *f, const char *text);
/* UTF-8 of so many bytes; freed by the caller. */
char *long_text(size_t length);

xcb_window_t owner_of(xcb_connection_t *xcb, xcb_atom_t selection);
void copy_with(struct fixture *f, const char *program, const char *text, size_t length);
void copy(struct fixture *f, const char *text);
char *paste_with(struct fixture *f, const char *program);
void expect_paste(struct fixture *f, const char *program, const char *wanted);
/* So many texts were told, and no more. */
void expect_copies(struct fixture *f, unsigned copies);
void expect_nothing_but(struct fixture *f, const char *text);

#endif
