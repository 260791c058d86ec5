/* Files of the relay's state directory: private, and replaced as a whole or not at all. */
#ifndef RELAY_STATE_H
#define RELAY_STATE_H

#include <stddef.h>
#include <stdint.h>

#define STATE_PATH_MAX 1024

/* Makes the directory, and those above it, 0700 where it is not there. 0 or QA_EIO with errno. */
int state_make_directory(const char *path);

/* "DIRECTORY/NAME"; QA_EINVAL when that is too long. */
int state_path(char out[STATE_PATH_MAX], const char *directory, const char *name);

/*
 * Reads a file of at most `max` bytes; *out is NUL-terminated, to be freed. 0, QA_EIO with errno
 * (ENOENT: not there), QA_ELIMIT, QA_ENOMEM.
 */
int state_read(const char *path, size_t max, char **out, size_t *length);

/* Puts a file in the place of the old one, mode 0600, on disk before it shows. 0 or QA_EIO. */
int state_replace(const char *path, const void *data, size_t length);

/* Waits for the lock of that name. A descriptor to close, or QA_EIO with errno. */
int state_lock(const char *directory, const char *name);

#endif
