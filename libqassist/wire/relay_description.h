/* What a relay says of itself at /.well-known/qassist, for a client that does not get on with it.
 */
#ifndef WIRE_RELAY_DESCRIPTION_H
#define WIRE_RELAY_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

#define RELAY_DESCRIPTION_PATH "/.well-known/qassist"
#define RELAY_PROTOCOLS_MAX    80

/*
 * True where this is a relay of qassist that does not speak our protocol; `spoken` gets those that
 * it speaks, "qassist.2, qassist.3".
 */
bool relay_description_differs(const char *json, size_t length, char spoken[RELAY_PROTOCOLS_MAX]);

#endif
