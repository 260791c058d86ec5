#include "clipboard_owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void owner_open(struct owner *owner, const struct x_server *server, enum manners manners,
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

void owner_close(struct owner *owner)
{
    xcb_disconnect(owner->xcb);
}

void owner_set(struct owner *owner, xcb_atom_t type, uint8_t format, uint32_t count,
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
    if (length > OWNER_PIECE)
        length = OWNER_PIECE;
    owner_set(owner, owner->utf8, 8, (uint32_t)length, owner->text + owner->sent);
    owner->sent += length;
    if (owner->manners == OWNER_HUGE_PIECES)
        owner->sent = 0;
    owner->sending = length;
}

void owner_serve(struct owner *owner)
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

void run_owner(struct fixture *f, struct owner *owner, unsigned copies, unsigned requests)
{
    struct owner_wish wish = {owner, f, copies, requests};
    assert_true(run_polling(&f->loop, owner_is_read, &wish));
}

void expect_refused(struct fixture *f, enum manners manners, unsigned requests)
{
    char *text = long_text(2 * OWNER_PIECE);
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
