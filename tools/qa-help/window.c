#include "qa-help/window.h"

#include <glib-unix.h>
#include <gtk/gtk.h>

#include "common/events.h"
#include "common/i18n.h"
#include "common/signals.h"
#include "qa-help/code_panel.h"
#include "qa-help/help_session.h"
#include "qa-help/screen_input.h"
#include "qa-help/screen_view.h"
#include "qa-help/screen_x11.h"
#include "qa-help/window_parts.h"

#define CLOSING_LIMIT 3000 /* milliseconds that a closed window waits for the session's end */

struct window {
    struct window_parts parts;
    struct help_session session;
    struct screen_input *input;
    GMainLoop *loop;
    char code[64];
    gint64 code_expires; /* g_get_monotonic_time */
    guint countdown;
    gboolean asked; /* for control, no answer yet */
    gboolean session_over;
    gboolean closing;
    gboolean sized; /* the window was fitted to the picture once */
    int exit_code;
};

static void show_page(struct window *window, const char *page)
{
    struct window_parts *parts = &window->parts;
    gboolean screen = g_str_equal(page, PAGE_SCREEN);
    gtk_stack_set_visible_child_name(parts->pages, page);
    gtk_spinner_set_spinning(parts->spinner, g_str_equal(page, PAGE_WAIT));
    gtk_widget_set_visible(parts->sizes, screen);
    gtk_widget_set_visible(GTK_WIDGET(parts->request), screen);
    gtk_widget_set_visible(GTK_WIDGET(parts->end), !g_str_equal(page, PAGE_END));
}

static gboolean on_page(struct window *window, const char *page)
{
    return g_str_equal(gtk_stack_get_visible_child_name(window->parts.pages), page);
}

static gboolean may_control(const struct window *window)
{
    return window->session.helper &&
           qa_helper_permissions(window->session.helper) & QA_PERMISSION_CONTROL;
}

static void update_request_button(struct window *window)
{
    GtkButton *button = window->parts.request;
    gboolean active = qa_helper_state(window->session.helper) == QA_STATE_ACTIVE;
    if (may_control(window))
        window_parts_label(button, _("Control allowed"), _("Control is allowed"));
    else if (window->asked)
        window_parts_label(button, _("Waiting for answer…"), _("Waiting for the sharer's answer"));
    else
        window_parts_label(button, _("Request control"), _("Ask the sharer for control"));
    gtk_widget_set_sensitive(GTK_WIDGET(button), active && !window->asked && !may_control(window));
}

static void set_status(struct window *window, const char *text)
{
    gtk_label_set_text(window->parts.status, text);
}

/* What is the case now, where nothing special has just happened. */
static void show_situation(struct window *window)
{
    qa_session_state state = qa_helper_state(window->session.helper);
    if (state == QA_STATE_ACTIVE && !window->session.frames)
        set_status(window, _("Waiting for the first picture…"));
    else if (state == QA_STATE_ACTIVE && may_control(window))
        set_status(window, _("You control the screen. Ctrl+Alt+Home moves the keyboard back to the "
                             "buttons here."));
    else
        set_status(window, help_session_state_text(state));
}

static void update_control(struct window *window)
{
    gboolean works =
        may_control(window) && qa_helper_state(window->session.helper) == QA_STATE_ACTIVE;
    screen_input_enable(window->input, works ? window->session.helper : NULL);
    screen_view_set_controlling(SCREEN_VIEW(window->parts.view), works);
    if (works)
        gtk_widget_grab_focus(window->parts.view);
    update_request_button(window);
}

static gboolean on_countdown(gpointer user)
{
    struct window *window = user;
    gint64 left = (window->code_expires - g_get_monotonic_time()) / G_USEC_PER_SEC;
    char time[32], text[64];
    code_panel_time_left((unsigned)MAX(left, 0), time, sizeof time);
    g_snprintf(text, sizeof text, _("Valid for %s"), time);
    gtk_label_set_text(window->parts.code_time, text);
    return G_SOURCE_CONTINUE;
}

static void face_code(void *user, const char *code, unsigned seconds_left, const char *shown_name,
                      const char *organisation)
{
    struct window *window = user;
    g_strlcpy(window->code, code, sizeof window->code);
    gtk_label_set_text(window->parts.code, code);
    window_parts_label(window->parts.copy, _("Copy code"), _("Copy the security code"));
    char *name = *organisation ? g_strdup_printf(_("They will see you as “%s” from %s."),
                                                 shown_name, organisation)
                               : g_strdup_printf(_("They will see you as “%s”."), shown_name);
    gtk_label_set_text(window->parts.code_name, name);
    g_free(name);
    window->code_expires = g_get_monotonic_time() + (gint64)seconds_left * G_USEC_PER_SEC;
    on_countdown(window);
    if (!window->countdown)
        window->countdown = g_timeout_add(500, on_countdown, window);
    show_page(window, PAGE_CODE);
    gtk_widget_grab_focus(GTK_WIDGET(window->parts.copy));
}

