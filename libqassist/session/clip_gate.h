/*
 * The clip gate: the only way to and from the sharer's clipboard, each direction closed at first.
 * What was copied before a direction opened stays where it is; closing it stops at once what is
 * under way.
 */
#ifndef SESSION_CLIP_GATE_H
#define SESSION_CLIP_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "clipboard/clipboard.h"

struct clip_gate {
    struct clipboard *clipboard; /* owned; NULL: nothing passes */
    bool to_helper;
    bool to_sharer;
    void (*copied)(void *user, const char *data, size_t length);
    void *user;
};

/* `copied` gets what the sharer copied, as clipboard.h has it. */
void clip_gate_init(struct clip_gate *gate,
                    void (*copied)(void *user, const char *data, size_t length), void *user);

/* The events to make a clipboard with; user data is the gate. */
extern const struct clipboard_events clip_gate_events;

/* Takes over a clipboard. */
void clip_gate_attach(struct clip_gate *gate, struct clipboard *clipboard);

/* Frees the clipboard. */
void clip_gate_detach(struct clip_gate *gate);

/* Opens and closes the directions. */
void clip_gate_set(struct clip_gate *gate, bool to_helper, bool to_sharer);

/* A text of the helper's; dropped where it may not pass. 0, QA_ENOMEM. */
int clip_gate_put(struct clip_gate *gate, const char *text, size_t length);

#endif
