#include "api/consent.h"

#include <stdlib.h>

struct qa_consent {
    unsigned refs;
    qa_consent_kind kind;
    struct question question;
    consent_answer_fn answer; /* NULL once answered or void */
    void *asker;
};

qa_consent *consent_new(qa_consent_kind kind, const struct question *question,
                        consent_answer_fn answer, void *asker)
{
    qa_consent *consent = malloc(sizeof *consent);
    if (consent)
        *consent = (qa_consent){
            .refs = 1, .kind = kind, .question = *question, .answer = answer, .asker = asker};
    return consent;
}

void consent_withdraw(qa_consent *consent)
{
    consent->answer = NULL;
}

qa_consent_kind qa_consent_get_kind(const qa_consent *consent)
{
    return consent->kind;
}

unsigned qa_consent_permissions(const qa_consent *consent)
{
    return consent->question.permissions;
}

const char *qa_consent_purpose(const qa_consent *consent)
{
    return consent->question.purpose;
}

bool qa_consent_renews(const qa_consent *consent)
{
    return consent->question.renews;
}

static int answer(qa_consent *consent, bool yes, unsigned permissions, uint32_t seconds)
{
    if (!consent)
        return QA_EINVAL;
    consent_answer_fn tell = consent->answer;
    if (!tell)
        return QA_ESTATE;
    if (permissions & ~consent->question.permissions)
        return QA_EINVAL;
    consent->answer = NULL;
    return tell(consent->asker, &(struct consent_answer){.kind = consent->kind,
                                                         .question = consent->question.number,
                                                         .yes = yes,
                                                         .permissions = permissions,
                                                         .seconds = seconds});
}

int qa_consent_allow(qa_consent *consent)
{
    return answer(consent, true, consent ? consent->question.permissions : 0, 0);
}

int qa_consent_allow_some(qa_consent *consent, unsigned permissions, uint32_t seconds)
{
    return answer(consent, permissions != 0, permissions, seconds);
}

int qa_consent_deny(qa_consent *consent)
{
    return answer(consent, false, 0, 0);
}

qa_consent *qa_consent_ref(qa_consent *consent)
{
    consent->refs++;
    return consent;
}

void qa_consent_unref(qa_consent *consent)
{
    if (!consent || --consent->refs)
        return;
    if (consent->answer)
        qa_consent_deny(consent);
    free(consent);
}
