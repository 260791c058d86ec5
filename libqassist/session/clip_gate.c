#include "session/clip_gate.h"

void clip_gate_init(struct clip_gate *gate,
                    void (*copied)(void *user, const char *data, size_t length), void *user)
{
    *gate = (struct clip_gate){.copied = copied, .user = user};
}

void clip_gate_attach(struct clip_gate *gate, struct clipboard *clipboard)
{
    clip_gate_detach(gate);
    gate->clipboard = clipboard;
    clipboard->ops->set_watched(clipboard, gate->to_helper);
}

void clip_gate_detach(struct clip_gate *gate)
{
    if (gate->clipboard)
        gate->clipboard->ops->destroy(gate->clipboard);
    gate->clipboard = NULL;
}

void clip_gate_set(struct clip_gate *gate, bool to_helper, bool to_sharer)
{
    gate->to_helper = to_helper;
    gate->to_sharer = to_sharer;
    if (gate->clipboard)
        gate->clipboard->ops->set_watched(gate->clipboard, to_helper);
}

int clip_gate_put(struct clip_gate *gate, const char *text, size_t length)
{
    if (!gate->to_sharer || !gate->clipboard)
        return 0;
    return gate->clipboard->ops->put(gate->clipboard, text, length);
}

static void on_copied(void *user, const char *data, size_t length)
{
    struct clip_gate *gate = user;
    if (gate->to_helper)
        gate->copied(gate->user, data, length);
}

const struct clipboard_events clip_gate_events = {.copied = on_copied};
