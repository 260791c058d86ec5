#include "qa-help/screen_view.h"

#include <math.h>

#include "qa-help/screen_tiles.h"
#include "qa-help/screen_x11.h"

struct _ScreenView {
    GtkWidget parent;
    int width, height;      /* of the picture; 0: none yet */
    struct screen_x11 *x11; /* draws past GTK; NULL: not possible here */
    struct screen_tiles tiles;
    gboolean fit;
    gboolean hidden;
    gboolean forgotten; /* there are no pixels; the next update has all of them */
    gboolean controlling;
    gboolean own_pointer;
    gboolean tool;
    GdkTexture *cursor; /* NULL: hidden or not known */
    gboolean cursor_known;
    int hot_x, hot_y;
    int cursor_x, cursor_y;
    gboolean cursor_placed;
};

G_DEFINE_FINAL_TYPE(ScreenView, screen_view, GTK_TYPE_WIDGET)

/* How the picture lies in the widget, in the widget's units. */
struct placement {
    double scale, x, y;
    double device; /* device pixels a unit */
};

static struct placement place(ScreenView *view)
{
    GtkWidget *widget = GTK_WIDGET(view);
    struct placement placement = {.device = gtk_widget_get_scale_factor(widget)};
    double width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    placement.scale =
        view->fit ? MIN(width / view->width, height / view->height) : 1.0 / placement.device;
    placement.x = MAX(0, floor((width - view->width * placement.scale) / 2));
    placement.y = MAX(0, floor((height - view->height * placement.scale) / 2));
    return placement;
}

/* Edges on whole device pixels: neighbouring tiles then meet without a seam. */
static double snap(const struct placement *placement, double value)
{
    return round(value * placement->device) / placement->device;
}

static graphene_rect_t target(const struct placement *placement, int x, int y, int width,
                              int height)
{
    double left = snap(placement, placement->x + x * placement->scale);
    double top = snap(placement, placement->y + y * placement->scale);
    double right = snap(placement, placement->x + (x + width) * placement->scale);
    double bottom = snap(placement, placement->y + (y + height) * placement->scale);
    return GRAPHENE_RECT_INIT((float)left, (float)top, (float)(right - left),
                              (float)(bottom - top));
}

/* The sharer's pointer is drawn, unless it is this side's own. */
static gboolean draws_cursor(const ScreenView *view)
{
    return view->cursor && view->cursor_placed && !(view->controlling && view->own_pointer);
}

static void append_cursor(ScreenView *view, GtkSnapshot *snapshot,
                          const struct placement *placement)
{
    if (!draws_cursor(view))
        return;
    graphene_rect_t rect =
        target(placement, view->cursor_x - view->hot_x, view->cursor_y - view->hot_y,
               gdk_texture_get_width(view->cursor), gdk_texture_get_height(view->cursor));
    graphene_rect_t picture = target(placement, 0, 0, view->width, view->height);
    gtk_snapshot_push_clip(snapshot, &picture);
    gtk_snapshot_append_texture(snapshot, view->cursor, &rect);
    gtk_snapshot_pop(snapshot);
}

static graphene_rect_t tile_target(void *user, int x, int y, int width, int height)
{
    return target(user, x, y, width, height);
}

static void screen_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    ScreenView *view = SCREEN_VIEW(widget);
    if (view->x11 || !view->width || view->hidden || view->forgotten)
        return;
    struct placement placement = place(view);
    screen_tiles_snapshot(&view->tiles, snapshot, tile_target, &placement);
    append_cursor(view, snapshot, &placement);
}

static void redraw_cursor(ScreenView *view)
{
    if (view->x11)
        x11_picture_cursor_at(screen_x11_picture(view->x11), view->cursor_x, view->cursor_y,
                              draws_cursor(view));
    else
        gtk_widget_queue_draw(GTK_WIDGET(view));
}

