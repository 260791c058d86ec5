/* Files for their owner alone: 0600, and replaced as a whole or not at all. */
#ifndef BASE_PRIVATE_FILE_H
#define BASE_PRIVATE_FILE_H

#include <stddef.h>
#include <sys/stat.h>

/* Makes the directory, and those above it, 0700 where it is not there. 0 or QA_EIO with errno. */
int private_directory_make(const char *path);

/*
 * Reads a file of at most `max` bytes; *out is NUL-terminated, to be freed. 0, QA_EIO with errno
 * (ENOENT: not there), QA_ELIMIT, QA_ENOMEM.
 */
int private_file_read(const char *path, size_t max, char **out, size_t *length);

/* The same of a file that need not be private: *status says whose what was read is. */
int private_file_read_of(const char *path, size_t max, char **out, size_t *length,
                         struct stat *status);

/* Puts a file in the place of the old one, mode 0600, on disk before it shows. 0 or QA_EIO. */
int private_file_replace(const char *path, const void *data, size_t length);

#endif
