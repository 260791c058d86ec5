#include "paint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cairo.h>

#include "display.h"

#define FIRST  ' '
#define LAST   '~'
#define MARGIN 512 /* how much larger than the picture the scene's texture is */
#define GRAIN  256 /* the grain repeats after so many pixels */

struct stamp_image image_new(int width, int height)
{
    struct stamp_image image = {calloc((size_t)width * (size_t)height, 4), width, height, width};
    if (!image.pixels)
        fail("out of memory");
    return image;
}

static uint32_t *row_of(const struct stamp_image *image, int x, int y)
{
    return image->pixels + (size_t)y * (size_t)image->stride + x;
}

void font_open(struct font *font, int pixels)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 4 * pixels, 2 * pixels);
    cairo_t *cairo = cairo_create(surface);
    cairo_font_extents_t extents;
    cairo_select_font_face(cairo, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, pixels);
    cairo_font_extents(cairo, &extents);
    font->width = (int)ceil(extents.max_x_advance);
    font->height = (int)ceil(extents.height);
    if (font->width < 2 || font->width > 4 * pixels || font->height > 2 * pixels)
        fail("no usable monospaced font");
    size_t cell = (size_t)font->width * (size_t)font->height;
    font->cells = calloc(LAST - FIRST + 1, cell);
    if (!font->cells)
        fail("out of memory");
    for (int c = FIRST; c <= LAST; c++) {
        const char text[2] = {(char)c, 0};
        cairo_set_operator(cairo, CAIRO_OPERATOR_CLEAR);
        cairo_paint(cairo);
        cairo_set_operator(cairo, CAIRO_OPERATOR_OVER);
        cairo_move_to(cairo, 0, extents.ascent);
        cairo_show_text(cairo, text);
        cairo_surface_flush(surface);
        for (int y = 0; y < font->height; y++)
            memcpy(font->cells + (size_t)(c - FIRST) * cell + (size_t)(y * font->width),
                   cairo_image_surface_get_data(surface) +
                       y * cairo_image_surface_get_stride(surface),
                   (size_t)font->width);
    }
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
}

static uint32_t mix(uint32_t over, uint32_t under, uint32_t alpha)
{
    uint32_t mixed = 0;
    for (int shift = 0; shift < 24; shift += 8)
        mixed |= ((over >> shift & 0xff) * alpha + (under >> shift & 0xff) * (255 - alpha)) / 255
                 << shift;
    return mixed;
}

static void draw_cell(const struct font *font, const struct stamp_image *image, int x, int y, int c,
                      uint32_t colour, uint32_t background)
{
    const uint8_t *cell = font->cells + (size_t)(c - FIRST) * (size_t)(font->width * font->height);
    for (int row = 0; row < font->height; row++) {
        uint32_t *to = row_of(image, x, y + row);
        for (int i = 0; i < font->width; i++, cell++)
            to[i] = mix(colour, background, *cell);
    }
}

void font_draw(const struct font *font, const struct stamp_image *image, int x, int y,
               const char *text, uint32_t colour, uint32_t background)
{
    for (; *text && x + font->width <= image->width && y + font->height <= image->height;
         text++, x += font->width)
        if (*text >= FIRST && *text <= LAST)
            draw_cell(font, image, x, y, *text, colour, background);
}

static uint32_t hash(uint32_t value)
{
    value ^= value >> 16;
    value *= 0x7feb352du;
    value ^= value >> 15;
    value *= 0x846ca68bu;
    return value ^ value >> 16;
}

void text_line(char *line, int columns, uint32_t number)
{
    static const char *const words[] = {
        "the",    "session", "static", "int",  "return",  "(size_t)", "over", "screen", "0x7f,",
        "while",  "said",    "from",   "->",   "nothing", "window;",  "of",   "if",     "{",
        "buffer", "1024",    "and",    "that", "picture", "error:",   "a",    "}",      "const",
    };
    uint32_t random = hash(number * 2654435761u + 17);
    int length =
        snprintf(line, (size_t)columns + 1, "%5u  %*s", number % 100000, (int)(random % 4) * 4, "");
    int end = columns - (int)(random >> 8) % (columns / 2);
    while (length < end) {
        random = hash(random);
        int room = columns + 1 - length;
        length += snprintf(line + length, (size_t)room, "%s ",
                           words[random % (sizeof words / sizeof *words)]);
    }
}

uint32_t text_colour(uint32_t number)
{
    static const uint32_t colours[] = {0x202020, 0x202020, 0x202020, 0x0b3d91, 0x7a1f1f, 0x1d6b2c};
    return colours[hash(number) % 6];
}

void paint_fill(const struct stamp_image *image, int x, int y, int width, int height,
                uint32_t colour)
{
    for (int row = y; row < y + height; row++) {
        uint32_t *to = row_of(image, x, row);
        for (int i = 0; i < width; i++)
            to[i] = colour;
    }
}

void paint_wallpaper(const struct stamp_image *image)
{
    for (int y = 0; y < image->height; y++) {
        uint32_t *to = row_of(image, 0, y);
        uint32_t down = (uint32_t)(y * 255 / image->height);
        for (int x = 0; x < image->width; x++) {
            uint32_t across = (uint32_t)(x * 255 / image->width);
            to[x] = (40 + down / 4) << 16 | (70 + across / 4) << 8 | (110 + (down + across) / 6);
        }
    }
}

