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
    /* What comes after a break is another stream. */
    gate->marked = GATE_UNMARKED;
    gate->earlier_count = 0;
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

void gate_guard(struct gate *gate, const qa_rect *place)
{
    gate->guarded = *place;
}

static int32_t within(int32_t value, int32_t length)
{
    return value < 0 ? 0 : value < length || length < 1 ? value : length - 1;
}

/* Where on the display a place of the picture is; outside of the picture it counts as its edge. */
static void to_display(const qa_rect *area, int32_t *x, int32_t *y)
{
    *x = area->x + within(*x, area->width);
    *y = area->y + within(*y, area->height);
}

static bool is_guarded(const struct gate *gate, int32_t x, int32_t y)
{
    const qa_rect *place = &gate->guarded;
    int64_t across = (int64_t)x - place->x, down = (int64_t)y - place->y;
    return across >= 0 && down >= 0 && across < place->width && down < place->height;
}

/* False where the event is not to go on; it may be changed. */
static bool keep_off_guarded(struct gate *gate, const qa_rect *area, qa_input_event *event)
{
    if (event->type != QA_INPUT_MOVE && event->type != QA_INPUT_BUTTON &&
        event->type != QA_INPUT_WHEEL)
        return true;
    int32_t x = event->x, y = event->y;
    to_display(area, &x, &y);
    if (is_guarded(gate, x, y)) {
        if (event->type != QA_INPUT_BUTTON || event->pressed)
            return false;
        /* Where the pointer was last, or right above or below where the place has come over it. */
        x = gate->last_x;
        y = gate->last_y;
        if (is_guarded(gate, x, y))
            y = gate->guarded.y > area->y ? gate->guarded.y - 1
                                          : gate->guarded.y + gate->guarded.height;
        event->x = within(x - area->x, area->width);
        event->y = within(y - area->y, area->height);
    }
    gate->last_x = x;
    gate->last_y = y;
    return true;
}

int gate_pass(struct gate *gate, const qa_input_event *event)
{
    const qa_rect *area = aim(gate);
    qa_input_event allowed = *event;
    if (!gate->open || !area || !gate->input || !keep_off_guarded(gate, area, &allowed))
        return 0;
    if (gate->input->ops->set_area)
        gate->input->ops->set_area(gate->input, area);
    /* One event out of range is the helper's mistake, not the end. */
    return gate->input->ops->inject(gate->input, &allowed) == QA_EINPUT ? QA_EINPUT : 0;
}
