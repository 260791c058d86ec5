/*
 * A probe on the frames that the library gives a helper, without any window: see probe.h.
 *
 * Usage: probe-library RELAY TOKEN-FILE CA-FILE. It writes "code CODE" first, "picture" when the
 * first frame is there, and takes commands from then on.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/qassist.h>

#include "display.h"
#include "probe.h"

#define FROM_KEYCODE 8 /* X numbers keys so much higher than scancodes */

struct library_probe {
    struct probe probe; /* first */
    qa_context *context;
    qa_helper *helper;
    bool changed;
    bool found; /* the stamp for keys, in the last frame */
    int found_x, found_y;
};

static void on_code(qa_helper *helper, const char *code, uint32_t seconds_left,
                    const char *shown_name, const char *organisation, void *user_data)
{
    printf("code %s\n", code);
    fflush(stdout);
}

static void on_frame(qa_helper *helper, qa_frame *frame, void *user_data)
{
    struct library_probe *on = user_data;
    struct probe *probe = &on->probe;
    struct stamp_image image = {(uint32_t *)(uintptr_t)qa_frame_pixels(frame),
                                qa_frame_width(frame), qa_frame_height(frame),
                                (int)(qa_frame_stride(frame) / 4)};
    probe->width = image.width;
    probe->height = image.height;
    on->changed = true;
    if (!probe->count)
        on->found = stamp_find(&image, STAMP_KEY, &on->found_x, &on->found_y);
    int64_t numbers[PROBE_PLACES_MAX];
    for (int i = 0; i < probe->count; i++) {
        const struct probe_place *place = &probe->places[i];
        numbers[i] = stamp_read(&image, place->x, place->y + 6, place->kind);
    }
    if (probe->count)
        probe_take(probe, numbers);
}

static void on_end(qa_helper *helper, int error, const char *detail, void *user_data)
{
    fail(*detail ? detail : "the session is over");
}

static bool wait_change(struct probe *probe, int64_t end)
{
    struct library_probe *on = (struct library_probe *)probe;
    on->changed = false;
    for (;;) {
        qa_context_dispatch(on->context);
        if (on->changed)
            return true;
        int64_t left = end - now_ns();
        if (left <= 0)
            return false;
        struct pollfd ready = {.fd = qa_context_get_fd(on->context), .events = POLLIN};
        poll(&ready, 1, (int)(left / 1000000) + 1);
    }
}

/* What a frame showed is kept; without one there is nothing to see. */
static void look(struct probe *probe)
{
}

static bool find(struct probe *probe, int *x, int *y)
{
    struct library_probe *on = (struct library_probe *)probe;
    *x = on->found_x;
    *y = on->found_y;
    return on->found;
}

static void press(struct probe *probe, uint8_t keycode)
{
    struct library_probe *on = (struct library_probe *)probe;
    if (qa_helper_key(on->helper, keycode - FROM_KEYCODE, true) != 0 ||
        qa_helper_key(on->helper, keycode - FROM_KEYCODE, false) != 0)
        fail("a key is not taken");
}

static void click(struct probe *probe, int x, int y)
{
    struct library_probe *on = (struct library_probe *)probe;
    if (qa_helper_pointer_button(on->helper, x, y, QA_BUTTON_LEFT, true) != 0 ||
        qa_helper_pointer_button(on->helper, x, y, QA_BUTTON_LEFT, false) != 0)
        fail("a click is not taken");
}

static void read_token(const char *path, char *token, int size)
{
    FILE *file = fopen(path, "r");
    if (!file || !fgets(token, size, file))
        fail("no token");
    fclose(file);
    token[strcspn(token, "\n")] = 0;
}

static void start(struct library_probe *on, char **arguments)
{
    char token[4096];
    read_token(arguments[2], token, sizeof token);
    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    options.relay_url = arguments[1];
    options.ca_file = arguments[3];
    qa_helper_options helper = QA_HELPER_OPTIONS_INIT;
    helper.token = token;
    qa_helper_callbacks callbacks = QA_HELPER_CALLBACKS_INIT;
    callbacks.on_code = on_code;
    callbacks.on_frame = on_frame;
    callbacks.on_end = on_end;
    if (qa_context_new(&options, &on->context) != 0 ||
        qa_helper_new(on->context, &helper, &callbacks, on, &on->helper) != 0 ||
        qa_helper_start(on->helper) != 0)
        fail("no helper");
}

int main(int argc, char **argv)
{
    struct library_probe on = {.probe = {.wait_change = wait_change,
                                         .look = look,
                                         .find = find,
                                         .press = press,
                                         .click = click}};
    if (argc != 4)
        fail("usage: probe-library RELAY TOKEN-FILE CA-FILE");
    start(&on, argv);
    if (!wait_change(&on.probe, now_ns() + 60000000000))
        fail("no picture came");
    if (qa_helper_request(on.helper, QA_PERMISSION_CONTROL, NULL) != 0)
        fail("control cannot be asked for");
    while (!(qa_helper_permissions(on.helper) & QA_PERMISSION_CONTROL))
        wait_change(&on.probe, now_ns() + 50000000);
    puts("picture");
    fflush(stdout);
    probe_run(&on.probe);
    qa_helper_unref(on.helper);
    qa_context_unref(on.context);
    return 0;
}
