/*
 * The clipboard on a real X server: other programs are xclip and xsel, and clients of our own that
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
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "clipboard/clipboard.h"
#include "x_server.h"

#define SLOW_PROGRAMS 5    /* slow programs, one after the other */
#define PIECES_OF     8192 /* bytes in which our own owner hands out a long text */

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

static void on_log(qa_log_level level, const char *line, void *user)
{
    struct fixture *f = user;
    f->late = f->late || strstr(line, "does not answer");
}

static void on_copied(void *user, const char *data, size_t length)
{
    struct fixture *f = user;
    free(f->copied);
    f->copied = malloc(length + 1);
    memcpy(f->copied, data, length);
    f->copied[length] = '\0';
    f->length = length;
    f->copies++;
}

static const struct clipboard_events events = {.copied = on_copied};

static int start_server(void **state)
{
    return x_server_fixture(state, sizeof(struct fixture), "640x480x24");
}

static int set_up(void **state)
{
    struct fixture *f = *state;
    warm_up_loop();
    f->descriptors = open_descriptors();
    f->copies = 0;
    f->copied = NULL;
    f->late = false;
    f->log = (struct log){.write = on_log, .user_data = f, .level = QA_LOG_INFO};
    assert_int_equal(uv_loop_init(&f->loop), 0);
    const char *detail;
    assert_int_equal(
        clipboard_x11_new(&f->loop, f->server.display, &f->log, &events, f, &f->clipboard, &detail),
        0);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->clipboard->ops->destroy(f->clipboard);
    close_loop(&f->loop);
    free(f->copied);
    assert_int_equal(open_descriptors(), f->descriptors);
    return 0;
}

static void watch(struct fixture *f, bool watched)
{
    f->clipboard->ops->set_watched(f->clipboard, watched);
}

static void put(struct fixture *f, const char *text)
{
    assert_int_equal(f->clipboard->ops->put(f->clipboard, text, strlen(text)), 0);
}

static char *long_text(size_t length)
{
    char *text = malloc(length + 1);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + i % 26);
    for (size_t i = 0; i + 3 <= length; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    text[length] = '\0';
    return text;
}

/* ---- other programs ---- */

static void write_file(const char *path, const char *data, size_t length)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static xcb_window_t owner_of(xcb_connection_t *xcb, xcb_atom_t selection)
{
    xcb_get_selection_owner_reply_t *reply =
        xcb_get_selection_owner_reply(xcb, xcb_get_selection_owner(xcb, selection), NULL);
    assert_non_null(reply);
    xcb_window_t owner = reply->owner;
    free(reply);
    return owner;
}

/*
 * A user copies with a program; it stays behind as the owner until the next copy. It goes into the
 * background before it has taken the selection, so this waits until it has.
 */
static void copy_with(struct fixture *f, const char *program, const char *text, size_t length)
{
    char path[128], command[256];
    xcb_connection_t *xcb = x_server_connect(&f->server, NULL);
    xcb_atom_t selection = strstr(program, "primary")     ? XCB_ATOM_PRIMARY
                           : strstr(program, "secondary") ? XCB_ATOM_SECONDARY
                                                          : x_atom(xcb, "CLIPBOARD");
    xcb_window_t before = owner_of(xcb, selection), now = before;
    snprintf(path, sizeof path, "%s/copy", f->server.directory);
    write_file(path, text, length);
    snprintf(command, sizeof command, "%s < %s > /dev/null 2>&1", program, path);
    const char *const arguments[] = {"sh", "-c", command, NULL};
    x_server_run(&f->server, arguments);
    for (unsigned i = 0; i < PATIENCE_MS && (now == before || !now); i++) {
        usleep(1000);
        now = owner_of(xcb, selection);
    }
    assert_true(now && now != before);
    xcb_disconnect(xcb);
}

static void copy(struct fixture *f, const char *text)
{
    copy_with(f, "xclip -selection clipboard", text, strlen(text));
}

struct paste {
    char path[128];
};

