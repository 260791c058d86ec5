/*
 * Chat below every page of a session, from the moment the helper is there: closed at first, open
 * once something is written. What was said is told to screen readers as a log.
 */
#include "common/i18n.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"

#define LINES_KEPT 200
#define LOG_HEIGHT 44 /* two lines: with all permissions listed it still fits 1024x600 */

static const char id_key[] = "qa-share-message";

static void trim(struct gui *gui)
{
    unsigned count = 0;
    GtkWidget *line = gtk_widget_get_first_child(GTK_WIDGET(gui->chat.log));
    for (; line; line = gtk_widget_get_next_sibling(line))
        count++;
    while (count-- > LINES_KEPT)
        gtk_box_remove(gui->chat.log, gtk_widget_get_first_child(GTK_WIDGET(gui->chat.log)));
}

/* To the newest line, once it has its place. */
static gboolean on_idle_scroll(gpointer user)
{
    struct gui *gui = user;
    GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment(gui->chat.scrolled);
    gtk_adjustment_set_value(adjustment, gtk_adjustment_get_upper(adjustment));
    gui->chat.scrolling = 0;
    return G_SOURCE_REMOVE;
}

static GtkLabel *add_line(struct gui *gui)
{
    GtkLabel *line = gui_text(gui->chat.log, NULL);
    trim(gui);
    if (!gui->chat.scrolling)
        gui->chat.scrolling = g_idle_add_full(G_PRIORITY_LOW, on_idle_scroll, gui, NULL);
    return line;
}

void gui_chat_take(struct gui *gui, const char *text)
{
    gui_set_text(add_line(gui), _("%s: %s"), gui->share.name, text);
    gtk_expander_set_expanded(gui->chat.pane, TRUE);
}

void gui_chat_delivered(struct gui *gui, unsigned id)
{
    GtkWidget *line = gtk_widget_get_first_child(GTK_WIDGET(gui->chat.log));
    for (; line; line = gtk_widget_get_next_sibling(line)) {
        if (GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(line), id_key)) != id)
            continue;
        const char *text = g_object_get_data(G_OBJECT(line), "text");
        gui_set_text(GTK_LABEL(line), _("You: %s (arrived)"), text);
        return;
    }
}

static void on_send(GtkWidget *widget, gpointer user)
{
    struct gui *gui = user;
    char *text = g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(gui->chat.entry))));
    uint32_t id = 0;
    if (*text && share_chat(&gui->share, text, &id) == 0) {
        GtkLabel *line = add_line(gui);
        gui_set_text(line, _("You: %s (on its way)"), text);
        g_object_set_data(G_OBJECT(line), id_key, GUINT_TO_POINTER(id));
        g_object_set_data_full(G_OBJECT(line), "text", g_strdup(text), g_free);
        gtk_editable_set_text(GTK_EDITABLE(gui->chat.entry), "");
    }
    g_free(text);
    gtk_widget_grab_focus(GTK_WIDGET(gui->chat.entry));
}

static void on_expanded(GtkExpander *pane, GParamSpec *spec, gpointer user)
{
    struct gui *gui = user;
    gui_fit(gui);
}

static GtkWidget *build_log(struct gui *gui)
{
    gui->chat.log = g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_LOG,
                                 "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 4, NULL);
    gui_name(gui->chat.log, _("What was written"));
    GtkWidget *scrolled = gtk_scrolled_window_new();
    gui->chat.scrolled = GTK_SCROLLED_WINDOW(scrolled);
    gtk_scrolled_window_set_policy(gui->chat.scrolled, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_min_content_height(gui->chat.scrolled, LOG_HEIGHT);
    gtk_scrolled_window_set_child(gui->chat.scrolled, GTK_WIDGET(gui->chat.log));
    gtk_widget_set_vexpand(scrolled, TRUE);
    return scrolled;
}

GtkWidget *gui_chat_build(struct gui *gui)
{
    GtkWidget *pane = gtk_expander_new(_("Chat"));
    gui->chat.pane = GTK_EXPANDER(pane);
    gtk_widget_add_css_class(pane, "chat");
    gui_name(pane, _("Chat"));
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    gtk_box_append(GTK_BOX(box), build_log(gui));
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *entry = gtk_entry_new();
    gui->chat.entry = GTK_ENTRY(entry);
    gtk_entry_set_max_length(gui->chat.entry, QA_CHAT_MAX);
    gtk_widget_set_hexpand(entry, TRUE);
    gui_name(entry, _("Write to your helper"));
    g_signal_connect(entry, "activate", G_CALLBACK(on_send), gui);
    gtk_box_append(GTK_BOX(row), entry);
    gui_button(GTK_BOX(row), _("Send"), NULL, G_CALLBACK(on_send), gui);
    gtk_box_append(GTK_BOX(box), row);
    gtk_expander_set_child(gui->chat.pane, box);
    g_signal_connect(pane, "notify::expanded", G_CALLBACK(on_expanded), gui);
    gtk_widget_set_visible(pane, FALSE);
    return pane;
}

void gui_chat_update(struct gui *gui)
{
    const struct share *share = &gui->share;
    gtk_widget_set_visible(GTK_WIDGET(gui->chat.pane),
                           share->state >= QA_STATE_ASKING && share->state != QA_STATE_ENDED);
}

void gui_chat_clear(struct gui *gui)
{
    GtkWidget *line;
    g_clear_handle_id(&gui->chat.scrolling, g_source_remove);
    while ((line = gtk_widget_get_first_child(GTK_WIDGET(gui->chat.log))))
        gtk_box_remove(gui->chat.log, line);
    gtk_editable_set_text(GTK_EDITABLE(gui->chat.entry), "");
    gtk_expander_set_expanded(gui->chat.pane, FALSE);
    gtk_widget_set_visible(GTK_WIDGET(gui->chat.pane), FALSE);
}
