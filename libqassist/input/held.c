#include "input/held.h"

#define COORDINATE_MAX 32767 /* X11's, and more than any picture */

static bool is_valid_button(uint32_t button)
{
    switch (button) {
    case QA_BUTTON_LEFT:
    case QA_BUTTON_MIDDLE:
    case QA_BUTTON_RIGHT:
    case QA_BUTTON_BACK:
    case QA_BUTTON_FORWARD:
        return true;
    default:
        return false;
    }
}

static bool is_valid_place(const qa_input_event *event)
{
    return event->x >= 0 && event->x <= COORDINATE_MAX && event->y >= 0 &&
           event->y <= COORDINATE_MAX;
}

/* Tab, line feed and what is no control character, surrogate or beyond Unicode. */
static bool is_valid_text(uint32_t codepoint)
{
    if (codepoint < 0x20)
        return codepoint == '\t' || codepoint == '\n';
    if (codepoint >= 0x7f && codepoint < 0xa0)
        return false;
    return codepoint <= 0x10ffff && !(codepoint >= 0xd800 && codepoint <= 0xdfff);
}

bool input_event_is_valid(const qa_input_event *event)
{
    switch (event->type) {
    case QA_INPUT_MOVE:
    case QA_INPUT_WHEEL:
        return is_valid_place(event);
    case QA_INPUT_BUTTON:
        return is_valid_place(event) && is_valid_button(event->button);
    case QA_INPUT_KEY:
        return scancode_key_name(event->scancode) != NULL;
    case QA_INPUT_TEXT:
        return is_valid_text(event->codepoint);
    default:
        return false;
    }
}

bool held_note(struct held *held, const qa_input_event *event)
{
    if (event->type == QA_INPUT_KEY) {
        bool changed = held->keys[event->scancode] != event->pressed;
        held->keys[event->scancode] = event->pressed;
        return changed;
    }
    if (event->type == QA_INPUT_TEXT)
        return true;
    held->x = event->x;
    held->y = event->y;
    if (event->type != QA_INPUT_BUTTON)
        return true;
    uint32_t bit = 1u << event->button;
    bool changed = !(held->buttons & bit) == event->pressed;
    held->buttons = event->pressed ? held->buttons | bit : held->buttons & ~bit;
    return changed;
}

void held_release_all(struct held *held, void (*emit)(void *user, const qa_input_event *event),
                      void *user)
{
    struct held before = *held;
    *held = (struct held){.x = before.x, .y = before.y};
    qa_input_event event = {.size = sizeof event, .type = QA_INPUT_KEY};
    for (uint32_t scancode = 0; scancode < SCANCODE_END; scancode++) {
        if (before.keys[scancode]) {
            event.scancode = scancode;
            emit(user, &event);
        }
    }
    event = (qa_input_event){
        .size = sizeof event, .type = QA_INPUT_BUTTON, .x = before.x, .y = before.y};
    for (uint32_t button = 1; button <= QA_BUTTON_FORWARD; button++) {
        if (before.buttons & 1u << button) {
            event.button = button;
            emit(user, &event);
        }
    }
}