static bool is_pasted(void *user)
{
    return access(((struct paste *)user)->path, F_OK) == 0;
}

/* What a program pastes while our loop serves it; freed by the caller. */
static char *paste_with(struct fixture *f, const char *program)
{
    struct paste paste;
    char command[512];
    snprintf(paste.path, sizeof paste.path, "%s/pasted", f->server.directory);
    unlink(paste.path);
    snprintf(command, sizeof command, "timeout 60 %s > %s.new 2>/dev/null; mv %s.new %s", program,
             paste.path, paste.path, paste.path);
    const char *const arguments[] = {"sh", "-c", command, NULL};
    pid_t pid = x_server_spawn(&f->server, arguments);
    assert_true(run_polling(&f->loop, is_pasted, &paste));
    end_process(pid);
    FILE *file = fopen(paste.path, "re");
    assert_non_null(file);
    char *text = calloc(1, 2 * QA_CLIPBOARD_MAX);
    fread(text, 1, 2 * QA_CLIPBOARD_MAX - 1, file);
    fclose(file);
    return text;
}

static void expect_paste(struct fixture *f, const char *program, const char *wanted)
{
    char *text = paste_with(f, program);
    assert_string_equal(text, wanted);
    free(text);
}

struct count {
    struct fixture *f;
    unsigned copies;
};

static bool has_copies(void *user)
{
    const struct count *count = user;
    return count->f->copies >= count->copies;
}

static void expect_copies(struct fixture *f, unsigned copies)
{
    struct count count = {f, copies};
    assert_true(run_until(&f->loop, has_copies, &count));
    assert_int_equal(f->copies, copies);
}

/*
 * Nothing that was copied before is told any more: a text copied now is the next thing that is
 * told.
 */
static void expect_nothing_but(struct fixture *f, const char *text)
{
    unsigned before = f->copies;
    copy(f, text);
    expect_copies(f, before + 1);
    assert_string_equal(f->copied, text);
}

/* ---- a program of our own that owns the selection, well or badly ---- */

enum manners {
    OWNER_GOOD,
    OWNER_SILENT,        /* answers nothing */
    OWNER_REFUSES,       /* says there is nothing */
    OWNER_NO_TARGETS,    /* knows UTF8_STRING only */
    OWNER_NO_TEXT,       /* a picture */
    OWNER_SECRET,        /* a password manager */
    OWNER_WRONG_TYPE,    /* says UTF8_STRING and gives numbers */
    OWNER_WRONG_TARGETS, /* its list is a text */
    OWNER_PIECES,        /* INCR, all right */
    OWNER_HUGE_PIECES,   /* INCR without an end */
    OWNER_HUGE_SAID,     /* INCR of a gigabyte, as it says */
    OWNER_STUCK_PIECES,  /* INCR, one piece, then nothing */
    OWNER_ODD_PIECES,    /* INCR whose pieces are numbers */
    OWNER_LATIN1,        /* STRING only */
};

struct owner {
    xcb_connection_t *xcb;
    xcb_window_t window;
    enum manners manners;
    const char *text;
    size_t length;
    size_t sent;
    bool sending;
    unsigned requests;
    xcb_window_t requestor;
    xcb_atom_t property;
    xcb_atom_t clipboard, targets, utf8, incr, secret, png;
};

static void owner_open(struct owner *owner, const struct x_server *server, enum manners manners,
                       const char *text)
{
    xcb_screen_t *screen;
    *owner = (struct owner){.manners = manners, .text = text, .length = strlen(text)};
    owner->xcb = x_server_connect(server, &screen);
    owner->clipboard = x_atom(owner->xcb, "CLIPBOARD");
    owner->targets = x_atom(owner->xcb, "TARGETS");
    owner->utf8 = x_atom(owner->xcb, "UTF8_STRING");
    owner->incr = x_atom(owner->xcb, "INCR");
    owner->secret = x_atom(owner->xcb, "x-kde-passwordManagerHint");
    owner->png = x_atom(owner->xcb, "image/png");
    owner->window = xcb_generate_id(owner->xcb);
    xcb_create_window(owner->xcb, 0, owner->window, screen->root, 0, 0, 1, 1, 0,
                      XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, 0, NULL);
    xcb_set_selection_owner(owner->xcb, owner->window, owner->clipboard, XCB_CURRENT_TIME);
    x_sync(owner->xcb);
}

