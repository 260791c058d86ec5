/* The page while something is shared: who, what, since when, and every way to take it back. */
#include "common/i18n.h"
#include "qa-share/banner_words.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"

#define SPACING     6  /* units: with the chat below, all of it fits on a small screen */
#define LIST_HEIGHT 48 /* at least: two lines */

static void on_pause(GtkButton *button, gpointer user)
{
    struct gui *gui = user;
    share_toggle_pause(&gui->share);
}

static void on_show_prompts(GtkButton *button, gpointer user)
{
    struct gui *gui = user;
    share_allow_prompts(&gui->share, true);
}

static void on_prompts_ticked(GtkCheckButton *tick, gpointer user)
{
    struct gui *gui = user;
    bool wanted = gtk_check_button_get_active(tick);
    if (wanted != gui->share.prompts_allowed)
        share_allow_prompts(&gui->share, wanted);
}

static void on_report(GtkButton *button, gpointer user)
{
    gui_report_open(user);
}

static void on_end(GtkButton *button, gpointer user)
{
    struct gui *gui = user;
    share_end(&gui->share);
}

static void on_take_back(GtkButton *button, gpointer user)
{
    struct gui *gui = user;
    for (size_t i = 0; i < SHARE_WORDS; i++)
        if (gui->shared.allowed[i].take_back == button)
            share_take_back(&gui->share, share_words[i].permission);
}

static void add_prompts(struct gui *gui, GtkBox *box)
{
    GtkWidget *tick = gtk_check_button_new_with_label(_("Show questions of my system, too"));
    gtk_widget_add_css_class(tick, "plain");
    g_signal_connect(tick, "toggled", G_CALLBACK(on_prompts_ticked), gui);
    gui->shared.prompts = GTK_CHECK_BUTTON(tick);
    gtk_box_append(box, tick);
}

/* What is given; where the screen is too small for the window, this gives way and scrolls. */
static GtkWidget *add_list(GtkBox *box)
{
    GtkWidget *list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    GtkScrolledWindow *scrolled = GTK_SCROLLED_WINDOW(gtk_scrolled_window_new());
    gtk_scrolled_window_set_policy(scrolled, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_overlay_scrolling(scrolled, FALSE);
    gtk_scrolled_window_set_propagate_natural_height(scrolled, TRUE);
    gtk_scrolled_window_set_min_content_height(scrolled, LIST_HEIGHT);
    gtk_scrolled_window_set_child(scrolled, list);
    gtk_box_append(box, GTK_WIDGET(scrolled));
    return list;
}

/* One line for each permission, shown while it is given. */
static void add_allowed(struct gui *gui, GtkBox *box)
{
    GtkWidget *list = add_list(box);
    for (size_t i = 0; i < SHARE_WORDS; i++) {
        struct gui_allowed *allowed = &gui->shared.allowed[i];
        const char *label = i18n_text(share_words[i].label);
        GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
        allowed->row = row;
        GtkWidget *mark = g_object_new(GTK_TYPE_LABEL, "accessible-role",
                                       GTK_ACCESSIBLE_ROLE_PRESENTATION, "label", "✓", NULL);
        gtk_box_append(GTK_BOX(row), mark);
        allowed->label = gui_text(GTK_BOX(row), label);
        /* Without viewing there is no session: that is what End is for. */
        if (share_words[i].permission != QA_PERMISSION_VIEW) {
            allowed->take_back =
                gui_button(GTK_BOX(row), _("Take back"), "small", G_CALLBACK(on_take_back), gui);
            gui_describe(allowed->take_back, label);
        }
        gtk_widget_set_visible(row, FALSE);
        gtk_box_append(GTK_BOX(list), row);
    }
    add_prompts(gui, GTK_BOX(list));
}

GtkWidget *gui_shared_build(struct gui *gui)
{
    GtkBox *box = gui_page();
    gtk_box_set_spacing(box, SPACING);
    gui->shared.summary = gui_live(box, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(gui->shared.summary), "shared");
    gui->shared.since = gui_text(box, NULL);
    add_allowed(gui, box);
    gui->shared.clipboard = gui_text(box, _("Your clipboard is not shared."));
    gui->shared.way_back = gui_live(box, FALSE);
    gui->shared.news = gui_live(box, FALSE);
    const char *panic = banner_panic_key(gui->share.options->panic_key);
    if (panic)
        gui_set_text(gui_text(box, NULL), _("Press %s twice to stop at once, in any window."),
                     panic);
    GtkBox *row = gui_row(box);
    gui_button(row, _("Report…"), NULL, G_CALLBACK(on_report), gui);
    gui->shared.show_prompts =
        gui_button(row, _("Let them see it"), NULL, G_CALLBACK(on_show_prompts), gui);
    gui_describe(gui->shared.show_prompts,
                 _("Until the end of this session, questions of your system are shown, too"));
    gui->shared.pause = gui_button(row, _("Pause"), NULL, G_CALLBACK(on_pause), gui);
    gui->shared.end = gui_button(row, _("End"), "destructive-action", G_CALLBACK(on_end), gui);
    gui_describe(gui->shared.end, _("Ends the session: nothing is shared any more"));
    return GTK_WIDGET(box);
}

static void show_summary(struct gui *gui)
{
    const struct share *share = &gui->share;
    GtkLabel *summary = gui->shared.summary;
    unsigned causes = share->pause_causes;
    /* "Still sees your screen" is true no more. */
    if (causes && !gtk_widget_has_css_class(GTK_WIDGET(summary), "paused"))
        gui_say(gui->shared.news, "");
    if (causes)
        gtk_widget_add_css_class(GTK_WIDGET(summary), "paused");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(summary), "paused");
    if (causes & QA_PAUSED_BY_SHARER)
        gui_set_text(summary, _("You paused: %s sees nothing and can do nothing"), share->name);
    else if (causes & QA_PAUSED_BY_PROMPT && share->question)
        gui_set_text(summary, _("%s waits for your answer and sees nothing"), share->name);
    else if (causes & QA_PAUSED_BY_PROMPT)
        gui_set_text(summary,
                     _("Your system asks you something. %s sees nothing until you have answered"),
                     share->name);
    else if (causes & QA_PAUSED_BY_HELPER)
        gui_set_text(summary, _("%s paused and sees nothing new"), share->name);
    else if (share->permissions & QA_PERMISSION_CONTROL)
        gui_set_text(summary, _("%s sees your screen and controls your mouse and keyboard"),
                     share->name);
    else
        gui_set_text(summary, _("%s sees your screen"), share->name);
}

