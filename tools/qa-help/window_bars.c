#include "qa-help/window_state.h"

#include "common/i18n.h"

#define EDGE 2 /* units at the upper edge of a full screen that show the buttons */

void window_show_bars(struct window *window, gboolean shown)
{
    gboolean screen =
        g_str_equal(gtk_stack_get_visible_child_name(window->parts.pages), PAGE_SCREEN);
    gboolean bars = shown || !window->full_screen;
    window->bars = shown;
    gtk_widget_set_visible(window->toolbar.row, screen && bars);
    window_place_draw(window);
    gtk_widget_set_visible(GTK_WIDGET(window->parts.status), bars || window->message);
}

static void on_motion(GtkEventControllerMotion *controller, double x, double y, gpointer user)
{
    struct window *window = user;
    if (window->full_screen && !window->bars && y < EDGE)
        window_show_bars(window, TRUE);
}

/* The keyboard is with the picture again: so are the eyes. */
static void on_view_focus(GtkEventControllerFocus *controller, gpointer user)
{
    struct window *window = user;
    if (window->full_screen && !window->message)
        window_show_bars(window, FALSE);
}

static void on_full_screen(GtkWindow *gtk_window, GParamSpec *property, gpointer user)
{
    struct window *window = user;
    window->full_screen = gtk_window_is_fullscreen(gtk_window);
    toolbar_set_full_screen(&window->toolbar, window->full_screen);
    window_show_bars(window, FALSE);
    if (window->full_screen)
        window_say(window, _("Full screen. The upper edge or Ctrl+Alt+Home shows the buttons."));
}

void window_set_full_screen(struct window *window, gboolean full)
{
    if (full)
        gtk_window_fullscreen(window->parts.window);
    else
        gtk_window_unfullscreen(window->parts.window);
    gtk_widget_grab_focus(window->parts.view);
}

void window_connect_bars(struct window *window)
{
    GtkEventController *motion = gtk_event_controller_motion_new();
    gtk_event_controller_set_propagation_phase(motion, GTK_PHASE_CAPTURE);
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), window);
    gtk_widget_add_controller(GTK_WIDGET(window->parts.window), motion);
    GtkEventController *focus = gtk_event_controller_focus_new();
    g_signal_connect(focus, "enter", G_CALLBACK(on_view_focus), window);
    gtk_widget_add_controller(window->parts.view, focus);
    g_signal_connect(window->parts.window, "notify::fullscreened", G_CALLBACK(on_full_screen),
                     window);
}
