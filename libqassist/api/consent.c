#include "api/consent.h"

#include <stdio.h>
#include <stdlib.h>

struct qa_consent {
    unsigned refs;
    unsigned question;
    unsigned permissions;
    char purpose[QA_PURPOSE_MAX + 1];
    consent_answer_fn answer; /* NULL once answered or void */
    void *asker;
};

qa_consent *consent_new(unsigned question, unsigned permissions, const char *purpose,
                        consent_answer_fn answer, void *asker)
{
    qa_consent *consent = malloc(sizeof *consent);
    if (!consent)
        return NULL;
    *consent = (qa_consent){.refs = 1,
                            .question = question,
                            .permissions = permissions,
                            .answer = answer,
                            .asker = asker};
    snprintf(consent->purpose, sizeof consent->purpose, "%s", purpose);
    return consent;
}

void consent_withdraw(qa_consent *consent)
{
    consent->answer = NULL;
}

unsigned qa_consent_permissions(const qa_consent *consent)
{
    return consent->permissions;
}

const char *qa_consent_purpose(const qa_consent *consent)
{
    return consent->purpose;
}

int qa_consent_allow_some(qa_consent *consent, unsigned permissions, uint32_t seconds)
{
    if (!consent)
        return QA_EINVAL;
    consent_answer_fn tell = consent->answer;
    if (!tell)
        return QA_ESTATE;
    if (permissions & ~consent->permissions)
        return QA_EINVAL;
    consent->answer = NULL;
    return tell(consent->asker, consent->question, permissions, seconds);
}

int qa_consent_allow(qa_consent *consent)
{
    return consent ? qa_consent_allow_some(consent, consent->permissions, 0) : QA_EINVAL;
}

int qa_consent_deny(qa_consent *consent)
{
    return qa_consent_allow_some(consent, 0, 0);
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
