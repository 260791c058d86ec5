#include "api/consent.h"

#include <stdlib.h>

struct qa_consent {
    unsigned refs;
    unsigned permissions;
    consent_answer_fn answer; /* NULL once answered or void */
    void *asker;
};

qa_consent *consent_new(unsigned permissions, consent_answer_fn answer, void *asker)
{
    qa_consent *consent = malloc(sizeof *consent);
    if (consent)
        *consent =
            (qa_consent){.refs = 1, .permissions = permissions, .answer = answer, .asker = asker};
    return consent;
}

void consent_withdraw(qa_consent *consent)
{
    consent->answer = NULL;
}

static int answer(qa_consent *consent, bool yes)
{
    if (!consent)
        return QA_EINVAL;
    consent_answer_fn tell = consent->answer;
    if (!tell)
        return QA_ESTATE;
    consent->answer = NULL;
    return tell(consent->asker, consent->permissions, yes);
}

unsigned qa_consent_permissions(const qa_consent *consent)
{
    return consent->permissions;
}

int qa_consent_allow(qa_consent *consent)
{
    return answer(consent, true);
}

int qa_consent_deny(qa_consent *consent)
{
    return answer(consent, false);
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
        answer(consent, false);
    free(consent);
}
