#include "qa-help/window_state.h"

#include <qassist/errors.h>

#include "common/exits.h"
#include "common/i18n.h"
#include "common/permission_words.h"
#include "qa-help/code_panel.h"
#include "qa-help/screen_view.h"

void window_show_page(struct window *window, const char *page)
{
    struct window_parts *parts = &window->parts;
    gboolean screen = g_str_equal(page, PAGE_SCREEN);
    gtk_stack_set_visible_child_name(parts->pages, page);
    gtk_spinner_set_spinning(parts->spinner, g_str_equal(page, PAGE_WAIT));
    window_show_bars(window, window->bars);
    gtk_widget_set_visible(GTK_WIDGET(parts->end), !screen && !g_str_equal(page, PAGE_END) &&
                                                       !window->sign_in.under_way &&
                                                       !g_str_equal(page, PAGE_SIGN_IN));
}

static gboolean on_page(struct window *window, const char *page)
{
    return g_str_equal(gtk_stack_get_visible_child_name(window->parts.pages), page);
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
    window_show_page(window, PAGE_CODE);
    gtk_widget_grab_focus(GTK_WIDGET(window->parts.copy));
}

void window_forget_code(struct window *window)
{
    g_clear_handle_id(&window->countdown, g_source_remove);
    explicit_bzero(window->code, sizeof window->code);
    gtk_label_set_text(window->parts.code, "");
}

/* What the sharer hides must not stay on this screen. */
static void show_pause(struct window *window)
{
    unsigned causes = qa_helper_paused(window->session.helper);
    gboolean hidden = causes & (QA_PAUSED_BY_SHARER | QA_PAUSED_BY_PROMPT);
    if (hidden)
        gtk_label_set_text(window->parts.paused, paused_words_helper(causes));
    gtk_widget_set_visible(GTK_WIDGET(window->parts.paused), hidden);
    screen_view_set_hidden(SCREEN_VIEW(window->parts.view), hidden);
}

static void show_control(struct window *window)
{
    qa_helper *helper = window->session.helper;
    gboolean works = qa_helper_state(helper) == QA_STATE_ACTIVE &&
                     qa_helper_permissions(helper) & QA_PERMISSION_CONTROL &&
                     window->tool == DRAW_NOTHING;
    gboolean begins = works && !screen_input_enabled(window->input);
    screen_input_enable(window->input, works ? helper : NULL);
    screen_view_set_controlling(SCREEN_VIEW(window->parts.view), works);
    if (begins)
        gtk_widget_grab_focus(window->parts.view);
}

void window_refresh(struct window *window)
{
    if (!window->session.helper || !on_page(window, PAGE_SCREEN))
        return;
    show_pause(window);
    window_refresh_draw(window);
    show_control(window);
    toolbar_update(&window->toolbar, window->session.helper, window->restart_asked);
    window_say_situation(window);
}

static void face_state(void *user, qa_session_state state)
{
    struct window *window = user;
    if (state == QA_STATE_ENDED)
        return; /* face_end says it better */
    if (state > QA_STATE_WAITING)
        window_forget_code(window);
    window_refresh_talk(window);
    if (state == QA_STATE_ACTIVE || state == QA_STATE_PAUSED) {
        gboolean first = !on_page(window, PAGE_SCREEN);
        window_show_page(window, PAGE_SCREEN);
        window_refresh(window);
        if (first)
            toolbar_focus(&window->toolbar);
    } else if (state != QA_STATE_WAITING) {
        /* What was seen before a break must not flash up when the page comes back. */
        screen_view_clear(SCREEN_VIEW(window->parts.view));
        gtk_label_set_text(window->parts.wait_text,
                           help_session_wait_text(&window->session, state));
        window_show_page(window, PAGE_WAIT);
    }
}

static void face_permissions(void *user, unsigned permissions, int reason)
{
    window_refresh(user);
}

static void face_refused(void *user, unsigned permissions, int reason, unsigned wait_seconds)
{
    char text[512];
    help_session_refusal_text(permissions, reason, text, sizeof text);
    window_refresh(user);
    window_say(user, "%s", text);
}

static void face_paused(void *user, unsigned causes)
{
    window_refresh(user);
}

static void face_notice(void *user, qa_notice notice)
{
    struct window *window = user;
    const char *text = help_session_notice_text(notice);
    gtk_label_set_text(window->parts.code_notice, text);
    gtk_widget_set_visible(GTK_WIDGET(window->parts.code_notice), TRUE);
    window_say(window, "%s", text);
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
        window_say_situation(window);
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
    window_forget_code(window);
    window_forget_words(window);
    screen_input_enable(window->input, NULL);
    window_end_draw(window);
    screen_view_clear(SCREEN_VIEW(window->parts.view));
    if (window->full_screen)
        window_set_full_screen(window, FALSE);
    if (error)
        complain(&window->session.options->common, "%s", text);
    char *sentence = g_strdup(text);
    sentence[0] = g_ascii_toupper(sentence[0]);
    gtk_label_set_text(window->parts.end_text, sentence);
    g_free(sentence);
    window_show_page(window, PAGE_END);
    window_refresh_talk(window);
    gtk_widget_grab_focus(GTK_WIDGET(window->parts.again));
    if (window->closing)
        g_main_loop_quit(window->loop);
    return window->exit_code;
}

const struct help_face window_face = {
    .code = face_code,
    .state = face_state,
    .permissions = face_permissions,
    .notice = face_notice,
    .frame = face_frame,
    .cursor = face_cursor,
    .cursor_position = face_cursor_position,
    .token_refused = window_token_refused,
    .end = face_end,
    .paused = face_paused,
    .refused = face_refused,
    .restart = window_restart,
    .screens = window_screens,
    .chat = window_chat,
    .chat_delivered = window_chat_delivered,
    .clipboard = window_clipboard,
};
