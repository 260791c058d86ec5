#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "clipboard/x11.h"

#define PACE_MS     100  /* between the starts of two: some programs copy in several steps */
#define DEADLINE_MS 5000 /* from the start to the whole text */
#define TARGETS_MAX 256  /* forms looked at */

static void retire_window(struct x11_clipboard *x11)
{
    struct x11_read *read = &x11->read;
    struct x11_retired *retired = &read->retired[read->next_retired++ % X11_RETIRED_MAX];
    if (retired->window)
        xcb_destroy_window(x11->x11.xcb, retired->window);
    *retired = (struct x11_retired){.window = read->window, .until_ms = clock_ms() + DEADLINE_MS};
    xcb_delete_property(x11->x11.xcb, read->window, x11->atoms.property);
}

/* Nothing of a reading is left; `answered`: and nobody writes to its window any more. */
static void end_read(struct x11_clipboard *x11, bool answered)
{
    struct x11_read *read = &x11->read;
    uv_timer_stop(&read->deadline);
    read->wanted = false;
    read->stage = READ_IDLE;
    if (read->window) {
        if (read->asked)
            xcb_discard_reply(x11->x11.xcb, read->asked);
        if (answered)
            xcb_destroy_window(x11->x11.xcb, read->window);
        else
            retire_window(x11);
    }
    read->window = XCB_NONE;
    read->asked = 0;
    x11_clipboard_forget(&read->text, read->length);
    read->length = 0;
}

void x11_read_cancel(struct x11_clipboard *x11)
{
    end_read(x11, false);
}

static void give_up(struct x11_clipboard *x11, const char *why)
{
    log_info(x11->log, "clipboard: what was copied is not taken: %s", why);
    x11_read_cancel(x11);
}

/* `data` may be the read's own. */
static void finish(struct x11_clipboard *x11, const char *data, size_t length)
{
    if (x11->watched && length)
        x11->events.copied(x11->user, data, length);
    if (!x11->over)
        end_read(x11, true);
}

static void convert(struct x11_clipboard *x11, enum read_stage stage, xcb_atom_t target)
{
    struct x11_read *read = &x11->read;
    read->stage = stage;
    read->target = target;
    xcb_convert_selection(x11->x11.xcb, read->window, x11->atoms.clipboard, target,
                          x11->atoms.property, read->when);
}

static void start(struct x11_clipboard *x11)
{
    struct x11_read *read = &x11->read;
    read->wanted = false;
    read->window = x11_clipboard_window(x11);
    convert(x11, READ_TARGETS, x11->atoms.targets);
    x11_connection_flush(&x11->x11);
    uv_timer_start(&read->deadline, x11_read_on_deadline, DEADLINE_MS, 0);
    uv_timer_start(&read->pace, x11_read_on_pace, PACE_MS, 0);
}

void x11_read_begin(struct x11_clipboard *x11, xcb_timestamp_t when)
{
    x11_read_cancel(x11);
    x11->read.wanted = true;
    x11->read.when = when;
    if (!uv_is_active((uv_handle_t *)&x11->read.pace))
        start(x11);
}

void x11_read_on_pace(uv_timer_t *timer)
{
    struct x11_clipboard *x11 = timer->data;
    if (x11->read.wanted && x11->watched)
        start(x11);
}

void x11_read_on_deadline(uv_timer_t *timer)
{
    struct x11_clipboard *x11 = timer->data;
    give_up(x11, "its program does not answer");
    x11_connection_flush(&x11->x11);
}

static void ask_property(struct x11_clipboard *x11, uint32_t max)
{
    struct x11_read *read = &x11->read;
    read->changed = false;
    read->asked = xcb_get_property(x11->x11.xcb, 1, read->window, x11->atoms.property,
                                   XCB_GET_PROPERTY_TYPE_ANY, 0, max)
                      .sequence;
}

/* One unit more than may come, so that what is too long shows. */
static uint32_t room(const struct x11_read *read)
{
    return (uint32_t)(QA_CLIPBOARD_MAX - read->length) / 4 + 1;
}

void x11_read_notified(struct x11_clipboard *x11, const xcb_selection_notify_event_t *event)
{
    struct x11_read *read = &x11->read;
    bool expected = read->stage == READ_TARGETS || read->stage == READ_TEXT;
    if (!expected || event->requestor != read->window || event->target != read->target ||
        read->asked)
        return;
    if (event->property == XCB_NONE && read->stage == READ_TARGETS)
        convert(x11, READ_TEXT, x11->atoms.utf8); /* programs that know no TARGETS */
    else if (event->property != x11->atoms.property)
        give_up(x11, "its program does not give it");
    else
        ask_property(x11, read->stage == READ_TARGETS ? TARGETS_MAX : room(read));
}

void x11_read_property(struct x11_clipboard *x11, const xcb_property_notify_event_t *event)
{
    struct x11_read *read = &x11->read;
    for (size_t i = 0; i < X11_RETIRED_MAX; i++)
        if (read->retired[i].window == event->window && event->state == XCB_PROPERTY_NEW_VALUE &&
            clock_ms() < read->retired[i].until_ms)
            xcb_delete_property(x11->x11.xcb, event->window, event->atom);
    if (!read->window || event->window != read->window || event->atom != x11->atoms.property ||
        event->state != XCB_PROPERTY_NEW_VALUE)
        return;
    /* The first piece may show before the answer that announces pieces was looked at. */
    if (read->asked)
        read->changed = true;
    else if (read->stage == READ_PIECES)
        ask_property(x11, room(read));
}

