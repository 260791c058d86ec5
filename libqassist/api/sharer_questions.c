#include <stdlib.h>

#include "api/consent.h"
#include "api/sharer_private.h"

/* A void question on its way to the user. */
struct withdrawal {
    struct deferred deferred;
    qa_sharer *sharer;
    qa_consent *consent;
};

/* Called them: then the next question is that about viewing. */
static int on_called(qa_sharer *sharer, unsigned question)
{
    sharer->ask_called = false;
    return session_step(&sharer->session,
                        &(struct session_event){.type = EVENT_CALLED, .question = question});
}

static int on_answer(void *asker, const struct consent_answer *answer)
{
    qa_sharer *sharer = asker;
    sharer->consent = NULL;
    if (answer->kind == QA_CONSENT_CALLED && answer->yes)
        return on_called(sharer, answer->question);
    unsigned allowed = answer->permissions;
    if (answer->kind == QA_CONSENT_RESTART && answer->yes)
        allowed = QUESTION_RESTART;
    return session_step(&sharer->session, &(struct session_event){.type = EVENT_ANSWER,
                                                                  .question = answer->question,
                                                                  .permissions = allowed,
                                                                  .seconds = answer->seconds});
}

static qa_consent *make_consent(qa_sharer *sharer, const struct question *question)
{
    if (question->permissions & QUESTION_RESTART) {
        const struct question restart = {.number = question->number};
        return consent_new(QA_CONSENT_RESTART, &restart, on_answer, sharer);
    }
    if (!sharer->ask_called || !(question->permissions & QA_PERMISSION_VIEW))
        return consent_new(QA_CONSENT_PERMISSIONS, question, on_answer, sharer);
    const struct question called = {.number = question->number};
    return consent_new(QA_CONSENT_CALLED, &called, on_answer, sharer);
}

void sharer_ask(qa_sharer *sharer, unsigned number)
{
    const struct question *question = questions_open(&sharer->machine.questions);
    if (!question || question->number != number)
        return; /* void by now */
    qa_consent *consent = make_consent(sharer, question);
    if (!consent) {
        session_step(&sharer->session,
                     &(struct session_event){.type = EVENT_ANSWER, .question = number});
        return;
    }
    /* Dropped by the user unanswered, it answers itself with no. */
    sharer->consent = consent;
    TELL_SHARER(sharer, on_consent, consent);
    qa_consent_unref(consent);
}

static void run_withdrawal(struct deferred *self)
{
    struct withdrawal *withdrawal = (struct withdrawal *)self;
    qa_sharer *sharer = withdrawal->sharer;
    if (!sharer->session.silent)
        TELL_SHARER(sharer, on_withdrawn, withdrawal->consent);
    qa_consent_unref(withdrawal->consent);
    free(withdrawal);
    session_release(&sharer->session);
}

void sharer_withdraw(qa_sharer *sharer)
{
    qa_consent *consent = sharer->consent;
    if (!consent)
        return;
    consent_withdraw(consent);
    sharer->consent = NULL;
    if (sharer->session.silent)
        return;
    struct withdrawal *withdrawal = malloc(sizeof *withdrawal);
    if (!withdrawal) {
        sharer->session.out_of_memory = true;
        return;
    }
    *withdrawal =
        (struct withdrawal){.deferred = {.run = run_withdrawal, .owner = &sharer->session},
                            .sharer = sharer,
                            .consent = qa_consent_ref(consent)};
    session_hold(&sharer->session);
    context_defer(sharer->session.context, &withdrawal->deferred);
}
