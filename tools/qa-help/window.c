#include "qa-help/window.h"

#include <glib-unix.h>
#include <gtk/gtk.h>

#include "common/events.h"
#include "common/i18n.h"
#include "common/signals.h"
#include "qa-help/screen_x11.h"
#include "qa-help/window_state.h"

#define CLOSING_LIMIT 3000 /* milliseconds that a closed window waits for the session's end */

void window_start_session(struct window *window)
{
    help_session_drop(&window->session);
    window->session_over = FALSE;
    window->chat_wanted = FALSE;
    window->unread = 0;
    window->restart_asked = FALSE;
    chat_pane_clear(&window->chat);
    window_forget_screens(window);
    window->sized = FALSE;
    screen_view_clear(SCREEN_VIEW(window->parts.view));
    gtk_widget_set_visible(GTK_WIDGET(window->parts.code_notice), FALSE);
    gtk_label_set_text(window->parts.wait_text, help_session_state_text(QA_STATE_CONNECTING));
    window_show_page(window, PAGE_WAIT);
    int error = help_session_start(&window->session);
    if (error)
        events_end(error, "", 0, window_face.end(window, error, error_text(error)));
}

static gboolean on_closing_limit(gpointer user)
{
    struct window *window = user;
    g_main_loop_quit(window->loop);
    return G_SOURCE_REMOVE;
}

void window_close(struct window *window)
{
    if (window->session_over || window_cancel_sign_in(window)) {
        g_main_loop_quit(window->loop);
        return;
    }
    window->closing = TRUE;
    gtk_widget_set_visible(GTK_WIDGET(window->parts.window), FALSE);
    g_timeout_add(CLOSING_LIMIT, on_closing_limit, window);
    qa_helper_end(window->session.helper);
}

/* Ctrl+Alt+Home */
static void on_leave_view(void *user)
{
    struct window *window = user;
    window_show_bars(window, TRUE);
    toolbar_focus(&window->toolbar);
    window_say(window, _("The keys stay here now. Click into the picture to type there again."));
}

static gboolean on_context(gint fd, GIOCondition condition, gpointer user)
{
    struct window *window = user;
    qa_context_dispatch(window->session.context);
    return G_SOURCE_CONTINUE;
}

static gboolean on_signal(gint fd, GIOCondition condition, gpointer user)
{
    if (signals_take())
        window_close(user);
    return G_SOURCE_CONTINUE;
}

static void run(struct window *window)
{
    window->loop = g_main_loop_new(NULL, FALSE);
    window_parts_build(&window->parts);
    window->input = screen_input_new(SCREEN_VIEW(window->parts.view), window->parts.window,
                                     on_leave_view, window);
    window_connect_actions(window);
    window_connect_bars(window);
    window_build_sign_in(window);
    /* Not before drawing: a screen in motion would never be drawn then. */
    guint watch =
        g_unix_fd_add_full(GDK_PRIORITY_REDRAW, qa_context_get_fd(window->session.context), G_IO_IN,
                           on_context, window, NULL);
    guint signal_watch = g_unix_fd_add(signals_start(), G_IO_IN, on_signal, window);
    window_begin(window);
    gtk_window_present(window->parts.window);
    g_main_loop_run(window->loop);
    g_source_remove(watch);
    g_source_remove(signal_watch);
    window_forget_code(window);
    window_forget_words(window);
    window_end_draw(window);
    screen_input_free(window->input);
    chat_pane_free(&window->chat);
    gtk_window_destroy(window->parts.window);
    screen_draw_free(window->draw);
    help_session_drop(&window->session);
    window_end_sign_in(window);
    g_main_loop_unref(window->loop);
}

/* True where GTK will find an X display and no Wayland. */
static gboolean will_be_x11(void)
{
    const char *backend = g_getenv("GDK_BACKEND");
    if (backend)
        return g_str_has_prefix(backend, "x11");
    char *socket = g_build_filename(g_get_user_runtime_dir(), "wayland-0", NULL);
    gboolean wayland = g_getenv("WAYLAND_DISPLAY") || g_getenv("WAYLAND_SOCKET") ||
                       g_file_test(socket, G_FILE_TEST_EXISTS);
    g_free(socket);
    return !wayland;
}

/* Where the picture goes past GTK, buttons and words are all that GTK draws. OpenGL for that, a
 * software one on many machines, costs 120 MiB. What the user sets goes first. */
static void spare_opengl(void)
{
    if (screen_x11_refused() || !will_be_x11())
        return;
    g_setenv("GSK_RENDERER", "cairo", FALSE);
    if (gtk_get_minor_version() >= 16)
        g_setenv("GDK_DISABLE", "gl,vulkan", FALSE);
    else
        g_setenv("GDK_DEBUG", "gl-disable", FALSE);
}

int window_run(const struct help_options *options, struct help_token *token)
{
    gtk_disable_setlocale();
    i18n_always_utf8();
    g_set_prgname("qa-help");
    spare_opengl();
    if (!gtk_init_check())
        return WINDOW_UNAVAILABLE;
    gtk_window_set_default_icon_name("qassist");
    struct window window = {.session = {.options = options, .token = token, .face = &window_face}};
    window.session.face_user = &window;
    int error = common_context_new(&options->common, &window.session.context);
    if (error)
        return common_fail(&options->common, error, EXIT_ROLE_HELPER);
    run(&window);
    qa_context_unref(window.session.context);
    return window.exit_code;
}
