/*
 * The gate: the only way from the helper's input to the sharer's machine. Closed at first; open
 * only for input that was sent under the present epoch, so that what was on its way when control
 * was taken back never counts, however late it arrives.
 */
#ifndef SESSION_GATE_H
#define SESSION_GATE_H

#include <stdbool.h>

#include <qassist/picture.h>

#include "input/input.h"

#define GATE_EARLIER_MAX 8 /* less than there are epochs */

struct gate {
    struct input *input; /* owned; NULL: nothing passes */
    bool open;
    unsigned epoch;  /* that counts */
    unsigned marked; /* that the stream is in; GATE_UNMARKED before the first mark */
    qa_rect area;    /* of the display, that the picture shows: places are relative to it */
    /* Epochs that count as well, oldest first, until the stream gets past them. */
    struct {
        unsigned epoch;
        qa_rect area;
    } earlier[GATE_EARLIER_MAX];
    size_t earlier_count;
    qa_rect guarded; /* of the display, where no pointer input goes; width 0: nowhere */
    int32_t last_x;  /* of the display, where the pointer last went */
    int32_t last_y;
};

#define GATE_UNMARKED (~0u)

void gate_init(struct gate *gate);

/* Takes over an input. */
void gate_attach(struct gate *gate, struct input *input);

/* Lets go of all held keys, then frees the input; marks count for the next one's stream only. */
void gate_detach(struct gate *gate);

/* Closing lets go of every key and button that is held. Of a new epoch, only its own input counts.
 */
void gate_set(struct gate *gate, bool open, unsigned epoch);

/* The picture shows this part of the display; see input_ops.set_area. */
void gate_set_area(struct gate *gate, const qa_rect *area);

/*
 * The helper chose another part: from `epoch` on input is aimed at `area`. What it sent before is
 * still good, there where it was aimed at.
 */
void gate_follow(struct gate *gate, unsigned epoch, const qa_rect *area);

/*
 * No pointer input goes to this part of the display: moves, presses and wheels there are dropped, a
 * button that was pressed elsewhere is let go beside it.
 */
void gate_guard(struct gate *gate, const qa_rect *place);

/* The input stream got to a mark. */
void gate_mark(struct gate *gate, unsigned epoch);

/* Passes an event on where it may. 0 (passed or dropped), QA_EINPUT. */
int gate_pass(struct gate *gate, const qa_input_event *event);

#endif
