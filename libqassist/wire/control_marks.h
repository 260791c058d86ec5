/*
 * The control messages about what the helper draws: laser pointer and marks. Part of
 * control_message.
 */
#ifndef WIRE_CONTROL_MARKS_H
#define WIRE_CONTROL_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <qassist/annotate.h>

#define CONTROL_PLACES_MAX 128 /* in one message */

struct control_place {
    int32_t x; /* 0 to QA_MARK_PLACE_MAX, as is y */
    int32_t y;
};

/*
 * One step, or several of one mark: BEGIN with its first place and maybe others that it goes on to,
 * TO with at least one place; END, UNDO and CLEAR without.
 */
struct control_mark {
    qa_mark_step step;
    qa_mark_kind kind; /* BEGIN */
    uint32_t colour;   /* BEGIN: 0xRRGGBB */
    uint32_t width;    /* BEGIN */
    uint32_t picture; /* BEGIN, TO: the number of the picture that the places are of; see screens */
    struct control_place places[CONTROL_PLACES_MAX];
    size_t count;
};

/* The laser pointer: there, or (not `shown`) nowhere. */
struct control_point {
    bool shown;
    uint32_t picture; /* as of a mark */
    struct control_place place;
};

/* What may be written. */
bool control_mark_valid(const struct control_mark *mark);
bool control_point_valid(const struct control_point *point);

/* Add the members; false when memory is out. */
bool control_mark_add(cJSON *object, const struct control_mark *mark);
bool control_point_add(cJSON *object, const struct control_point *point);

/* Read them; 0 or QA_EPROTO. */
int control_mark_read(const cJSON *object, struct control_mark *out);
int control_point_read(const cJSON *object, struct control_point *out);

#endif
