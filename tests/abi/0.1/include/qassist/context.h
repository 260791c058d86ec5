/*
 * Context: the library's own event loop behind one file descriptor, and what all sessions share.
 *
 * A context and its sessions belong to the thread that dispatches it. Callbacks run inside
 * qa_context_dispatch or qa_context_run only, never inside the call that caused them. Two contexts
 * in two threads know nothing of each other.
 */
#ifndef QASSIST_CONTEXT_H
#define QASSIST_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include <qassist/errors.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qa_context qa_context;

typedef enum qa_log_level {
    QA_LOG_ERROR = 1,
    QA_LOG_WARNING = 2,
    QA_LOG_INFO = 3,
    QA_LOG_DEBUG = 4
} qa_log_level;

/*
 * Takes one line of diagnosis, without line feed. It never holds a code, key, token, name or
 * anything of a session's content. Called on the dispatch thread; the text is valid during the
 * call. Unlike the other callbacks it may come from inside any call, and must not call the library.
 */
typedef void (*qa_log_fn)(qa_log_level level, const char *line, void *user_data);

/* Fields past `size` read as zero; strings are copied. Set size with QA_CONTEXT_OPTIONS_INIT. */
typedef struct qa_context_options {
    size_t size;
    /* The relay, "wss://HOST[:PORT][/PATH]"; required. */
    const char *relay_url;
    /* A PEM file with the only authorities to trust for the relay; NULL: the system's. */
    const char *ca_file;
    /* The RDP worker program; NULL: $QASSIST_WORKER, else the installed one. */
    const char *worker_path;
    /* NULL: no diagnosis. */
    qa_log_fn log;
    void *log_user_data;
    /* The most talkative level wanted; 0: QA_LOG_WARNING. */
    qa_log_level log_level;
    /*
     * One more policy to obey besides the system's (qassist-policy.ini(5)): it can only take away
     * what that allows. It must be there, and its writer this user or root. NULL: none.
     */
    const char *policy_file;
} qa_context_options;

#define QA_CONTEXT_OPTIONS_INIT QA_INIT(qa_context_options)

/*
 * Makes a context. Nothing is opened to the network yet. On success *out holds the only reference.
 * Errors: QA_EINVAL (URL missing or not wss://), QA_ENOMEM, QA_EIO.
 */
QA_API int qa_context_new(const qa_context_options *options, qa_context **out);

/*
 * What the policy of this device (qassist-policy.ini(5)) lets sessions at the context's relay do:
 * bits of qa_permission. 0: there can be none, and every session and sign-in ends with QA_EPOLICY
 * before anything is opened to the network. *why (may be NULL) gets words about that for the user,
 * "" where there are sessions, valid until the library is called again. The policy is read anew
 * here and before each connection. Dispatch thread.
 */
QA_API unsigned qa_context_allowed(qa_context *context, const char **why);

/* Takes another reference; returns context. Dispatch thread. */
QA_API qa_context *qa_context_ref(qa_context *context);

/*
 * Gives a reference back; NULL is allowed. The last one frees the context; sessions hold one each.
 * Not from inside a callback of the same context when it is the last. Dispatch thread.
 */
QA_API void qa_context_unref(qa_context *context);

/*
 * A descriptor to poll for reading; when it is readable, call qa_context_dispatch. It stays the
 * same for the context's life and stays the library's: never read or close it. Any thread.
 */
QA_API int qa_context_get_fd(const qa_context *context);

/*
 * Does what is due and returns; never blocks. Callbacks run inside. Returns 0, or QA_ESTATE when
 * called from inside a callback. Dispatch thread.
 */
QA_API int qa_context_dispatch(qa_context *context);

/*
 * Dispatches until qa_context_stop. For programs without a loop of their own. Returns 0, QA_ESTATE
 * when called from inside a callback, QA_EIO. The calling thread is the dispatch thread.
 */
QA_API int qa_context_run(qa_context *context);

/* Makes qa_context_run return, now or at its next call. Any thread, and from a signal handler. */
QA_API void qa_context_stop(qa_context *context);

/* The library's version, such as "0.1.0". Static memory; any thread. */
QA_API const char *qa_version(void);

#ifdef __cplusplus
}
#endif

#endif
