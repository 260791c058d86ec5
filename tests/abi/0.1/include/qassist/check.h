/*
 * Check: whether what sharing an X11 screen needs is there, before anybody calls anybody.
 */
#ifndef QASSIST_CHECK_H
#define QASSIST_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <qassist/errors.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is looked at, in this order. More may be added. */
typedef enum qa_check_part {
    QA_CHECK_DISPLAY = 1,   /* the display is reached; `name`: its name */
    QA_CHECK_EXTENSION = 2, /* the display has the X extension `name`; once for each */
    QA_CHECK_CAPTURE = 3,   /* one picture was taken, and dropped; `detail`: its size */
    QA_CHECK_INPUT = 4,     /* mouse and keyboard can be controlled, and the layout is known */
    QA_CHECK_CLIPBOARD = 5, /* the clipboard can be read and set */
    QA_CHECK_WORKER = 6,    /* the RDP worker starts, locks itself in and answers */
    QA_CHECK_POLICY = 7,    /* the policy of this device allows sessions at the relay `name` */
    QA_CHECK_RELAY = 8      /* that relay answers, and its certificate is trusted */
} qa_check_part;

typedef struct qa_check_result {
    size_t size;
    qa_check_part part;
    bool good;
    bool needed;        /* where it is not good, nothing can be shared */
    const char *name;   /* as said above; else "" */
    const char *detail; /* what was found, or what is wrong, in English; may be "" */
} qa_check_result;

typedef struct qa_check_options {
    size_t size;
    /* The display, such as ":0"; NULL: the environment's. */
    const char *display;
    /* "wss://HOST[:PORT][/PATH]"; NULL: no relay is looked at. It is told nothing. */
    const char *relay_url;
    /* As in qa_context_options. */
    const char *ca_file;
    const char *worker_path;
} qa_check_options;

#define QA_CHECK_OPTIONS_INIT QA_INIT(qa_check_options)

/* Takes one result, valid during the call; it must not call the library. */
typedef void (*qa_check_fn)(const qa_check_result *result, void *user_data);

/*
 * Looks at all of it and tells each result; what cannot be looked at for want of something before
 * it is left out. Waits for display, worker and relay, half a minute at the worst. Needs no
 * context. Any thread, not from inside a callback. Returns 0 when all that is needed is there, else
 * the error of the first part that is not (QA_ESCREEN, QA_EINPUT, QA_EWORKER..., QA_ERELAY,
 * QA_ETRUST...), QA_EINVAL (options), QA_ENOMEM, QA_EIO.
 */
QA_API int qa_check_sharing(const qa_check_options *options, qa_check_fn on_result,
                            void *user_data);

#ifdef __cplusplus
}
#endif

#endif
