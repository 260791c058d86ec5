/* Laser pointer and pen in the window: which tool the mouse is, whether it may be, and its words.
 */
#include "qa-help/window_state.h"

#include <qassist/errors.h>

#include "common/exits.h"
#include "common/i18n.h"

#define DRAWING (QA_PERMISSION_POINT | QA_PERMISSION_ANNOTATE)

static unsigned needed(enum draw_tool tool)
{
    if (tool == DRAW_NOTHING)
        return 0;
    return tool == DRAW_LASER ? QA_PERMISSION_POINT : QA_PERMISSION_ANNOTATE;
}

static gboolean is_allowed(const struct window *window)
{
    return (needed(window->tool) & ~window->may_draw) == 0;
}

const char *window_draw_words(const struct window *window)
{
    gboolean laser = window->tool == DRAW_LASER;
    if (window->tool == DRAW_NOTHING)
        return NULL;
    if (!is_allowed(window))
        return laser ? _("You may not point yet: request it from the sharer.")
                     : _("You may not draw yet: request it from the sharer.");
    return laser ? _("You point: the sharer sees a red dot where your mouse is. Escape gives the "
                     "mouse back.")
                 : _("You draw: hold the left mouse button. Ctrl+Z takes the last mark away, "
                     "Escape gives the mouse back.");
}

/* The row takes no room from the picture: the window grows by it. */
static void grow(struct window *window, gboolean shown)
{
    GtkWindow *gtk_window = window->parts.window;
    int row, width, height;
    if (window->full_screen || gtk_window_is_maximized(gtk_window) || !window->sized)
        return;
    gtk_window_get_default_size(gtk_window, &width, &height); /* as it is now */
    gtk_widget_measure(window->draw_bar.row, GTK_ORIENTATION_VERTICAL, -1, NULL, &row, NULL, NULL);
    gtk_window_set_default_size(gtk_window, width, height + (shown ? row : -row));
}

void window_place_draw(struct window *window)
{
    gboolean shown = window->draw_shown && gtk_widget_get_visible(window->toolbar.row);
    toolbar_set_draw(&window->toolbar, window->draw_shown);
    if (shown == gtk_widget_get_visible(window->draw_bar.row))
        return;
    if (!shown)
        grow(window, FALSE); /* measured while it can be */
    gtk_widget_set_visible(window->draw_bar.row, shown);
    if (shown)
        grow(window, TRUE);
}

void window_show_draw(struct window *window, gboolean shown)
{
    window->draw_shown = shown;
    if (!shown && window->tool != DRAW_NOTHING)
        window_use_tool(window, DRAW_NOTHING);
    window_place_draw(window);
}

void window_refresh_draw(struct window *window)
{
    qa_helper *helper = window->session.helper;
    unsigned may = qa_helper_permissions(helper) & DRAWING, before = window->may_draw;
    window->may_draw = may;
    if (may & ~before)
        window->draw_shown = TRUE; /* what was asked for is at hand */
    if (before & needed(window->tool) & ~may) {
        window->tool = DRAW_NOTHING;
        draw_bar_set_tool(&window->draw_bar, DRAW_NOTHING);
    }
    gboolean active = qa_helper_state(helper) == QA_STATE_ACTIVE;
    screen_draw_set(window->draw, active && is_allowed(window) ? helper : NULL, window->tool);
    draw_bar_update(&window->draw_bar, active && (may & QA_PERMISSION_ANNOTATE));
    window_place_draw(window);
}

void window_end_draw(struct window *window)
{
    window->tool = DRAW_NOTHING;
    window->may_draw = 0;
    window->draw_shown = FALSE;
    screen_draw_set(window->draw, NULL, DRAW_NOTHING);
    draw_bar_set_tool(&window->draw_bar, DRAW_NOTHING);
    window_place_draw(window);
}

void window_use_tool(struct window *window, enum draw_tool tool)
{
    window->tool = tool;
    draw_bar_set_tool(&window->draw_bar, tool);
    window_refresh(window);
    if (is_allowed(window) && tool != DRAW_NOTHING)
        gtk_widget_grab_focus(window->parts.view); /* Escape and Ctrl+Z are heard there */
    if (!is_allowed(window))
        request_panel_suggest(&window->toolbar.request, needed(tool));
}

/* ---- what the user does ---- */

static void do_tool(void *user, enum draw_tool tool)
{
    window_use_tool(user, tool);
}

static void do_colour(void *user, guint32 colour)
{
    struct window *window = user;
    screen_draw_set_colour(window->draw, colour);
}

static void say_failed(void *user, int error)
{
    if (error)
        window_say(user, _("Drawing is not possible just now: %s."), error_text(error));
}

static void do_undo(void *user)
{
    struct window *window = user;
    say_failed(window, qa_helper_undo(window->session.helper));
}

static void do_clear(void *user)
{
    struct window *window = user;
    say_failed(window, qa_helper_clear(window->session.helper));
}

static gboolean on_escape(GtkWidget *widget, GVariant *arguments, gpointer user)
{
    struct window *window = user;
    if (window->tool == DRAW_NOTHING)
        return FALSE;
    window_use_tool(window, DRAW_NOTHING);
    return TRUE;
}

static gboolean on_undo_key(GtkWidget *widget, GVariant *arguments, gpointer user)
{
    struct window *window = user;
    if (!gtk_widget_get_sensitive(GTK_WIDGET(window->draw_bar.undo)))
        return FALSE;
    do_undo(window);
    return TRUE;
}

static void add_shortcut(struct window *window, GtkEventController *shortcuts, guint key,
                         GdkModifierType modifiers, GtkShortcutFunc function)
{
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(shortcuts),
        gtk_shortcut_new(gtk_keyval_trigger_new(key, modifiers),
                         gtk_callback_action_new(function, window, NULL)));
}

void window_build_draw(struct window *window)
{
    static const struct draw_bar_events events = {
        .tool = do_tool, .colour = do_colour, .undo = do_undo, .clear = do_clear};
    window->draw = screen_draw_new(SCREEN_VIEW(window->parts.view), say_failed, window);
    draw_bar_build(&window->draw_bar, &events, window);
    gtk_box_insert_child_after(GTK_BOX(window->parts.screen_page), window->draw_bar.row,
                               window->toolbar.row);
    GtkEventController *shortcuts = gtk_shortcut_controller_new();
    add_shortcut(window, shortcuts, GDK_KEY_Escape, 0, on_escape);
    add_shortcut(window, shortcuts, GDK_KEY_z, GDK_CONTROL_MASK, on_undo_key);
    gtk_widget_add_controller(GTK_WIDGET(window->parts.window), shortcuts);
}
