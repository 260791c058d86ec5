/*
 * The questions to the sharer, in order: the first one is open, the others wait for their turn, so
 * that nobody has to look through a heap of dialogs. A permission is in one of them at most.
 */
#ifndef SESSION_QUESTIONS_H
#define SESSION_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qassist/consent.h>

/* Asked like a permission, alone, and none: whether the sharer's computer may be restarted. */
#define QUESTION_RESTART (1u << QA_PERMISSIONS_COUNT)

/* Each has at least one permission that no other one has. */
#define QUESTIONS_MAX 7

struct question {
    unsigned number;      /* never 0 */
    unsigned permissions; /* bits of qa_permission, or QUESTION_RESTART */
    uint64_t deadline;    /* no answer by then means no; 0: it waits for its turn */
    char purpose[QA_PURPOSE_MAX + 1];
    bool renews; /* its time was over, nobody asked */
};

struct questions {
    struct question list[QUESTIONS_MAX];
    size_t count;
    unsigned last_number;
};

/* Everything that is asked or waits. */
unsigned questions_permissions(const struct questions *questions);

/* The open one; NULL: none. */
const struct question *questions_open(const struct questions *questions);

/* Appends one about permissions that no other one has. `purpose` may be NULL. */
void questions_add(struct questions *questions, unsigned permissions, const char *purpose,
                   bool renews);

/* The next one's turn: opens it when none is. NULL: nothing new to ask. */
const struct question *questions_next(struct questions *questions, uint64_t deadline);

/* Another step of the same question: its time begins anew. False: it is not the open one. */
bool questions_restart(struct questions *questions, unsigned number, uint64_t deadline);

/* The open one is answered or void. */
void questions_close(struct questions *questions);

/*
 * Leaves permissions out of the waiting ones. True: the open one asks for one of them and has to be
 * closed by the caller.
 */
bool questions_drop(struct questions *questions, unsigned permissions);

#endif
