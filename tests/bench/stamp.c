#include "stamp.h"

#define MAGENTA 0xff00ffu
#define GREEN   0x00c000u
#define BLUE    0x0000ffu
#define WHITE   0xf0f0f0u
#define BLACK   0x101010u

static uint32_t check_sum(enum stamp_kind kind, uint32_t number)
{
    uint32_t sum = 0x5bu + (uint32_t)kind;
    for (int i = 0; i < 3; i++)
        sum = (sum * 31 + (number >> (8 * i) & 0xff)) & 0xff;
    return sum;
}

uint32_t stamp_colour(enum stamp_kind kind, uint32_t number, int index)
{
    if (index == 0)
        return MAGENTA;
    if (index == 1)
        return kind == STAMP_FRAME ? GREEN : BLUE;
    uint32_t word = (number & STAMP_MAX) << 8 | check_sum(kind, number & STAMP_MAX);
    return word >> (STAMP_BITS + 1 - index) & 1 ? WHITE : BLACK;
}

void stamp_paint(const struct stamp_image *image, int x, int y, int height, enum stamp_kind kind,
                 uint32_t number)
{
    for (int row = y; row < y + height; row++) {
        uint32_t *line = image->pixels + (size_t)row * (size_t)image->stride + x;
        for (int i = 0; i < STAMP_WIDTH; i++)
            line[i] = stamp_colour(kind, number, i / STAMP_BLOCK);
    }
}

struct colour {
    int red, green, blue;
};

/* The mean of the middle of a block. */
static struct colour block_colour(const struct stamp_image *image, int x, int y)
{
    struct colour sum = {0, 0, 0};
    for (int row = y; row < y + 4; row++) {
        const uint32_t *line = image->pixels + (size_t)row * (size_t)image->stride + x + 6;
        for (int i = 0; i < 4; i++) {
            sum.red += line[i] >> 16 & 0xff;
            sum.green += line[i] >> 8 & 0xff;
            sum.blue += line[i] & 0xff;
        }
    }
    return (struct colour){sum.red / 16, sum.green / 16, sum.blue / 16};
}

static bool is_magenta(struct colour c)
{
    return c.red > 150 && c.blue > 150 && c.green < 90;
}

static bool is_second(struct colour c, enum stamp_kind kind)
{
    if (kind == STAMP_FRAME)
        return c.green > 120 && c.red < 90 && c.blue < 90;
    return c.blue > 150 && c.red < 90 && c.green < 90;
}

int64_t stamp_read(const struct stamp_image *image, int x, int y, enum stamp_kind kind)
{
    if (x < 0 || y < 0 || x + STAMP_WIDTH > image->width || y + 4 > image->height)
        return -1;
    if (!is_magenta(block_colour(image, x, y)) ||
        !is_second(block_colour(image, x + STAMP_BLOCK, y), kind))
        return -1;
    uint32_t word = 0;
    for (int i = 2; i < STAMP_BITS + 2; i++) {
        struct colour c = block_colour(image, x + i * STAMP_BLOCK, y);
        word = word << 1 | (c.red + 2 * c.green + c.blue > 4 * 128);
    }
    return (word & 0xff) == check_sum(kind, word >> 8) ? (int64_t)(word >> 8) : -1;
}

static bool pixel_is_magenta(const struct stamp_image *image, int x, int y)
{
    uint32_t pixel = image->pixels[(size_t)y * (size_t)image->stride + (size_t)x];
    return is_magenta((struct colour){pixel >> 16 & 0xff, pixel >> 8 & 0xff, pixel & 0xff});
}

/* The first magenta pixel to the left and up from one inside. */
static void corner(const struct stamp_image *image, int *x, int *y)
{
    while (*x > 0 && pixel_is_magenta(image, *x - 1, *y))
        --*x;
    while (*y > 0 && pixel_is_magenta(image, *x + 4, *y - 1))
        --*y;
}

bool stamp_find(const struct stamp_image *image, int *x, int *y, enum stamp_kind *kind)
{
    int start = *x;
    for (int row = *y; row < image->height; row += 4, start = 0) {
        for (int column = start; column + STAMP_WIDTH <= image->width; column += 4) {
            if (!pixel_is_magenta(image, column, row))
                continue;
            int at_x = column, at_y = row;
            corner(image, &at_x, &at_y);
            for (int try = STAMP_FRAME; try <= STAMP_KEY; try++) {
                if (stamp_read(image, at_x, at_y + 6, (enum stamp_kind)try) < 0)
                    continue;
                *x = at_x;
                *y = at_y;
                *kind = (enum stamp_kind)try;
                return true;
            }
        }
    }
    return false;
}
