#include "api/frame.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

struct qa_frame {
    atomic_uint refs;
    int32_t width;
    int32_t height;
    size_t stride;
    const uint8_t *pixels; /* NULL once the lending is over */
    bool lent;             /* on_frame has not returned */
    bool held;
    void (*released)(void *user); /* held, and the picture is the session's */
    void *user;
    struct picture own; /* held, and the session is over */
    size_t damage_count;
    qa_rect damage[];
};

qa_frame *frame_new(const struct picture *picture, const qa_rect *damage, size_t count)
{
    qa_frame *frame = malloc(sizeof *frame + count * sizeof damage[0]);
    if (!frame)
        return NULL;
    atomic_init(&frame->refs, 1);
    frame->width = picture->width;
    frame->height = picture->height;
    frame->stride = picture_stride(picture);
    frame->pixels = picture->pixels;
    frame->lent = true;
    frame->held = false;
    frame->released = NULL;
    frame->own = (struct picture){.fd = -1};
    frame->damage_count = count;
    memcpy(frame->damage, damage, count * sizeof damage[0]);
    return frame;
}

void frame_finish(qa_frame *frame)
{
    frame->lent = false;
    if (!frame->held)
        frame->pixels = NULL;
    qa_frame_unref(frame);
}

bool frame_is_held(const qa_frame *frame)
{
    return frame->held;
}

void frame_set_released(qa_frame *frame, void (*released)(void *user), void *user)
{
    frame->released = released;
    frame->user = user;
}

void frame_adopt(qa_frame *frame, struct picture *picture)
{
    frame->released = NULL;
    frame->own = *picture;
    *picture = (struct picture){.fd = -1};
}

int32_t qa_frame_width(const qa_frame *frame)
{
    return frame->width;
}

int32_t qa_frame_height(const qa_frame *frame)
{
    return frame->height;
}

size_t qa_frame_stride(const qa_frame *frame)
{
    return frame->stride;
}

const uint8_t *qa_frame_pixels(const qa_frame *frame)
{
    return frame->pixels;
}

const qa_rect *qa_frame_damage(const qa_frame *frame, size_t *count)
{
    *count = frame->damage_count;
    return frame->damage;
}

int qa_frame_hold(qa_frame *frame)
{
    if (!frame->lent)
        return QA_ESTATE;
    frame->held = true;
    qa_frame_ref(frame);
    return 0;
}

qa_frame *qa_frame_ref(qa_frame *frame)
{
    atomic_fetch_add(&frame->refs, 1);
    return frame;
}

void qa_frame_unref(qa_frame *frame)
{
    if (!frame || atomic_fetch_sub(&frame->refs, 1) != 1)
        return;
    if (frame->released)
        frame->released(frame->user);
    picture_free(&frame->own);
    free(frame);
}
