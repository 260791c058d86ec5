/* Steps of the session machines for tests: at second 1 unless they say otherwise. */
#ifndef TESTS_MACHINE_STEPS_H
#define TESTS_MACHINE_STEPS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/helper_machine.h"
#include "session/sharer_machine.h"

static inline const struct session_action *find(const struct session_actions *actions,
                                                enum session_action_type type)
{
    for (size_t i = 0; i < actions->count; i++)
        if (actions->list[i].type == type)
            return &actions->list[i];
    return NULL;
}

static inline struct session_actions share_at(struct sharer_machine *machine, uint64_t now_ms,
                                              struct session_event event)
{
    struct session_actions actions;
    assert_int_equal(sharer_machine_step(machine, &event, now_ms, &actions), 0);
    assert_false(actions.overflow);
    return actions;
}

static inline struct session_actions help_at(struct helper_machine *machine, uint64_t now_ms,
                                             struct session_event event)
{
    struct session_actions actions;
    assert_int_equal(helper_machine_step(machine, &event, now_ms, &actions), 0);
    assert_false(actions.overflow);
    return actions;
}

#define SHARE_AT(machine, now, ...) share_at(machine, now, (struct session_event){__VA_ARGS__})
#define HELP_AT(machine, now, ...)  help_at(machine, now, (struct session_event){__VA_ARGS__})
#define SHARE(machine, ...)         SHARE_AT(machine, 1000, __VA_ARGS__)
#define HELP(machine, ...)          HELP_AT(machine, 1000, __VA_ARGS__)

/* The answer to the open question. */
static inline struct session_actions answer_at(struct sharer_machine *machine, uint64_t now_ms,
                                               unsigned permissions)
{
    const struct question *question = questions_open(&machine->questions);
    assert_non_null(question);
    return SHARE_AT(machine, now_ms, .type = EVENT_ANSWER, .question = question->number,
                    .permissions = permissions);
}

static inline struct session_actions answer(struct sharer_machine *machine, unsigned permissions)
{
    return answer_at(machine, 1000, permissions);
}

static inline struct session_actions sharer_asking(struct sharer_machine *machine)
{
    sharer_machine_init(machine);
    SHARE(machine, .type = EVENT_START);
    SHARE(machine, .type = EVENT_LINK_OPENED);
    SHARE(machine, .type = EVENT_JOINED);
    return SHARE(machine, .type = EVENT_CHANNEL_UP);
}

static inline void sharer_viewing(struct sharer_machine *machine)
{
    sharer_asking(machine);
    answer(machine, QA_PERMISSION_VIEW);
}

static inline void sharer_controlled(struct sharer_machine *machine)
{
    sharer_viewing(machine);
    SHARE(machine, .type = EVENT_ASKED, .permissions = QA_PERMISSION_CONTROL);
    answer(machine, QA_PERMISSION_CONTROL);
}

static inline void helper_pairing(struct helper_machine *machine)
{
    helper_machine_init(machine);
    HELP(machine, .type = EVENT_START);
    HELP(machine, .type = EVENT_LINK_OPENED);
    HELP(machine, .type = EVENT_CREATED);
    HELP(machine, .type = EVENT_PEER);
}

static inline void helper_viewing(struct helper_machine *machine)
{
    helper_pairing(machine);
    HELP(machine, .type = EVENT_CHANNEL_UP);
    HELP(machine, .type = EVENT_PERMISSIONS, .permissions = QA_PERMISSION_VIEW);
}

#endif
