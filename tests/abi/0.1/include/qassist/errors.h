/*
 * Errors: every fallible function of qassist returns 0 (or a count) or one of these negative
 * numbers.
 *
 * Numbers are never reused; new ones are added at the end.
 */
#ifndef QASSIST_ERRORS_H
#define QASSIST_ERRORS_H

#include <qassist/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* XX(number, NAME, text shown to people) */
#define QA_ERROR_MAP(XX)                                                         \
    XX(-1, EINVAL, "an argument is not valid")                                   \
    XX(-2, ENOMEM, "out of memory")                                              \
    XX(-3, ESTATE, "not possible in the present state of the session")           \
    XX(-4, EIO, "reading or writing failed")                                     \
    XX(-5, ETIMEOUT, "no answer in time")                                        \
    XX(-6, ECANCELED, "canceled")                                                \
    XX(-7, EPROTO, "the other side does not follow the protocol")                \
    XX(-8, EVERSION, "the other side speaks another version of the protocol")    \
    XX(-9, ELIMIT, "a limit was reached")                                        \
    XX(-10, ECODE_FORMAT, "this is not a complete security code")                \
    XX(-11, ECODE_CHECK, "a digit of the security code is mistyped")             \
    XX(-12, ECODE_UNKNOWN, "the relay does not know this security code")         \
    XX(-13, ECODE_EXPIRED, "the security code has expired")                      \
    XX(-14, ECODE_USED, "the security code was already used")                    \
    XX(-15, ECODE_WRONG, "the security codes of the two sides differ")           \
    XX(-16, EAUTH, "the relay does not accept this sign-in")                     \
    XX(-17, ERELAY, "the relay cannot be reached")                               \
    XX(-18, ERELAY_LOST, "the connection to the relay was lost")                 \
    XX(-19, ETRUST, "the relay's certificate is not trusted")                    \
    XX(-20, EPEER_LOST, "the other side is gone")                                \
    XX(-21, ETAMPERED, "the session's encrypted data was altered on the way")    \
    XX(-22, EDENIED, "the sharer said no")                                       \
    XX(-23, ENOTALLOWED, "the sharer has not allowed this")                      \
    XX(-24, EWORKER, "the RDP worker stopped")                                   \
    XX(-25, EWORKER_HUNG, "the RDP worker does not answer")                      \
    XX(-26, EWORKER_MISSING, "the RDP worker program cannot be started")         \
    XX(-27, ESCREEN, "the screen cannot be captured")                            \
    XX(-28, EINPUT, "input cannot be injected")                                  \
    XX(-29, ERATE, "too many tries; wait before the next")                       \
    XX(-30, EEXPIRED, "the time for which this was allowed is over")             \
    XX(-31, EINVITATION, "there is no invitation to come back that can be used") \
    XX(-32, EPOLICY, "an organisation's rules do not allow this")

typedef enum qa_error {
    QA_OK = 0,
#define QA_ERROR_ENUM(number, name, text) QA_##name = number,
    QA_ERROR_MAP(QA_ERROR_ENUM)
#undef QA_ERROR_ENUM
} qa_error;

/*
 * The text of an error, in English, without a full stop; for a number that is none, "unknown
 * error". Static memory; any thread.
 */
QA_API const char *qa_strerror(int error);

/* The name of an error, such as "QA_ECODE_WRONG"; else "QA_UNKNOWN". Static memory; any thread. */
QA_API const char *qa_err_name(int error);

#ifdef __cplusplus
}
#endif

#endif
