#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <xcb/xcbext.h>

#include "base/clock.h"
#include "screen/x11.h"

#define INTERVAL_MS  16  /* from capture to capture, on average; */
#define GAP_MS       4   /* one may come sooner, such as for a key's answer right after a frame */
#define ANSWERS      2   /* captures besides, for each key or click: some programs draw twice, */
#define ANSWER_MS    200 /* within this time */
#define BAND_GAP     16  /* rows that are cheaper to capture than another request */
#define FAILURES_MAX 50  /* captures in a row that the display may refuse, say during a resize */
#define SETTLE_MS    100 /* most to wait for what the display is just writing */

/* The picture is BGRX: 32 bits a pixel, blue in the lowest byte, like the display's own. */
static bool has_our_pixels(xcb_connection_t *xcb, const xcb_screen_t *screen)
{
    const xcb_setup_t *setup = xcb_get_setup(xcb);
    if (setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
        return false;
    bool is_32_bits = false;
    xcb_format_iterator_t formats = xcb_setup_pixmap_formats_iterator(setup);
    for (; formats.rem; xcb_format_next(&formats)) {
        if (formats.data->depth == screen->root_depth)
            is_32_bits = formats.data->bits_per_pixel == 32;
    }
    xcb_depth_iterator_t depths = xcb_screen_allowed_depths_iterator(screen);
    for (; depths.rem; xcb_depth_next(&depths)) {
        xcb_visualtype_iterator_t visuals = xcb_depth_visuals_iterator(depths.data);
        for (; visuals.rem; xcb_visualtype_next(&visuals)) {
            const xcb_visualtype_t *visual = visuals.data;
            if (visual->visual_id == screen->root_visual)
                return is_32_bits && visual->red_mask == 0xff0000 && visual->green_mask == 0xff00 &&
                       visual->blue_mask == 0xff;
        }
    }
    return false;
}

static bool is_local(xcb_connection_t *xcb)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int fd = xcb_get_file_descriptor(xcb);
    return !getsockname(fd, (struct sockaddr *)&address, &length) && address.ss_family == AF_UNIX;
}

static bool has_shared_memory(struct x11_screen *x11)
{
    xcb_connection_t *xcb = x11->x11.xcb;
    if (!x11_connection_has(&x11->x11, &xcb_shm_id) || !is_local(xcb))
        return false;
    xcb_shm_query_version_reply_t *reply =
        xcb_shm_query_version_reply(xcb, xcb_shm_query_version(xcb), NULL);
    bool has = reply && (reply->major_version > 1 || reply->minor_version >= 2);
    free(reply);
    return has;
}

