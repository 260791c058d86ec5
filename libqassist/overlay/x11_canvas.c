#include <stdlib.h>

#include <qassist/errors.h>
#include <xcb/shape.h>

#include "overlay/mark_paint.h"
#include "overlay/x11.h"

/* Damage is rounded to squares of this size, and to one rectangle when it is in many. */
#define GRID      32
#define RECTS_MAX 32

bool canvas_open(struct overlay_x11 *overlay)
{
    struct canvas *canvas = &overlay->canvas;
    canvas->shape = cairo_region_create();
    canvas->damage = cairo_region_create();
    canvas->window = overlay_window_new(overlay, &(qa_rect){.width = 1, .height = 1},
                                        "qassist: drawn by the helper", false);
    return cairo_region_status(canvas->shape) == CAIRO_STATUS_SUCCESS &&
           cairo_region_status(canvas->damage) == CAIRO_STATUS_SUCCESS;
}

void canvas_close(struct overlay_x11 *overlay)
{
    struct canvas *canvas = &overlay->canvas;
    marks_free(&canvas->marks);
    cairo_region_destroy(canvas->shape);
    cairo_region_destroy(canvas->damage);
    canvas->shape = canvas->damage = NULL;
}

static int32_t round_down(int32_t value)
{
    return value - ((value % GRID) + GRID) % GRID;
}

static void on_changed(void *user, const qa_rect *rect)
{
    struct canvas *canvas = user;
    int32_t left = round_down(rect->x), top = round_down(rect->y);
    cairo_region_union_rectangle(
        canvas->damage,
        &(cairo_rectangle_int_t){left, top, round_down(rect->x + rect->width + GRID - 1) - left,
                                 round_down(rect->y + rect->height + GRID - 1) - top});
}

void canvas_mark(struct overlay_x11 *overlay, const qa_mark_event *event)
{
    if (marks_apply(&overlay->canvas.marks, event, on_changed, &overlay->canvas))
        log_warning(overlay->log, "overlay: out of memory for a mark");
    overlay_x11_draw(overlay);
}

bool canvas_is_due(const struct overlay_x11 *overlay)
{
    return !cairo_region_is_empty(overlay->canvas.damage);
}

/* What lies within the window, in a bounded number of rectangles. */
static void clip_damage(struct canvas *canvas)
{
    const cairo_rectangle_int_t window = {0, 0, canvas->area.width, canvas->area.height};
    cairo_region_intersect_rectangle(canvas->damage, &window);
    if (cairo_region_num_rectangles(canvas->damage) <= RECTS_MAX)
        return;
    cairo_rectangle_int_t all;
    cairo_region_get_extents(canvas->damage, &all);
    cairo_region_union_rectangle(canvas->damage, &all);
}

/* Draws the damaged part of the marks; what they consist of there is the answer. */
static cairo_region_t *paint_damage(struct overlay_x11 *overlay)
{
    struct canvas *canvas = &overlay->canvas;
    cairo_region_t *drawn = cairo_region_create();
    int count = canvas->marks.count ? cairo_region_num_rectangles(canvas->damage) : 0;
    for (int i = 0; i < count; i++) {
        cairo_rectangle_int_t rect;
        cairo_region_get_rectangle(canvas->damage, i, &rect);
        const qa_rect place = {rect.x, rect.y, rect.width, rect.height};
        cairo_surface_t *image = mark_paint(&canvas->marks, &place);
        cairo_region_t *part = image ? opaque_region(image, rect.x, rect.y) : NULL;
        if (part && !cairo_region_is_empty(part)) {
            if (!canvas->pixmap)
                canvas->pixmap =
                    overlay_pixmap_new(overlay, canvas->area.width, canvas->area.height);
            cairo_region_union(drawn, part);
            overlay_put_image(overlay, canvas->pixmap, image,
                              &(qa_rect){.width = rect.width, .height = rect.height}, rect.x,
                              rect.y);
        }
        cairo_region_destroy(part);
        cairo_surface_destroy(image);
    }
    return drawn;
}

/* Brings the window's shape in line; returns whether there is anything to be seen. */
static void change_shape(struct overlay_x11 *overlay, const cairo_region_t *drawn)
{
    struct canvas *canvas = &overlay->canvas;
    cairo_region_t *gone = cairo_region_copy(canvas->shape);
    cairo_region_intersect(gone, canvas->damage);
    cairo_region_subtract(gone, drawn);
    bool grows_only = cairo_region_is_empty(gone) && canvas->mapped;
    cairo_region_destroy(gone);
    cairo_region_subtract(canvas->shape, canvas->damage);
    cairo_region_union(canvas->shape, drawn);
    if (grows_only)
        overlay_window_shape(overlay, canvas->window, OVERLAY_SHAPE_ADD, drawn);
    else
        overlay_window_shape(overlay, canvas->window, OVERLAY_SHAPE_SET, canvas->shape);
}

static void unmap(struct overlay_x11 *overlay)
{
    struct canvas *canvas = &overlay->canvas;
    if (canvas->mapped)
        xcb_unmap_window(overlay->x11.xcb, canvas->window);
    canvas->mapped = false;
    if (canvas->pixmap)
        xcb_free_pixmap(overlay->x11.xcb, canvas->pixmap);
    canvas->pixmap = 0;
}

void canvas_draw(struct overlay_x11 *overlay)
{
    struct canvas *canvas = &overlay->canvas;
    xcb_connection_t *xcb = overlay->x11.xcb;
    clip_damage(canvas);
    cairo_region_t *drawn = paint_damage(overlay);
    change_shape(overlay, drawn);
    cairo_region_destroy(drawn);
    if (cairo_region_is_empty(canvas->shape)) {
        unmap(overlay);
    } else {
        xcb_change_window_attributes(xcb, canvas->window, XCB_CW_BACK_PIXMAP, &canvas->pixmap);
        int count = cairo_region_num_rectangles(canvas->damage);
        for (int i = 0; canvas->mapped && i < count; i++) {
            cairo_rectangle_int_t rect;
            cairo_region_get_rectangle(canvas->damage, i, &rect);
            xcb_clear_area(xcb, false, canvas->window, (int16_t)rect.x, (int16_t)rect.y,
                           (uint16_t)rect.width, (uint16_t)rect.height);
        }
        if (!canvas->mapped) {
            canvas->mapped = true;
            stack_raise(overlay);
            xcb_map_window(xcb, canvas->window);
        }
    }
    cairo_region_subtract(canvas->damage, canvas->damage);
}

void canvas_set_area(struct overlay_x11 *overlay, const qa_rect *area)
{
    struct canvas *canvas = &overlay->canvas;
    qa_mark_event clear = {.size = sizeof clear, .step = QA_MARK_CLEAR};
    marks_apply(&canvas->marks, &clear, on_changed, canvas);
    cairo_region_subtract(canvas->damage, canvas->damage);
    cairo_region_subtract(canvas->shape, canvas->shape);
    unmap(overlay);
    canvas->area = *area;
    if (area->width < 1 || area->height < 1)
        return;
    const uint32_t place[] = {(uint32_t)area->x, (uint32_t)area->y, (uint32_t)area->width,
                              (uint32_t)area->height};
    xcb_configure_window(overlay->x11.xcb, canvas->window,
                         XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
                             XCB_CONFIG_WINDOW_HEIGHT,
                         place);
}
