/*
 * The picture that the library and its RDP worker share: one sealed memfd of fixed size (pages are
 * taken only as they are touched), so that neither side can shrink it under the other.
 */
#ifndef RDP_PICTURE_H
#define RDP_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#define PICTURE_SIDE_MAX 8192
#define PICTURE_TILE     64 /* the side of what the worker looks at as one */
#define PICTURE_CAPACITY ((size_t)PICTURE_SIDE_MAX * PICTURE_SIDE_MAX * 4)

struct picture {
    int fd;
    uint8_t *pixels; /* PICTURE_CAPACITY bytes, mapped shared; BGRX, stride = width * 4 */
    int32_t width;
    int32_t height;
};

/* 0, QA_ENOMEM, QA_EIO. width and height are 0 at first. */
int picture_init(struct picture *picture);
void picture_free(struct picture *picture);

/* Sets the size, gives back the pages behind it. QA_EINVAL when out of 1..PICTURE_SIDE_MAX. */
int picture_resize(struct picture *picture, int32_t width, int32_t height);

static inline size_t picture_stride(const struct picture *picture)
{
    return (size_t)picture->width * 4;
}

#endif
