#include "session/gate.h"

#include <string.h>

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
    if (!open || epoch != gate->epoch)
        gate->earlier_count = 0;
    gate->open = open;
    gate->epoch = epoch;
    if (was_open && !open && gate->input)
        gate->input->ops->release_all(gate->input);
}

void gate_set_area(struct gate *gate, const qa_rect *area)
{
    gate->area = *area;
}

/* The oldest `count` of the earlier epochs do not count any more. */
static void forget(struct gate *gate, size_t count)
{
    gate->earlier_count -= count;
    memmove(gate->earlier, gate->earlier + count, gate->earlier_count * sizeof *gate->earlier);
}

void gate_follow(struct gate *gate, unsigned epoch, const qa_rect *area)
{
    if (gate->earlier_count == GATE_EARLIER_MAX)
        forget(gate, 1);
    if (gate->open) {
        gate->earlier[gate->earlier_count].epoch = gate->epoch;
        gate->earlier[gate->earlier_count++].area = gate->area;
    }
    gate->epoch = epoch;
    gate->area = *area;
}

void gate_mark(struct gate *gate, unsigned epoch)
{
    gate->marked = epoch;
    /* What comes after this mark is not from before it. */
    size_t passed = epoch == gate->epoch ? gate->earlier_count : 0;
    for (size_t i = 0; i < gate->earlier_count && !passed; i++)
        if (gate->earlier[i].epoch == epoch)
            passed = i;
    forget(gate, passed);
}

/* What the stream is aimed at now; NULL: nothing that counts. */
static const qa_rect *aim(const struct gate *gate)
{
    if (gate->marked == gate->epoch)
        return &gate->area;
    for (size_t i = 0; i < gate->earlier_count; i++)
        if (gate->marked == gate->earlier[i].epoch)
            return &gate->earlier[i].area;
    return NULL;
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
