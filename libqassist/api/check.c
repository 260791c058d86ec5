/* qa_check_sharing: each part is tried for real, one after the other, on a loop of its own. */
#include <stdio.h>
#include <stdlib.h>

#include <qassist/check.h>

#include "api/context.h"
#include "api/options.h"
#include "clipboard/clipboard.h"
#include "input/input.h"
#include "link/link.h"
#include "link/sigpipe.h"
#include "link/ws.h"
#include "rdp/rdp.h"
#include "screen/screen.h"
#include "screen/x11_look.h"

#define PART_LIMIT_MS  8000  /* for what is on this machine */
#define RELAY_LIMIT_MS 25000 /* more than a link waits itself */
#define PING_MS        50

struct check {
    const qa_check_options *options;
    qa_check_fn on_result;
    void *user_data;
    qa_context *context;
    uv_timer_t limit;
    bool done; /* with what is being waited for */
    int error; /* of that */
    char detail[512];
    int verdict; /* the first error of what is needed */
    struct picture picture;
};

static void tell(struct check *check, qa_check_part part, bool needed, const char *name, int error,
                 const char *detail)
{
    qa_check_result result = {.size = sizeof result,
                              .part = part,
                              .good = !error,
                              .needed = needed,
                              .name = name ? name : "",
                              .detail = detail && *detail ? detail
                                        : error           ? qa_strerror(error)
                                                          : ""};
    if (error && needed && !check->verdict)
        check->verdict = error;
    check->on_result(&result, check->user_data);
}

/* ---- waiting ---- */

static void finish(struct check *check, int error, const char *detail)
{
    if (check->done)
        return;
    check->done = true;
    check->error = error;
    snprintf(check->detail, sizeof check->detail, "%s", detail);
}

static void on_limit(uv_timer_t *timer)
{
    finish(timer->data, QA_ETIMEOUT, "no answer in time");
}

/* Until `finish`; the error it was given. */
static int await(struct check *check, uint64_t limit_ms)
{
    uv_update_time(&check->context->loop); /* displays are waited for outside of it */
    uv_timer_start(&check->limit, on_limit, limit_ms, 0);
    while (!check->done)
        uv_run(&check->context->loop, UV_RUN_ONCE);
    uv_timer_stop(&check->limit);
    check->done = false;
    return check->error;
}

static void on_stopped(void *user)
{
    finish(user, 0, "");
}

/* ---- the parts ---- */

/* False: there is none, and what needs it need not be tried. */
static bool look_at_display(struct check *check, struct x11_look *look)
{
    const char *display = check->options->display;
    const char *detail = x11_look_open(look, display);
    if (!display)
        display = getenv("DISPLAY");
    tell(check, QA_CHECK_DISPLAY, true, display, detail ? QA_ESCREEN : 0, detail);
    if (detail)
        return false;
    for (int i = 0; i < X11_LOOK_EXTENSIONS; i++)
        tell(check, QA_CHECK_EXTENSION, look->extensions[i].needed, look->extensions[i].name,
             look->extensions[i].there ? 0 : QA_ESCREEN,
             look->extensions[i].there ? "" : "the display does not have it");
    return true;
}

static void on_screens(void *user, const struct screen_list *list)
{
}

static void on_damaged(void *user, const qa_rect *damage, size_t count)
{
}

static void on_cursor(void *user, const qa_cursor *cursor)
{
}

static void on_cursor_position(void *user, int32_t x, int32_t y)
{
}

static void on_prompt(void *user, bool up)
{
}

static void on_resized(void *user)
{
    struct check *check = user;
    char size[32];
    snprintf(size, sizeof size, "%dx%d", (int)check->picture.width, (int)check->picture.height);
    finish(check, 0, size);
}

static void on_screen_failed(void *user, int error, const char *detail)
{
    finish(user, error, detail);
}

static void look_at_capture(struct check *check)
{
    static const struct screen_events events = {.screens = on_screens,
                                                .resized = on_resized,
                                                .damaged = on_damaged,
                                                .cursor = on_cursor,
                                                .cursor_position = on_cursor_position,
                                                .prompt = on_prompt,
                                                .failed = on_screen_failed};
    struct screen *screen = NULL;
    const char *detail = NULL;
    int error = screen_x11_new(&check->context->loop, check->options->display, "", &check->picture,
                               &check->context->log, &events, check, &screen, &detail);
    if (!error)
        error = screen->ops->start(screen);
    if (!error) {
        error = await(check, PART_LIMIT_MS);
        detail = check->detail;
    }
    if (screen)
        screen->ops->destroy(screen);
    tell(check, QA_CHECK_CAPTURE, true, NULL, error, detail);
}