static float corner_value(int x, int y, uint32_t seed)
{
    return (float)(hash((uint32_t)x * 73856093u ^ (uint32_t)y * 19349663u ^ seed) & 0xffff) / 65535;
}

/* Smooth noise with a bump about every `size` pixels; 0 to 1. */
static float bumps(int x, int y, int size, uint32_t seed)
{
    int left = x / size, top = y / size;
    float u = (float)(x % size) / (float)size, v = (float)(y % size) / (float)size;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    float above = corner_value(left, top, seed) * (1 - u) + corner_value(left + 1, top, seed) * u;
    float below =
        corner_value(left, top + 1, seed) * (1 - u) + corner_value(left + 1, top + 1, seed) * u;
    return above * (1 - v) + below * v;
}

static uint32_t channel(float value)
{
    return (uint32_t)(value < 10 ? 10 : value > 245 ? 245 : value);
}

static uint32_t texture_pixel(int x, int y)
{
    float light = 0, weight = 0.5f;
    for (int size = 256; size >= 4; size /= 3, weight *= 0.5f)
        light += weight * bumps(x, y, size, (uint32_t)size);
    float warm = bumps(x, y, 300, 1) - 0.5f, cold = bumps(x, y, 200, 2) - 0.5f;
    float base = 20 + 220 * light;
    return channel(base + 80 * warm) << 16 | channel(base + 20 * cold) << 8 |
           channel(base - 60 * warm + 60 * cold);
}

void scene_open(struct scene *scene, int width, int height)
{
    scene->texture = image_new(width + MARGIN, height + MARGIN);
    for (int y = 0; y < scene->texture.height; y++)
        for (int x = 0; x < scene->texture.width; x++)
            row_of(&scene->texture, 0, y)[x] = texture_pixel(x, y);
    scene->grain = image_new(2 * GRAIN + width, GRAIN).pixels;
    for (int y = 0; y < GRAIN; y++) {
        uint32_t *row = scene->grain + (size_t)y * (size_t)(2 * GRAIN + width);
        for (int x = 0; x < 2 * GRAIN + width; x++) {
            uint32_t random = hash((uint32_t)(y * GRAIN + x % GRAIN) + 99);
            int grain = (int)((random & 3) + (random >> 2 & 3)) - 3; /* -3 to 3, mostly small */
            row[x] = (uint32_t)(uint8_t)grain * 0x010101u;
        }
    }
}

/* Each byte by itself; the texture stays away from 0 and 255 by more than the grain. */
static void add_grain(uint8_t *restrict to, const uint8_t *restrict from,
                      const uint8_t *restrict grain, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (uint8_t)(from[i] + grain[i]);
}

struct span {
    int y, left, right;
    int from_x, from_y; /* in the texture */
};

static void paint_span(const struct scene *scene, const struct stamp_image *image, uint32_t number,
                       struct span span)
{
    uint32_t random = hash(number);
    size_t grain_row = (size_t)((uint32_t)span.y + (random >> 8)) % GRAIN;
    const uint32_t *grain = scene->grain +
                            grain_row * (size_t)(scene->texture.width - MARGIN + 2 * GRAIN) +
                            random % GRAIN + span.left;
    add_grain((uint8_t *)row_of(image, span.left, span.y),
              (const uint8_t *)row_of(&scene->texture, span.from_x, span.from_y),
              (const uint8_t *)grain, (size_t)(span.right - span.left) * 4);
}

/* A thing that moves before the background, with a texture of its own. */
static void paint_disc(const struct scene *scene, const struct stamp_image *image, uint32_t number,
                       int which)
{
    float time = (float)number / 30;
    int radius = image->height / (5 + which);
    int x = (int)((float)image->width * (0.5f + 0.4f * sinf(time * (0.5f + 0.2f * (float)which))));
    int y =
        (int)((float)image->height * (0.5f + 0.35f * cosf(time * (0.9f - 0.2f * (float)which))));
    for (int dy = -radius; dy < radius; dy++) {
        int half = (int)sqrtf((float)(radius * radius - dy * dy));
        struct span span = {.y = y + dy,
                            .left = x - half > 0 ? x - half : 0,
                            .right = x + half < image->width ? x + half : image->width};
        if (span.y < 0 || span.y >= image->height || span.left >= span.right)
            continue;
        /* The texture goes with the disc. */
        span.from_x = span.left - (x - half) + radius - half + 40 * which;
        span.from_y = dy + radius + 90 * which;
        paint_span(scene, image, number, span);
    }
}

void scene_paint(const struct scene *scene, const struct stamp_image *image, uint32_t number)
{
    float time = (float)number / 30;
    int pan_x = (int)((MARGIN / 2 - 4) * (1 + sinf(time * 0.5f)));
    int pan_y = (int)((MARGIN / 2 - 4) * (1 + sinf(time * 0.3f + 1)));
    for (int y = 0; y < image->height; y++)
        paint_span(scene, image, number, (struct span){y, 0, image->width, pan_x, pan_y + y});
    for (int which = 0; which < 3; which++)
        paint_disc(scene, image, number, which);
}
