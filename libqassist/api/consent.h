/* Consents from inside: a question that reaches its asker at most once, and never after it is void.
 */
#ifndef API_CONSENT_H
#define API_CONSENT_H

#include <stdbool.h>

#include <qassist/consent.h>

#include "session/questions.h"

struct consent_answer {
    qa_consent_kind kind;
    unsigned question;
    bool yes;             /* to anything of it */
    unsigned permissions; /* what is allowed, where it is about permissions */
    uint32_t seconds;     /* for how long; 0: the usual */
};

/* Takes the answer. The return is what qa_consent_allow or _deny returns. */
typedef int (*consent_answer_fn)(void *asker, const struct consent_answer *answer);

/* With one reference; NULL when memory is out. Copies the question. */
qa_consent *consent_new(qa_consent_kind kind, const struct question *question,
                        consent_answer_fn answer, void *asker);

/* The question is void: the asker is not called any more. */
void consent_withdraw(qa_consent *consent);

#endif
