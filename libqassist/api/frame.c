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
    size_t painted; /* of it, the first ones */
    size_t move_count;
    qa_move *moves; /* behind the damage */
    qa_rect damage[];
};

_Static_assert(_Alignof(qa_move) <= _Alignof(qa_rect), "moves may lie behind rectangles");

qa_frame *frame_new(const struct picture *picture, const struct rdp_frame *changes)
{
    size_t damage_size = changes->count * sizeof(qa_rect);
    size_t moves_size = changes->move_count * sizeof(qa_move);
    qa_frame *frame = malloc(sizeof *frame + damage_size + moves_size);
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
    frame->damage_count = changes->count;
    frame->painted = changes->painted;
    frame->move_count = changes->move_count;
    frame->moves = (qa_move *)(void *)(frame->damage + changes->count);
    memcpy(frame->damage, changes->damage, damage_size);
    if (moves_size)
        memcpy(frame->moves, changes->moves, moves_size);
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

const qa_move *qa_frame_moves(const qa_frame *frame, size_t *count)
{
    *count = frame->move_count;
    return frame->moves;
}

const qa_rect *qa_frame_painted(const qa_frame *frame, size_t *count)
{
    *count = frame->painted;
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
