#include "qa-help/remember.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/i18n.h"

#define HEADER    "qassist sign-in 1 "
#define FILE_SIZE (TOKEN_SIZE + 64)
/* A token with less to live would end before the code is told. */
#define SPARE_S 60

/* ---- names ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

/* Appends an address so that no other one gives the same, and '@'. */
static bool append(char *name, size_t size, const char *address)
{
    size_t used = strlen(name);
    for (; *address && used + 5 < size; address++) {
        if (is_plain(*address))
            name[used++] = *address;
        else
            used += (size_t)sprintf(name + used, "%%%02X", (unsigned char)*address);
    }
    name[used] = '\0';
    if (*address || used + 2 > size)
        return false;
    strcpy(name + used, "@");
    return true;
}

/* What the names of all files begin with that are kept for it. */
static bool name_start(const char *relay, const char *issuer, bool all, char name[NAME_MAX + 1])
{
    strcpy(name, "sign-in@");
    bool fits = append(name, NAME_MAX + 1, relay) &&
                (all || append(name, NAME_MAX + 1, issuer ? issuer : ""));
    return fits && strlen(name) + sizeof "XXXXXX" <= NAME_MAX + 1;
}

static bool folder_path(char *path, size_t size)
{
    const char *base = getenv("XDG_STATE_HOME");
    const char *below = "qassist";
    if (!base || *base != '/') {
        base = getenv("HOME");
        below = ".local/state/qassist";
    }
    int length = base && *base == '/' ? snprintf(path, size, "%s/%s", base, below) : -1;
    return length > 0 && (size_t)length < size;
}

/* ---- the folder ---- */

struct place {
    char folder[PATH_MAX];
    char name[NAME_MAX + 1];
    char path[PATH_MAX + NAME_MAX + 2]; /* for people */
    int fd;                             /* of the folder; -1: it is not there */
};

static void say_why(char *error, size_t size, const char *path)
{
    snprintf(error, size, _("cannot keep a sign-in in %s: %s."), path, strerror(errno));
}

static bool make_folder(const char *path)
{
    char partial[PATH_MAX];
    snprintf(partial, sizeof partial, "%s", path);
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(partial, 0700) && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return !mkdir(partial, 0700) || errno == EEXIST;
}

/* Nothing that others can alter or read counts, nor what a link of theirs leads to. */
static bool is_own(const struct stat *status, const char *path, const char *mode, char *error,
                   size_t size)
{
    if (status->st_uid != geteuid()) {
        snprintf(error, size,
                 _("%s belongs to somebody else, so the sign-in kept there is not used. "
                   "Delete it."),
                 path);
        return false;
    }
    if (status->st_mode & (S_IRWXG | S_IRWXO)) {
        snprintf(error, size,
                 _("others can open %s, so the sign-in kept there is not used. Make it yours "
                   "alone: chmod %s %s"),
                 path, mode, path);
        return false;
    }
    return true;
}

static bool open_place(struct place *place, bool make, char *error, size_t size)
{
    struct stat status;
    if (!folder_path(place->folder, sizeof place->folder)) {
        snprintf(error, size, "%s", _("there is no place to keep a sign-in: set HOME."));
        return false;
    }
    snprintf(place->path, sizeof place->path, "%s/%s", place->folder, place->name);
    if (make && !make_folder(place->folder)) {
        say_why(error, size, place->folder);
        return false;
    }
    place->fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place->fd < 0 && errno == ENOENT && !make)
        return true;
    if (place->fd < 0 && (errno == ELOOP || errno == ENOTDIR)) {
        snprintf(error, size,
                 _("%s is not a plain folder, so no sign-in is kept there. Move it away."),
                 place->folder);
        return false;
    }
    if (place->fd < 0 || fstat(place->fd, &status)) {
        say_why(error, size, place->folder);
    } else if (is_own(&status, place->folder, "700", error, size)) {
        return true;
    }
    if (place->fd >= 0)
        close(place->fd);
    return false;
}

static bool find_place(struct place *place, const char *relay, const char *issuer, bool all,
                       bool make, char *error, size_t size)
{
    place->fd = -1;
    if (name_start(relay, issuer, all, place->name))
        return open_place(place, make, error, size);
    snprintf(error, size, "%s",
             _("the addresses of relay and issuer are too long for a sign-in to be kept."));
    return false;
}

/* ---- one file ---- */

/* "qassist sign-in 1 EXPIRES TOKEN" and the line's end; anything else counts as nothing. */
static bool take_apart(const char *text, size_t length, char token[TOKEN_SIZE], int64_t *expires)
{
    size_t header = strlen(HEADER);
    if (!length || text[length - 1] != '\n' || strlen(text) != length ||
        strncmp(text, HEADER, header) != 0)
        return false;
    char *end;
    errno = 0;
    *expires = strtoll(text + header, &end, 10);
    if (errno || end == text + header || *end != ' ')
        return false;
    size_t size = strcspn(++end, "\n");
    for (size_t i = 0; i < size; i++)
        if (end[i] <= ' ' || end[i] > '~')
            return false;
    if (!size || size >= TOKEN_SIZE || end + size + 1 != text + length)
        return false;
    memcpy(token, end, size);
    token[size] = '\0';
    return true;
}

