#include "rdp/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <qassist/errors.h>

static int open_memory(void)
{
    int fd = memfd_create("qassist-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    /* An app may have closed 0 to 2; what it prints must not land in the picture. */
    if (fd <= STDERR_FILENO) {
        int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(fd);
        fd = higher;
    }
    return fd;
}

int picture_init(struct picture *picture)
{
    *picture = (struct picture){.fd = open_memory()};
    if (picture->fd < 0)
        return errno == ENOMEM ? QA_ENOMEM : QA_EIO;
    if (ftruncate(picture->fd, (off_t)PICTURE_CAPACITY) < 0 ||
        fcntl(picture->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        picture_free(picture);
        return QA_EIO;
    }
    void *pixels = mmap(NULL, PICTURE_CAPACITY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                        picture->fd, 0);
    if (pixels == MAP_FAILED) {
        picture_free(picture);
        return QA_ENOMEM;
    }
    picture->pixels = pixels;
    return 0;
}

void picture_free(struct picture *picture)
{
    if (picture->pixels)
        munmap(picture->pixels, PICTURE_CAPACITY);
    if (picture->fd >= 0)
        close(picture->fd);
    *picture = (struct picture){.fd = -1};
}

int picture_resize(struct picture *picture, int32_t width, int32_t height)
{
    if (width < 1 || width > PICTURE_SIDE_MAX || height < 1 || height > PICTURE_SIDE_MAX)
        return QA_EINVAL;
    picture->width = width;
    picture->height = height;
    /* Only memory is at stake where this fails; the pages are given back with the picture then. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t used = (picture_stride(picture) * (size_t)height + page - 1) / page * page;
    if (used < PICTURE_CAPACITY)
        (void)fallocate(picture->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)used,
                        (off_t)(PICTURE_CAPACITY - used));
    return 0;
}
