#include "qa-help/window_state.h"

#include <qassist/errors.h>

#include "common/exits.h"
#include "common/i18n.h"

static gboolean can_talk(const struct window *window)
{
    qa_session_state state =
        window->session.helper ? qa_helper_state(window->session.helper) : QA_STATE_NEW;
    return state >= QA_STATE_ASKING && state != QA_STATE_ENDED;
}

static gboolean write_chat(void *user, const char *text, guint32 *id)
{
    struct window *window = user;
    int error = qa_helper_chat(window->session.helper, text, id);
    if (error)
        window_say(window, _("The message was not sent: %s."), error_text(error));
    else
        window->chat_wanted = TRUE; /* begun while the sharer was asked, it goes on after */
    return !error;
}

void window_show_chat(struct window *window, gboolean shown)
{
    window->chat_wanted = shown;
    window_refresh_talk(window);
    if (shown)
        gtk_widget_grab_focus(GTK_WIDGET(window->chat.entry));
}

/* While the sharer is asked there is nothing else to do: the chat is there by itself. */
void window_refresh_talk(struct window *window)
{
    gboolean possible = can_talk(window);
    gboolean asking = possible && qa_helper_state(window->session.helper) == QA_STATE_ASKING;
    gboolean shown = possible && (asking || window->chat_wanted);
    gtk_widget_set_visible(window->chat.box, shown);
    chat_pane_enable(&window->chat, possible);
    if (shown)
        window->unread = 0;
    toolbar_set_chat(&window->toolbar, window->chat_wanted, window->unread);
}

void window_chat(void *user, const char *text)
{
    struct window *window = user;
    chat_pane_theirs(&window->chat, text);
    window->chat_wanted = window->chat_wanted || gtk_widget_get_visible(window->chat.box);
    window->unread++;
    window_refresh_talk(window);
    if (window->unread)
        window_say(window, _("The sharer writes: %s"), text);
}

void window_chat_delivered(void *user, uint32_t id)
{
    struct window *window = user;
    chat_pane_delivered(&window->chat, id);
}

/* What the sharer copied is in the clipboard here. */
void window_clipboard(void *user, const char *text)
{
    struct window *window = user;
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(window->parts.window)), text);
    window_say(window, _("The text that the sharer copied is in your clipboard."));
}

static void on_text(GObject *source, GAsyncResult *result, gpointer user)
{
    struct window *window = user;
    char *text = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(source), result, NULL);
    int error = text && window->session.helper ? qa_helper_clipboard(window->session.helper, text)
                                               : QA_EINVAL;
    if (!text || !*text)
        window_say(window, _("There is no text in your clipboard."));
    else if (error)
        window_say(window, _("Your clipboard was not sent: %s."), error_text(error));
    else
        window_say(window, _("Your clipboard's text is in the sharer's clipboard."));
    g_free(text);
}

void window_send_clipboard(struct window *window)
{
    if (!(qa_helper_permissions(window->session.helper) & QA_PERMISSION_CLIPBOARD_TO_SHARER)) {
        window_say(window, _("Request it first: “Put text into their clipboard”."));
        return;
    }
    gdk_clipboard_read_text_async(gtk_widget_get_clipboard(GTK_WIDGET(window->parts.window)), NULL,
                                  on_text, window);
}

void window_build_talk(struct window *window)
{
    chat_pane_build(&window->chat, write_chat, window);
    gtk_box_append(GTK_BOX(window->parts.content), window->chat.box);
}
