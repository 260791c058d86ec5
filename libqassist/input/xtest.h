/*
 * The inside of input_xtest: events wait in a queue where the display owes too many answers or text
 * needs to know the keyboard's state, and go out in their order.
 */
#ifndef INPUT_XTEST_H
#define INPUT_XTEST_H

#include "base/log.h"
#include "input/held.h"
#include "input/input.h"
#include "input/keymap.h"
#include "input/spare_keys.h"
#include "input/x11_connection.h"

#define XTEST_QUEUE_MAX     4096
#define XTEST_TEXT_MAX      3072 /* queued events beyond which no text is taken */
#define XTEST_IN_FLIGHT_MAX 64   /* events performed that the display has not answered for */

struct xtest {
    struct input input; /* first */
    struct x11_connection x11;
    uv_timer_t timer; /* a spare key becomes free; later, the steps of the end */
    const struct log *log;
    bool destroyed;
    bool lost;

    struct keymap keymap;
    bool keymap_is_old;
    struct spare_keys spare;
    unsigned state_asked; /* sequence numbers of requests that wait for their answer */
    unsigned sync_asked;
    unsigned goodbye_asked;
    unsigned in_flight;
    unsigned in_flight_at_sync;

    qa_rect area; /* that places are relative to; no width: the whole display */
    struct held held;
    xcb_keycode_t keycodes[SCANCODE_END]; /* with which a held key was pressed */
    int32_t wheel_x;                      /* less than a step, left over */
    int32_t wheel_y;

    qa_input_event *queue; /* a ring */
    unsigned first;
    unsigned queued;
};

void xtest_fake(struct xtest *xtest, uint8_t type, unsigned detail);

enum xtest_progress {
    XTEST_DONE,      /* next, please */
    XTEST_ASK_STATE, /* needs the keyboard's state */
    XTEST_WAIT       /* the timer is set */
};

/* Types a character; `state` is the keyboard's, just answered. */
enum xtest_progress xtest_type(struct xtest *xtest, uint32_t codepoint,
                               const xcb_xkb_get_state_reply_t *state);

/* Goes on with the queue; `state` may be NULL. */
void xtest_pump(struct xtest *xtest, const xcb_xkb_get_state_reply_t *state);

#endif