static void look_at_input(struct check *check)
{
    struct input *input;
    const char *detail;
    int error = input_xtest_new(&check->context->loop, check->options->display,
                                &check->context->log, &input, &detail);
    if (!error)
        input->ops->destroy(input);
    tell(check, QA_CHECK_INPUT, true, NULL, error, detail);
}

static void look_at_clipboard(struct check *check)
{
    static const struct clipboard_events events = {0};
    struct clipboard *clipboard;
    const char *detail;
    int error = clipboard_x11_new(&check->context->loop, check->options->display,
                                  &check->context->log, &events, check, &clipboard, &detail);
    if (!error)
        clipboard->ops->destroy(clipboard);
    tell(check, QA_CHECK_CLIPBOARD, false, NULL, error, detail);
}

static void on_worker_failed(void *user, int error, const char *detail)
{
    finish(user, error, detail);
}

static void look_at_worker(struct check *check)
{
    static const struct rdp_events events = {.answered = on_stopped, .failed = on_worker_failed};
    struct rdp_options options = {.role = RDP_SERVER,
                                  .worker_path = check->context->worker_path,
                                  .log = &check->context->log,
                                  .ping_interval_ms = PING_MS};
    struct rdp *rdp = NULL;
    const char *detail = NULL;
    int error = rdp_start(&check->context->loop, &options, &check->picture, &events, check, &rdp);
    if (!error) {
        error = await(check, PART_LIMIT_MS);
        detail = check->detail;
    }
    tell(check, QA_CHECK_WORKER, true, NULL, error, detail);
    if (rdp) {
        rdp_stop(rdp, on_stopped, check);
        await(check, PART_LIMIT_MS);
    }
}

static bool look_at_policy(struct check *check)
{
    const char *why;
    int error = qa_context_allowed(check->context, &why) ? 0 : QA_EPOLICY;
    tell(check, QA_CHECK_POLICY, true, check->options->relay_url, error, why);
    return !error;
}

static void on_opened(void *user)
{
    finish(user, 0, "");
}

static void on_text(void *user, const char *data, size_t length)
{
}

static void on_binary(void *user, const uint8_t *data, size_t length)
{
}

static void on_drained(void *user)
{
}

static void on_closed(void *user, int error, const char *detail)
{
    finish(user, error ? error : QA_ERELAY, detail);
}

static void look_at_relay(struct check *check)
{
    static const struct link_events events = {.opened = on_opened,
                                              .text = on_text,
                                              .binary = on_binary,
                                              .drained = on_drained,
                                              .closed = on_closed};
    struct ws_host *host;
    struct link *link = NULL;
    const char *detail = NULL, *url = check->options->relay_url;
    int error = context_ws_host(check->context, &host);
    if (error == QA_ETRUST)
        detail = "the file of trusted certificates cannot be read";
    if (!error)
        error = link_ws_new(host, url, &events, check, &link);
    if (!error) {
        error = await(check, RELAY_LIMIT_MS);
        detail = check->detail;
    }
    tell(check, QA_CHECK_RELAY, true, url, error, detail);
    link_destroy(link);
}

/* ---- all of it ---- */

static void look(struct check *check)
{
    struct x11_look display;
    if (look_at_display(check, &display)) {
        look_at_capture(check);
        look_at_input(check);
        look_at_clipboard(check);
    }
    x11_look_close(&display);
    look_at_worker(check);
    if (check->options->relay_url && look_at_policy(check))
        look_at_relay(check);
}

int qa_check_sharing(const qa_check_options *options, qa_check_fn on_result, void *user_data)
{
    qa_check_options known = {0};
    if (!on_result || options_read(&known, sizeof known, options) ||
        (known.relay_url && ws_url_check(known.relay_url)))
        return QA_EINVAL;
    struct check check = {.options = &known, .on_result = on_result, .user_data = user_data};
    qa_context_options context = QA_CONTEXT_OPTIONS_INIT;
    context.relay_url =
        known.relay_url ? known.relay_url : "wss://localhost"; /* not connected to */
    context.ca_file = known.ca_file;
    context.worker_path = known.worker_path;
    int error = picture_init(&check.picture);
    if (!error)
        error = qa_context_new(&context, &check.context);
    if (!error) {
        struct sigpipe_guard guard;
        sigpipe_guard_begin(&guard);
        uv_timer_init(&check.context->loop, &check.limit);
        check.limit.data = &check;
        look(&check);
        uv_close((uv_handle_t *)&check.limit, NULL);
        qa_context_unref(check.context);
        sigpipe_guard_end(&guard);
    }
    picture_free(&check.picture);
    return error ? error : check.verdict;
}
