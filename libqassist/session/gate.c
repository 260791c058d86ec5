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
    gate->has_earlier = gate->has_earlier && open && epoch == gate->epoch;
    gate->open = open;
    gate->epoch = epoch;
    if (was_open && !open && gate->input)
        gate->input->ops->release_all(gate->input);
}

void gate_set_area(struct gate *gate, const qa_rect *area)
{
    gate->area = *area;
}

void gate_follow(struct gate *gate, unsigned epoch, const qa_rect *area)
{
    gate->has_earlier = gate->open;
    gate->earlier = gate->epoch;
    gate->earlier_area = gate->area;
    gate->epoch = epoch;
    gate->area = *area;
}

void gate_mark(struct gate *gate, unsigned epoch)
{
    gate->marked = epoch;
    /* What comes after the present epoch's mark is not from before it. */
    if (epoch == gate->epoch)
        gate->has_earlier = false;
}

/* What the stream is aimed at now; NULL: nothing that counts. */
static const qa_rect *aim(const struct gate *gate)
{
    if (gate->marked == gate->epoch)
        return &gate->area;
    return gate->has_earlier && gate->marked == gate->earlier ? &gate->earlier_area : NULL;
}

int gate_pass(struct gate *gate, const qa_input_event *event)
{
    const qa_rect *area = aim(gate);
    if (!gate->open || !area || !gate->input)
        return 0;
    if (gate->input->ops->set_area)
        gate->input->ops->set_area(gate->input, area);
    /* One event out of range is the helper's mistake, not the end. */
    return gate->input->ops->inject(gate->input, event) == QA_EINPUT ? QA_EINPUT : 0;
}
