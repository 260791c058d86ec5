#include "qa-help/chat_pane.h"

#include <qassist/session.h>

#include "common/i18n.h"
#include "qa-help/window_parts.h"

#define MESSAGES_MAX 500 /* older ones go */
#define WIDTH        260

static GtkWidget *text_label(const char *text, const char *class)
{
    GtkWidget *label = gtk_label_new(text);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_selectable(GTK_LABEL(label), FALSE);
    if (class)
        gtk_widget_add_css_class(label, class);
    return label;
}

static void forget_oldest(struct chat_pane *pane)
{
    int count = 0;
    for (GtkWidget *at = gtk_widget_get_first_child(GTK_WIDGET(pane->messages)); at;
         at = gtk_widget_get_next_sibling(at))
        count++;
    if (count >= MESSAGES_MAX)
        gtk_box_remove(pane->messages, gtk_widget_get_first_child(GTK_WIDGET(pane->messages)));
}

/* A message; returns the label below it. */
static GtkWidget *append(struct chat_pane *pane, const char *who, const char *text,
                         const char *state)
{
    forget_oldest(pane);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *below = text_label(state, "chat-state");
    gtk_box_append(GTK_BOX(box), text_label(who, "chat-who"));
    gtk_box_append(GTK_BOX(box), text_label(text, NULL));
    gtk_box_append(GTK_BOX(box), below);
    gtk_widget_set_visible(below, *state);
    gtk_box_append(pane->messages, box);
    return below;
}

/* The newest one is to be seen once it has its place. */
static void on_height(GtkAdjustment *adjustment, GParamSpec *property, gpointer user)
{
    gtk_adjustment_set_value(adjustment, gtk_adjustment_get_upper(adjustment));
}

static void on_send(GtkWidget *widget, gpointer user)
{
    struct chat_pane *pane = user;
    guint32 id = 0;
    const char *text = gtk_editable_get_text(GTK_EDITABLE(pane->entry));
    if (!*text || !pane->write(pane->user, text, &id))
        return;
    GtkWidget *state = append(pane, _("You"), text, _("on the way"));
    g_hash_table_insert(pane->waiting, GUINT_TO_POINTER(id), g_object_ref(state));
    gtk_editable_set_text(GTK_EDITABLE(pane->entry), "");
}

static GtkWidget *build_writing(struct chat_pane *pane)
{
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
    pane->entry = GTK_ENTRY(gtk_entry_new());
    gtk_entry_set_max_length(pane->entry, QA_CHAT_MAX);
    gtk_entry_set_placeholder_text(pane->entry, _("Write to the sharer"));
    gtk_widget_set_hexpand(GTK_WIDGET(pane->entry), TRUE);
    window_parts_name(pane->entry, _("Write to the sharer"));
    pane->send = GTK_BUTTON(gtk_button_new());
    window_parts_label(pane->send, _("Send"), _("Send the message"));
    g_signal_connect(pane->entry, "activate", G_CALLBACK(on_send), pane);
    g_signal_connect(pane->send, "clicked", G_CALLBACK(on_send), pane);
    gtk_box_append(GTK_BOX(row), GTK_WIDGET(pane->entry));
    gtk_box_append(GTK_BOX(row), GTK_WIDGET(pane->send));
    return row;
}

void chat_pane_build(struct chat_pane *pane,
                     gboolean (*write)(void *user, const char *text, guint32 *id), void *user)
{
    pane->write = write;
    pane->user = user;
    pane->waiting = g_hash_table_new_full(NULL, NULL, NULL, g_object_unref);
    pane->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_widget_add_css_class(pane->box, "chat");
    gtk_widget_set_size_request(pane->box, WIDTH, -1);
    gtk_widget_set_hexpand(pane->box, FALSE); /* whatever its parts want */
    pane->messages = g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_LOG,
                                  "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 8, NULL);
    window_parts_name(pane->messages, _("Chat with the sharer"));
    pane->scrolled = GTK_SCROLLED_WINDOW(gtk_scrolled_window_new());
    gtk_scrolled_window_set_policy(pane->scrolled, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_child(pane->scrolled, GTK_WIDGET(pane->messages));
    gtk_widget_set_vexpand(GTK_WIDGET(pane->scrolled), TRUE);
    g_signal_connect(gtk_scrolled_window_get_vadjustment(pane->scrolled), "notify::upper",
                     G_CALLBACK(on_height), NULL);
    gtk_box_append(GTK_BOX(pane->box), GTK_WIDGET(pane->scrolled));
    gtk_box_append(GTK_BOX(pane->box), build_writing(pane));
    gtk_widget_set_visible(pane->box, FALSE);
}

void chat_pane_free(struct chat_pane *pane)
{
    g_clear_pointer(&pane->waiting, g_hash_table_unref);
}

void chat_pane_clear(struct chat_pane *pane)
{
    GtkWidget *child;
    g_hash_table_remove_all(pane->waiting);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(pane->messages))))
        gtk_box_remove(pane->messages, child);
    gtk_editable_set_text(GTK_EDITABLE(pane->entry), "");
}

void chat_pane_theirs(struct chat_pane *pane, const char *text)
{
    append(pane, _("The sharer"), text, "");
}

void chat_pane_delivered(struct chat_pane *pane, guint32 id)
{
    GtkLabel *state = g_hash_table_lookup(pane->waiting, GUINT_TO_POINTER(id));
    if (!state)
        return;
    gtk_label_set_text(state, _("delivered"));
    g_hash_table_remove(pane->waiting, GUINT_TO_POINTER(id));
}

void chat_pane_enable(struct chat_pane *pane, gboolean possible)
{
    gtk_widget_set_sensitive(GTK_WIDGET(pane->entry), possible);
    gtk_widget_set_sensitive(GTK_WIDGET(pane->send), possible);
}
