/* Looks at a relay's options as far as that goes without starting it: for qa-relay check-config. */
#ifndef RELAY_OPTIONS_CHECK_H
#define RELAY_OPTIONS_CHECK_H

#include "relay/server.h"

#define RELAY_CONTACT_MAX 200

/* `fault` hears each that is wrong, by the name of its setting, and what to do. */
void relay_options_check(const struct relay_options *options,
                         void (*fault)(void *user, const char *setting, const char *words),
                         void *user);

/* The words that people read. 0, or QA_EINVAL and why. */
int relay_options_check_words(const struct relay_options *options, char *why, size_t why_size);

#endif
