#include "qa-help/request_panel.h"

#include "common/i18n.h"
#include "qa-help/window_parts.h"

static const struct {
    unsigned permission;
    const char *label;
} rows[REQUEST_TICKS] = {
    {QA_PERMISSION_CONTROL, N_("Control their mouse and keyboard")},
    {QA_PERMISSION_POINT, N_("Point with a laser pointer")},
    {QA_PERMISSION_ANNOTATE, N_("Draw on their screen")},
    {QA_PERMISSION_CLIPBOARD_TO_SHARER, N_("Put text into their clipboard")},
    {QA_PERMISSION_CLIPBOARD_TO_HELPER, N_("Get text that they copy")},
};

static unsigned ticked(const struct request_panel *panel)
{
    unsigned permissions = 0;
    for (int i = 0; i < REQUEST_TICKS; i++)
        if (gtk_widget_get_sensitive(GTK_WIDGET(panel->ticks[i])) &&
            gtk_check_button_get_active(panel->ticks[i]))
            permissions |= rows[i].permission;
    return permissions;
}

/* One line, and no more bytes than the library takes. */
static char *read_purpose(const struct request_panel *panel)
{
    char *text = g_strdup(gtk_editable_get_text(GTK_EDITABLE(panel->purpose)));
    g_strstrip(text);
    if (strlen(text) > QA_PURPOSE_MAX)
        *g_utf8_find_prev_char(text, text + QA_PURPOSE_MAX + 1) = '\0';
    return text;
}

static void on_ask(GtkButton *button, gpointer user)
{
    struct request_panel *panel = user;
    unsigned permissions = ticked(panel);
    if (!permissions)
        return;
    gtk_menu_button_popdown(panel->button);
    char *purpose = read_purpose(panel);
    panel->request(panel->user, permissions, *purpose ? purpose : NULL);
    g_free(purpose);
}

static void on_restart(GtkButton *button, gpointer user)
{
    struct request_panel *panel = user;
    gtk_menu_button_popdown(panel->button);
    panel->ask_restart(panel->user);
}

static void on_tick(GtkCheckButton *tick, gpointer user)
{
    struct request_panel *panel = user;
    gtk_widget_set_sensitive(GTK_WIDGET(panel->ask), ticked(panel) != 0);
}

static GtkWidget *build_purpose(struct request_panel *panel)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    GtkWidget *label = gtk_label_new_with_mnemonic(_("_What for? The sharer reads this."));
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    panel->purpose = GTK_ENTRY(gtk_entry_new());
    gtk_entry_set_max_length(panel->purpose, QA_PURPOSE_MAX);
    gtk_entry_set_activates_default(panel->purpose, TRUE);
    gtk_entry_set_placeholder_text(panel->purpose, _("such as: to set up the printer"));
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), GTK_WIDGET(panel->purpose));
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(panel->purpose));
    return box;
}

static GtkWidget *build_content(struct request_panel *panel)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    gtk_box_append(GTK_BOX(box), build_purpose(panel));
    for (int i = 0; i < REQUEST_TICKS; i++) {
        GtkWidget *tick = gtk_check_button_new_with_label(i18n_text(rows[i].label));
        g_signal_connect(tick, "toggled", G_CALLBACK(on_tick), panel);
        panel->ticks[i] = GTK_CHECK_BUTTON(tick);
        gtk_box_append(GTK_BOX(box), tick);
    }
    panel->ask = GTK_BUTTON(gtk_button_new());
    window_parts_label(panel->ask, _("As_k the sharer"), _("Ask for what is ticked"));
    gtk_widget_add_css_class(GTK_WIDGET(panel->ask), "suggested-action");
    g_signal_connect(panel->ask, "clicked", G_CALLBACK(on_ask), panel);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(panel->ask));
    gtk_box_append(GTK_BOX(box), gtk_separator_new(GTK_ORIENTATION_HORIZONTAL));
    panel->restart = GTK_BUTTON(gtk_button_new());
    window_parts_label(panel->restart, _("Ask to restart t_heir computer…"),
                       _("Ask to restart their computer; the session goes on after that"));
    g_signal_connect(panel->restart, "clicked", G_CALLBACK(on_restart), panel);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(panel->restart));
    return box;
}

void request_panel_build(struct request_panel *panel,
                         void (*request)(void *user, unsigned permissions, const char *purpose),
                         void (*ask_restart)(void *user), void *user)
{
    panel->request = request;
    panel->ask_restart = ask_restart;
    panel->user = user;
    panel->button = GTK_MENU_BUTTON(gtk_menu_button_new());
    GtkWidget *popover = gtk_popover_new();
    gtk_popover_set_child(GTK_POPOVER(popover), build_content(panel));
    gtk_popover_set_default_widget(GTK_POPOVER(popover), GTK_WIDGET(panel->ask));
    window_parts_name(popover, _("Ask the sharer for"));
    gtk_menu_button_set_popover(panel->button, popover);
    gtk_menu_button_set_use_underline(panel->button, TRUE);
    window_parts_name(panel->button, _("Request"));
    gtk_check_button_set_active(panel->ticks[0], TRUE);
}

void request_panel_update(struct request_panel *panel, unsigned allowed, unsigned asked,
                          gboolean restart_asked, gboolean possible)
{
    for (int i = 0; i < REQUEST_TICKS; i++) {
        gboolean open = !((allowed | asked) & rows[i].permission);
        gtk_widget_set_sensitive(GTK_WIDGET(panel->ticks[i]), open);
        if (!open)
            gtk_check_button_set_active(panel->ticks[i], TRUE);
        else if (!gtk_widget_get_visible(GTK_WIDGET(gtk_menu_button_get_popover(panel->button))))
            gtk_check_button_set_active(panel->ticks[i],
                                        rows[i].permission == QA_PERMISSION_CONTROL);
    }
    on_tick(NULL, panel);
    if (asked)
        gtk_menu_button_set_label(panel->button, _("Waiting for answer…"));
    else if (allowed & QA_PERMISSION_CONTROL)
        gtk_menu_button_set_label(panel->button, _("_Request more"));
    else
        gtk_menu_button_set_label(panel->button, _("_Request control"));
    gtk_widget_set_sensitive(GTK_WIDGET(panel->restart), !restart_asked);
    gtk_widget_set_sensitive(GTK_WIDGET(panel->button), possible);
}

void request_panel_suggest(struct request_panel *panel, unsigned permission)
{
    if (!gtk_widget_get_sensitive(GTK_WIDGET(panel->button)))
        return;
    for (int i = 0; i < REQUEST_TICKS; i++)
        if (gtk_widget_get_sensitive(GTK_WIDGET(panel->ticks[i])))
            gtk_check_button_set_active(panel->ticks[i], rows[i].permission == permission);
    if (ticked(panel))
        gtk_menu_button_popup(panel->button);
}
