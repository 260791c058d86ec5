#include "clipboard_fixture.h"

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

const struct clipboard_events copied_events = {.copied = on_copied};

int start_server(void **state)
{
    return x_server_fixture(state, sizeof(struct fixture), "640x480x24");
}

int set_up(void **state)
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
    assert_int_equal(clipboard_x11_new(&f->loop, f->server.display, &f->log, &copied_events, f,
                                       &f->clipboard, &detail),
                     0);
    return 0;
}

int tear_down(void **state)
{
    struct fixture *f = *state;
    f->clipboard->ops->destroy(f->clipboard);
    close_loop(&f->loop);
    free(f->copied);
    assert_int_equal(open_descriptors(), f->descriptors);
    return 0;
}

void watch(struct fixture *f, bool watched)
{
    f->clipboard->ops->set_watched(f->clipboard, watched);
}

void put(struct fixture *f, const char *text)
{
    assert_int_equal(f->clipboard->ops->put(f->clipboard, text, strlen(text)), 0);
}

char *long_text(size_t length)
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

xcb_window_t owner_of(xcb_connection_t *xcb, xcb_atom_t selection)
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
void copy_with(struct fixture *f, const char *program, const char *text, size_t length)
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

void copy(struct fixture *f, const char *text)
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
char *paste_with(struct fixture *f, const char *program)
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

void expect_paste(struct fixture *f, const char *program, const char *wanted)
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

void expect_copies(struct fixture *f, unsigned copies)
{
    struct count count = {f, copies};
    assert_true(run_until(&f->loop, has_copies, &count));
    assert_int_equal(f->copies, copies);
}

/*
 * Nothing that was copied before is told any more: a text copied now is the next thing that is
 * told.
 */
void expect_nothing_but(struct fixture *f, const char *text)
{
    unsigned before = f->copies;
    copy(f, text);
    expect_copies(f, before + 1);
    assert_string_equal(f->copied, text);
}
