/*
 * Input: pointer, keys and text on their way from the helper to the sharer's screen.
 *
 * Keys are scancodes, places on the keyboard, so that the sharer's layout decides what they mean;
 * text is Unicode, for characters whatever the layout.
 */
#ifndef QASSIST_INPUT_H
#define QASSIST_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qassist/export.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum qa_input_type {
    QA_INPUT_MOVE = 1,   /* x, y */
    QA_INPUT_BUTTON = 2, /* x, y, button, pressed */
    QA_INPUT_WHEEL = 3,  /* x, y, wheel_x, wheel_y */
    QA_INPUT_KEY = 4,    /* scancode, pressed */
    QA_INPUT_TEXT = 5    /* codepoint */
} qa_input_type;

/* Buttons by their place on the mouse; what they do is the sharer's setting. */
typedef enum qa_button {
    QA_BUTTON_LEFT = 1,
    QA_BUTTON_MIDDLE = 2,
    QA_BUTTON_RIGHT = 3,
    QA_BUTTON_BACK = 8,
    QA_BUTTON_FORWARD = 9
} qa_button;

/* Set in a scancode for keys that a PC keyboard sends with the prefix E0. */
#define QA_SCANCODE_EXTENDED 0x100u

/* One step of a usual mouse wheel. */
#define QA_WHEEL_STEP 120

typedef struct qa_input_event {
    size_t size;
    qa_input_type type;
    int32_t x; /* pixels of the shared picture */
    int32_t y;
    uint32_t button; /* qa_button */
    bool pressed;
    int32_t wheel_x;    /* QA_WHEEL_STEP a notch; right is positive */
    int32_t wheel_y;    /* QA_WHEEL_STEP a notch; up (away from the user) is positive */
    uint32_t scancode;  /* PC/AT set 1 make code, 0x01..0x7f, may carry QA_SCANCODE_EXTENDED */
    uint32_t codepoint; /* a Unicode scalar value */
} qa_input_event;

#ifdef __cplusplus
}
#endif

#endif
