#include "input/xtest.h"

#include <stdlib.h>

#include <qassist/errors.h>
#include <xcb/xtest.h>

#include "base/clock.h"

#define WHEEL_STEPS_MAX 20  /* in one event; more is no hand's */
#define RELOAD_MS       300 /* at the end, for the keyboard's state */
#define GOODBYE_MS      500 /* at the end, for the display to have done all */

enum { WHEEL_UP = 4, WHEEL_DOWN = 5, WHEEL_LEFT = 6, WHEEL_RIGHT = 7 };

void xtest_fake(struct xtest *xtest, uint8_t type, unsigned detail)
{
    xcb_test_fake_input(xtest->x11.xcb, type, (uint8_t)detail, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
}

static void move_to(struct xtest *xtest, int32_t x, int32_t y)
{
    xcb_test_fake_input(xtest->x11.xcb, XCB_MOTION_NOTIFY, false, XCB_CURRENT_TIME,
                        xtest->x11.screen->root, (int16_t)x, (int16_t)y, 0);
}

/* Adds to what is left of a step and clicks for the whole ones. */
static void turn_wheel(struct xtest *xtest, int32_t *left_over, int32_t amount, unsigned forward,
                       unsigned back)
{
    const int32_t most = WHEEL_STEPS_MAX * QA_WHEEL_STEP;
    if (amount > most)
        amount = most;
    if (amount < -most)
        amount = -most;
    *left_over += amount;
    int32_t steps = *left_over / QA_WHEEL_STEP;
    *left_over %= QA_WHEEL_STEP;
    unsigned button = steps > 0 ? forward : back;
    for (int32_t i = abs(steps); i > 0; i--) {
        xtest_fake(xtest, XCB_BUTTON_PRESS, button);
        xtest_fake(xtest, XCB_BUTTON_RELEASE, button);
    }
}

static void press_key(struct xtest *xtest, const qa_input_event *event)
{
    if (event->pressed) {
        xkb_keycode_t keycode = keymap_keycode(&xtest->keymap, event->scancode);
        xtest->keycodes[event->scancode] = keycode <= UINT8_MAX ? (xcb_keycode_t)keycode : 0;
    }
    xcb_keycode_t keycode = xtest->keycodes[event->scancode];
    if (keycode)
        xtest_fake(xtest, event->pressed ? XCB_KEY_PRESS : XCB_KEY_RELEASE, keycode);
}

/* Sends an event that the display's state has no say in. */
static void send_event(struct xtest *xtest, const qa_input_event *event)
{
    /* The server repeats a held key itself; a release of what is not held is not ours to make. */
    if (!held_note(&xtest->held, event))
        return;
    if (event->type == QA_INPUT_KEY) {
        press_key(xtest, event);
        return;
    }
    move_to(xtest, event->x, event->y);
    if (event->type == QA_INPUT_BUTTON) {
        xtest_fake(xtest, event->pressed ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, event->button);
    } else if (event->type == QA_INPUT_WHEEL) {
        turn_wheel(xtest, &xtest->wheel_x, event->wheel_x, WHEEL_RIGHT, WHEEL_LEFT);
        turn_wheel(xtest, &xtest->wheel_y, event->wheel_y, WHEEL_UP, WHEEL_DOWN);
    }
}

/* The display has just answered, so that waiting for the keyboard is a matter of milliseconds. */
static void reload_keymap(struct xtest *xtest)
{
    xtest->keymap_is_old = false;
    if (keymap_load(&xtest->keymap, xtest->x11.xcb))
        spare_keys_refresh(&xtest->spare, &xtest->keymap);
    else
        log_warning(xtest->log, "the keyboard's new layout cannot be read");
}

static enum xtest_progress perform(struct xtest *xtest, const qa_input_event *event,
                                   const xcb_xkb_get_state_reply_t **state)
{
    bool is_text = event->type == QA_INPUT_TEXT;
    if (is_text || (event->type == QA_INPUT_KEY && event->pressed && xtest->keymap_is_old)) {
        if (!*state)
            return XTEST_ASK_STATE;
        if (xtest->keymap_is_old)
            reload_keymap(xtest);
    }
    if (is_text)
        return xtest_type(xtest, event->codepoint, *state);
    send_event(xtest, event);
    if (event->type == QA_INPUT_KEY)
        *state = NULL; /* it may have been a modifier */
    return XTEST_DONE;
}

static void ask_state(struct xtest *xtest)
{
    if (!xtest->state_asked)
        xtest->state_asked = xcb_xkb_get_state(xtest->x11.xcb, XCB_XKB_ID_USE_CORE_KBD).sequence;
}

static void drop_first(struct xtest *xtest)
{
    xtest->first = (xtest->first + 1) % XTEST_QUEUE_MAX;
    xtest->queued--;
}

void xtest_pump(struct xtest *xtest, const xcb_xkb_get_state_reply_t *state)
{
    while (xtest->queued && xtest->in_flight < XTEST_IN_FLIGHT_MAX) {
        enum xtest_progress progress = perform(xtest, &xtest->queue[xtest->first], &state);
        if (progress == XTEST_ASK_STATE)
            ask_state(xtest);
        if (progress != XTEST_DONE)
            break;
        drop_first(xtest);
        xtest->in_flight++;
    }
    if (!xtest->sync_asked && xtest->in_flight >= XTEST_IN_FLIGHT_MAX / 2) {
        xtest->sync_asked = xcb_get_input_focus(xtest->x11.xcb).sequence;
        xtest->in_flight_at_sync = xtest->in_flight;
    }
    x11_connection_flush(&xtest->x11);
}

static void emit_release(void *user, const qa_input_event *event)
{
    struct xtest *xtest = user;
    if (event->type == QA_INPUT_BUTTON)
        xtest_fake(xtest, XCB_BUTTON_RELEASE, event->button);
    else if (xtest->keycodes[event->scancode])
        xtest_fake(xtest, XCB_KEY_RELEASE, xtest->keycodes[event->scancode]);
}

static void xtest_release_all(struct input *input)
{
    struct xtest *xtest = (struct xtest *)input;
    xtest->queued = 0;
    xtest->wheel_x = 0;
    xtest->wheel_y = 0;
    if (!xtest->destroyed)
        uv_timer_stop(&xtest->timer);
    held_release_all(&xtest->held, emit_release, xtest);
    x11_connection_flush(&xtest->x11);
}

/* Moves that wait are as good as the last of them. */
static bool replaces_last(const struct xtest *xtest, const qa_input_event *event)
{
    unsigned last = (xtest->first + xtest->queued - 1) % XTEST_QUEUE_MAX;
    return xtest->queued && event->type == QA_INPUT_MOVE &&
           xtest->queue[last].type == QA_INPUT_MOVE;
}

static void xtest_set_area(struct input *input, const qa_rect *area)
{
    ((struct xtest *)input)->area = *area;
}

static int32_t within(int32_t value, int32_t length)
{
    return value < 0 ? 0 : value < length ? value : length - 1;
}

/* Before it waits: events keep the place that they had when they came. */
static qa_input_event on_display(const struct xtest *xtest, const qa_input_event *event)
{
    qa_input_event placed = *event;
    const qa_rect *area = &xtest->area;
    bool has_place = event->type == QA_INPUT_MOVE || event->type == QA_INPUT_BUTTON ||
                     event->type == QA_INPUT_WHEEL;
    if (has_place && area->width > 0 && area->height > 0) {
        placed.x = area->x + within(event->x, area->width);
        placed.y = area->y + within(event->y, area->height);
    }
    return placed;
}

static int xtest_inject(struct input *input, const qa_input_event *event)
{
    struct xtest *xtest = (struct xtest *)input;
    if (xtest->lost || xcb_connection_has_error(xtest->x11.xcb))
        return QA_EINPUT;
    if (!input_event_is_valid(event))
        return QA_EINVAL;
    if (event->type == QA_INPUT_TEXT && xtest->queued >= XTEST_TEXT_MAX)
        return QA_ELIMIT;
    if (xtest->queued == XTEST_QUEUE_MAX) {
        /* Without the events that cannot be kept, a key would stay pressed. */
        log_warning(xtest->log, "the display takes no input; what waited was dropped");
        xtest_release_all(input);
        return QA_ELIMIT;
    }
    if (replaces_last(xtest, event))
        xtest->queued--;
    xtest->queue[(xtest->first + xtest->queued++) % XTEST_QUEUE_MAX] = on_display(xtest, event);
    xtest_pump(xtest, NULL);
    return 0;
}

static void note_map_change(struct xtest *xtest, const xcb_xkb_map_notify_event_t *event)
{
    const uint16_t ours =
        XCB_XKB_MAP_PART_KEY_SYMS | XCB_XKB_MAP_PART_KEY_ACTIONS | XCB_XKB_MAP_PART_KEY_BEHAVIORS;
    bool borrowed_only = !(event->changed & ~ours) &&
                         spare_keys_cover(&xtest->spare, event->firstKeySym, event->nKeySyms);
    if (!borrowed_only)
        xtest->keymap_is_old = true;
}

static void on_event(struct xtest *xtest, const xcb_generic_event_t *event)
{
    const xcb_query_extension_reply_t *xkb = xcb_get_extension_data(xtest->x11.xcb, &xcb_xkb_id);
    if (!xkb || (event->response_type & 0x7f) != xkb->first_event)
        return;
    /* All XKB events have their kind in the second byte. */
    switch (event->pad0) {
    case XCB_XKB_NEW_KEYBOARD_NOTIFY:
        xtest->keymap_is_old = true;
        break;
    case XCB_XKB_MAP_NOTIFY:
        note_map_change(xtest, (const xcb_xkb_map_notify_event_t *)event);
        break;
    default:
        break;
    }
}

static void on_answers(struct xtest *xtest)
{
    void *reply;
    if (x11_connection_answer(&xtest->x11, &xtest->sync_asked, &reply)) {
        free(reply);
        xtest->in_flight -= xtest->in_flight_at_sync;
        xtest_pump(xtest, NULL);
    }
    if (x11_connection_answer(&xtest->x11, &xtest->state_asked, &reply)) {
        if (reply && xtest->destroyed && xtest->keymap_is_old)
            reload_keymap(xtest);
        if (!reply && xtest->queued)
            drop_first(xtest); /* what asked, or it would ask for ever */
        xtest_pump(xtest, reply);
        free(reply);
    }
}

static void on_closed(void *user)
{
    struct xtest *xtest = user;
    keymap_free(&xtest->keymap);
    free(xtest->queue);
    free(xtest);
}

static void close_all(struct xtest *xtest)
{
    x11_connection_close_timer(&xtest->x11, &xtest->timer);
    x11_connection_close(&xtest->x11, on_closed, xtest);
}

static void on_ready(void *user)
{
    struct xtest *xtest = user;
    if (xtest->lost)
        return;
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(xtest->x11.xcb))) {
        on_event(xtest, event);
        free(event);
    }
    on_answers(xtest);
    if (x11_connection_lost(&xtest->x11)) {
        xtest->lost = true;
        xtest->queued = 0;
        log_warning(xtest->log, "the display for input is gone");
    }
    void *goodbye;
    if (xtest->goodbye_asked &&
        x11_connection_answer(&xtest->x11, &xtest->goodbye_asked, &goodbye)) {
        free(goodbye);
        close_all(xtest);
    }
}

