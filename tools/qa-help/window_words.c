#include "qa-help/window_state.h"

#include <qassist/errors.h>

#include "common/exits.h"
#include "common/i18n.h"
#include "common/permission_words.h"

#define MESSAGE_TIME 8000 /* milliseconds */

static void set_status(struct window *window, const char *text)
{
    GtkLabel *status = window->parts.status;
    if (g_str_equal(gtk_label_get_text(status), text))
        return;
    gtk_label_set_text(status, text);
    gtk_widget_set_tooltip_text(GTK_WIDGET(status), text); /* a narrow window cuts it off */
#if GTK_CHECK_VERSION(4, 14, 0)
    if (gtk_widget_get_mapped(GTK_WIDGET(status)))
        gtk_accessible_announce(GTK_ACCESSIBLE(status), text,
                                GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
#endif
}

static const char *control_words(struct window *window)
{
    if (gtk_widget_has_focus(window->parts.view))
        return _("You control the screen. All keys go to the sharer; Ctrl+Alt+Home moves the "
                 "keyboard to the buttons here.");
    return _("You control the screen with the mouse. The keys stay here: click into the picture to "
             "type there.");
}

/* What is the case now, where nothing special has just happened. */
static const char *situation(struct window *window)
{
    const qa_helper *helper = window->session.helper;
    qa_session_state state = qa_helper_state(helper);
    unsigned paused = qa_helper_paused(helper);
    if (paused)
        return paused_words_helper(paused);
    if (state != QA_STATE_ACTIVE)
        return help_session_state_text(state);
    if (!window->session.frames)
        return _("Waiting for the first picture…");
    if (qa_helper_requested(helper))
        return _("The sharer is being asked. You see the screen meanwhile.");
    if (window_restart_words(window))
        return window_restart_words(window);
    if (window_draw_words(window))
        return window_draw_words(window);
    if (qa_helper_permissions(helper) & QA_PERMISSION_CONTROL)
        return control_words(window);
    return _("You see the screen. To do more, request it from the sharer.");
}

/* What just happened is said until something else is the case. */
void window_say_situation(struct window *window)
{
    if (!window->session.helper)
        return;
    const char *now = situation(window);
    if (g_strcmp0(now, window->situation) != 0)
        g_clear_handle_id(&window->message, g_source_remove);
    window->situation = now;
    if (!window->message)
        set_status(window, now);
}

static gboolean on_message_over(gpointer user)
{
    struct window *window = user;
    window->message = 0;
    window_say_situation(window);
    if (window->full_screen && gtk_widget_has_focus(window->parts.view))
        window_show_bars(window, FALSE);
    return G_SOURCE_REMOVE;
}

void window_say(struct window *window, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    set_status(window, text);
    g_free(text);
    g_clear_handle_id(&window->message, g_source_remove);
    window->message = g_timeout_add(MESSAGE_TIME, on_message_over, window);
    if (window->full_screen)
        gtk_widget_set_visible(GTK_WIDGET(window->parts.status), TRUE);
}

void window_say_not_asked(struct window *window, int error)
{
    if (error == QA_ERATE)
        window_say(window,
                   _("The sharer said no a moment ago. Talk to them before you ask again."));
    else if (error == QA_ELIMIT)
        window_say(window, _("The sharer said no several times: nothing more is asked of them."));
    else if (error == QA_EPOLICY)
        window_say(window, _("Your organisation does not allow you to ask for this."));
    else
        window_say(window, _("Asking is not possible just now: %s."), error_text(error));
}

void window_forget_words(struct window *window)
{
    g_clear_handle_id(&window->message, g_source_remove);
    window->situation = NULL;
    set_status(window, "");
}