static void forget_code(struct window *window)
{
    g_clear_handle_id(&window->countdown, g_source_remove);
    explicit_bzero(window->code, sizeof window->code);
    gtk_label_set_text(window->parts.code, "");
}

static void face_state(void *user, qa_session_state state)
{
    struct window *window = user;
    if (state == QA_STATE_ENDED)
        return; /* face_end says it better */
    if (state > QA_STATE_WAITING)
        forget_code(window);
    if (state == QA_STATE_ACTIVE || state == QA_STATE_PAUSED) {
        gtk_widget_set_visible(GTK_WIDGET(window->parts.paused), state == QA_STATE_PAUSED);
        screen_view_set_blank(SCREEN_VIEW(window->parts.view), state == QA_STATE_PAUSED);
        gboolean first = !on_page(window, PAGE_SCREEN);
        show_situation(window);
        show_page(window, PAGE_SCREEN);
        update_control(window);
        if (first)
            gtk_widget_grab_focus(GTK_WIDGET(window->parts.request));
    } else if (state != QA_STATE_WAITING) {
        gtk_label_set_text(window->parts.wait_text, help_session_state_text(state));
        show_page(window, PAGE_WAIT);
    }
}

static void face_permissions(void *user, unsigned permissions, int reason)
{
    struct window *window = user;
    if (reason || permissions & QA_PERMISSION_CONTROL)
        window->asked = FALSE;
    if (permissions & QA_PERMISSION_CONTROL)
        show_situation(window);
    else if (reason == QA_EDENIED)
        set_status(window, _("The sharer did not allow control. You can ask again."));
    else if (reason == QA_ENOTALLOWED)
        set_status(window, _("The sharer took back control. You still see the screen."));
    update_control(window);
}

static void face_notice(void *user, qa_notice notice)
{
    struct window *window = user;
    const char *text = help_session_notice_text(notice);
    gtk_label_set_text(window->parts.code_notice, text);
    gtk_widget_set_visible(GTK_WIDGET(window->parts.code_notice), TRUE);
    set_status(window, text);
}

/* So large that the picture has its own size, unless the monitor is smaller. */
static void fit_window(struct window *window)
{
    GtkWidget *widget = GTK_WIDGET(window->parts.window);
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(widget));
    GdkMonitor *monitor = gdk_display_get_monitor_at_surface(gdk_display_get_default(), surface);
    GdkRectangle room = {0, 0, 1024, 768};
    int width, height;
    if (monitor)
        gdk_monitor_get_geometry(monitor, &room);
    gtk_widget_measure(widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
    gtk_widget_measure(widget, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
    gtk_window_set_default_size(window->parts.window, CLAMP(width, 500, room.width * 9 / 10),
                                CLAMP(height, 350, room.height * 9 / 10));
    window->sized = TRUE;
}

static void face_frame(void *user, qa_frame *frame)
{
    struct window *window = user;
    screen_view_update(SCREEN_VIEW(window->parts.view), frame);
    if (!window->sized)
        fit_window(window);
    if (window->session.frames == 1)
        show_situation(window);
}

static void face_cursor(void *user, const qa_cursor *cursor)
{
    struct window *window = user;
    screen_view_set_cursor(SCREEN_VIEW(window->parts.view), cursor);
}

static void face_cursor_position(void *user, int32_t x, int32_t y)
{
    struct window *window = user;
    screen_view_set_cursor_position(SCREEN_VIEW(window->parts.view), x, y);
}

static int face_end(void *user, int error, const char *text)
{
    struct window *window = user;
    window->session_over = TRUE;
    window->exit_code = (int)exit_code_for(error);
    forget_code(window);
    screen_input_enable(window->input, NULL);
    if (error)
        complain(&window->session.options->common, "%s", text);
    char *sentence = g_strdup(text);
    sentence[0] = g_ascii_toupper(sentence[0]);
    gtk_label_set_text(window->parts.end_text, sentence);
    g_free(sentence);
    show_page(window, PAGE_END);
    gtk_widget_grab_focus(GTK_WIDGET(window->parts.again));
    if (window->closing)
        g_main_loop_quit(window->loop);
    return window->exit_code;
}

static const struct help_face face = {
    .code = face_code,
    .state = face_state,
    .permissions = face_permissions,
    .notice = face_notice,
    .frame = face_frame,
    .cursor = face_cursor,
    .cursor_position = face_cursor_position,
    .end = face_end,
};

static void start_session(struct window *window)
{
    help_session_drop(&window->session);
    window->session_over = FALSE;
    window->asked = FALSE;
    window->sized = FALSE;
    screen_view_clear(SCREEN_VIEW(window->parts.view));
    gtk_widget_set_visible(GTK_WIDGET(window->parts.code_notice), FALSE);
    gtk_label_set_text(window->parts.wait_text, help_session_state_text(QA_STATE_CONNECTING));
    show_page(window, PAGE_WAIT);
    int error = help_session_start(&window->session);
    if (error)
        events_end(error, "", face_end(window, error, error_text(error)));
}

static gboolean on_closing_limit(gpointer user)
{
    struct window *window = user;
    g_main_loop_quit(window->loop);
    return G_SOURCE_REMOVE;
}

static void close_window(struct window *window)
{
    if (window->session_over) {
        g_main_loop_quit(window->loop);
        return;
    }
    window->closing = TRUE;
    gtk_widget_set_visible(GTK_WIDGET(window->parts.window), FALSE);
    g_timeout_add(CLOSING_LIMIT, on_closing_limit, window);
    qa_helper_end(window->session.helper);
}

static gboolean on_close_request(GtkWindow *gtk_window, gpointer user)
{
    close_window(user);
    return TRUE;
}

static void on_close_clicked(GtkButton *button, gpointer user)
{
    close_window(user);
}

static void on_end_clicked(GtkButton *button, gpointer user)
{
    struct window *window = user;
    qa_helper_end(window->session.helper);
}

static void on_again_clicked(GtkButton *button, gpointer user)
{
    start_session(user);
}

static void on_request_clicked(GtkButton *button, gpointer user)
{
    struct window *window = user;
    int error = qa_helper_request(window->session.helper, QA_PERMISSION_CONTROL, NULL);
    window->asked = error == 0;
    set_status(window, error ? _("Asking for control is not possible just now.")
                             : _("The sharer is being asked whether you may control…"));
    update_request_button(window);
}

static void on_copy_clicked(GtkButton *button, gpointer user)
{
    struct window *window = user;
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(button)), window->code);
    window_parts_label(button, _("Copied"), _("The security code is copied"));
}

