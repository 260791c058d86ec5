/*
 * The helper's handle from inside, for the files that share it: helper.c (role and public calls),
 * helper_picture.c (pictures in), helper_screens.c (which screen they are of), helper_input.c
 * (input out), helper_annotate.c (laser pointer and marks), helper_talk.c (chat and clipboard).
 */
#ifndef API_HELPER_PRIVATE_H
#define API_HELPER_PRIVATE_H

#include <qassist/helper.h>

#include "api/session.h"
#include "session/helper_machine.h"

/* What the helper draws, on its way out. */
struct helper_drawing {
    uv_timer_t *pace; /* NULL: never needed */
    uint64_t sent_ms;
    bool point_due;
    struct control_point point;
    bool open;        /* a mark was begun and not ended */
    uint32_t picture; /* that the mark is on */
    qa_mark_kind kind;
    size_t points;                                    /* of the mark */
    struct control_place waiting[CONTROL_PLACES_MAX]; /* that it goes on to */
    size_t waiting_count;
};

struct qa_helper {
    struct session session; /* first */
    struct helper_machine machine;
    qa_helper_callbacks callbacks;
    void *user_data;
    char token[RELAY_TOKEN_MAX + 1];
    uint32_t expires_s;
    char purpose[QA_PURPOSE_MAX + 1]; /* of the request that is being made */
    unsigned epoch;                   /* that input is to be sent under */
    bool whole_due;                   /* the next frame's damage is all of it: it was hidden */
    struct control_screens screens;
    bool screens_known;
    bool choice_open;       /* a choice was sent and not answered yet */
    uint64_t picture_since; /* when another picture was said to come */
    struct helper_drawing drawing;
    bool epoch_due; /* the worker was not ready, or took no more, when the epoch changed */
};

/* Calls the user back where there is such a callback. */
#define TELL_HELPER(helper, callback, ...)                                            \
    do {                                                                              \
        if ((helper)->callbacks.callback)                                             \
            (helper)->callbacks.callback((helper), __VA_ARGS__, (helper)->user_data); \
    } while (0)

static inline qa_helper *helper_of(struct session *session)
{
    return (qa_helper *)session;
}

/* ---- helper_talk.c ---- */

extern const struct talk_role helper_talk_role;

/* ---- helper_annotate.c ---- */

/* What may not be drawn just now, or not any more, is dropped: the sharer's side took it away. */
void helper_follow_drawing(qa_helper *helper);

/* Nothing more is sent of what is drawn. */
void helper_stop_drawing(qa_helper *helper);

/* ---- helper_picture.c ---- */

/* Starts the worker. */
void helper_start_viewing(qa_helper *helper);

/* Shows the whole picture at hand, after it was hidden. */
void helper_show_picture(qa_helper *helper);

/* ---- helper_screens.c ---- */

void helper_take_screens(qa_helper *helper, const struct control_screens *screens);
void helper_show_screens(qa_helper *helper);

/*
 * False while the picture is not yet that of the screen which the sharer shows: a place in it would
 * be aimed at something else.
 */
bool helper_picture_counts(const qa_helper *helper);

/* The picture is that of a screen which the sharer does not show any more. */
bool helper_picture_is_old(const qa_helper *helper);

#endif