static void on_no_goodbye(uv_timer_t *timer)
{
    close_all(timer->data);
}

/*
 * A server that finds a connection closed does not perform what is left in it, a release of a key
 * for instance: so the last answer is awaited.
 */
static void say_goodbye(struct xtest *xtest)
{
    /* A layout set in the meantime has done away with the borrowed symbols. */
    if (!xtest->keymap_is_old)
        spare_keys_restore(&xtest->spare, xtest->x11.xcb);
    xtest->goodbye_asked = xcb_get_input_focus(xtest->x11.xcb).sequence;
    x11_connection_flush(&xtest->x11);
    uv_timer_start(&xtest->timer, on_no_goodbye, GOODBYE_MS, 0);
    x11_connection_wake(&xtest->x11);
}

static void on_settled(uv_timer_t *timer)
{
    say_goodbye(timer->data);
}

static void xtest_destroy(struct input *input)
{
    struct xtest *xtest = (struct xtest *)input;
    xtest_release_all(input);
    xtest->destroyed = true;
    if (xtest->lost) {
        close_all(xtest);
        return;
    }
    uint64_t settle_ms = spare_keys_settle_ms(&xtest->spare, clock_ms());
    if (xtest->keymap_is_old && spare_keys_any_borrowed(&xtest->spare)) {
        ask_state(xtest);
        settle_ms = settle_ms < RELOAD_MS ? RELOAD_MS : settle_ms;
    }
    if (settle_ms)
        uv_timer_start(&xtest->timer, on_settled, settle_ms, 0);
    else
        say_goodbye(xtest);
}

