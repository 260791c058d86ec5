/*
 * Exit codes that qa-help and qa-share have in common, and what to tell a person to do next after
 * each error. The man pages list the same table.
 */
#ifndef COMMON_EXITS_H
#define COMMON_EXITS_H

#include <stddef.h>
#include <stdint.h>

enum exit_code {
    EXIT_ENDED = 0,     /* the session ended in order */
    EXIT_INTERNAL = 1,  /* memory, files, or a fault of our own */
    EXIT_USAGE = 2,     /* options, files named by them, script syntax */
    EXIT_CODE = 3,      /* the security code was refused */
    EXIT_SIGN_IN = 4,   /* the relay does not accept the helper's token */
    EXIT_RELAY = 5,     /* the relay is unreachable, untrusted or was lost */
    EXIT_PEER = 6,      /* the other side is gone or silent */
    EXIT_DENIED = 7,    /* the sharer said no, or took back what was needed */
    EXIT_DEVICE = 8,    /* screen, input or the RDP worker */
    EXIT_LIMIT = 9,     /* a limit was reached; later may work */
    EXIT_PROTOCOL = 10, /* altered data, or another version on the other side */
    EXIT_SCRIPT = 11,   /* qa-help: the input script could not be finished */
    EXIT_POLICY = 12    /* an organisation's rules do not allow it */
};

/* A helper has a token in a file, or has signed in. */
enum exit_role { EXIT_ROLE_HELPER, EXIT_ROLE_SHARER, EXIT_ROLE_SIGNED_IN };

/* The exit code for 0 or a qa_error. */
enum exit_code exit_code_for(int error);

/* qa_strerror in the user's language. */
const char *error_text(int error);

/* What to do next, a sentence or two in plain words; "" when there is nothing to do. */
const char *exit_advice(int error, enum exit_role role);

/*
 * The whole story of an error: what happened, in detail where `detail` says more, and what to do
 * next. `detail` may be of foreign origin. retry_s: when, as far as the relay said; 0: it did not.
 */
void exit_story(int error, const char *detail, uint32_t retry_s, enum exit_role role, char *out,
                size_t size);

#endif
