#include "qa-help/snapshot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <png.h>

static bool resize(struct snapshot *snapshot, int32_t width, int32_t height)
{
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 4);
    if (!pixels)
        return false;
    free(snapshot->pixels);
    *snapshot = (struct snapshot){pixels, width, height};
    return true;
}

static void copy(struct snapshot *snapshot, const qa_frame *frame, qa_rect rect)
{
    size_t stride = qa_frame_stride(frame), own = (size_t)snapshot->width * 4;
    const uint8_t *from = qa_frame_pixels(frame) + (size_t)rect.y * stride + (size_t)rect.x * 4;
    uint8_t *to = snapshot->pixels + (size_t)rect.y * own + (size_t)rect.x * 4;
    for (int32_t row = 0; row < rect.height; row++, from += stride, to += own)
        memcpy(to, from, (size_t)rect.width * 4);
}

bool snapshot_update(struct snapshot *snapshot, const qa_frame *frame)
{
    int32_t width = qa_frame_width(frame), height = qa_frame_height(frame);
    if (!snapshot->pixels || snapshot->width != width || snapshot->height != height) {
        if (!resize(snapshot, width, height))
            return false;
        copy(snapshot, frame, (qa_rect){0, 0, width, height});
        return true;
    }
    size_t count = 0;
    const qa_rect *damage = qa_frame_damage(frame, &count);
    for (size_t i = 0; i < count; i++)
        copy(snapshot, frame, damage[i]);
    return true;
}

static bool encode(const struct snapshot *snapshot, FILE *file)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_init_io(png, file);
    png_set_IHDR(png, info, (png_uint_32)snapshot->width, (png_uint_32)snapshot->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 3);
    png_write_info(png, info);
    png_set_bgr(png);
    png_set_filler(png, 0, PNG_FILLER_AFTER);
    for (int32_t row = 0; row < snapshot->height; row++)
        png_write_row(png, snapshot->pixels + (size_t)row * (size_t)snapshot->width * 4);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return true;
}

static int write_beside(const struct snapshot *snapshot, const char *path, char *beside)
{
    int fd = mkstemp(beside);
    if (fd < 0)
        return errno;
    FILE *file = fdopen(fd, "wb");
    if (!file) {
        int error = errno;
        close(fd);
        return error;
    }
    bool good = encode(snapshot, file);
    int error = good ? 0 : errno ? errno : EIO;
    if (fclose(file) != 0 && !error)
        error = errno;
    if (!error && rename(beside, path) < 0)
        error = errno;
    return error;
}

int snapshot_write(const struct snapshot *snapshot, const char *path)
{
    size_t size = strlen(path) + 8;
    char *beside = malloc(size);
    if (!beside)
        return ENOMEM;
    snprintf(beside, size, "%s.XXXXXX", path);
    errno = 0;
    int error = write_beside(snapshot, path, beside);
    if (error)
        unlink(beside);
    free(beside);
    return error;
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->pixels);
    *snapshot = (struct snapshot){0};
}
