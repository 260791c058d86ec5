/*
 * What every kind of input checks and remembers: whether an event makes sense, and which keys and
 * buttons it holds, so that they can be let go of.
 */
#ifndef INPUT_HELD_H
#define INPUT_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include <qassist/input.h>

#include "input/scancode.h"

struct held {
    bool keys[SCANCODE_END];
    uint32_t buttons; /* bit n: qa_button n */
    int32_t x;        /* where the pointer was last */
    int32_t y;
};

bool input_event_is_valid(const qa_input_event *event);

/* Keeps account of a valid event. false when it changes nothing: held already, or never pressed. */
bool held_note(struct held *held, const qa_input_event *event);

/* Emits a release for all that is held, which is forgotten first. */
void held_release_all(struct held *held, void (*emit)(void *user, const qa_input_event *event),
                      void *user);

#endif
