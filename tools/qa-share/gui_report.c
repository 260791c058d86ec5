/* Telling the service that something is wrong, in the sharer's own words; it ends the session. */
#include "common/i18n.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"

#define WORDS_HEIGHT 110

static char *words(struct gui *gui)
{
    GtkTextIter start, end;
    gtk_text_buffer_get_bounds(gui->report.buffer, &start, &end);
    return g_strstrip(gtk_text_buffer_get_text(gui->report.buffer, &start, &end, FALSE));
}

static void on_changed(GtkTextBuffer *buffer, gpointer user)
{
    struct gui *gui = user;
    char *text = words(gui);
    glong length = g_utf8_strlen(text, -1);
    gtk_widget_set_sensitive(GTK_WIDGET(gui->report.send), length > 0 && length <= QA_REPORT_MAX);
    if (length > QA_REPORT_MAX)
        gui_set_text(gui->report.hint, _("That is too long: at most %d characters."),
                     QA_REPORT_MAX);
    else
        gui_say(gui->report.hint, "");
    g_free(text);
}

static void on_cancel(GtkButton *button, gpointer user)
{
    gui_report_close(user);
}

static void on_send(GtkButton *button, gpointer user)
{
    struct gui *gui = user;
    char *text = words(gui), why[512];
    int error = share_report(&gui->share, text);
    g_free(text);
    if (!error) {
        gui_report_close(gui);
        return;
    }
    /* The words stay, to be sent again. */
    share_report_trouble(&gui->share, error, why, sizeof why);
    gui_say(gui->report.hint, why);
}

static gboolean on_close_request(GtkWindow *dialog, gpointer user)
{
    gui_report_close(user);
    return TRUE;
}

static GtkWidget *build_words(struct gui *gui)
{
    GtkWidget *view = gtk_text_view_new();
    gui->report.buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(view));
    gtk_text_view_set_accepts_tab(GTK_TEXT_VIEW(view), FALSE);
    gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(view), GTK_WRAP_WORD_CHAR);
    gui_name(view, _("What happened?"));
    g_signal_connect(gui->report.buffer, "changed", G_CALLBACK(on_changed), gui);
    GtkWidget *frame = gtk_scrolled_window_new();
    gtk_scrolled_window_set_has_frame(GTK_SCROLLED_WINDOW(frame), TRUE);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(frame), WORDS_HEIGHT);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(frame), view);
    gtk_window_set_focus(gui->report.dialog, view);
    return frame;
}

void gui_report_open(struct gui *gui)
{
    if (gui->report.dialog)
        return;
    gui->report.dialog = gui_dialog(gui, _("Report this session"), G_CALLBACK(on_close_request));
    GtkBox *box = gui_page();
    gtk_window_set_child(gui->report.dialog, GTK_WIDGET(box));
    gui_heading(box, _("Report this session"));
    gui_set_text(gui_text(box, NULL),
                 _("Sharing ends at once. Your words go to whoever runs %s, and are kept with the "
                   "session's record for three days."),
                 gui->share.relay_host);
    gtk_box_append(box, build_words(gui));
    gui->report.hint = gui_live(box, TRUE);
    GtkBox *row = gui_row(box);
    gui_button(row, _("Cancel"), NULL, G_CALLBACK(on_cancel), gui);
    gui->report.send =
        gui_button(row, _("End and report"), "destructive-action", G_CALLBACK(on_send), gui);
    gtk_widget_set_sensitive(GTK_WIDGET(gui->report.send), FALSE);
    gtk_window_present(gui->report.dialog);
}

void gui_report_close(struct gui *gui)
{
    GtkWindow *dialog = gui->report.dialog;
    if (!dialog)
        return;
    gui->report = (struct gui_report){0};
    gtk_window_destroy(dialog);
}
