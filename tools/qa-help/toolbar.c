#include "qa-help/toolbar.h"

#include "common/i18n.h"
#include "qa-help/window_parts.h"

static void add(struct toolbar *toolbar, gpointer widget)
{
    /* A click leaves the keyboard where it is: with the sharer, while they are typed for. */
    gtk_widget_set_focus_on_click(GTK_WIDGET(widget), FALSE);
    gtk_box_append(GTK_BOX(toolbar->row), GTK_WIDGET(widget));
}

static void add_gap(struct toolbar *toolbar)
{
    gtk_box_append(GTK_BOX(toolbar->row), gtk_separator_new(GTK_ORIENTATION_VERTICAL));
}

static GtkToggleButton *toggle(const char *label, const char *spoken, GCallback toggled,
                               struct toolbar *toolbar)
{
    GtkToggleButton *button = GTK_TOGGLE_BUTTON(gtk_toggle_button_new());
    window_parts_label(GTK_BUTTON(button), label, spoken);
    g_signal_connect(button, "toggled", toggled, toolbar);
    return button;
}

static void on_request(void *user, unsigned permissions, const char *purpose)
{
    struct toolbar *toolbar = user;
    toolbar->events->request(toolbar->user, permissions, purpose);
}

static void on_restart(void *user)
{
    struct toolbar *toolbar = user;
    toolbar->events->restart(toolbar->user);
}

static void on_screen(void *user, guint32 id)
{
    struct toolbar *toolbar = user;
    toolbar->events->screen(toolbar->user, id);
}

static void on_fit(GtkToggleButton *button, gpointer user)
{
    struct toolbar *toolbar = user;
    toolbar->events->fit(toolbar->user, gtk_toggle_button_get_active(button));
}

static void on_full_screen(GtkToggleButton *button, gpointer user)
{
    struct toolbar *toolbar = user;
    if (!toolbar->updating)
        toolbar->events->full_screen(toolbar->user, gtk_toggle_button_get_active(button));
}

static void on_pause(GtkToggleButton *button, gpointer user)
{
    struct toolbar *toolbar = user;
    if (!toolbar->updating)
        toolbar->events->pause(toolbar->user, gtk_toggle_button_get_active(button));
}

static void on_draw(GtkToggleButton *button, gpointer user)
{
    struct toolbar *toolbar = user;
    if (!toolbar->updating)
        toolbar->events->draw(toolbar->user, gtk_toggle_button_get_active(button));
}

static void on_chat(GtkToggleButton *button, gpointer user)
{
    struct toolbar *toolbar = user;
    if (!toolbar->updating)
        toolbar->events->chat(toolbar->user, gtk_toggle_button_get_active(button));
}

static void on_clipboard(GtkButton *button, gpointer user)
{
    struct toolbar *toolbar = user;
    toolbar->events->clipboard(toolbar->user);
}

static void on_end(GtkButton *button, gpointer user)
{
    struct toolbar *toolbar = user;
    toolbar->events->end(toolbar->user);
}

static void add_sizes(struct toolbar *toolbar)
{
    toolbar->fit =
        toggle(_("_Fit"), _("Fit the picture into the window"), G_CALLBACK(on_fit), toolbar);
    toolbar->actual = GTK_TOGGLE_BUTTON(gtk_toggle_button_new());
    window_parts_label(GTK_BUTTON(toolbar->actual), _("_Actual size"),
                       _("Show the picture in actual size"));
    gtk_toggle_button_set_group(toolbar->actual, toolbar->fit);
    gtk_toggle_button_set_active(toolbar->fit, TRUE);
    toolbar->full_screen = toggle(_("F_ull screen"), _("Full screen, also by F11"),
                                  G_CALLBACK(on_full_screen), toolbar);
    add(toolbar, toolbar->fit);
    add(toolbar, toolbar->actual);
    add(toolbar, toolbar->full_screen);
}

static void add_talk(struct toolbar *toolbar)
{
    toolbar->chat = toggle(_("_Chat"), _("Write to each other"), G_CALLBACK(on_chat), toolbar);
    add(toolbar, toolbar->chat);
    toolbar->clipboard = GTK_BUTTON(gtk_button_new());
    window_parts_label(toolbar->clipboard, _("Send clip_board"),
                       _("Put the text of your clipboard into the sharer's"));
    g_signal_connect(toolbar->clipboard, "clicked", G_CALLBACK(on_clipboard), toolbar);
    add(toolbar, toolbar->clipboard);
}

