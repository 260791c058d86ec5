/* Places in the relay's state directory, and locks there; base/private_file.h for the files. */
#ifndef RELAY_STATE_H
#define RELAY_STATE_H

#include "base/private_file.h"

#define STATE_PATH_MAX 1024

/* "DIRECTORY/NAME"; QA_EINVAL when that is too long. */
int state_path(char out[STATE_PATH_MAX], const char *directory, const char *name);

/* Waits for the lock of that name. A descriptor to close, or QA_EIO with errno. */
int state_lock(const char *directory, const char *name);

#endif
