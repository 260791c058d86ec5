#include <stdlib.h>

#include "api/sharer_private.h"

/* Input for the app that came up inside a call of its own (held keys let go): told later. */
struct late_input {
    struct deferred deferred;
    qa_sharer *sharer;
    qa_input_event event;
};

static void run_late_input(struct deferred *self)
{
    struct late_input *late = (struct late_input *)self;
    qa_sharer *sharer = late->sharer;
    if (!sharer->session.silent)
        TELL_SHARER(sharer, on_input, &late->event);
    free(late);
    session_release(&sharer->session);
}

void sharer_on_app_input(void *user, const qa_input_event *event)
{
    qa_sharer *sharer = user;
    if (sharer->in_gate) {
        /* What the callback causes in turn (it may revoke) is told later. */
        sharer->in_gate = false;
        TELL_SHARER(sharer, on_input, event);
        return;
    }
    struct late_input *late = malloc(sizeof *late);
    if (!late) {
        sharer->session.out_of_memory = true;
        return;
    }
    *late = (struct late_input){.deferred = {.run = run_late_input, .owner = &sharer->session},
                                .sharer = sharer,
                                .event = *event};
    session_hold(&sharer->session);
    context_defer(sharer->session.context, &late->deferred);
}

void sharer_on_rdp_input(void *user, const qa_input_event *event)
{
    qa_sharer *sharer = user;
    session_hold(&sharer->session);
    context_flush(sharer->session.context);
    sharer->in_gate = true;
    if (sharer->overlay && sharer_machine_allows(&sharer->machine, QA_PERMISSION_CONTROL))
        sharer->overlay->ops->note_input(sharer->overlay);
    int error = gate_pass(&sharer->gate, event);
    sharer->in_gate = false;
    if (event->type != QA_INPUT_MOVE && sharer->screen && sharer->screen->ops->expect_answer &&
        sharer_machine_allows(&sharer->machine, QA_PERMISSION_CONTROL))
        sharer->screen->ops->expect_answer(sharer->screen);
    if (error)
        session_part_failed(&sharer->session, error, "the display takes no more input");
    session_release(&sharer->session);
}

void sharer_on_rdp_input_epoch(void *user, unsigned epoch)
{
    qa_sharer *sharer = user;
    gate_mark(&sharer->gate, epoch);
}
