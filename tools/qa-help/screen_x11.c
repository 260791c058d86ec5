#include "qa-help/screen_x11.h"

#include <math.h>

#include <glib-unix.h>

#ifdef GDK_WINDOWING_X11
#include <gdk/x11/gdkx.h>
#endif

struct screen_x11 {
    GtkWidget *widget;
    screen_x11_where *where;
    struct x11_picture *picture;
    GdkFrameClock *clock;
    gulong painted;
    guint watch;
};

static GdkSurface *surface_of(GtkWidget *widget)
{
    return gtk_native_get_surface(gtk_widget_get_native(widget));
}

gboolean screen_x11_refused(void)
{
    return g_strcmp0(g_getenv("QA_HELP_DRAW"), "gtk") == 0;
}

static struct x11_picture *open_picture(GtkWidget *widget)
{
#ifdef GDK_WINDOWING_X11
    GdkSurface *surface = surface_of(widget);
    if (!GDK_IS_X11_SURFACE(surface) || screen_x11_refused())
        return NULL;
    GdkDisplay *display = gdk_surface_get_display(surface);
    /* The window must be there before another connection speaks of it. */
    gdk_display_sync(display);
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    return x11_picture_new(gdk_display_get_name(display),
                           (uint32_t)gdk_x11_surface_get_xid(surface));
    G_GNUC_END_IGNORE_DEPRECATIONS
#else
    return NULL;
#endif
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user)
{
    struct screen_x11 *x11 = user;
    if (x11_picture_dispatch(x11->picture))
        return G_SOURCE_CONTINUE;
    x11->watch = 0;
    return G_SOURCE_REMOVE; /* GTK notices as well that the display is gone, and ends */
}

/* GTK's renderer may draw over windows within its own; and the picture may be elsewhere now. */
static void on_painted(GdkFrameClock *clock, gpointer user)
{
    struct screen_x11 *x11 = user;
    if (!gtk_widget_get_mapped(x11->widget))
        return;
    gdk_display_sync(gtk_widget_get_display(x11->widget));
    screen_x11_place(x11);
    x11_picture_show(x11->picture);
}

static void on_unmapped(GtkWidget *widget, gpointer user)
{
    screen_x11_place(user);
}

struct screen_x11 *screen_x11_new(GtkWidget *widget, screen_x11_where *where)
{
    struct x11_picture *picture = open_picture(widget);
    if (!picture)
        return NULL;
    struct screen_x11 *x11 = g_new0(struct screen_x11, 1);
    x11->widget = widget;
    x11->where = where;
    x11->picture = picture;
    x11->clock = g_object_ref(gtk_widget_get_frame_clock(widget));
    x11->painted = g_signal_connect(x11->clock, "after-paint", G_CALLBACK(on_painted), x11);
    x11->watch = g_unix_fd_add(x11_picture_fd(picture), G_IO_IN, on_readable, x11);
    g_signal_connect(widget, "unmap", G_CALLBACK(on_unmapped), x11);
    return x11;
}

void screen_x11_free(struct screen_x11 *x11)
{
    if (!x11)
        return;
    g_signal_handlers_disconnect_by_data(x11->widget, x11);
    g_signal_handler_disconnect(x11->clock, x11->painted);
    g_object_unref(x11->clock);
    g_clear_handle_id(&x11->watch, g_source_remove);
    x11_picture_free(x11->picture);
    g_free(x11);
}

struct x11_picture *screen_x11_picture(struct screen_x11 *x11)
{
    return x11->picture;
}

/* The part of a widget that none of those around it cuts off, in the window's units. */
static graphene_rect_t visible_part(GtkWidget *widget, GtkWidget *window)
{
    graphene_rect_t part = GRAPHENE_RECT_INIT(0, 0, 0, 0), bounds;
    gboolean first = TRUE;
    for (GtkWidget *at = widget; at; at = gtk_widget_get_parent(at)) {
        if (!gtk_widget_compute_bounds(at, window, &bounds))
            return (graphene_rect_t)GRAPHENE_RECT_INIT(0, 0, 0, 0);
        if (first)
            part = bounds;
        else if (!graphene_rect_intersection(&part, &bounds, &part))
            return (graphene_rect_t)GRAPHENE_RECT_INIT(0, 0, 0, 0);
        first = FALSE;
        if (at == window)
            break;
    }
    return part;
}

static qa_rect to_device(const graphene_rect_t *rect, double x, double y, int device)
{
    int left = (int)round((rect->origin.x + x) * device);
    int top = (int)round((rect->origin.y + y) * device);
    int right = (int)round((rect->origin.x + rect->size.width + x) * device);
    int bottom = (int)round((rect->origin.y + rect->size.height + y) * device);
    return (qa_rect){left, top, right - left, bottom - top};
}

void screen_x11_place(struct screen_x11 *x11)
{
    struct x11_place place = {0};
    GtkWidget *widget = x11->widget;
    GtkNative *native = gtk_widget_get_native(widget);
    if (gtk_widget_get_mapped(widget) && x11->where(widget, &place.picture)) {
        /* Around a window there may be room for its shadow. */
        double shadow_x, shadow_y, x, y;
        int device = gtk_widget_get_scale_factor(widget);
        gtk_native_get_surface_transform(native, &shadow_x, &shadow_y);
        gtk_widget_translate_coordinates(widget, GTK_WIDGET(native), 0, 0, &x, &y);
        graphene_rect_t visible = visible_part(widget, GTK_WIDGET(native));
        place.visible = to_device(&visible, shadow_x, shadow_y, device);
        place.picture.x += (int)round((x + shadow_x) * device);
        place.picture.y += (int)round((y + shadow_y) * device);
    }
    x11_picture_place(x11->picture, &place);
}
