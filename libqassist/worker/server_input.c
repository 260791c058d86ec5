#include <freerdp/input.h>

#include <qassist/input.h>

#include "rdp/picture.h"
#include "worker/server.h"

#define EPOCH_MASK (WORKER_EPOCHS - 1u)

static int32_t clamp_to_picture(UINT16 value)
{
    return value < PICTURE_SIDE_MAX ? value : PICTURE_SIDE_MAX - 1;
}

static void tell(rdpInput *input, const struct worker_input *event)
{
    union worker_message message = {.input = *event};
    worker_message_init(&message, WORKER_INPUT, sizeof message.input);
    /* What the library would not take, such as a scancode of 0, is no input. */
    if (worker_message_valid(&message, sizeof message.input))
        ipc_send(server_of(input->context)->ipc, &message);
}

/* Nine bits, two's complement. */
static int32_t wheel_steps(UINT16 flags)
{
    int32_t steps = flags & WheelRotationMask;
    return flags & PTR_FLAGS_WHEEL_NEGATIVE ? steps - 512 : steps;
}

static BOOL on_mouse(rdpInput *input, UINT16 flags, UINT16 x, UINT16 y)
{
    struct worker_input event = {.x = clamp_to_picture(x), .y = clamp_to_picture(y)};
    if (flags & (PTR_FLAGS_WHEEL | PTR_FLAGS_HWHEEL)) {
        event.type = QA_INPUT_WHEEL;
        *(flags & PTR_FLAGS_WHEEL ? &event.wheel_y : &event.wheel_x) = wheel_steps(flags);
        tell(input, &event);
        return TRUE;
    }
    if (flags & PTR_FLAGS_MOVE) {
        event.type = QA_INPUT_MOVE;
        tell(input, &event);
    }
    static const struct {
        UINT16 flag;
        qa_button button;
    } buttons[] = {{PTR_FLAGS_BUTTON1, QA_BUTTON_LEFT},
                   {PTR_FLAGS_BUTTON2, QA_BUTTON_RIGHT},
                   {PTR_FLAGS_BUTTON3, QA_BUTTON_MIDDLE}};
    event.type = QA_INPUT_BUTTON;
    event.pressed = !!(flags & PTR_FLAGS_DOWN);
    for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
        if (flags & buttons[i].flag) {
            event.button = buttons[i].button;
            tell(input, &event);
        }
    return TRUE;
}

static BOOL on_extended_mouse(rdpInput *input, UINT16 flags, UINT16 x, UINT16 y)
{
    struct worker_input event = {.type = QA_INPUT_BUTTON,
                                 .x = clamp_to_picture(x),
                                 .y = clamp_to_picture(y),
                                 .pressed = !!(flags & PTR_XFLAGS_DOWN)};
    if (flags & PTR_XFLAGS_BUTTON1) {
        event.button = QA_BUTTON_BACK;
        tell(input, &event);
    }
    if (flags & PTR_XFLAGS_BUTTON2) {
        event.button = QA_BUTTON_FORWARD;
        tell(input, &event);
    }
    return TRUE;
}

static BOOL on_key(rdpInput *input, UINT16 flags, UINT8 code)
{
    /* Of the keys with the prefix E1 there is Pause only, which the public scancodes do not have.
     */
    if (flags & KBD_FLAGS_EXTENDED1)
        return TRUE;
    struct worker_input event = {
        .type = QA_INPUT_KEY,
        .pressed = !(flags & KBD_FLAGS_RELEASE),
        .scancode = code | (flags & KBD_FLAGS_EXTENDED ? QA_SCANCODE_EXTENDED : 0)};
    tell(input, &event);
    return TRUE;
}

static BOOL on_unicode(rdpInput *input, UINT16 flags, UINT16 unit)
{
    struct server *server = server_of(input->context);
    if (flags & KBD_FLAGS_RELEASE)
        return TRUE;
    struct worker_input event = {.type = QA_INPUT_TEXT, .codepoint = unit};
    uint16_t high = server->high_surrogate;
    server->high_surrogate = 0;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        server->high_surrogate = unit;
        return TRUE;
    }
    if (unit >= 0xdc00 && unit <= 0xdfff) {
        if (!high)
            return TRUE; /* half a character */
        event.codepoint = 0x10000u + ((high - 0xd800u) << 10) + (unit - 0xdc00u);
    }
    tell(input, &event);
    return TRUE;
}

/* The sharer's own lock keys rule; their bits carry the epoch of the input stream. */
static BOOL on_synchronize(rdpInput *input, UINT32 flags)
{
    union worker_message message = {.epoch = {.epoch = flags & EPOCH_MASK}};
    worker_message_init(&message, WORKER_INPUT_EPOCH, sizeof message.epoch);
    ipc_send(server_of(input->context)->ipc, &message);
    return TRUE;
}

void server_input_init(struct server *server)
{
    rdpInput *input = server->peer->context->input;
    input->SynchronizeEvent = on_synchronize;
    input->KeyboardEvent = on_key;
    input->UnicodeKeyboardEvent = on_unicode;
    input->MouseEvent = on_mouse;
    input->ExtendedMouseEvent = on_extended_mouse;
}