void toolbar_build(struct toolbar *toolbar, const struct toolbar_events *events, void *user)
{
    toolbar->events = events;
    toolbar->user = user;
    toolbar->row = g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_TOOLBAR,
                                "spacing", 4, NULL);
    gtk_widget_add_css_class(toolbar->row, "tools");
    window_parts_name(toolbar->row, _("Tools"));
    request_panel_build(&toolbar->request, on_request, on_restart, toolbar);
    add(toolbar, toolbar->request.button);
    add_gap(toolbar);
    screen_chooser_build(&toolbar->screens, on_screen, toolbar);
    add(toolbar, toolbar->screens.button);
    add_sizes(toolbar);
    add_gap(toolbar);
    toolbar->draw = toggle(_("Dra_w"), _("Laser pointer and pen"), G_CALLBACK(on_draw), toolbar);
    add(toolbar, toolbar->draw);
    toolbar->pause =
        toggle(_("_Pause"), _("Stop the pictures for a while"), G_CALLBACK(on_pause), toolbar);
    add(toolbar, toolbar->pause);
    add_talk(toolbar);
    toolbar->end = GTK_BUTTON(gtk_button_new());
    window_parts_label(toolbar->end, _("_End"), _("End the session"));
    gtk_widget_add_css_class(GTK_WIDGET(toolbar->end), "destructive-action");
    gtk_widget_set_hexpand(GTK_WIDGET(toolbar->end), TRUE);
    gtk_widget_set_halign(GTK_WIDGET(toolbar->end), GTK_ALIGN_END);
    g_signal_connect(toolbar->end, "clicked", G_CALLBACK(on_end), toolbar);
    add(toolbar, toolbar->end);
}

void toolbar_update(struct toolbar *toolbar, const qa_helper *helper, gboolean restart_asked)
{
    qa_session_state state = qa_helper_state(helper);
    gboolean paused = qa_helper_paused(helper) & QA_PAUSED_BY_HELPER;
    toolbar->updating = TRUE;
    request_panel_update(&toolbar->request, qa_helper_permissions(helper),
                         qa_helper_requested(helper), restart_asked, state == QA_STATE_ACTIVE);
    screen_chooser_enable(&toolbar->screens, state == QA_STATE_ACTIVE);
    gtk_toggle_button_set_active(toolbar->pause, paused);
    window_parts_label(GTK_BUTTON(toolbar->pause), paused ? _("_Go on") : _("_Pause"),
                       paused ? _("Let the pictures go on") : _("Stop the pictures for a while"));
    gtk_widget_set_sensitive(GTK_WIDGET(toolbar->pause),
                             state == QA_STATE_ACTIVE || state == QA_STATE_PAUSED);
    gtk_widget_set_sensitive(GTK_WIDGET(toolbar->clipboard), state == QA_STATE_ACTIVE);
    toolbar->updating = FALSE;
}

void toolbar_set_chat(struct toolbar *toolbar, gboolean shown, guint unread)
{
    char *label = unread ? g_strdup_printf(_("_Chat (%u new)"), unread) : g_strdup(_("_Chat"));
    toolbar->updating = TRUE;
    gtk_toggle_button_set_active(toolbar->chat, shown);
    window_parts_label(GTK_BUTTON(toolbar->chat), label, _("Write to each other"));
    toolbar->updating = FALSE;
    g_free(label);
}

void toolbar_set_draw(struct toolbar *toolbar, gboolean shown)
{
    toolbar->updating = TRUE;
    gtk_toggle_button_set_active(toolbar->draw, shown);
    toolbar->updating = FALSE;
}

void toolbar_set_full_screen(struct toolbar *toolbar, gboolean full)
{
    toolbar->updating = TRUE;
    gtk_toggle_button_set_active(toolbar->full_screen, full);
    toolbar->updating = FALSE;
}

void toolbar_focus(struct toolbar *toolbar)
{
    if (!gtk_widget_grab_focus(GTK_WIDGET(toolbar->request.button)))
        gtk_widget_grab_focus(GTK_WIDGET(toolbar->end));
}
