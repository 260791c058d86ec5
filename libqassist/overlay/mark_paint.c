#include "overlay/mark_paint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Strokes are drawn by pieces of so many lines: one long path that crosses itself is slow. */
#define RUN_LINES 32

static void set_colour(cairo_t *cairo, uint32_t colour)
{
    cairo_set_source_rgb(cairo, (colour >> 16 & 0xff) / 255.0, (colour >> 8 & 0xff) / 255.0,
                         (colour & 0xff) / 255.0);
}

/* White around dark colours, nearly black around light ones. */
static uint32_t contrast(uint32_t colour)
{
    uint32_t red = colour >> 16 & 0xff, green = colour >> 8 & 0xff, blue = colour & 0xff;
    return red * 299 + green * 587 + blue * 114 < 150 * 1000 ? 0xffffff : 0x202020;
}

/* A pixel's middle. */
static double middle(int32_t place)
{
    return place + 0.5;
}

static bool may_touch(const qa_rect *rect, struct mark_point a, struct mark_point b, int32_t around)
{
    int32_t left = a.x < b.x ? a.x : b.x, right = a.x < b.x ? b.x : a.x;
    int32_t top = a.y < b.y ? a.y : b.y, bottom = a.y < b.y ? b.y : a.y;
    return left - around < rect->x + rect->width && right + around >= rect->x &&
           top - around < rect->y + rect->height && bottom + around >= rect->y;
}

static void line_to(cairo_t *cairo, struct mark_point point)
{
    cairo_line_to(cairo, middle(point.x), middle(point.y));
}

static void draw_stroke(cairo_t *cairo, const struct mark *mark, const qa_rect *rect)
{
    const int32_t around = mark->width / 2 + MARK_HALO + 2;
    const struct mark_point *points = mark->points;
    unsigned lines = 0;
    for (size_t i = 0; i == 0 || i + 1 < mark->count; i++) {
        struct mark_point to = points[mark->count > 1 ? i + 1 : i];
        bool touches = may_touch(rect, points[i], to, around);
        if (touches && !lines)
            cairo_move_to(cairo, middle(points[i].x), middle(points[i].y));
        if (touches)
            line_to(cairo, to);
        lines += touches;
        if (lines == RUN_LINES || (lines && !touches)) {
            cairo_stroke(cairo);
            lines = 0;
        }
    }
    cairo_stroke(cairo);
}

/* Shaft and head; a head that would be longer than all of it is made shorter. */
static void draw_arrow(cairo_t *cairo, const struct mark *mark)
{
    const struct mark_point a = mark->points[0], b = mark->points[mark->count - 1];
    double across = b.x - a.x, down = b.y - a.y, length = hypot(across, down);
    if (length < 1) {
        cairo_move_to(cairo, middle(a.x), middle(a.y));
        line_to(cairo, a);
        cairo_stroke(cairo);
        return;
    }
    double head = fmin(mark_head_length(mark), length);
    double ahead_x = across / length, ahead_y = down / length;
    double neck_x = middle(b.x) - ahead_x * head, neck_y = middle(b.y) - ahead_y * head;
    cairo_move_to(cairo, middle(a.x), middle(a.y));
    cairo_line_to(cairo, neck_x, neck_y);
    cairo_stroke(cairo);
    cairo_move_to(cairo, middle(b.x), middle(b.y));
    cairo_line_to(cairo, neck_x - ahead_y * head / 2, neck_y + ahead_x * head / 2);
    cairo_line_to(cairo, neck_x + ahead_y * head / 2, neck_y - ahead_x * head / 2);
    cairo_close_path(cairo);
    cairo_fill_preserve(cairo);
    cairo_stroke(cairo);
}

static void draw_rectangle(cairo_t *cairo, const struct mark *mark)
{
    const struct mark_point a = mark->points[0], b = mark->points[mark->count - 1];
    cairo_move_to(cairo, middle(a.x), middle(a.y));
    line_to(cairo, (struct mark_point){b.x, a.y});
    line_to(cairo, b);
    line_to(cairo, (struct mark_point){a.x, b.y});
    cairo_close_path(cairo);
    cairo_stroke(cairo);
}

static void draw(cairo_t *cairo, const struct mark *mark, const qa_rect *rect, double width)
{
    cairo_set_line_width(cairo, width);
    switch (mark->kind) {
    case QA_MARK_STROKE:
        draw_stroke(cairo, mark, rect);
        break;
    case QA_MARK_ARROW:
        draw_arrow(cairo, mark);
        break;
    case QA_MARK_RECTANGLE:
        draw_rectangle(cairo, mark);
        break;
    }
}

