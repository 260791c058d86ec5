#include "qa-help/screen_view.h"

#include <math.h>

#define TILE 256

struct _ScreenView {
    GtkWidget parent;
    int width, height; /* of the picture; 0: none yet */
    int columns, rows;
    GdkTexture **tiles;
    gboolean fit;
    gboolean controlling;
    gboolean own_pointer;
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

static void free_tiles(ScreenView *view)
{
    for (int i = 0; i < view->columns * view->rows; i++)
        g_clear_object(&view->tiles[i]);
    g_clear_pointer(&view->tiles, g_free);
    view->columns = view->rows = 0;
    view->width = view->height = 0;
}

static void append_cursor(ScreenView *view, GtkSnapshot *snapshot,
                          const struct placement *placement)
{
    if (!view->cursor || !view->cursor_placed || (view->controlling && view->own_pointer))
        return;
    graphene_rect_t rect =
        target(placement, view->cursor_x - view->hot_x, view->cursor_y - view->hot_y,
               gdk_texture_get_width(view->cursor), gdk_texture_get_height(view->cursor));
    graphene_rect_t picture = target(placement, 0, 0, view->width, view->height);
    gtk_snapshot_push_clip(snapshot, &picture);
    gtk_snapshot_append_texture(snapshot, view->cursor, &rect);
    gtk_snapshot_pop(snapshot);
}

static void screen_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    ScreenView *view = SCREEN_VIEW(widget);
    if (!view->width)
        return;
    struct placement placement = place(view);
    for (int row = 0; row < view->rows; row++) {
        for (int column = 0; column < view->columns; column++) {
            GdkTexture *tile = view->tiles[row * view->columns + column];
            if (!tile)
                continue;
            graphene_rect_t rect =
                target(&placement, column * TILE, row * TILE, gdk_texture_get_width(tile),
                       gdk_texture_get_height(tile));
            gtk_snapshot_append_texture(snapshot, tile, &rect);
        }
    }
    append_cursor(view, snapshot, &placement);
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
    free_tiles(view);
    g_clear_object(&view->cursor);
    G_OBJECT_CLASS(screen_view_parent_class)->finalize(object);
}

static void screen_view_class_init(ScreenViewClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);
    widget_class->snapshot = screen_view_snapshot;
    widget_class->measure = screen_view_measure;
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
    free_tiles(view);
    view->width = width;
    view->height = height;
    view->columns = (width + TILE - 1) / TILE;
    view->rows = (height + TILE - 1) / TILE;
    view->tiles = g_new0(GdkTexture *, (gsize)view->columns * (gsize)view->rows);
    gtk_widget_queue_resize(GTK_WIDGET(view));
}

static void remake_tile(ScreenView *view, qa_frame *frame, int column, int row)
{
    int x = column * TILE, y = row * TILE;
    int width = MIN(TILE, view->width - x), height = MIN(TILE, view->height - y);
    size_t stride = qa_frame_stride(frame), own = (size_t)width * 4;
    const uint8_t *from = qa_frame_pixels(frame) + (size_t)y * stride + (size_t)x * 4;
    uint8_t *pixels = g_malloc(own * (size_t)height);
    for (int line = 0; line < height; line++, from += stride) {
        uint8_t *to = pixels + (size_t)line * own;
        memcpy(to, from, own);
        /* The fourth byte means nothing on the way and opacity here. */
        for (int i = 0; i < width; i++)
            to[i * 4 + 3] = 0xff;
    }
    GBytes *bytes = g_bytes_new_take(pixels, own * (size_t)height);
    GdkTexture **tile = &view->tiles[row * view->columns + column];
    g_clear_object(tile);
    *tile = gdk_memory_texture_new(width, height, GDK_MEMORY_B8G8R8A8_PREMULTIPLIED, bytes, own);
    g_bytes_unref(bytes);
}

static void mark(ScreenView *view, gboolean *dirty, const qa_rect *rect)
{
    int left = rect->x / TILE, right = (rect->x + rect->width - 1) / TILE;
    int top = rect->y / TILE, bottom = (rect->y + rect->height - 1) / TILE;
    for (int row = MAX(top, 0); row <= MIN(bottom, view->rows - 1); row++)
        for (int column = MAX(left, 0); column <= MIN(right, view->columns - 1); column++)
            dirty[row * view->columns + column] = TRUE;
}

void screen_view_update(ScreenView *view, qa_frame *frame)
{
    size_t count = 0;
    const qa_rect *damage = qa_frame_damage(frame, &count);
    qa_rect all = {0, 0, qa_frame_width(frame), qa_frame_height(frame)};
    if (all.width != view->width || all.height != view->height) {
        resize(view, all.width, all.height);
        damage = &all;
        count = 1;
    }
    gboolean *dirty = g_new0(gboolean, (gsize)view->columns * (gsize)view->rows);
    for (size_t i = 0; i < count; i++)
        mark(view, dirty, &damage[i]);
    for (int i = 0; i < view->columns * view->rows; i++)
        if (dirty[i])
            remake_tile(view, frame, i % view->columns, i / view->columns);
    g_free(dirty);
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

void screen_view_clear(ScreenView *view)
{
    free_tiles(view);
    g_clear_object(&view->cursor);
    view->cursor_known = view->cursor_placed = FALSE;
    screen_view_set_controlling(view, FALSE);
    gtk_widget_queue_resize(GTK_WIDGET(view));
}

void screen_view_set_fit(ScreenView *view, gboolean fit)
{
    view->fit = fit;
    gtk_widget_queue_resize(GTK_WIDGET(view));
}

static void apply_cursor(ScreenView *view)
{
    GtkWidget *widget = GTK_WIDGET(view);
    gtk_widget_queue_draw(widget);
    if (!view->controlling || !view->cursor_known) {
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

void screen_view_set_controlling(ScreenView *view, gboolean controlling)
{
    view->controlling = controlling;
    view->own_pointer = FALSE;
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
    apply_cursor(view);
}

void screen_view_set_cursor_position(ScreenView *view, int x, int y)
{
    view->cursor_x = x;
    view->cursor_y = y;
    view->cursor_placed = TRUE;
    view->own_pointer = FALSE;
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

void screen_view_own_pointer_moved(ScreenView *view)
{
    if (!view->own_pointer)
        gtk_widget_queue_draw(GTK_WIDGET(view));
    view->own_pointer = TRUE;
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
