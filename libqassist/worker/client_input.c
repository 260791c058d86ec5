#include <freerdp/input.h>

#include <qassist/input.h>

#include "worker/client.h"
#include "worker/quit.h"

/* The most that one wheel event of RDP carries. */
#define WHEEL_EVENT_MAX 255

static void check(BOOL sent)
{
    if (!sent)
        quit(WORKER_EXIT_SYSTEM, "input cannot be sent");
}

static UINT16 wheel_flags(UINT16 axis, int32_t steps)
{
    /* Nine bits, two's complement; the sign is a flag of its own. */
    return (UINT16)(axis | (steps & WheelRotationMask));
}

static void send_wheel(rdpInput *input, UINT16 axis, int32_t steps, UINT16 x, UINT16 y)
{
    while (steps) {
        int32_t part = steps > WHEEL_EVENT_MAX    ? WHEEL_EVENT_MAX
                       : steps < -WHEEL_EVENT_MAX ? -WHEEL_EVENT_MAX
                                                  : steps;
        check(freerdp_input_send_mouse_event(input, wheel_flags(axis, part), x, y));
        steps -= part;
    }
}

static void send_button(rdpInput *input, const struct worker_input *event)
{
    UINT16 x = (UINT16)event->x;
    UINT16 y = (UINT16)event->y;
    UINT16 down = event->pressed ? PTR_FLAGS_DOWN : 0;
    UINT16 extended_down = event->pressed ? PTR_XFLAGS_DOWN : 0;
    switch (event->button) {
    case QA_BUTTON_LEFT:
        check(freerdp_input_send_mouse_event(input, PTR_FLAGS_BUTTON1 | down, x, y));
        break;
    case QA_BUTTON_RIGHT:
        check(freerdp_input_send_mouse_event(input, PTR_FLAGS_BUTTON2 | down, x, y));
        break;
    case QA_BUTTON_MIDDLE:
        check(freerdp_input_send_mouse_event(input, PTR_FLAGS_BUTTON3 | down, x, y));
        break;
    case QA_BUTTON_BACK:
        check(freerdp_input_send_extended_mouse_event(input, PTR_XFLAGS_BUTTON1 | extended_down, x,
                                                      y));
        break;
    case QA_BUTTON_FORWARD:
        check(freerdp_input_send_extended_mouse_event(input, PTR_XFLAGS_BUTTON2 | extended_down, x,
                                                      y));
        break;
    }
}

static void send_key(rdpInput *input, const struct worker_input *event)
{
    UINT16 flags = event->pressed ? 0 : KBD_FLAGS_RELEASE;
    if (event->scancode & QA_SCANCODE_EXTENDED)
        flags |= KBD_FLAGS_EXTENDED;
    check(freerdp_input_send_keyboard_event(input, flags, (UINT8)(event->scancode & 0xff)));
}

static void send_unit(rdpInput *input, uint32_t unit)
{
    check(freerdp_input_send_unicode_keyboard_event(input, 0, (UINT16)unit));
    check(freerdp_input_send_unicode_keyboard_event(input, KBD_FLAGS_RELEASE, (UINT16)unit));
}

static void send_text(rdpInput *input, uint32_t codepoint)
{
    if (codepoint < 0x10000) {
        send_unit(input, codepoint);
        return;
    }
    uint32_t rest = codepoint - 0x10000;
    send_unit(input, 0xd800 + (rest >> 10));
    send_unit(input, 0xdc00 + (rest & 0x3ff));
}

void client_input_send(struct client *client, const struct worker_input *event)
{
    rdpInput *input = client->context->input;
    UINT16 x = (UINT16)event->x;
    UINT16 y = (UINT16)event->y;
    switch (event->type) {
    case QA_INPUT_MOVE:
        check(freerdp_input_send_mouse_event(input, PTR_FLAGS_MOVE, x, y));
        break;
    case QA_INPUT_BUTTON:
        send_button(input, event);
        break;
    case QA_INPUT_WHEEL:
        send_wheel(input, PTR_FLAGS_WHEEL, event->wheel_y, x, y);
        send_wheel(input, PTR_FLAGS_HWHEEL, event->wheel_x, x, y);
        break;
    case QA_INPUT_KEY:
        send_key(input, event);
        break;
    case QA_INPUT_TEXT:
        send_text(input, event->codepoint);
        break;
    }
}

void client_input_send_epoch(struct client *client, const struct worker_epoch *epoch)
{
    check(freerdp_input_send_synchronize_event(client->context->input, epoch->epoch));
}