static void on_targets(struct x11_clipboard *x11, const xcb_get_property_reply_t *reply)
{
    const struct x11_atoms *atoms = &x11->atoms;
    const xcb_atom_t wishes[] = {atoms->utf8, atoms->mime, XCB_ATOM_STRING};
    if (reply->format != 32) {
        give_up(x11, "its program does not say what it is");
        return;
    }
    const xcb_atom_t *targets = xcb_get_property_value(reply);
    size_t count = (size_t)xcb_get_property_value_length(reply) / sizeof *targets;
    size_t best = sizeof wishes / sizeof wishes[0];
    for (size_t i = 0; i < count; i++) {
        if (targets[i] == atoms->secret_hint) {
            give_up(x11, "a password manager marked it as secret");
            return;
        }
        for (size_t wish = 0; wish < best; wish++)
            if (targets[i] == wishes[wish])
                best = wish;
    }
    if (best == sizeof wishes / sizeof wishes[0] || reply->bytes_after)
        give_up(x11, "it is not a text");
    else
        convert(x11, READ_TEXT, wishes[best]);
}

/* Latin-1, of old programs, as UTF-8. */
static void finish_latin1(struct x11_clipboard *x11, const char *data, size_t length)
{
    char *text = malloc(2 * length + 1);
    if (!text) {
        give_up(x11, "out of memory");
        return;
    }
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte < 0x80) {
            text[used++] = (char)byte;
        } else {
            text[used++] = (char)(0xc0 | byte >> 6);
            text[used++] = (char)(0x80 | (byte & 0x3f));
        }
    }
    if (used > QA_CLIPBOARD_MAX)
        give_up(x11, "it is too long");
    else
        finish(x11, text, used);
    sodium_memzero(text, used);
    free(text);
}

static void take_whole(struct x11_clipboard *x11, xcb_atom_t type, const char *data, size_t length)
{
    if (type == XCB_ATOM_STRING)
        finish_latin1(x11, data, length);
    else
        finish(x11, data, length);
}

static bool is_text(const struct x11_clipboard *x11, const xcb_get_property_reply_t *reply)
{
    return reply->format == 8 && (reply->type == x11->atoms.utf8 ||
                                  reply->type == x11->atoms.mime || reply->type == XCB_ATOM_STRING);
}

static void on_text(struct x11_clipboard *x11, const xcb_get_property_reply_t *reply)
{
    size_t length = (size_t)xcb_get_property_value_length(reply);
    if (reply->type == x11->atoms.incr) {
        /* Its size, where it is said, is the least that comes. */
        const uint32_t *least = xcb_get_property_value(reply);
        if (reply->format == 32 && length >= 4 && *least > QA_CLIPBOARD_MAX)
            give_up(x11, "it is too long");
        else if (!(x11->read.text = malloc(QA_CLIPBOARD_MAX)))
            give_up(x11, "out of memory");
        else
            x11->read.stage = READ_PIECES; /* taking it away asked for the first piece */
    } else if (!is_text(x11, reply)) {
        give_up(x11, "its program gives something else than it said");
    } else if (reply->bytes_after || length > QA_CLIPBOARD_MAX) {
        give_up(x11, "it is too long");
    } else {
        take_whole(x11, reply->type, xcb_get_property_value(reply), length);
    }
}

static void on_piece(struct x11_clipboard *x11, const xcb_get_property_reply_t *reply)
{
    struct x11_read *read = &x11->read;
    size_t length = (size_t)xcb_get_property_value_length(reply);
    if (reply->type == XCB_NONE)
        return; /* taken before */
    if (!length && !reply->bytes_after) {
        take_whole(x11, reply->type, read->text, read->length);
    } else if (!is_text(x11, reply)) {
        give_up(x11, "its program gives something else than it said");
    } else if (reply->bytes_after || length > QA_CLIPBOARD_MAX - read->length) {
        give_up(x11, "it is too long");
    } else {
        memcpy(read->text + read->length, xcb_get_property_value(reply), length);
        read->length += length;
    }
}

static void on_reply(struct x11_clipboard *x11, const xcb_get_property_reply_t *reply)
{
    switch (x11->read.stage) {
    case READ_TARGETS:
        on_targets(x11, reply);
        break;
    case READ_TEXT:
        on_text(x11, reply);
        break;
    case READ_PIECES:
        on_piece(x11, reply);
        break;
    case READ_IDLE:
        break;
    }
}

void x11_read_step(struct x11_clipboard *x11)
{
    struct x11_read *read = &x11->read;
    void *reply;
    while (!x11->over && x11_connection_answer(&x11->x11, &read->asked, &reply)) {
        if (reply)
            on_reply(x11, reply);
        else
            give_up(x11, "the display does not give it");
        if (reply)
            sodium_memzero(xcb_get_property_value(reply),
                           (size_t)xcb_get_property_value_length(reply));
        free(reply);
        if (!x11->over && read->stage == READ_PIECES && read->changed)
            ask_property(x11, room(read));
    }
}
