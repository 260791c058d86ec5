/* The first page: what an honest helper never does, and who called whom. */
#include "common/i18n.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"
#include "qa-share/words.h"

static const char *const ways_out[] = {
    N_("In doubt press End: sharing stops at once."),
    NULL,
};

static const char *const frauds[] = {
    N_("Hang up now. You need not explain or be polite."),
    N_("Read nobody a code, install nothing, pay nothing."),
    N_("If you do need help, call the company or person yourself, with a number that you know: "
       "from "
       "a bill, a letter or your bank card."),
    N_("If somebody was on your computer already, or has a password or card number of yours, call "
       "your bank now and change the password on another device."),
    NULL,
};

static void on_yes(GtkButton *button, gpointer user)
{
    gui_show(user, PAGE_CODE);
}

static void on_no(GtkButton *button, gpointer user)
{
    gui_show(user, PAGE_FRAUD);
}

static void on_back(GtkButton *button, gpointer user)
{
    gui_show(user, PAGE_WARN);
}

static void on_close(GtkButton *button, gpointer user)
{
    gui_close(user);
}

GtkWidget *gui_warn_build(struct gui *gui)
{
    GtkBox *box = gui_page();
    gui_heading(box, _("Before you share your screen"));
    gui_points(box, share_warnings);
    gui_points(box, ways_out);
    gui_heading(box, _("Did you call your helper yourself?"));
    GtkBox *row = gui_row(box);
    gui->warn.no = gui_button(row, _("No, they called me"), NULL, G_CALLBACK(on_no), gui);
    gui_describe(gui->warn.no, _("Did you call your helper yourself?"));
    GtkButton *yes = gui_button(row, _("Yes, I called them"), NULL, G_CALLBACK(on_yes), gui);
    gui_describe(yes, _("Did you call your helper yourself?"));
    return GTK_WIDGET(box);
}

GtkWidget *gui_fraud_build(struct gui *gui)
{
    GtkBox *box = gui_page();
    gui_heading(box, _("Then do not share your screen"));
    gui_text(box,
             _("People who call, write or put a warning on your screen to offer help are often "
               "frauds, whatever name they use. Your bank, the police and large companies do "
               "not help like this."));
    gui_points(box, frauds);
    GtkBox *row = gui_row(box);
    gui->warn.back = gui_button(row, _("Back"), NULL, G_CALLBACK(on_back), gui);
    gui->warn.close = gui_button(row, _("Close"), "suggested-action", G_CALLBACK(on_close), gui);
    gui_describe(gui->warn.close, _("Share nothing and close"));
    return GTK_WIDGET(box);
}
