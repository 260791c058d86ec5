#include "session/questions.h"

#include <stdio.h>
#include <string.h>

unsigned questions_permissions(const struct questions *questions)
{
    unsigned permissions = 0;
    for (size_t i = 0; i < questions->count; i++)
        permissions |= questions->list[i].permissions;
    return permissions;
}

const struct question *questions_open(const struct questions *questions)
{
    return questions->count && questions->list[0].deadline ? &questions->list[0] : NULL;
}

void questions_add(struct questions *questions, unsigned permissions, const char *purpose,
                   bool renews)
{
    if (!permissions || questions->count == QUESTIONS_MAX)
        return;
    struct question *question = &questions->list[questions->count++];
    *question = (struct question){.permissions = permissions, .renews = renews};
    snprintf(question->purpose, sizeof question->purpose, "%s", purpose ? purpose : "");
}

const struct question *questions_next(struct questions *questions, uint64_t deadline)
{
    if (!questions->count || questions->list[0].deadline)
        return NULL;
    if (!++questions->last_number)
        questions->last_number = 1;
    questions->list[0].number = questions->last_number;
    questions->list[0].deadline = deadline;
    return &questions->list[0];
}

bool questions_restart(struct questions *questions, unsigned number, uint64_t deadline)
{
    if (!questions_open(questions) || questions->list[0].number != number)
        return false;
    questions->list[0].deadline = deadline;
    return true;
}

static void remove_at(struct questions *questions, size_t at)
{
    questions->count--;
    memmove(&questions->list[at], &questions->list[at + 1],
            (questions->count - at) * sizeof questions->list[0]);
}

void questions_close(struct questions *questions)
{
    if (questions_open(questions))
        remove_at(questions, 0);
}

bool questions_drop(struct questions *questions, unsigned permissions)
{
    const struct question *open = questions_open(questions);
    for (size_t i = questions->count; i-- > (open ? 1u : 0u);) {
        questions->list[i].permissions &= ~permissions;
        if (!questions->list[i].permissions)
            remove_at(questions, i);
    }
    return open && (open->permissions & permissions);
}
