#include <sodium.h>

#include "api/helper_private.h"
#include "base/utf8.h"

/* Marks the input stream before the first input of an epoch. 0, QA_ESTATE, QA_ELIMIT. */
static int mark_epoch(qa_helper *helper)
{
    if (!helper->session.rdp)
        return QA_ESTATE;
    int error = helper->epoch_due ? rdp_input_epoch(helper->session.rdp, helper->epoch) : 0;
    if (!error)
        helper->epoch_due = false;
    return error;
}

/* What every kind of input asks first. */
static int may_send_input(const qa_helper *helper)
{
    if (!helper)
        return QA_EINVAL;
    if (helper->machine.core.closing || helper->machine.core.state != QA_STATE_ACTIVE ||
        !helper->session.rdp)
        return QA_ESTATE;
    return helper->machine.granted & QA_PERMISSION_CONTROL ? 0 : QA_ENOTALLOWED;
}

static int send_input(qa_helper *helper, const qa_input_event *event)
{
    int error = mark_epoch(helper);
    if (!error)
        error = rdp_input(helper->session.rdp, event);
    context_wake(helper->session.context);
    return error;
}

/* Input at a place of the picture. */
static int send_pointer(qa_helper *helper, qa_input_event event)
{
    int error = may_send_input(helper);
    if (error)
        return error;
    if (!helper_picture_counts(helper))
        return QA_ESTATE;
    const struct picture *picture = &helper->session.picture;
    if (event.x < 0 || event.y < 0 || event.x >= picture->width || event.y >= picture->height)
        return QA_EINVAL;
    event.size = sizeof event;
    return send_input(helper, &event);
}

int qa_helper_pointer_move(qa_helper *helper, int32_t x, int32_t y)
{
    return send_pointer(helper, (qa_input_event){.type = QA_INPUT_MOVE, .x = x, .y = y});
}

int qa_helper_pointer_button(qa_helper *helper, int32_t x, int32_t y, qa_button button,
                             bool pressed)
{
    switch (button) {
    case QA_BUTTON_LEFT:
    case QA_BUTTON_MIDDLE:
    case QA_BUTTON_RIGHT:
    case QA_BUTTON_BACK:
    case QA_BUTTON_FORWARD:
        return send_pointer(
            helper,
            (qa_input_event){
                .type = QA_INPUT_BUTTON, .x = x, .y = y, .button = button, .pressed = pressed});
    }
    return QA_EINVAL;
}

int qa_helper_pointer_wheel(qa_helper *helper, int32_t x, int32_t y, int32_t wheel_x,
                            int32_t wheel_y)
{
    const int32_t most = 100 * QA_WHEEL_STEP;
    if (wheel_x < -most || wheel_x > most || wheel_y < -most || wheel_y > most)
        return QA_EINVAL;
    return send_pointer(
        helper,
        (qa_input_event){
            .type = QA_INPUT_WHEEL, .x = x, .y = y, .wheel_x = wheel_x, .wheel_y = wheel_y});
}

int qa_helper_key(qa_helper *helper, uint32_t scancode, bool pressed)
{
    int error = may_send_input(helper);
    if (error)
        return error;
    uint32_t place = scancode & ~QA_SCANCODE_EXTENDED;
    if (!place || place > 0x7f)
        return QA_EINVAL;
    return send_input(helper, &(qa_input_event){.size = sizeof(qa_input_event),
                                                .type = QA_INPUT_KEY,
                                                .scancode = scancode,
                                                .pressed = pressed});
}

/*
 * The characters of a text, as many as `max`. QA_EINVAL for what is not UTF-8 and for control
 * characters but tab and line feed, and when there are more.
 */
static int read_text(const char *text, uint32_t *out, size_t max)
{
    if (!text)
        return QA_EINVAL;
    size_t count = 0, length;
    for (; *text; text += length) {
        uint32_t character = utf8_decode(text, &length);
        bool is_control = character < 0x20 || (character >= 0x7f && character < 0xa0);
        if (character == UTF8_INVALID || (is_control && character != '\t' && character != '\n'))
            return QA_EINVAL;
        if (count == max)
            return QA_EINVAL;
        out[count++] = character;
    }
    return (int)count;
}

int qa_helper_text(qa_helper *helper, const char *utf8)
{
    int error = may_send_input(helper);
    if (error)
        return error;
    /* All or nothing: looked at whole before the first character goes. */
    uint32_t characters[QA_TEXT_MAX];
    int count = read_text(utf8, characters, QA_TEXT_MAX);
    if (count < 0)
        return count;
    if (rdp_input_room(helper->session.rdp) < (size_t)count + helper->epoch_due)
        return QA_ELIMIT;
    for (int i = 0; i < count && !error; i++)
        error = send_input(helper, &(qa_input_event){.size = sizeof(qa_input_event),
                                                     .type = QA_INPUT_TEXT,
                                                     .codepoint = characters[i]});
    sodium_memzero(characters, sizeof characters);
    return error;
}
