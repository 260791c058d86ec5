#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/errors.h>

#define PATH_SIZE 1024

int private_directory_make(const char *path)
{
    char partial[PATH_SIZE];
    size_t length = strlen(path);
    if (!length || length >= sizeof partial) {
        errno = ENAMETOOLONG;
        return QA_EIO;
    }
    memcpy(partial, path, length + 1);
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(partial, 0700) && errno != EEXIST)
            return QA_EIO;
        *slash = '/';
    }
    if (mkdir(partial, 0700) && errno != EEXIST)
        return QA_EIO;
    struct stat status;
    if (stat(partial, &status))
        return QA_EIO;
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return QA_EIO;
    }
    return access(partial, R_OK | W_OK | X_OK) ? QA_EIO : 0;
}

static int read_all(int fd, char *out, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = read(fd, out + done, length - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            if (!got)
                errno = EIO; /* shorter than it said: changed under our hands */
            return QA_EIO;
        }
        done += (size_t)got;
    }
    return 0;
}

int private_file_read(const char *path, size_t max, char **out, size_t *length)
{
    struct stat status;
    return private_file_read_of(path, max, out, length, &status);
}

int private_file_read_of(const char *path, size_t max, char **out, size_t *length,
                         struct stat *status)
{
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return QA_EIO;
    int error = fstat(fd, status) ? QA_EIO : 0;
    if (!error && !S_ISREG(status->st_mode)) {
        errno = EINVAL;
        error = QA_EIO;
    }
    if (!error && (uint64_t)status->st_size > max)
        error = QA_ELIMIT;
    char *data = NULL;
    if (!error) {
        *length = (size_t)status->st_size;
        data = malloc(*length + 1);
        error = data ? read_all(fd, data, *length) : QA_ENOMEM;
    }
    int kept = errno;
    close(fd);
    if (error) {
        free(data);
        errno = kept;
        return error;
    }
    data[*length] = '\0';
    *out = data;
    return 0;
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t written = write(fd, data, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return QA_EIO;
        data += written;
        length -= (size_t)written;
    }
    return fsync(fd) ? QA_EIO : 0;
}

/* The new name must survive a power cut too. */
static int sync_directory_of(const char *path)
{
    char copy[PATH_SIZE + 8];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return QA_EIO;
    int error = fsync(fd) ? QA_EIO : 0;
    close(fd);
    return error;
}

int private_file_replace(const char *path, const void *data, size_t length)
{
    char temporary[PATH_SIZE + 8];
    int needed = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (needed < 0 || (size_t)needed >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return QA_EIO;
    }
    int fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
    if (fd < 0)
        return QA_EIO;
    int error = write_all(fd, data, length);
    if (close(fd))
        error = QA_EIO;
    if (!error && rename(temporary, path))
        error = QA_EIO;
    if (error) {
        int kept = errno;
        unlink(temporary);
        errno = kept;
        return error;
    }
    return sync_directory_of(path);
}