static const struct input_ops xtest_ops = {.inject = xtest_inject,
                                           .set_area = xtest_set_area,
                                           .release_all = xtest_release_all,
                                           .destroy = xtest_destroy};

/* Asks for the events that say that the layout changed. */
static void follow_layout(xcb_connection_t *xcb)
{
    const uint16_t events = XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY | XCB_XKB_EVENT_TYPE_MAP_NOTIFY;
    const uint16_t parts = XCB_XKB_MAP_PART_KEY_TYPES | XCB_XKB_MAP_PART_KEY_SYMS |
                           XCB_XKB_MAP_PART_MODIFIER_MAP | XCB_XKB_MAP_PART_VIRTUAL_MODS |
                           XCB_XKB_MAP_PART_VIRTUAL_MOD_MAP;
    xcb_xkb_select_events(xcb, XCB_XKB_ID_USE_CORE_KBD, events, 0, events, parts, parts, NULL);
}

/* All that waits for the display. NULL, or why it cannot be used. */
static const char *open_display(struct xtest *xtest, const char *display)
{
    const char *detail = NULL;
    if (!x11_connection_open(&xtest->x11, display, &detail))
        return detail;
    if (!x11_connection_has(&xtest->x11, &xcb_test_id))
        return "the display has no XTEST extension";
    if (!keymap_init(&xtest->keymap, xtest->x11.xcb, xtest->log))
        return "the display has no XKEYBOARD extension";
    follow_layout(xtest->x11.xcb);
    if (!keymap_load(&xtest->keymap, xtest->x11.xcb))
        return "the display's keyboard cannot be read";
    spare_keys_refresh(&xtest->spare, &xtest->keymap);
    return NULL;
}

int input_xtest_new(uv_loop_t *loop, const char *display, const struct log *log, struct input **out,
                    const char **detail)
{
    *detail = NULL;
    struct xtest *xtest = calloc(1, sizeof *xtest);
    if (!xtest)
        return QA_ENOMEM;
    xtest->input.ops = &xtest_ops;
    xtest->log = log;
    uv_timer_init(loop, &xtest->timer);
    xtest->timer.data = xtest;
    xtest->queue = calloc(XTEST_QUEUE_MAX, sizeof *xtest->queue);
    int error = xtest->queue ? 0 : QA_ENOMEM;
    if (!error && (*detail = open_display(xtest, display)))
        error = QA_EINPUT;
    if (!error && !x11_connection_attach(&xtest->x11, loop, on_ready, xtest))
        error = QA_ENOMEM;
    if (error) {
        close_all(xtest);
        return error;
    }
    *out = &xtest->input;
    return 0;
}