/* The server maps the picture, so that it writes pixels where they belong. */
static void share_picture(struct x11_screen *x11)
{
    xcb_connection_t *xcb = x11->x11.xcb;
    int fd = has_shared_memory(x11) ? fcntl(x11->picture->fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (fd >= 0) {
        xcb_shm_seg_t segment = xcb_generate_id(xcb);
        /* xcb closes the descriptor. */
        xcb_generic_error_t *error =
            xcb_request_check(xcb, xcb_shm_attach_fd_checked(xcb, segment, fd, false));
        x11->capture.segment = error ? 0 : segment;
        free(error);
    }
    if (!x11->capture.segment)
        log_info(x11->log, "screen: no shared memory with the display; pixels are copied");
}

const char *x11_capture_open(struct x11_screen *x11)
{
    xcb_connection_t *xcb = x11->x11.xcb;
    if (!has_our_pixels(xcb, x11->x11.screen))
        return "the display's pixels are not 24 bits of colour in 32 (its depth has to be 24)";
    if (!x11_connection_has(&x11->x11, &xcb_damage_id))
        return "the display has no DAMAGE extension";
    if (!x11_connection_has(&x11->x11, &xcb_xfixes_id))
        return "the display has no XFIXES extension";
    free(xcb_damage_query_version_reply(xcb, xcb_damage_query_version(xcb, 1, 1), NULL));
    free(xcb_xfixes_query_version_reply(xcb, xcb_xfixes_query_version(xcb, 4, 0), NULL));
    share_picture(x11);
    return xcb_connection_has_error(xcb) ? "the display is gone" : NULL;
}

void x11_capture_start(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    xcb_connection_t *xcb = x11->x11.xcb;
    xcb_window_t root = x11->x11.screen->root;
    uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    xcb_change_window_attributes(xcb, root, XCB_CW_EVENT_MASK, &events);
    capture->damage = xcb_generate_id(xcb);
    capture->parts = xcb_generate_id(xcb);
    /* One event when something changed, and no more until we have asked what. */
    xcb_damage_create(xcb, capture->damage, root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
    xcb_xfixes_create_region(xcb, capture->parts, 0, NULL);
    capture->layout_old = true;
    capture->resized = true;
    x11_capture_forget(x11);
}

void x11_capture_forget(struct x11_screen *x11)
{
    x11->capture.whole = true;
}

static void ask_layout(struct x11_screen *x11)
{
    /* Not with the answer: an event that came after it may be looked at before it. */
    x11->capture.layout_old = false;
    x11->capture.asked = xcb_get_geometry(x11->x11.xcb, x11->x11.screen->root).sequence;
    x11_monitors_ask(x11);
    x11->capture.stage = CAPTURE_ASKED_LAYOUT;
}

static void ask_damage(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    xcb_connection_t *xcb = x11->x11.xcb;
    capture->changed = false;
    xcb_damage_subtract(xcb, capture->damage, XCB_NONE, capture->parts);
    capture->asked = xcb_xfixes_fetch_region(xcb, capture->parts).sequence;
    capture->stage = CAPTURE_ASKED_DAMAGE;
}

static unsigned ask_band(struct x11_screen *x11, const struct band *band)
{
    xcb_connection_t *xcb = x11->x11.xcb;
    xcb_window_t root = x11->x11.screen->root;
    const qa_rect *shown = &x11->monitors.list.shown;
    int16_t x = (int16_t)shown->x;
    int16_t y = (int16_t)(shown->y + band->top);
    uint16_t width = (uint16_t)x11->picture->width;
    uint16_t height = (uint16_t)(band->bottom - band->top);
    x11->capture.requests++;
    if (!x11->capture.segment)
        return xcb_get_image(xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, root, x, y, width, height, UINT32_MAX)
            .sequence;
    size_t offset = (size_t)band->top * picture_stride(x11->picture);
    return xcb_shm_get_image(xcb, root, x, y, width, height, UINT32_MAX, XCB_IMAGE_FORMAT_Z_PIXMAP,
                             x11->capture.segment, (uint32_t)offset)
        .sequence;
}

/*
 * Whole rows, for the server packs what it writes: only full width puts every pixel where it
 * belongs in the picture.
 */
static void ask_pixels(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    struct band bands[REGION_RECTS_MAX];
    capture->grab_count = region_bands(&capture->region, BAND_GAP, bands);
    capture->grabs_done = 0;
    capture->grab_failed = false;
    for (size_t i = 0; i < capture->grab_count; i++)
        capture->grabs[i] = (struct grab){.sequence = ask_band(x11, &bands[i]), .band = bands[i]};
    capture->stage = CAPTURE_GRABBING;
}

static void ask_whole(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    capture->changed = false;
    capture->whole = false;
    capture->left_over = false;
    xcb_damage_subtract(x11->x11.xcb, capture->damage, XCB_NONE, XCB_NONE);
    region_set_whole(&capture->region, x11->picture->width, x11->picture->height);
    ask_pixels(x11);
}

static void on_pace(uv_timer_t *timer)
{
    x11_connection_wake(&((struct x11_screen *)timer->data)->x11);
}

void x11_capture_expect_answer(struct x11_screen *x11)
{
    x11->capture.answers = ANSWERS;
    x11->capture.answers_ms = clock_ms();
}

/* Whether what is to be captured now may be an answer, which waits for no pace. */
static bool take_answer(struct x11_capture *capture, uint64_t now)
{
    if (!capture->answers || now - capture->answers_ms > ANSWER_MS)
        return false;
    capture->answers--;
    return true;
}

/* The receiver looks at what it was told, and waits for nothing else. */
static bool is_busy(const struct x11_screen *x11)
{
    return x11->busy && !x11->capture.renew;
}

/* The receiver is about to be told this, and to look at it and at what it has not looked at yet. */
static void note_said(struct x11_screen *x11, const struct region *region)
{
    struct x11_capture *capture = &x11->capture;
    capture->renew = false;
    if (!x11->busy)
        region_clear(&capture->said);
    for (size_t i = 0; i < region->count; i++)
        region_add(&capture->said, &region->rects[i], x11->picture->width, x11->picture->height);
}

static void say_nothing(struct x11_screen *x11)
{
    note_said(x11, &(struct region){0});
    x11->events.damaged(x11->user, NULL, 0);
}

/* When a capture may start: in step, but for one that was asked for anew. */
static uint64_t next_ms(const struct x11_capture *capture, bool renewed)
{
    uint64_t next = capture->started_ms + GAP_MS;
    if (renewed || capture->due_ms < INTERVAL_MS)
        return next;
    return clock_later(next, capture->due_ms - INTERVAL_MS);
}

/* Whether the pace lets a capture start now; else it is asked again when it does. */
static bool keep_pace(struct x11_screen *x11, bool busy)
{
    struct x11_capture *capture = &x11->capture;
    uint64_t now = clock_ms();
    bool renewed = capture->renew && !capture->failures;
    uint64_t next = next_ms(capture, renewed);
    bool is_early = capture->started_ms && now < next;
    if ((is_early || busy) && !take_answer(capture, now)) {
        if (!busy && (renewed || !uv_is_active((uv_handle_t *)&capture->pace)))
            uv_timer_start(&capture->pace, on_pace, next - now, 0);
        return false;
    }
    if (!busy) {
        capture->started_ms = now;
        if (!is_early && !renewed)
            capture->due_ms = clock_later(capture->due_ms, now) + INTERVAL_MS;
    }
    return true;
}

static void begin(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    bool any = capture->layout_old || capture->whole || capture->changed;
    if (!any && capture->renew)
        say_nothing(x11);
    if (!any || x11_prompts_undecided(x11))
        return;
    bool busy = is_busy(x11);
    if (busy && (capture->layout_old || capture->whole || capture->left_over))
        return;
    if (!keep_pace(x11, busy))
        return;
    if (capture->layout_old)
        ask_layout(x11);
    else if (capture->whole)
        ask_whole(x11);
    else
        ask_damage(x11);
    x11_cursor_ask_place(x11);
}

static void on_layout(struct x11_screen *x11, const xcb_get_geometry_reply_t *reply)
{
    struct x11_capture *capture = &x11->capture;
    capture->stage = CAPTURE_IDLE;
    if (!reply) {
        capture->layout_old = true;
        return;
    }
    struct screen_list before = x11->monitors.list;
    const char *fault = x11_monitors_update(x11, reply->width, reply->height);
    const qa_rect *shown = &x11->monitors.list.shown;
    if (fault || picture_resize(x11->picture, shown->width, shown->height)) {
        x11_screen_fail(x11, fault ? fault : "the screen has no size");
        return;
    }
    /* Another monitor of the same size is said to be a new size: nothing of the old one counts. */
    if (shown->width != before.shown.width || shown->height != before.shown.height ||
        x11->monitors.list.chosen != before.chosen)
        capture->resized = true;
    if (capture->resized || shown->x != before.shown.x || shown->y != before.shown.y)
        capture->whole = true;
    else if (!x11->paused)
        x11_monitors_tell(x11);
    if (capture->whole && !x11->over && !x11->paused)
        ask_whole(x11);
}

/*
 * Whether capturing the region would write rows that the receiver is just looking at: it looks at
 * whole tiles, of which nothing else may be seen before it is said.
 */
static bool is_looked_at(const struct x11_capture *capture)
{
    struct band bands[REGION_RECTS_MAX];
    size_t count = region_bands(&capture->region, BAND_GAP, bands);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < capture->said.count; j++) {
            const qa_rect *rect = &capture->said.rects[j];
            int32_t top = rect->y / PICTURE_TILE * PICTURE_TILE;
            int32_t bottom =
                (rect->y + rect->height + PICTURE_TILE - 1) / PICTURE_TILE * PICTURE_TILE;
            if (bands[i].top < bottom && top < bands[i].bottom)
                return true;
        }
    return false;
}

static void on_damage(struct x11_screen *x11, const xcb_xfixes_fetch_region_reply_t *reply)
{
    struct x11_capture *capture = &x11->capture;
    capture->stage = CAPTURE_IDLE;
    if (!reply || x11->paused) {
        capture->whole = true;
        return;
    }
    if (!capture->left_over)
        region_clear(&capture->region);
    capture->left_over = false;
    const qa_rect *shown = &x11->monitors.list.shown;
    const xcb_rectangle_t *rects = xcb_xfixes_fetch_region_rectangles(reply);
    int count = xcb_xfixes_fetch_region_rectangles_length(reply);
    for (int i = 0; i < count; i++) {
        qa_rect rect = {.x = rects[i].x - shown->x,
                        .y = rects[i].y - shown->y,
                        .width = rects[i].width,
                        .height = rects[i].height};
        region_add(&capture->region, &rect, x11->picture->width, x11->picture->height);
    }
    if (!capture->region.count)
        return;
    if (!is_busy(x11) || !is_looked_at(capture)) {
        ask_pixels(x11);
        return;
    }
    capture->left_over = capture->changed = true;
    capture->answers++; /* that was none */
}

/* Pixels that came over the socket. */
static bool copy_band(struct x11_screen *x11, const struct band *band,
                      const xcb_get_image_reply_t *reply)
{
    size_t stride = picture_stride(x11->picture);
    size_t length = stride * (size_t)(band->bottom - band->top);
    if ((size_t)xcb_get_image_data_length(reply) < length)
        return false;
    memcpy(x11->picture->pixels + (size_t)band->top * stride, xcb_get_image_data(reply), length);
    return true;
}

static bool take_grabs(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    while (capture->grabs_done < capture->grab_count) {
        struct grab *grab = &capture->grabs[capture->grabs_done];
        void *reply;
        if (!x11_connection_answer(&x11->x11, &grab->sequence, &reply))
            return false;
        bool good =
            reply && (capture->segment || x11->paused || copy_band(x11, &grab->band, reply));
        capture->grab_failed = capture->grab_failed || !good;
        capture->grabs_done++;
        free(reply);
    }
    return true;
}

static void say(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    capture->stage = CAPTURE_IDLE;
    capture->failures = 0;
    x11_monitors_tell(x11);
    if (x11->over || x11->paused) {
        capture->whole = true;
        return;
    }
    struct region region = capture->region;
    note_said(x11, &region);
    if (capture->resized) {
        capture->resized = false;
        x11->events.resized(x11->user);
    } else {
        x11->events.damaged(x11->user, region.rects, region.count);
    }
    x11->cursor.wanted = true;
}

static void end(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    capture->stage = CAPTURE_IDLE;
    if (capture->grab_failed || x11->paused) {
        /* Most likely the screen has just become smaller than what was asked for. */
        capture->whole = true;
        capture->layout_old = capture->layout_old || capture->grab_failed;
        if (++capture->failures > FAILURES_MAX && !x11->paused)
            x11_screen_fail(x11, "the display refuses to have its screen captured");
        return;
    }
    /* Whatever window these pixels may show, its event has come before them. */
    x11_screen_take_events(x11);
    if (x11_prompts_undecided(x11))
        capture->stage = CAPTURE_HELD;
    else
        say(x11);
}

static void take_answers(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    void *reply;
    if (capture->stage == CAPTURE_ASKED_LAYOUT && x11_monitors_answered(x11) &&
        x11_connection_answer(&x11->x11, &capture->asked, &reply)) {
        on_layout(x11, reply);
        free(reply);
    }
    if (capture->stage == CAPTURE_ASKED_DAMAGE &&
        x11_connection_answer(&x11->x11, &capture->asked, &reply)) {
        on_damage(x11, reply);
        free(reply);
    }
    if (capture->stage == CAPTURE_GRABBING && take_grabs(x11))
        end(x11);
    else if (capture->stage == CAPTURE_HELD && !x11_prompts_undecided(x11))
        say(x11);
}

void x11_capture_step(struct x11_screen *x11)
{
    if (!x11->over && x11->capture.stage != CAPTURE_IDLE)
        take_answers(x11);
    if (!x11->over && !x11->paused && x11->capture.stage == CAPTURE_IDLE)
        begin(x11);
}

void x11_capture_blank(struct x11_screen *x11)
{
    memset(x11->picture->pixels, 0, picture_stride(x11->picture) * (size_t)x11->picture->height);
}

void x11_capture_settle(struct x11_screen *x11)
{
    struct x11_capture *capture = &x11->capture;
    if (capture->stage == CAPTURE_HELD) {
        capture->stage = CAPTURE_IDLE;
        capture->whole = true;
    }
    uint64_t deadline = clock_ms() + SETTLE_MS;
    while (!x11->over && capture->stage == CAPTURE_GRABBING) {
        xcb_flush(x11->x11.xcb);
        take_answers(x11);
        uint64_t now = clock_ms();
        if (capture->stage != CAPTURE_GRABBING || now >= deadline)
            return;
        struct pollfd wait = {.fd = xcb_get_file_descriptor(x11->x11.xcb), .events = POLLIN};
        poll(&wait, 1, (int)(deadline - now));
    }
}
