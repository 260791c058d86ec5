/*
 * The banner as a picture: who and what as text, buttons beside it. Drawing only; banner.h knows
 * when and where.
 */
#ifndef OVERLAY_BANNER_PAINT_H
#define OVERLAY_BANNER_PAINT_H

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

#include <qassist/picture.h>

#include "overlay/banner_text.h"

enum banner_button { BANNER_PAUSE, BANNER_TAKE_BACK, BANNER_END, BANNER_BUTTONS };

/* No button. */
#define BANNER_NO_BUTTON (-1)

enum banner_tone { BANNER_SEES, BANNER_CONTROLS, BANNER_PAUSED };

struct banner_look {
    const struct banner_lines *lines;
    const char *buttons[BANNER_BUTTONS]; /* NULL: not there now */
    enum banner_tone tone;
    bool goes_on; /* the first button ends a pause */
    int hot;      /* the button under the pointer */
    bool active;  /* it is being pressed */
};

struct banner_picture {
    cairo_surface_t *image; /* RGB24 */
    qa_rect buttons[BANNER_BUTTONS];
};

/* Fonts. */
struct banner_painter;

/* Pixels to one of a display of usual density; `widest` is what the picture may take. */
struct banner_painter *banner_painter_new(double scale, int32_t widest);
void banner_painter_free(struct banner_painter *painter);

/* 0 or QA_ENOMEM. The image is the caller's. */
int banner_paint(struct banner_painter *painter, const struct banner_look *look,
                 struct banner_picture *out);

#endif
