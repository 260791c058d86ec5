/*
 * Consent: a question to the sharer as an object, to be answered now or later, exactly once.
 *
 * The callback that hands it over lends it; qa_consent_ref to keep it. Dropping the last reference
 * unanswered means no.
 */
#ifndef QASSIST_CONSENT_H
#define QASSIST_CONSENT_H

#include <qassist/errors.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qa_consent qa_consent;

/* Permissions, as bits. */
typedef enum qa_permission {
    QA_PERMISSION_VIEW = 1u << 0,
    QA_PERMISSION_CONTROL = 1u << 1
} qa_permission;

/* What is asked: QA_PERMISSION_VIEW or QA_PERMISSION_CONTROL. Dispatch thread. */
QA_API unsigned qa_consent_permissions(const qa_consent *consent);

/*
 * Says yes. Errors: QA_ESTATE (answered before, or the question is gone: session ended or request
 * withdrawn). Dispatch thread.
 */
QA_API int qa_consent_allow(qa_consent *consent);

/* Says no. Errors as qa_consent_allow. Dispatch thread. */
QA_API int qa_consent_deny(qa_consent *consent);

/* Takes another reference; returns consent. Dispatch thread. */
QA_API qa_consent *qa_consent_ref(qa_consent *consent);

/* Gives one back; NULL is allowed; the last one unanswered says no. Dispatch thread. */
QA_API void qa_consent_unref(qa_consent *consent);

#ifdef __cplusplus
}
#endif

#endif
