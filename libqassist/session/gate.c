#include "session/gate.h"

#include <qassist/errors.h>

void gate_init(struct gate *gate)
{
    *gate = (struct gate){.marked = GATE_UNMARKED};
}

void gate_attach(struct gate *gate, struct input *input)
{
    gate_detach(gate);
    gate->input = input;
}

void gate_detach(struct gate *gate)
{
    if (!gate->input)
        return;
    gate->input->ops->release_all(gate->input);
    gate->input->ops->destroy(gate->input);
    gate->input = NULL;
}

void gate_set(struct gate *gate, bool open, unsigned epoch)
{
    bool was_open = gate->open;
    gate->open = open;
    gate->epoch = epoch;
    if (was_open && !open && gate->input)
        gate->input->ops->release_all(gate->input);
}

void gate_set_area(struct gate *gate, const qa_rect *area)
{
    if (gate->input && gate->input->ops->set_area)
        gate->input->ops->set_area(gate->input, area);
}

void gate_mark(struct gate *gate, unsigned epoch)
{
    gate->marked = epoch;
}

int gate_pass(struct gate *gate, const qa_input_event *event)
{
    if (!gate->open || gate->marked != gate->epoch || !gate->input)
        return 0;
    /* One event out of range is the helper's mistake, not the end. */
    return gate->input->ops->inject(gate->input, event) == QA_EINPUT ? QA_EINPUT : 0;
}