static void owner_close(struct owner *owner)
{
    xcb_disconnect(owner->xcb);
}

static void owner_set(struct owner *owner, xcb_atom_t type, uint8_t format, uint32_t count,
                      const void *data)
{
    xcb_change_property(owner->xcb, XCB_PROP_MODE_REPLACE, owner->requestor, owner->property, type,
                        format, count, data);
}

static void owner_give_targets(struct owner *owner)
{
    xcb_atom_t list[4] = {owner->targets, owner->utf8, owner->secret};
    uint32_t count = owner->manners == OWNER_SECRET ? 3 : 2;
    if (owner->manners == OWNER_NO_TEXT)
        list[1] = owner->png;
    if (owner->manners == OWNER_LATIN1)
        list[1] = XCB_ATOM_STRING;
    if (owner->manners == OWNER_WRONG_TARGETS)
        owner_set(owner, XCB_ATOM_STRING, 8, 5, "hello");
    else
        owner_set(owner, XCB_ATOM_ATOM, 32, count, list);
}

static void owner_give_text(struct owner *owner, xcb_atom_t target)
{
    const uint32_t numbers[] = {1, 2, 3};
    uint32_t least = owner->manners == OWNER_HUGE_SAID ? 1u << 30 : 10;
    const uint32_t on = XCB_EVENT_MASK_PROPERTY_CHANGE;
    switch (owner->manners) {
    case OWNER_WRONG_TYPE:
        owner_set(owner, XCB_ATOM_INTEGER, 32, 3, numbers);
        break;
    case OWNER_PIECES:
    case OWNER_HUGE_PIECES:
    case OWNER_HUGE_SAID:
    case OWNER_STUCK_PIECES:
    case OWNER_ODD_PIECES:
        xcb_change_window_attributes(owner->xcb, owner->requestor, XCB_CW_EVENT_MASK, &on);
        owner_set(owner, owner->incr, 32, 1, &least);
        owner->sent = 0;
        owner->sending = true;
        break;
    default:
        owner_set(owner, target, 8, (uint32_t)owner->length, owner->text);
        break;
    }
}

static void owner_answer(struct owner *owner, const xcb_selection_request_event_t *request)
{
    owner->requests++;
    owner->requestor = request->requestor;
    owner->property = request->property;
    if (owner->manners == OWNER_SILENT)
        return;
    xcb_selection_notify_event_t notify = {.response_type = XCB_SELECTION_NOTIFY,
                                           .time = request->time,
                                           .requestor = request->requestor,
                                           .selection = request->selection,
                                           .target = request->target,
                                           .property = request->property};
    bool targets = request->target == owner->targets;
    if (owner->manners == OWNER_REFUSES || (targets && owner->manners == OWNER_NO_TARGETS))
        notify.property = XCB_NONE;
    else if (targets)
        owner_give_targets(owner);
    else
        owner_give_text(owner, request->target);
    char bytes[32] = {0};
    memcpy(bytes, &notify, sizeof notify);
    xcb_send_event(owner->xcb, 0, request->requestor, 0, bytes);
}

static void owner_next_piece(struct owner *owner, const xcb_property_notify_event_t *event)
{
    if (!owner->sending || event->state != XCB_PROPERTY_DELETE || event->atom != owner->property ||
        event->window != owner->requestor)
        return;
    const uint32_t numbers[] = {1, 2, 3};
    if (owner->manners == OWNER_STUCK_PIECES && owner->sent)
        return;
    if (owner->manners == OWNER_ODD_PIECES) {
        owner_set(owner, XCB_ATOM_INTEGER, 32, 3, numbers);
        return;
    }
    size_t length = owner->length - owner->sent;
    if (length > PIECES_OF)
        length = PIECES_OF;
    owner_set(owner, owner->utf8, 8, (uint32_t)length, owner->text + owner->sent);
    owner->sent += length;
    if (owner->manners == OWNER_HUGE_PIECES)
        owner->sent = 0;
    owner->sending = length;
}

