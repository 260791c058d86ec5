/* The page while the connection is made, the code is checked, and the first question is open. */
#include "common/i18n.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"

static void on_cancel(GtkButton *button, gpointer user)
{
    struct gui *gui = user;
    share_end(&gui->share);
}

GtkWidget *gui_wait_build(struct gui *gui)
{
    GtkBox *box = gui_page();
    GtkWidget *spinner = gtk_spinner_new();
    gtk_widget_set_size_request(spinner, 40, 40);
    gtk_widget_set_halign(spinner, GTK_ALIGN_START);
    gtk_spinner_start(GTK_SPINNER(spinner));
    gui_name(spinner, _("Please wait"));
    gtk_box_append(box, spinner);
    gui->wait.state = gui_live(box, FALSE);
    gui->wait.who = gui_text(box, NULL);
    GtkBox *row = gui_row(box);
    gui->wait.cancel = gui_button(row, _("End"), "destructive-action", G_CALLBACK(on_cancel), gui);
    return GTK_WIDGET(box);
}

void gui_wait_update(struct gui *gui)
{
    const struct share *share = &gui->share;
    switch (share->state) {
    case QA_STATE_PAIRING:
        gui_say(gui->wait.state, _("Checking the code with your helper…"));
        break;
    case QA_STATE_ASKING:
        gui_say(gui->wait.state, _("Your helper is there. Nothing is shown yet."));
        break;
    case QA_STATE_RECONNECTING:
        if (share->coming_back)
            gui_say(gui->wait.state, i18n_text(share_coming_back));
        else
            gui_say(gui->wait.state,
                    _("The connection broke off. Nothing is shared while it is being "
                      "set up again. This may take two minutes."));
        break;
    default:
        gui_set_text(gui->wait.state, _("Connecting to %s…"), share->relay_host);
    }
    gui_describe(gui->wait.cancel, gtk_label_get_text(gui->wait.state));
    if (*share->organisation)
        gui_set_text(gui->wait.who, _("%s from %s (confirmed by %s)"), share->name,
                     share->organisation, share->relay_host);
    else if (*share->name)
        gui_set_text(gui->wait.who, _("%s (confirmed by %s)"), share->name, share->relay_host);
    else
        gui_say(gui->wait.who, "");
}