static enum remember_result read_token(struct place *place, int fd, char token[TOKEN_SIZE],
                                       uint32_t *seconds_left, char *error, size_t size)
{
    struct stat status;
    char text[FILE_SIZE + 1];
    int64_t expires = 0, now = (int64_t)time(NULL);
    if (fstat(fd, &status)) {
        say_why(error, size, place->path);
        return REMEMBER_REFUSED;
    }
    if (!S_ISREG(status.st_mode)) {
        snprintf(error, size,
                 _("%s is not a plain file, so no sign-in is taken from it. Delete it."),
                 place->path);
        return REMEMBER_REFUSED;
    }
    if (!is_own(&status, place->path, "600", error, size))
        return REMEMBER_REFUSED;
    ssize_t length = token_read_whole(fd, text, FILE_SIZE);
    if (length >= 0)
        text[length] = '\0';
    bool good = length > 0 && take_apart(text, (size_t)length, token, &expires);
    explicit_bzero(text, sizeof text);
    if (good && expires > now + SPARE_S) {
        *seconds_left = expires - now > UINT32_MAX ? UINT32_MAX : (uint32_t)(expires - now);
        return REMEMBER_GOOD;
    }
    explicit_bzero(token, TOKEN_SIZE);
    unlinkat(place->fd, place->name, 0);
    return REMEMBER_NONE;
}

enum remember_result remember_read(const char *relay, const char *issuer, char token[TOKEN_SIZE],
                                   uint32_t *seconds_left, char *error, size_t error_size)
{
    struct place place;
    if (!find_place(&place, relay, issuer, false, false, error, error_size))
        return REMEMBER_REFUSED;
    if (place.fd < 0)
        return REMEMBER_NONE;
    enum remember_result result = REMEMBER_REFUSED;
    int fd =
        openat(place.fd, place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        result = read_token(&place, fd, token, seconds_left, error, error_size);
    else if (errno == ENOENT)
        result = REMEMBER_NONE;
    else if (errno == ELOOP)
        snprintf(error, error_size,
                 _("%s is not a plain file, so no sign-in is taken from it. Delete it."),
                 place.path);
    else
        say_why(error, error_size, place.path);
    if (fd >= 0)
        close(fd);
    close(place.fd);
    return result;
}

static bool write_file(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        length -= (size_t)written;
    }
    return !fsync(fd);
}

/* Beside its place and then into it, so that nobody ever reads a half. */
static bool replace(const struct place *place, const char *text, size_t length)
{
    char beside[sizeof place->path + sizeof "XXXXXX"];
    snprintf(beside, sizeof beside, "%sXXXXXX", place->path);
    int fd = mkostemp(beside, O_CLOEXEC); /* 0600 */
    if (fd < 0)
        return false;
    bool good = write_file(fd, text, length);
    good = !close(fd) && good && !rename(beside, place->path);
    int kept = errno;
    if (!good)
        unlink(beside);
    errno = kept;
    return good;
}

bool remember_write(const char *relay, const char *issuer, const char *token, uint32_t seconds_left,
                    char *error, size_t error_size)
{
    struct place place;
    char text[FILE_SIZE];
    if (!find_place(&place, relay, issuer, false, true, error, error_size))
        return false;
    int length = snprintf(text, sizeof text, HEADER "%" PRId64 " %s\n",
                          (int64_t)time(NULL) + seconds_left, token);
    bool good = replace(&place, text, (size_t)length);
    if (!good)
        say_why(error, error_size, place.path);
    explicit_bzero(text, sizeof text);
    close(place.fd);
    return good;
}

int remember_forget(const char *relay, const char *issuer, bool all, char *error, size_t error_size)
{
    struct place place;
    if (!find_place(&place, relay, issuer, all, false, error, error_size))
        return -1;
    if (place.fd < 0)
        return 0;
    int count = 0;
    DIR *folder = fdopendir(place.fd);
    if (!folder) {
        say_why(error, error_size, place.folder);
        close(place.fd);
        return -1;
    }
    /* Also what a start left behind that was killed while it wrote. */
    for (struct dirent *entry = readdir(folder); entry && count >= 0; entry = readdir(folder)) {
        if (strncmp(entry->d_name, place.name, strlen(place.name)) != 0)
            continue;
        if (!unlinkat(place.fd, entry->d_name, 0) || errno == ENOENT) {
            count++;
            continue;
        }
        snprintf(error, error_size, _("cannot delete %s/%s: %s."), place.folder, entry->d_name,
                 strerror(errno));
        count = -1;
    }
    closedir(folder);
    return count;
}
