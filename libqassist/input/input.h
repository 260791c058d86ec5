/*
 * Input: where allowed input goes, one table for all kinds: xtest, app (a callback), record
 * (tests). Only session/gate calls it.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include <stddef.h>
#include <uv.h>

#include <qassist/input.h>
#include <qassist/picture.h>

#include "base/log.h"

struct input;

struct input_ops {
    /*
     * 0, QA_EINVAL (out of range: ignored), QA_ELIMIT (the display is too slow: dropped), QA_EINPUT
     * (cannot inject any more).
     */
    int (*inject)(struct input *input, const qa_input_event *event);
    /*
     * From the next event on, places are those of a picture that shows this part of the display;
     * what is outside of it counts as its edge. NULL: no such thing here.
     */
    void (*set_area)(struct input *input, const qa_rect *area);
    /*
     * Lets go of every key and button that was pressed through it and not released yet; what still
     * waits to be injected is dropped.
     */
    void (*release_all)(struct input *input);
    /*
     * release_all, undoes what it changed (keys borrowed for text), frees. For xtest the loop has
     * to run on until that is done, well under a second.
     */
    void (*destroy)(struct input *input);
};

/* Every kind of input starts with this. */
struct input {
    const struct input_ops *ops;
};

/*
 * XTEST on a display. Scancodes become keycodes of the sharer's keyboard, so that its layout rules;
 * text takes the key (and modifiers) that gives the character on the present layout, else borrows
 * an unused keycode for a moment. 0, QA_EINPUT (with *detail), QA_ENOMEM.
 */
int input_xtest_new(uv_loop_t *loop, const char *display, const struct log *log, struct input **out,
                    const char **detail);

/* Hands every event to a function. */
int input_app_new(void (*on_input)(void *user, const qa_input_event *event), void *user,
                  struct input **out);

/* Keeps every event, for tests. */
int input_record_new(struct input **out);
const qa_input_event *input_record_events(const struct input *input, size_t *count);

#endif