static void owner_serve(struct owner *owner)
{
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(owner->xcb))) {
        uint8_t type = event->response_type & 0x7f;
        if (type == XCB_SELECTION_REQUEST)
            owner_answer(owner, (const void *)event);
        else if (type == XCB_PROPERTY_NOTIFY)
            owner_next_piece(owner, (const void *)event);
        free(event);
    }
    xcb_flush(owner->xcb);
}

struct owner_wish {
    struct owner *owner;
    struct fixture *f;
    unsigned copies;
    unsigned requests;
};

static bool owner_is_read(void *user)
{
    const struct owner_wish *wish = user;
    owner_serve(wish->owner);
    return wish->f->copies >= wish->copies && wish->owner->requests >= wish->requests;
}

static void run_owner(struct fixture *f, struct owner *owner, unsigned copies, unsigned requests)
{
    struct owner_wish wish = {owner, f, copies, requests};
    assert_true(run_polling(&f->loop, owner_is_read, &wish));
}

/* The owner is asked so often, nothing is told, and the next good copy is. */
static void expect_refused(struct fixture *f, enum manners manners, unsigned requests)
{
    char *text = long_text(2 * PIECES_OF);
    struct owner owner;
    watch(f, true);
    owner_open(&owner, &f->server, manners, text);
    run_owner(f, &owner, 0, requests);
    for (int i = 0; i < 10; i++) {
        owner_serve(&owner);
        run_for(&f->loop, 5);
    }
    assert_int_equal(f->copies, 0);
    expect_nothing_but(f, "after it");
    owner_close(&owner);
    free(text);
}

/* ---- what is copied here ---- */

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
    char *text = long_text(2 * PIECES_OF);
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

/* ---- what is put here ---- */

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
    assert_int_equal(clipboard_x11_new(&f->loop, ":99999", NULL, &events, f, &clipboard, &detail),
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
    assert_int_equal(clipboard_x11_new(&f->loop, other.server.display, NULL, &events, &other,
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_read_unless_watched),
        TEST(test_what_is_copied_is_told),
        TEST(test_the_other_selections_are_not_looked_at),
        TEST(test_long_texts_of_other_programs),
        TEST(test_longer_ones_are_not_told),
        TEST(test_old_programs),
        TEST(test_programs_that_refuse),
        TEST(test_what_is_no_text),
        TEST(test_what_a_password_manager_copied),
        TEST(test_a_wrong_type),
        TEST(test_wrong_targets),
        TEST(test_pieces_without_end),
        TEST(test_a_gigabyte_in_pieces),
        TEST(test_odd_pieces),
        TEST(test_programs_that_never_answer),
        TEST(test_reading_ends_by_itself),
        TEST(test_programs_that_answer_late_do_no_wrong),
        TEST(test_programs_that_stop_in_the_middle),
        TEST(test_programs_that_vanish_in_the_middle),
        TEST(test_what_is_being_read_is_dropped),
        TEST(test_what_was_copied_while_off_is_not_told),
        TEST(test_many_copies_at_once),
        TEST(test_what_is_put_is_pasted),
        TEST(test_long_texts_are_pasted),
        TEST(test_the_selection_is_lost_to_others_and_taken_again),
        TEST(test_what_is_put_is_not_told_as_copied),
        TEST(test_who_asks_in_the_name_of_our_window_gets_nothing),
        TEST(test_programs_that_take_no_pieces),
        TEST(test_programs_that_vanish_while_they_paste),
        TEST(test_no_display),
        TEST(test_the_display_goes_away),
    };
    return cmocka_run_group_tests(tests, start_server, x_server_fixture_end);
}