static void on_fit_toggled(GtkToggleButton *button, gpointer user)
{
    struct window *window = user;
    screen_view_set_fit(SCREEN_VIEW(window->parts.view), gtk_toggle_button_get_active(button));
}

static void on_leave_view(void *user)
{
    struct window *window = user;
    gtk_widget_grab_focus(GTK_WIDGET(window->parts.end));
    set_status(window, _("Your keys stay here now. Click into the picture to type there again."));
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
        close_window(user);
    return G_SOURCE_CONTINUE;
}

static void connect_signals(struct window *window)
{
    struct window_parts *parts = &window->parts;
    g_signal_connect(parts->window, "close-request", G_CALLBACK(on_close_request), window);
    g_signal_connect(parts->close, "clicked", G_CALLBACK(on_close_clicked), window);
    g_signal_connect(parts->end, "clicked", G_CALLBACK(on_end_clicked), window);
    g_signal_connect(parts->again, "clicked", G_CALLBACK(on_again_clicked), window);
    g_signal_connect(parts->request, "clicked", G_CALLBACK(on_request_clicked), window);
    g_signal_connect(parts->copy, "clicked", G_CALLBACK(on_copy_clicked), window);
    g_signal_connect(parts->fit, "toggled", G_CALLBACK(on_fit_toggled), window);
}

static void run(struct window *window)
{
    window->loop = g_main_loop_new(NULL, FALSE);
    window_parts_build(&window->parts);
    window->input = screen_input_new(SCREEN_VIEW(window->parts.view), window->parts.window,
                                     on_leave_view, window);
    connect_signals(window);
    /* Not before drawing: a screen in motion would never be drawn then. */
    guint watch =
        g_unix_fd_add_full(GDK_PRIORITY_REDRAW, qa_context_get_fd(window->session.context), G_IO_IN,
                           on_context, window, NULL);
    guint signal_watch = g_unix_fd_add(signals_start(), G_IO_IN, on_signal, window);
    start_session(window);
    gtk_window_present(window->parts.window);
    g_main_loop_run(window->loop);
    g_source_remove(watch);
    g_source_remove(signal_watch);
    forget_code(window);
    screen_input_free(window->input);
    gtk_window_destroy(window->parts.window);
    help_session_drop(&window->session);
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

int window_run(const struct help_options *options, const char *token)
{
    gtk_disable_setlocale();
    i18n_always_utf8();
    g_set_prgname("qa-help");
    spare_opengl();
    if (!gtk_init_check())
        return WINDOW_UNAVAILABLE;
    struct window window = {.session = {.options = options, .token = token, .face = &face}};
    window.session.face_user = &window;
    int error = common_context_new(&options->common, &window.session.context);
    if (error) {
        complain(&options->common, "%s. %s", error_text(error),
                 exit_advice(error, EXIT_ROLE_HELPER));
        events_end(error, "", (int)exit_code_for(error));
        return (int)exit_code_for(error);
    }
    run(&window);
    qa_context_unref(window.session.context);
    return window.exit_code;
}
