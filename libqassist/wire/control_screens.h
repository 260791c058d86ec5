/*
 * The control messages about screens: the sharer's list of monitors, the helper's choice. Part of
 * control_message.
 */
#ifndef WIRE_CONTROL_SCREENS_H
#define WIRE_CONTROL_SCREENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#define CONTROL_SCREENS_MAX     16
#define CONTROL_SCREEN_NAME_MAX 63 /* bytes */
#define CONTROL_PICTURE_MAX     32767
#define CONTROL_SCREEN_SIDE_MAX 65535 /* pixels; of places as well */

struct control_screen {
    uint32_t id;                            /* not 0; no two have the same */
    char name[CONTROL_SCREEN_NAME_MAX + 1]; /* printable, not empty */
    int32_t x;                              /* 0 and up, as is y */
    int32_t y;
    int32_t width; /* 1 and up, as is height */
    int32_t height;
    uint32_t scale; /* percent, 25 to 1000 */
    bool primary;
};

struct control_screens {
    struct control_screen list[CONTROL_SCREENS_MAX];
    size_t count;
    uint32_t chosen;  /* 0: all; else one of the list */
    uint32_t picture; /* the number of the RDP picture that shows it; at most CONTROL_PICTURE_MAX */
};

/*
 * Names a screen, whose id is set: what of `name`, bytes of others, can be shown, or its number
 * where that is nothing.
 */
void control_screens_name(const char *name, struct control_screen *screen);

/* What may be written. */
bool control_screens_valid(const struct control_screens *screens);

/* Adds the members; false when memory is out. */
bool control_screens_add(cJSON *object, const struct control_screens *screens);

/* Reads them; 0 or QA_EPROTO. */
int control_screens_read(const cJSON *object, struct control_screens *out);

#endif
