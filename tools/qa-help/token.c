#include "qa-help/token.h"
#include "common/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool check(int fd, const char *path, char *error, size_t size)
{
    struct stat status;
    if (fstat(fd, &status) < 0) {
        snprintf(error, size, _("cannot read the token file %s: %s."), path, strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        snprintf(error, size, _("the token file %s is not a plain file."), path);
        return false;
    }
    if (status.st_mode & (S_IRWXG | S_IRWXO)) {
        snprintf(error, size,
                 _("others can open the token file %s. Your token is your key; make the file yours "
                   "alone: chmod 600 %s"),
                 path, path);
        return false;
    }
    return true;
}

ssize_t token_read_whole(int fd, char *out, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t got = read(fd, out + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static bool read_line(int fd, const char *path, char *token, char *error, size_t size)
{
    ssize_t length = token_read_whole(fd, token, TOKEN_SIZE);
    if (length < 0) {
        snprintf(error, size, _("cannot read the token file %s: %s."), path, strerror(errno));
        return false;
    }
    size_t end = 0;
    while (end < (size_t)length && token[end] > ' ' && token[end] <= '~')
        end++;
    bool ends_well = end < TOKEN_SIZE &&
                     (end == (size_t)length || (token[end] && strchr("\r\n \t", token[end])));
    if (end == 0 || !ends_well) {
        snprintf(error, size, _("there is no token in %s; its first line should be one."), path);
        return false;
    }
    explicit_bzero(token + end, TOKEN_SIZE - end);
    return true;
}

bool token_read(const char *path, char token[TOKEN_SIZE], char *error, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        snprintf(error, size,
                 _("cannot open the token file %s: %s. Whoever runs the relay gives you one."),
                 path, strerror(errno));
        return false;
    }
    bool good = check(fd, path, error, size) && read_line(fd, path, token, error, size);
    close(fd);
    if (!good)
        explicit_bzero(token, TOKEN_SIZE);
    return good;
}

bool token_default_path(char *path, size_t size)
{
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *below = "qassist/token";
    if (!base || *base != '/') {
        base = getenv("HOME");
        below = ".config/qassist/token";
    }
    if (!base || *base != '/')
        return false;
    int length = snprintf(path, size, "%s/%s", base, below);
    return length > 0 && (size_t)length < size;
}