static gboolean where_picture_is(GtkWidget *widget, qa_rect *picture)
{
    ScreenView *view = SCREEN_VIEW(widget);
    if (!view->width || view->hidden || view->forgotten)
        return FALSE;
    struct placement placement = place(view);
    picture->x = (int)round(placement.x * placement.device);
    picture->y = (int)round(placement.y * placement.device);
    picture->width = (int)MAX(1, round(view->width * placement.scale * placement.device));
    picture->height = (int)MAX(1, round(view->height * placement.scale * placement.device));
    return TRUE;
}

static void screen_view_realize(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(screen_view_parent_class)->realize(widget);
    SCREEN_VIEW(widget)->x11 = screen_x11_new(widget, where_picture_is);
}

static void screen_view_unrealize(GtkWidget *widget)
{
    g_clear_pointer(&SCREEN_VIEW(widget)->x11, screen_x11_free);
    GTK_WIDGET_CLASS(screen_view_parent_class)->unrealize(widget);
}

static void screen_view_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                int *minimum, int *natural, int *minimum_baseline,
                                int *natural_baseline)
{
    ScreenView *view = SCREEN_VIEW(widget);
    int pixels = orientation == GTK_ORIENTATION_HORIZONTAL ? view->width : view->height;
    int device = gtk_widget_get_scale_factor(widget);
    *natural = (pixels + device - 1) / device;
    *minimum = view->fit ? 0 : *natural;
}

static void screen_view_finalize(GObject *object)
{
    ScreenView *view = SCREEN_VIEW(object);
    screen_tiles_clear(&view->tiles);
    g_clear_object(&view->cursor);
    G_OBJECT_CLASS(screen_view_parent_class)->finalize(object);
}