struct meeting {
    const qa_rect *rect;
    bool meets;
};

static void look(void *user, const qa_rect *box)
{
    struct meeting *meeting = user;
    const qa_rect *rect = meeting->rect;
    meeting->meets =
        meeting->meets || (box->x < rect->x + rect->width && box->x + box->width > rect->x &&
                           box->y < rect->y + rect->height && box->y + box->height > rect->y);
}

static bool is_in(const struct mark *mark, const qa_rect *rect)
{
    struct meeting meeting = {.rect = rect};
    mark_cover(mark, 0, look, &meeting);
    return meeting.meets;
}

/* Takes both; NULL where something went wrong on the way. */
static cairo_surface_t *finish(cairo_t *cairo, cairo_surface_t *image)
{
    bool good = cairo_status(cairo) == CAIRO_STATUS_SUCCESS &&
                cairo_surface_status(image) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cairo);
    if (!good) {
        cairo_surface_destroy(image);
        return NULL;
    }
    cairo_surface_flush(image);
    return image;
}

cairo_surface_t *mark_paint(const struct marks *marks, const qa_rect *rect)
{
    cairo_surface_t *image =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, rect->width, rect->height);
    cairo_t *cairo = cairo_create(image);
    cairo_translate(cairo, -rect->x, -rect->y);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    for (size_t i = 0; i < marks->count; i++) {
        const struct mark *mark = &marks->list[i];
        if (!is_in(mark, rect))
            continue;
        /* The halo's edge is cut sharply; the line's is smooth, and always on the halo. */
        cairo_set_antialias(cairo, CAIRO_ANTIALIAS_NONE);
        set_colour(cairo, contrast(mark->colour));
        draw(cairo, mark, rect, mark->width + 2 * MARK_HALO);
        cairo_set_antialias(cairo, CAIRO_ANTIALIAS_FAST);
        set_colour(cairo, mark->colour);
        draw(cairo, mark, rect, mark->width);
    }
    return finish(cairo, image);
}

cairo_surface_t *laser_paint(int32_t size)
{
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, size, size);
    cairo_t *cairo = cairo_create(image);
    const double half = size / 2.0;
    const struct {
        double radius;
        uint32_t colour;
    } rings[] = {{1.0, 0x801010}, {0.92, 0xffffff}, {0.72, 0xff2020}, {0.28, 0xffc0c0}};
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++) {
        cairo_set_antialias(cairo, i ? CAIRO_ANTIALIAS_BEST : CAIRO_ANTIALIAS_NONE);
        set_colour(cairo, rings[i].colour);
        cairo_arc(cairo, half, half, half * rings[i].radius, 0, 8 * atan(1));
        cairo_fill(cairo);
    }
    return finish(cairo, image);
}

static bool is_opaque(const uint8_t *row, int x)
{
    uint32_t pixel;
    memcpy(&pixel, row + 4 * x, sizeof pixel);
    return pixel >> 24 == 255;
}

/* The runs of opaque pixels in a row; counts them only where `runs` is NULL. */
static int find_runs(const uint8_t *row, int width, cairo_rectangle_int_t *runs, int x, int y)
{
    int count = 0;
    for (int at = 0; at < width; at++) {
        if (!is_opaque(row, at))
            continue;
        int start = at;
        while (at < width && is_opaque(row, at))
            at++;
        if (runs)
            runs[count] = (cairo_rectangle_int_t){x + start, y, at - start, 1};
        count++;
    }
    return count;
}

cairo_region_t *opaque_region(cairo_surface_t *image, int32_t x, int32_t y)
{
    const uint8_t *pixels = cairo_image_surface_get_data(image);
    size_t stride = (size_t)cairo_image_surface_get_stride(image);
    int width = cairo_image_surface_get_width(image);
    int height = cairo_image_surface_get_height(image);
    int count = 0;
    for (int line = 0; line < height; line++)
        count += find_runs(pixels + (size_t)line * stride, width, NULL, 0, 0);
    cairo_rectangle_int_t *runs = malloc((size_t)(count ? count : 1) * sizeof *runs);
    if (!runs)
        return NULL;
    count = 0;
    for (int line = 0; line < height; line++)
        count += find_runs(pixels + (size_t)line * stride, width, runs + count, x, y + line);
    cairo_region_t *region = cairo_region_create_rectangles(runs, count);
    free(runs);
    if (cairo_region_status(region) == CAIRO_STATUS_SUCCESS)
        return region;
    cairo_region_destroy(region);
    return NULL;
}
