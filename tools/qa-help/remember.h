/*
 * A sign-in that was kept for the next start: the relay's token, in one file for each relay and
 * issuer, for its owner alone, in $XDG_STATE_HOME/qassist or ~/.local/state/qassist.
 */
#ifndef QA_HELP_REMEMBER_H
#define QA_HELP_REMEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qa-help/token.h"

enum remember_result {
    REMEMBER_GOOD,
    REMEMBER_NONE,   /* there is none that still counts */
    REMEMBER_REFUSED /* `error` says why, and what to do */
};

/* `issuer`: NULL for the relay's first. One that ended is deleted. The caller wipes `token`. */
enum remember_result remember_read(const char *relay, const char *issuer, char token[TOKEN_SIZE],
                                   uint32_t *seconds_left, char *error, size_t error_size);

/* False with a sentence in `error`; what was there before is still there then. */
bool remember_write(const char *relay, const char *issuer, const char *token, uint32_t seconds_left,
                    char *error, size_t error_size);

/*
 * Deletes what is kept of an issuer, or of all issuers (`all`) that this relay takes. The number
 * deleted; -1 with a sentence in `error`.
 */
int remember_forget(const char *relay, const char *issuer, bool all, char *error,
                    size_t error_size);

#endif
