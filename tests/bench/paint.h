/*
 * Paint: deterministic contents of screens, neither flat nor random: text as a desktop shows it,
 * and pictures with gradients, texture, moving objects and grain as a camera's.
 */
#ifndef BENCH_PAINT_H
#define BENCH_PAINT_H

#include "stamp.h"

/* A monospaced font as coverage of each of its cells, from space to tilde. */
struct font {
    int width;
    int height;
    uint8_t *cells;
};

struct scene {
    struct stamp_image texture; /* larger than what is shown of it */
    uint32_t *grain;
};

void font_open(struct font *font, int pixels);

/* Draws what fits into the image. */
void font_draw(const struct font *font, const struct stamp_image *image, int x, int y,
               const char *text, uint32_t colour, uint32_t background);

/* Line `number` of an endless text: words, numbers and signs, some lines coloured. */
void text_line(char *line, int columns, uint32_t number);
uint32_t text_colour(uint32_t number);

void paint_fill(const struct stamp_image *image, int x, int y, int width, int height,
                uint32_t colour);

/* A still gradient for a desktop's background. */
void paint_wallpaper(const struct stamp_image *image);

/* For pictures of this size. */
void scene_open(struct scene *scene, int width, int height);

/* Frame `number` of the scene fills the image. */
void scene_paint(const struct scene *scene, const struct stamp_image *image, uint32_t number);

/* An image in memory of its own. */
struct stamp_image image_new(int width, int height);

#endif
