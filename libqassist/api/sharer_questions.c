#include <stdlib.h>

#include "api/consent.h"
#include "api/sharer_private.h"

/* A void question on its way to the user. */
struct withdrawal {
    struct deferred deferred;
    qa_sharer *sharer;
    qa_consent *consent;
};

static int on_answer(void *asker, unsigned question, unsigned permissions, uint32_t seconds)
{
    qa_sharer *sharer = asker;
    sharer->consent = NULL;
    return session_step(&sharer->session, &(struct session_event){.type = EVENT_ANSWER,
                                                                  .question = question,
                                                                  .permissions = permissions,
                                                                  .seconds = seconds});
}

void sharer_ask(qa_sharer *sharer, unsigned number)
{
    const struct question *question = questions_open(&sharer->machine.questions);
    if (!question || question->number != number)
        return; /* void by now */
    qa_consent *consent = consent_new(question, on_answer, sharer);
    if (!consent) {
        on_answer(sharer, number, 0, 0);
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
