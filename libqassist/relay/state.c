#include "relay/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <qassist/errors.h>

int state_path(char out[STATE_PATH_MAX], const char *directory, const char *name)
{
    int length = snprintf(out, STATE_PATH_MAX, "%s/%s", directory, name);
    return length > 0 && length < STATE_PATH_MAX ? 0 : QA_EINVAL;
}

int state_lock(const char *directory, const char *name)
{
    char path[STATE_PATH_MAX];
    if (state_path(path, directory, name)) {
        errno = ENAMETOOLONG;
        return QA_EIO;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return QA_EIO;
    while (flock(fd, LOCK_EX)) {
        if (errno == EINTR)
            continue;
        int kept = errno;
        close(fd);
        errno = kept;
        return QA_EIO;
    }
    return fd;
}
