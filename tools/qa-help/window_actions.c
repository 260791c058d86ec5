#include "qa-help/window_state.h"

#include "common/i18n.h"
#include "common/permission_words.h"

static void do_request(void *user, unsigned permissions, const char *purpose)
{
    struct window *window = user;
    char words[256];
    int error = qa_helper_request(window->session.helper, permissions, purpose);
    permissions_in_words(permissions, words, sizeof words);
    window_refresh(window);
    if (error)
        window_say_not_asked(window, error);
    else
        window_say(window, _("The sharer is being asked: %s."), words);
}

static void do_restart(void *user)
{
    window_ask_restart(user);
}

static void do_screen(void *user, guint32 id)
{
    window_choose_screen(user, id);
}

static void do_pause(void *user, gboolean paused)
{
    struct window *window = user;
    if (paused)
        qa_helper_pause(window->session.helper);
    else
        qa_helper_resume(window->session.helper);
    window_refresh(window);
}

static void do_fit(void *user, gboolean fit)
{
    struct window *window = user;
    screen_view_set_fit(SCREEN_VIEW(window->parts.view), fit);
}

static void do_full_screen(void *user, gboolean full)
{
    window_set_full_screen(user, full);
}

static void do_draw(void *user, gboolean shown)
{
    window_show_draw(user, shown);
}

static void do_end(void *user)
{
    struct window *window = user;
    qa_helper_end(window->session.helper);
}

static void do_chat(void *user, gboolean shown)
{
    window_show_chat(user, shown);
}

static void do_clipboard(void *user)
{
    window_send_clipboard(user);
}

static const struct toolbar_events events = {
    .request = do_request,
    .restart = do_restart,
    .screen = do_screen,
    .pause = do_pause,
    .fit = do_fit,
    .full_screen = do_full_screen,
    .draw = do_draw,
    .chat = do_chat,
    .clipboard = do_clipboard,
    .end = do_end,
};

static gboolean on_close_request(GtkWindow *gtk_window, gpointer user)
{
    window_close(user);
    return TRUE;
}

static void on_close_clicked(GtkButton *button, gpointer user)
{
    window_close(user);
}

static void on_end_clicked(GtkButton *button, gpointer user)
{
    do_end(user);
}

static void on_again_clicked(GtkButton *button, gpointer user)
{
    struct window *window = user;
    /* A sign-in may have ended meanwhile; then it is asked for anew. */
    window->session.token->remembered = window->session.options->sign_in;
    window_start_session(window);
}

static void on_copy_clicked(GtkButton *button, gpointer user)
{
    struct window *window = user;
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(button)), window->code);
    window_parts_label(button, _("Copied"), _("The security code is copied"));
}

/* Whose the keys are depends on it. */
static void on_view_focus_changed(GtkWidget *view, GParamSpec *property, gpointer user)
{
    window_say_situation(user);
}

static gboolean on_full_screen_key(GtkWidget *widget, GVariant *arguments, gpointer user)
{
    struct window *window = user;
    if (!gtk_widget_get_visible(window->parts.screen_page))
        return FALSE;
    window_set_full_screen(window, !window->full_screen);
    return TRUE;
}

/* Keys that the picture did not take for the sharer. */
static void add_shortcuts(struct window *window)
{
    GtkEventController *shortcuts = gtk_shortcut_controller_new();
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(shortcuts),
        gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_F11, 0),
                         gtk_callback_action_new(on_full_screen_key, window, NULL)));
    gtk_widget_add_controller(GTK_WIDGET(window->parts.window), shortcuts);
}

void window_connect_actions(struct window *window)
{
    struct window_parts *parts = &window->parts;
    toolbar_build(&window->toolbar, &events, window);
    gtk_box_prepend(GTK_BOX(parts->screen_page), window->toolbar.row);
    window_build_draw(window);
    window_build_talk(window);
    add_shortcuts(window);
    g_signal_connect(parts->window, "close-request", G_CALLBACK(on_close_request), window);
    g_signal_connect(parts->close, "clicked", G_CALLBACK(on_close_clicked), window);
    g_signal_connect(parts->end, "clicked", G_CALLBACK(on_end_clicked), window);
    g_signal_connect(parts->again, "clicked", G_CALLBACK(on_again_clicked), window);
    g_signal_connect(parts->copy, "clicked", G_CALLBACK(on_copy_clicked), window);
    g_signal_connect(parts->view, "notify::has-focus", G_CALLBACK(on_view_focus_changed), window);
}
