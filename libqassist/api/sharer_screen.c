#include "api/sharer_private.h"

static void set_busy(qa_sharer *sharer, bool busy)
{
    if (sharer->screen)
        sharer->screen->ops->set_busy(sharer->screen, busy);
}

static void on_rdp_taken(void *user)
{
    set_busy(user, false);
}

static void on_rdp_renew(void *user)
{
    qa_sharer *sharer = user;
    if (sharer->screen)
        sharer->screen->ops->renew(sharer->screen);
}

static const struct rdp_events rdp_events = {
    .bytes = session_on_rdp_bytes,
    .consumed = session_on_rdp_consumed,
    .input = sharer_on_rdp_input,
    .input_epoch = sharer_on_rdp_input_epoch,
    .taken = on_rdp_taken,
    .renew = on_rdp_renew,
    .failed = session_on_rdp_failed,
};

static void check_worker(qa_sharer *sharer, int error)
{
    if (error)
        session_part_failed(&sharer->session, error, "the RDP worker takes no more pictures");
}

static void on_screen_resized(void *user)
{
    qa_sharer *sharer = user;
    const struct picture *picture = &sharer->session.picture;
    if (!sharer->screens_known)
        sharer_overlay_area(sharer, &(qa_rect){0, 0, picture->width, picture->height});
    set_busy(sharer, true);
    check_worker(sharer, rdp_picture_resized(sharer->session.rdp));
}

static void on_screen_damaged(void *user, const qa_rect *damage, size_t count)
{
    qa_sharer *sharer = user;
    set_busy(sharer, true);
    check_worker(sharer, rdp_damage(sharer->session.rdp, damage, count));
}

static void on_screen_cursor(void *user, const qa_cursor *cursor)
{
    qa_sharer *sharer = user;
    check_worker(sharer, rdp_cursor(sharer->session.rdp, cursor));
}

static void on_screen_cursor_position(void *user, int32_t x, int32_t y)
{
    qa_sharer *sharer = user;
    check_worker(sharer, rdp_cursor_position(sharer->session.rdp, x, y));
}

static void on_screen_failed(void *user, int error, const char *detail)
{
    qa_sharer *sharer = user;
    session_part_failed(&sharer->session, error, detail);
}

static const struct screen_events screen_events = {
    .screens = sharer_on_screens,
    .resized = on_screen_resized,
    .damaged = on_screen_damaged,
    .cursor = on_screen_cursor,
    .cursor_position = on_screen_cursor_position,
    .prompt = sharer_on_prompt,
    .failed = on_screen_failed,
};

static int open_x11(qa_sharer *sharer, const char **detail)
{
    struct session *session = &sharer->session;
    int error = screen_x11_new(&session->context->loop, sharer->display, sharer->prompt_classes,
                               &session->picture, &session->context->log, &screen_events, sharer,
                               &sharer->screen, detail);
    if (error)
        return error;
    struct input *input;
    error = input_xtest_new(&session->context->loop, sharer->display, &session->context->log,
                            &input, detail);
    if (error)
        return error;
    gate_attach(&sharer->gate, input);
    return sharer_open_overlay(sharer, detail);
}

static int open_app(qa_sharer *sharer)
{
    struct session *session = &sharer->session;
    int error = screen_app_new(&session->context->loop, &session->picture, &screen_events, sharer,
                               &sharer->screen);
    struct input *input;
    if (!error && !(error = input_app_new(sharer_on_app_input, sharer, &input)))
        gate_attach(&sharer->gate, input);
    return error ? error : sharer_open_overlay(sharer, NULL);
}

void sharer_start_sharing(qa_sharer *sharer)
{
    const char *detail = NULL;
    int error = session_start_worker(&sharer->session, RDP_SERVER, &rdp_events);
    if (!error)
        error = sharer->screen_kind == QA_SCREEN_X11 ? open_x11(sharer, &detail) : open_app(sharer);
    if (!error) {
        sharer_choose_as_before(sharer);
        error = sharer->screen->ops->start(sharer->screen);
    }
    if (error)
        session_part_failed(&sharer->session, error, detail);
}

void sharer_hold_pictures(qa_sharer *sharer, bool hold)
{
    if (sharer->screen)
        sharer->screen->ops->set_paused(sharer->screen, hold);
    tunnel_hold_rdp(sharer->session.tunnel, hold);
}

void sharer_stop_screen(qa_sharer *sharer)
{
    gate_detach(&sharer->gate);
    sharer_close_overlay(sharer);
    if (sharer->screen)
        sharer->screen->ops->destroy(sharer->screen);
    sharer->screen = NULL;
    sharer_forget_screens(sharer);
}

int qa_sharer_submit_frame(qa_sharer *sharer, int32_t width, int32_t height, size_t stride,
                           const uint8_t *pixels, const qa_rect *damage, size_t count)
{
    if (!sharer || !pixels)
        return QA_EINVAL;
    if (!sharer_machine_allows(&sharer->machine, QA_PERMISSION_VIEW) ||
        sharer->screen_kind != QA_SCREEN_APP || !sharer->screen)
        return QA_ESTATE;
    int error = screen_app_submit(sharer->screen, width, height, stride, pixels, damage, count);
    context_wake(sharer->session.context);
    return error;
}
