/* The last page: why it ended and what to do. */
#include "common/i18n.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"

static void on_again(GtkButton *button, gpointer user)
{
    gui_show(user, PAGE_WARN);
}

static void on_close(GtkButton *button, gpointer user)
{
    gui_close(user);
}

GtkWidget *gui_end_build(struct gui *gui)
{
    GtkBox *box = gui_page();
    gui->end.heading = gui_heading(box, NULL);
    gui->end.story = gui_text(box, NULL);
    gui->end.advice = gui_text(box, NULL);
    GtkBox *row = gui_row(box);
    gui->end.again = gui_button(row, _("Share again"), NULL, G_CALLBACK(on_again), gui);
    gui->end.close = gui_button(row, _("Close"), "suggested-action", G_CALLBACK(on_close), gui);
    return GTK_WIDGET(box);
}

void gui_end_tell(struct gui *gui, int error, const char *story)
{
    char *sentence = g_strdup(story);
    sentence[0] = g_ascii_toupper(sentence[0]);
    gui_say(gui->end.heading, error ? _("Nothing is shared") : _("Sharing has ended"));
    gui_say(gui->end.story, sentence);
    if (gui->share.reported)
        gui_set_text(gui->end.advice, _("You reported this session to %s."), gui->share.relay_host);
    else if (!error)
        gui_say(gui->end.advice,
                _("If something seemed wrong, tell the organisation that you wanted "
                  "help from, and change the passwords that were seen."));
    else
        gui_say(gui->end.advice, "");
    gui_describe(gui->end.close, sentence);
    g_free(sentence);
}