static void show_time(struct gui *gui)
{
    int64_t seconds = (loop_now() - gui->share.view_since) / 1000;
    GDateTime *now = g_date_time_new_now_local();
    GDateTime *began = g_date_time_add_seconds(now, -(double)seconds);
    char *clock = g_date_time_format(began, "%H:%M");
    if (seconds < 60)
        gui_set_text(gui->shared.since, _("Since %s. %s may:"), clock, gui->share.name);
    else
        gui_set_text(gui->shared.since, _("Since %s, for %u min. %s may:"), clock,
                     (unsigned)(seconds / 60), gui->share.name);
    g_free(clock);
    g_date_time_unref(began);
    g_date_time_unref(now);
}

/* Of several screens it matters which one is seen. */
static void show_allowed(struct gui *gui)
{
    const struct share *share = &gui->share;
    for (size_t i = 0; i < SHARE_WORDS; i++) {
        const struct gui_allowed *allowed = &gui->shared.allowed[i];
        gtk_widget_set_visible(allowed->row, share->permissions & share_words[i].permission);
        if (share_words[i].permission != QA_PERMISSION_VIEW)
            continue;
        if (share->screen)
            gui_set_text(allowed->label, _("See your screen %s, no other"), share->screen_name);
        else
            gui_set_text(allowed->label, "%s", i18n_text(share_words[i].label));
    }
}

static void show_prompts(struct gui *gui)
{
    const struct share *share = &gui->share;
    gboolean may = share->prompts_allowed || share_may_allow_prompts(share);
    gtk_check_button_set_active(gui->shared.prompts, share->prompts_allowed);
    gtk_widget_set_sensitive(GTK_WIDGET(gui->shared.prompts), may);
    const char *why = may ? _("Such as for a password: unless this is ticked they hide your screen")
                          : _("Pause before: your helper's mouse could tick it, too");
    gui_describe(gui->shared.prompts, why);
    gtk_widget_set_tooltip_text(GTK_WIDGET(gui->shared.prompts), why);
    /* Pressed while the helper's input is dropped: nobody else can press it. */
    gtk_widget_set_visible(GTK_WIDGET(gui->shared.show_prompts),
                           share->pause_causes & QA_PAUSED_BY_PROMPT && !share->question);
}

void gui_shared_update(struct gui *gui)
{
    const struct share *share = &gui->share;
    gboolean paused = share->pause_causes & QA_PAUSED_BY_SHARER;
    show_summary(gui);
    show_time(gui);
    show_prompts(gui);
    show_allowed(gui);
    gtk_widget_set_visible(GTK_WIDGET(gui->shared.clipboard),
                           !(share->permissions & (QA_PERMISSION_CLIPBOARD_TO_HELPER |
                                                   QA_PERMISSION_CLIPBOARD_TO_SHARER)));
    gtk_button_set_label(gui->shared.pause, paused ? _("Go on") : _("Pause"));
    gui_describe(gui->shared.pause, paused ? _("Your screen is shown again")
                                           : _("Your screen is hidden until you go on"));
}
