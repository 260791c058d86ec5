/*
 * The security code: route (5 to 9 digits, for the relay), secret (6 digits, for the two devices
 * only) and one check digit by Damm's quasigroup of order 10 over all digits before it.
 */
#ifndef WIRE_CODE_H
#define WIRE_CODE_H

#include <stdbool.h>

#define CODE_ROUTE_MIN     5
#define CODE_ROUTE_MAX     9
#define CODE_SECRET_DIGITS 6
#define CODE_DIGITS_MAX    (CODE_ROUTE_MAX + CODE_SECRET_DIGITS + 1)
/* Digits, a space after every four, NUL. */
#define CODE_TEXT_SIZE (CODE_DIGITS_MAX + CODE_DIGITS_MAX / 4 + 1)

struct code {
    char route[CODE_ROUTE_MAX + 1];
    char secret[CODE_SECRET_DIGITS + 1];
};

/* Draws a secret for a route that the relay gave. QA_EINVAL when the route is not 5 to 9 digits. */
int code_draw(const char *route, struct code *out);

/* True for 5 to 9 ASCII digits. */
bool code_route_valid(const char *route);

/*
 * Reads what a person typed: ASCII digits, spaces, dashes and other common separators.
 * 0, QA_ECODE_FORMAT, QA_ECODE_CHECK.
 */
int code_parse(const char *text, struct code *out);

/* "4821 9305 7716". */
void code_format(const struct code *code, char out[CODE_TEXT_SIZE]);

void code_wipe(struct code *code);

#endif
