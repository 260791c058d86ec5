/* Structs from the user that grow at their end: fields past the user's size read as zero. */
#ifndef API_OPTIONS_H
#define API_OPTIONS_H

#include <stddef.h>

/*
 * Copies a struct whose first member is its size into `known` (known_size bytes, zeroed), as far as
 * both reach. QA_EINVAL when it is NULL, or its size is not that of a struct.
 */
int options_read(void *known, size_t known_size, const void *given);

#endif
