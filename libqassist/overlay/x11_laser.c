#include <math.h>

#include "base/clock.h"
#include "overlay/mark_paint.h"
#include "overlay/x11.h"

#define LASER_SIZE 22   /* pixels on a display of usual density */
#define STILL_MS   2000 /* until a laser pointer that does not move vanishes */

bool laser_open(struct overlay_x11 *overlay)
{
    struct laser *laser = &overlay->laser;
    xcb_connection_t *xcb = overlay->x11.xcb;
    laser->size = (int32_t)lround(LASER_SIZE * overlay->scale);
    const qa_rect whole = {.width = laser->size, .height = laser->size};
    laser->window = overlay_window_new(overlay, &whole, "qassist: the helper points", false);
    cairo_surface_t *image = laser_paint(laser->size);
    cairo_region_t *shape = image ? opaque_region(image, 0, 0) : NULL;
    if (shape) {
        xcb_pixmap_t pixmap = overlay_pixmap_new(overlay, laser->size, laser->size);
        overlay_put_image(overlay, pixmap, image, &whole, 0, 0);
        xcb_change_window_attributes(xcb, laser->window, XCB_CW_BACK_PIXMAP, &pixmap);
        xcb_free_pixmap(xcb, pixmap);
        overlay_window_shape(overlay, laser->window, OVERLAY_SHAPE_SET, shape);
    }
    bool good = shape;
    cairo_region_destroy(shape);
    cairo_surface_destroy(image);
    return good;
}

static void on_still(uv_timer_t *timer)
{
    struct overlay_x11 *overlay = timer->data;
    uint64_t now = clock_ms(), until = overlay->laser.moved_ms + STILL_MS;
    if (now < until)
        uv_timer_start(timer, on_still, until - now, 0);
    else
        laser_hide(overlay);
}

void laser_point(struct overlay_x11 *overlay, int32_t x, int32_t y)
{
    struct laser *laser = &overlay->laser;
    const qa_rect *area = &overlay->canvas.area;
    if (x < 0 || y < 0 || x >= area->width || y >= area->height) {
        laser_hide(overlay);
        return;
    }
    laser->wanted = true;
    laser->moved = true;
    laser->x = x;
    laser->y = y;
    laser->moved_ms = clock_ms();
    if (!uv_is_active((uv_handle_t *)&overlay->laser_off))
        uv_timer_start(&overlay->laser_off, on_still, STILL_MS, 0);
    overlay_x11_draw(overlay);
}

void laser_hide(struct overlay_x11 *overlay)
{
    overlay->laser.wanted = false;
    overlay->laser.moved = overlay->laser.mapped;
    uv_timer_stop(&overlay->laser_off);
    overlay_x11_draw(overlay);
}

void laser_draw(struct overlay_x11 *overlay)
{
    struct laser *laser = &overlay->laser;
    xcb_connection_t *xcb = overlay->x11.xcb;
    laser->moved = false;
    if (laser->wanted) {
        const int32_t place[] = {overlay->canvas.area.x + laser->x - laser->size / 2,
                                 overlay->canvas.area.y + laser->y - laser->size / 2};
        xcb_configure_window(xcb, laser->window, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, place);
    }
    if (laser->wanted && !laser->mapped) {
        stack_raise(overlay);
        xcb_map_window(xcb, laser->window);
    } else if (!laser->wanted && laser->mapped) {
        xcb_unmap_window(xcb, laser->window);
    }
    laser->mapped = laser->wanted;
}