static void screen_view_class_init(ScreenViewClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);
    widget_class->snapshot = screen_view_snapshot;
    widget_class->measure = screen_view_measure;
    widget_class->realize = screen_view_realize;
    widget_class->unrealize = screen_view_unrealize;
    G_OBJECT_CLASS(class)->finalize = screen_view_finalize;
    gtk_widget_class_set_css_name(widget_class, "screen");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void screen_view_init(ScreenView *view)
{
    view->fit = TRUE;
    gtk_widget_set_focusable(GTK_WIDGET(view), TRUE);
    gtk_widget_set_overflow(GTK_WIDGET(view), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *screen_view_new(void)
{
    return g_object_new(SCREEN_TYPE_VIEW, NULL);
}

static void resize(ScreenView *view, int width, int height)
{
    view->width = width;
    view->height = height;
    view->forgotten = FALSE;
    if (view->x11 && !x11_picture_resize(screen_x11_picture(view->x11), width, height))
        g_clear_pointer(&view->x11, screen_x11_free);
    if (view->x11)
        screen_x11_place(view->x11);
    else
        screen_tiles_resize(&view->tiles, width, height);
    gtk_widget_queue_resize(GTK_WIDGET(view));
}

void screen_view_update(ScreenView *view, qa_frame *frame)
{
    if (view->hidden)
        return;
    if (view->forgotten || qa_frame_width(frame) != view->width ||
        qa_frame_height(frame) != view->height)
        resize(view, qa_frame_width(frame), qa_frame_height(frame));
    if (view->x11) {
        x11_picture_put(screen_x11_picture(view->x11), frame);
    } else {
        screen_tiles_update(&view->tiles, frame);
        gtk_widget_queue_draw(GTK_WIDGET(view));
    }
}

static void apply_cursor(ScreenView *view)
{
    GtkWidget *widget = GTK_WIDGET(view);
    redraw_cursor(view);
    if (view->tool) {
        gtk_widget_set_cursor_from_name(widget, "crosshair");
    } else if (!view->controlling || !view->cursor_known) {
        gtk_widget_set_cursor(widget, NULL);
    } else if (!view->cursor) {
        gtk_widget_set_cursor_from_name(widget, "none");
    } else {
        GdkCursor *cursor =
            gdk_cursor_new_from_texture(view->cursor, view->hot_x, view->hot_y, NULL);
        gtk_widget_set_cursor(widget, cursor);
        g_object_unref(cursor);
    }
}

void screen_view_clear(ScreenView *view)
{
    screen_tiles_clear(&view->tiles);
    view->width = view->height = 0;
    g_clear_object(&view->cursor);
    view->cursor_known = view->cursor_placed = FALSE;
    view->hidden = view->forgotten = FALSE;
    if (view->x11) {
        x11_picture_forget(screen_x11_picture(view->x11));
        screen_x11_place(view->x11);
    }
    view->controlling = view->own_pointer = FALSE;
    apply_cursor(view);
    gtk_widget_queue_resize(GTK_WIDGET(view));
}

void screen_view_set_hidden(ScreenView *view, gboolean hidden)
{
    if (view->hidden == hidden)
        return;
    view->hidden = hidden;
    if (hidden && view->x11)
        x11_picture_forget(screen_x11_picture(view->x11));
    else if (hidden)
        screen_tiles_clear(&view->tiles);
    view->forgotten = view->forgotten || hidden;
    if (view->x11)
        screen_x11_place(view->x11);
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

void screen_view_set_fit(ScreenView *view, gboolean fit)
{
    view->fit = fit;
    gtk_widget_queue_resize(GTK_WIDGET(view));
}

void screen_view_set_controlling(ScreenView *view, gboolean controlling)
{
    if (view->controlling == controlling)
        return;
    view->controlling = controlling;
    view->own_pointer = FALSE;
    apply_cursor(view);
}

void screen_view_set_tool(ScreenView *view, gboolean tool)
{
    view->tool = tool;
    apply_cursor(view);
}

void screen_view_set_cursor(ScreenView *view, const qa_cursor *cursor)
{
    g_clear_object(&view->cursor);
    view->cursor_known = TRUE;
    if (cursor->pixels && cursor->width > 0 && cursor->height > 0) {
        gsize stride = (gsize)cursor->width * 4;
        GBytes *bytes = g_bytes_new(cursor->pixels, stride * (gsize)cursor->height);
        view->cursor = gdk_memory_texture_new(cursor->width, cursor->height, GDK_MEMORY_B8G8R8A8,
                                              bytes, stride);
        g_bytes_unref(bytes);
        view->hot_x = CLAMP(cursor->hot_x, 0, cursor->width - 1);
        view->hot_y = CLAMP(cursor->hot_y, 0, cursor->height - 1);
    }
    if (view->x11)
        x11_picture_cursor(screen_x11_picture(view->x11), cursor);
    apply_cursor(view);
}

void screen_view_set_cursor_position(ScreenView *view, int x, int y)
{
    view->cursor_x = x;
    view->cursor_y = y;
    view->cursor_placed = TRUE;
    view->own_pointer = FALSE;
    redraw_cursor(view);
}

void screen_view_own_pointer_moved(ScreenView *view)
{
    gboolean drawn = !view->own_pointer;
    view->own_pointer = TRUE;
    if (drawn)
        redraw_cursor(view);
}

gboolean screen_view_get_size(ScreenView *view, int *width, int *height)
{
    *width = view->width;
    *height = view->height;
    return view->width > 0;
}

gboolean screen_view_to_picture(ScreenView *view, double x, double y, int *picture_x,
                                int *picture_y)
{
    if (!view->width)
        return FALSE;
    struct placement placement = place(view);
    if (placement.scale <= 0)
        return FALSE;
    int at_x = (int)floor((x - placement.x) / placement.scale);
    int at_y = (int)floor((y - placement.y) / placement.scale);
    *picture_x = CLAMP(at_x, 0, view->width - 1);
    *picture_y = CLAMP(at_y, 0, view->height - 1);
    return *picture_x == at_x && *picture_y == at_y;
}
