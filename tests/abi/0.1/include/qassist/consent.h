/*
 * Consent: a question to the sharer as an object, to be answered now or later, exactly once.
 *
 * The callback that hands it over lends it; qa_consent_ref to keep it. Dropping the last reference
 * unanswered means no.
 */
#ifndef QASSIST_CONSENT_H
#define QASSIST_CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#include <qassist/errors.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qa_consent qa_consent;

/* Most bytes of a request's purpose, without the NUL. */
#define QA_PURPOSE_MAX 200

/* XX(bit, NAME, name in messages, events and scripts) */
#define QA_PERMISSION_MAP(XX)                         \
    XX(0, VIEW, "view")                               \
    XX(1, CONTROL, "control")                         \
    XX(2, POINT, "point")                             \
    XX(3, ANNOTATE, "annotate")                       \
    XX(4, CLIPBOARD_TO_SHARER, "clipboard-to-sharer") \
    XX(5, CLIPBOARD_TO_HELPER, "clipboard-to-helper")

/*
 * Permissions, as bits. VIEW: see the screen; without it nothing else. CONTROL: mouse and keyboard.
 * POINT: show a laser pointer. ANNOTATE: draw on the screen. CLIPBOARD_TO_SHARER: put text into the
 * sharer's clipboard. CLIPBOARD_TO_HELPER: read text from it.
 */
typedef enum qa_permission {
#define QA_PERMISSION_ENUM(bit, name, text) QA_PERMISSION_##name = 1u << bit,
    QA_PERMISSION_MAP(QA_PERMISSION_ENUM)
#undef QA_PERMISSION_ENUM
} qa_permission;

#define QA_PERMISSIONS_COUNT 6
#define QA_PERMISSIONS_ALL   ((1u << QA_PERMISSIONS_COUNT) - 1)

/* One permission's name, such as "clipboard-to-helper"; else "unknown". Static memory; any thread.
 */
QA_API const char *qa_permission_name(unsigned permission);

/* The permission of that name, 0 when there is none. Any thread. */
QA_API unsigned qa_permission_by_name(const char *name);

/* What a question is about; more may come. Answer no to what is not known. */
typedef enum qa_consent_kind {
    QA_CONSENT_PERMISSIONS = 0, /* what the helper may do: qa_consent_permissions */
    /*
     * "Did you call them yourself?", asked of the sharer before viewing is where qa_sharer_options
     * has ask_called. qa_consent_allow says yes; after no nothing is shown and the session ends.
     */
    QA_CONSENT_CALLED = 1,
    /*
     * May the sharer's computer be restarted, and the session come back after? Allowed, the library
     * writes an invitation to this computer's disk; see on_restart of qa_sharer_callbacks.
     */
    QA_CONSENT_RESTART = 2
} qa_consent_kind;

/* What it is about. Dispatch thread. */
QA_API qa_consent_kind qa_consent_get_kind(const qa_consent *consent);

/*
 * What is asked, as bits of qa_permission: QA_PERMISSION_VIEW alone, or others, one or several;
 * 0 for other kinds of questions. Dispatch thread.
 */
QA_API unsigned qa_consent_permissions(const qa_consent *consent);

/*
 * What the helper says it is for: at most QA_PURPOSE_MAX bytes of printable UTF-8, in the helper's
 * own words, so show it as such; "" where nothing was said. Lives as long as the consent. Dispatch
 * thread.
 */
QA_API const char *qa_consent_purpose(const qa_consent *consent);

/*
 * Whether this was allowed before and its time is over: the sharer is asked again without the
 * helper having asked. Dispatch thread.
 */
QA_API bool qa_consent_renews(const qa_consent *consent);

/*
 * Says yes to all that is asked, for the time that is set for it (see qa_sharer_options). Errors:
 * QA_ESTATE (answered before, or the question is gone: on_withdrawn). Dispatch thread.
 */
QA_API int qa_consent_allow(qa_consent *consent);

/*
 * Says yes to some of what is asked and no to the rest; with 0 permissions no to all. After
 * `seconds` the permissions end and are asked for again (0: the time that is set for each); the
 * session ends where it was viewing. Errors: QA_ESTATE as above, QA_EINVAL (a permission that is
 * not asked; the question stays open). Dispatch thread.
 */
QA_API int qa_consent_allow_some(qa_consent *consent, unsigned permissions, uint32_t seconds);

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
