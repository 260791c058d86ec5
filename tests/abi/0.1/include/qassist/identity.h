/*
 * Signing in as a helper at an issuer of OpenID Connect that the relay names, instead of having a
 * token from whoever runs the relay: in the system's browser, or on another device. What comes out
 * is the token that a helper is made with (qa_helper_options).
 *
 * Life: qa_sign_in_new, qa_sign_in_start, on_address (open it in the browser) or on_device (show
 * it), on_token, on_end (always the last). Everything is kept in memory only and wiped at the end.
 */
#ifndef QASSIST_IDENTITY_H
#define QASSIST_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include <qassist/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qa_sign_in qa_sign_in;

typedef enum qa_sign_in_method {
    QA_SIGN_IN_BROWSER = 0, /* here; what to use wherever a browser can be opened */
    QA_SIGN_IN_DEVICE = 1   /* on another device, where issuer and relay allow it */
} qa_sign_in_method;

/* Fields past `size` read as zero; strings are copied. */
typedef struct qa_sign_in_options {
    size_t size;
    qa_sign_in_method method;
    /* The address of the issuer to choose; NULL: the first that the relay names. */
    const char *issuer;
    /* PEM file with the only authorities to trust for the issuer; NULL: the system's. */
    const char *issuer_ca_file;
} qa_sign_in_options;

#define QA_SIGN_IN_OPTIONS_INIT QA_INIT(qa_sign_in_options)

/* What a sign-in brought; valid during the call only. */
typedef struct qa_sign_in_token {
    size_t size;
    const char *token;        /* for qa_helper_options; a secret */
    const char *shown_name;   /* what sharers will read */
    const char *organisation; /* likewise */
    const char *account;      /* what the relay's operator knows this helper by */
    uint32_t seconds_left;    /* until the token ends; qa_sign_in_refresh gets a new one */
    bool can_refresh;         /* without asking the user again */
} qa_sign_in_token;

/* Any callback may be NULL. All run on the dispatch thread. */
typedef struct qa_sign_in_callbacks {
    size_t size;

    /* Open this address (of the issuer, https) in the system's browser. */
    void (*on_address)(qa_sign_in *sign_in, const char *address, void *user_data);

    /*
     * Have the user open `address` on any device and type `code` there; `complete` is an address
     * with the code in it, empty where there is none. Never pass them on to anybody else.
     */
    void (*on_device)(qa_sign_in *sign_in, const char *address, const char *code,
                      const char *complete, uint32_t seconds_left, void *user_data);

    /* The user is signed in; also after each qa_sign_in_refresh. */
    void (*on_token)(qa_sign_in *sign_in, const qa_sign_in_token *token, void *user_data);

    /*
     * It is over, and nothing follows: `error` is 0 after qa_sign_in_out. QA_EAUTH: issuer or relay
     * said no; QA_ETIMEOUT: the user did not sign in; QA_EIO: libcurl 4 is not installed, or no
     * port could be opened for the browser; `detail` says more in words, never NULL.
     */
    void (*on_end)(qa_sign_in *sign_in, int error, const char *detail, void *user_data);
} qa_sign_in_callbacks;

#define QA_SIGN_IN_CALLBACKS_INIT QA_INIT(qa_sign_in_callbacks)

/* On success *out holds a reference. Errors: QA_EINVAL, QA_ENOMEM. Dispatch thread. */
QA_API int qa_sign_in_new(qa_context *context, const qa_sign_in_options *options,
                          const qa_sign_in_callbacks *callbacks, void *user_data, qa_sign_in **out);

/*
 * Asks the relay how, and begins; the rest comes by callback. Once, and again only after an error,
 * with which nothing has begun. Errors: QA_ESTATE, QA_ENOMEM and those of connecting. Dispatch
 * thread.
 */
QA_API int qa_sign_in_start(qa_sign_in *sign_in);

/*
 * Gets a new token without asking the user; on_token or on_end follows. Errors: QA_ESTATE (not
 * signed in, or can_refresh was false), QA_ENOMEM; nothing has changed then. Dispatch thread.
 */
QA_API int qa_sign_in_refresh(qa_sign_in *sign_in);

/*
 * Signs out: the relay's token is worth nothing any more, all is forgotten; on_end follows. The
 * issuer's own session in the browser stays. Errors: QA_ESTATE (not signed in), QA_ENOMEM; nothing
 * has changed then. Dispatch thread.
 */
QA_API int qa_sign_in_out(qa_sign_in *sign_in);

/*
 * After an error of on_end that is the relay's: the seconds after which another try may do better,
 * 0 where it did not say. Dispatch thread.
 */
QA_API uint32_t qa_sign_in_retry_seconds(const qa_sign_in *sign_in);

/* Takes another reference; returns sign_in. Dispatch thread. */
QA_API qa_sign_in *qa_sign_in_ref(qa_sign_in *sign_in);

/*
 * Gives one back; NULL is allowed. The last one forgets everything and stops what runs, without
 * on_end. Dispatch thread.
 */
QA_API void qa_sign_in_unref(qa_sign_in *sign_in);

#ifdef __cplusplus
}
#endif

#endif
