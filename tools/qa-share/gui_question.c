/*
 * A question as a dialog of its own: who asks for what and why, the safe answer first. Escape,
 * closing it and time running out all mean no.
 */
#include "common/i18n.h"
#include "common/permission_words.h"
#include "common/text.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"
#include "qa-share/words.h"

static void on_no(GtkButton *button, gpointer user)
{
    struct gui *gui = user;
    ask_answer(&gui->share, 0);
}

/* What is ticked; all, where there is nothing to tick. */
static unsigned chosen(struct gui *gui)
{
    unsigned asked = qa_consent_permissions(gui->share.question), ticked = 0;
    if (permissions_are_one(asked))
        return asked;
    for (size_t i = 0; i < SHARE_WORDS; i++)
        if (gui->question.ticks[i] && gtk_check_button_get_active(gui->question.ticks[i]))
            ticked |= share_words[i].permission;
    return ticked;
}

static void on_allow(GtkButton *button, gpointer user)
{
    struct gui *gui = user;
    if (ask_is_plain(&gui->share))
        ask_answer_plain(&gui->share, true);
    else
        ask_answer(&gui->share, chosen(gui));
}

static void on_tick(GtkCheckButton *tick, gpointer user)
{
    struct gui *gui = user;
    gtk_widget_set_sensitive(GTK_WIDGET(gui->question.allow), chosen(gui) != 0);
}

static gboolean on_close_request(GtkWindow *dialog, gpointer user)
{
    on_no(NULL, user);
    return TRUE; /* it is gone already */
}

static gboolean on_countdown(gpointer user)
{
    struct gui *gui = user;
    gint64 left = (gui->question.until - g_get_monotonic_time()) / G_USEC_PER_SEC;
    unsigned seconds = (unsigned)MAX(left, 0);
    gui_set_text(gui->question.left, _("Without an answer it is no, in %u:%02u."), seconds / 60,
                 seconds % 60);
    return G_SOURCE_CONTINUE;
}

static void add_who(struct gui *gui, GtkBox *box)
{
    const struct share *share = &gui->share;
    GtkLabel *who = gui_text(box, NULL);
    gtk_widget_add_css_class(GTK_WIDGET(who), "who");
    if (*share->organisation)
        gui_set_text(who, _("%s from %s (confirmed by %s)"), share->name, share->organisation,
                     share->relay_host);
    else
        gui_set_text(who, _("%s (confirmed by %s)"), share->name, share->relay_host);
    const char *purpose = qa_consent_purpose(share->question);
    if (!*purpose)
        return;
    char safe[2 * QA_PURPOSE_MAX];
    text_safe(purpose, safe, sizeof safe);
    gui_set_text(gui_text(box, NULL), _("%s says what for:"), share->name);
    gui_set_text(gui_quote(box), _("“%s”"), safe);
}

static void add_ticks(struct gui *gui, GtkBox *box, unsigned asked)
{
    GtkWidget *list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(box, list);
    for (size_t i = 0; i < SHARE_WORDS; i++) {
        if (!(asked & share_words[i].permission))
            continue;
        GtkWidget *tick = gtk_check_button_new_with_label(i18n_text(share_words[i].label));
        gtk_widget_add_css_class(tick, "plain");
        g_signal_connect(tick, "toggled", G_CALLBACK(on_tick), gui);
        gtk_box_append(GTK_BOX(list), tick);
        gui->question.ticks[i] = GTK_CHECK_BUTTON(tick);
    }
}

static const char *question_of(const struct share *share, unsigned asked)
{
    if (ask_is_about_restart(share))
        return i18n_text(share_restart_question);
    return permissions_are_one(asked) ? i18n_text(share_words_of(asked)->question)
                                      : _("What may %s do?");
}

static const char *advice(const struct share *share, unsigned asked)
{
    if (ask_is_about_restart(share))
        return i18n_text(share_restart_advice);
    if (asked & QA_PERMISSION_VIEW)
        return _(
            "Is this who you called? If you are not sure, say no. Close first what they should "
            "not see.");
    if (!permissions_are_one(asked))
        return _(
            "Tick only what you want to allow. Whoever controls can do all that you can do. You "
            "can take everything back at any time.");
    if (asked & QA_PERMISSION_CONTROL)
        return _("They can then do all that you can do. Watch what they do, and take control back "
                 "when you like.");
    return _("You can take it back at any time.");
}

static const char *yes_label(unsigned asked)
{
    if (!permissions_are_one(asked))
        return _("Allow what is ticked");
    return asked & QA_PERMISSION_VIEW ? _("Yes, show my screen") : _("Yes, allow it");
}

/* Both buttons are read with the question: the dialog's own text is not read in every case. */
static void add_answers(struct gui *gui, GtkBox *box, unsigned asked, const char *question)
{
    GtkBox *row = gui_row(box);
    GtkButton *no = gui_button(row, _("No"), NULL, G_CALLBACK(on_no), gui);
    gui->question.allow = gui_button(row, yes_label(asked), NULL, G_CALLBACK(on_allow), gui);
    gui_describe(no, question);
    gui_describe(gui->question.allow, question);
    gtk_widget_set_sensitive(GTK_WIDGET(gui->question.allow), permissions_are_one(asked));
    gtk_window_set_focus(gui->question.dialog, GTK_WIDGET(no));
}

void gui_question_open(struct gui *gui)
{
    const struct share *share = &gui->share;
    unsigned asked = qa_consent_permissions(share->question);
    char *question = g_strdup_printf(question_of(share, asked), share->name);
    gui->question.dialog = gui_dialog(gui, question, G_CALLBACK(on_close_request));
    GtkBox *box = gui_page();
    gtk_window_set_child(gui->question.dialog, GTK_WIDGET(box));
    gui_heading(box, question);
    add_who(gui, box);
    gui_text(box, advice(share, asked));
    if (!permissions_are_one(asked))
        add_ticks(gui, box, asked);
    gui->question.left = gui_text(box, NULL);
    add_answers(gui, box, asked, question);
    gui_describe(gui->question.dialog, question);
    g_free(question);
    gui->question.until =
        g_get_monotonic_time() + (gint64)share->options->question_seconds * G_USEC_PER_SEC;
    gui->question.countdown = g_timeout_add(500, on_countdown, gui);
    on_countdown(gui);
    gtk_window_present(gui->window);
    gtk_window_present(gui->question.dialog);
    gtk_window_set_focus_visible(gui->question.dialog, TRUE); /* presenting resets it */
}

void gui_question_close(struct gui *gui)
{
    GtkWindow *dialog = gui->question.dialog;
    if (!dialog)
        return;
    g_clear_handle_id(&gui->question.countdown, g_source_remove);
    gui->question = (struct gui_question){0};
    gtk_window_destroy(dialog);
}
