/* The page where the security code is typed or pasted; a mistyped digit is said at once. */
#include <stdio.h>
#include <string.h>

#include "common/i18n.h"
#include "qa-share/code_digits.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"

/* The digits that stand there now; the caller wipes them. */
static void take_digits(struct gui *gui, char digits[CODE_DIGITS_MOST + 1])
{
    const char *text = gtk_entry_buffer_get_text(gui->code.buffer);
    code_digits_only(text, strlen(text), digits, CODE_DIGITS_MOST + 1);
}

static enum code_standing look(struct gui *gui)
{
    char digits[CODE_DIGITS_MOST + 1];
    take_digits(gui, digits);
    enum code_standing standing = code_digits_look(digits);
    explicit_bzero(digits, sizeof digits);
    return standing;
}

static void show_standing(struct gui *gui)
{
    enum code_standing standing = look(gui);
    gboolean trouble =
        standing == CODE_MISTYPED || (standing == CODE_TOO_SHORT && gui->code.foreign);
    if (standing == CODE_GOOD)
        gui_say(gui->code.hint, _("The code is complete."));
    else if (standing == CODE_MISTYPED)
        gui_say(gui->code.hint,
                _("A digit is mistyped. Ask your helper to read the code again, digit "
                  "by digit."));
    else if (gui->code.foreign)
        gui_say(gui->code.hint, _("The code has digits only."));
    else
        gui_say(gui->code.hint, _("The code has 12 digits, or a few more."));
    if (trouble)
        gtk_widget_add_css_class(GTK_WIDGET(gui->code.hint), "trouble");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(gui->code.hint), "trouble");
    gtk_accessible_update_state(
        GTK_ACCESSIBLE(gui->code.entry), GTK_ACCESSIBLE_STATE_INVALID,
        trouble ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
    gtk_widget_set_sensitive(GTK_WIDGET(gui->code.go), standing == CODE_GOOD);
}

/* Not while the entry changes its text: it would put the cursor where it was. */
static gboolean on_idle_group(gpointer user)
{
    struct gui *gui = user;
    GtkEditable *entry = GTK_EDITABLE(gui->code.entry);
    const char *text = gtk_entry_buffer_get_text(gui->code.buffer);
    char digits[CODE_DIGITS_MOST + 1], grouped[CODE_GROUPED_SIZE];
    size_t before = 0;
    for (int i = 0; i < gtk_editable_get_position(entry); i++)
        before += text[i] != ' ';
    take_digits(gui, digits);
    code_digits_group(digits, grouped);
    gui->code.grouping = 0;
    if (!g_str_equal(text, grouped)) {
        gtk_entry_buffer_set_text(gui->code.buffer, grouped, -1);
        gtk_editable_set_position(entry, (int)code_digits_cursor(before));
    }
    explicit_bzero(digits, sizeof digits);
    explicit_bzero(grouped, sizeof grouped);
    return G_SOURCE_REMOVE;
}

static void on_changed(GtkEditable *editable, gpointer user)
{
    struct gui *gui = user;
    show_standing(gui);
    if (!gui->code.grouping)
        gui->code.grouping = g_idle_add_full(G_PRIORITY_HIGH, on_idle_group, gui, NULL);
}

/* Digits pass; what people put between groups is taken silently, the rest is dropped. */
static void on_insert(GtkEditable *text, const char *inserted, int length, int *position,
                      gpointer user)
{
    struct gui *gui = user;
    char digits[CODE_DIGITS_MOST + 1];
    size_t bytes = length < 0 ? strlen(inserted) : (size_t)length;
    bool clean = code_digits_only(inserted, bytes, digits, sizeof digits);
    if (strlen(digits) != bytes) {
        g_signal_stop_emission_by_name(text, "insert-text");
        if (*digits)
            gtk_editable_insert_text(text, digits, -1, position);
    }
    gui->code.foreign = !clean;
    show_standing(gui);
    explicit_bzero(digits, sizeof digits);
}

static void on_go(GtkWidget *widget, gpointer user)
{
    struct gui *gui = user;
    if (look(gui) != CODE_GOOD)
        return;
    char code[CODE_DIGITS_MOST + 1];
    take_digits(gui, code);
    gui_code_clear(gui);
    gui_start(gui, code);
    explicit_bzero(code, sizeof code);
}

static void on_back(GtkButton *button, gpointer user)
{
    gui_code_clear(user);
    gui_show(user, PAGE_WARN);
}

void gui_code_clear(struct gui *gui)
{
    g_clear_handle_id(&gui->code.grouping, g_source_remove);
    gui->code.foreign = FALSE;
    gtk_entry_buffer_set_text(gui->code.buffer, "", 0);
    show_standing(gui);
}

/* From a link or the command line; the person goes on, or does not. */
void gui_code_fill(struct gui *gui, const char *code)
{
    int at = 0;
    gtk_editable_insert_text(GTK_EDITABLE(gui->code.entry), code, -1, &at);
}

/* A link may lead anywhere. */
static void say_where(GtkBox *box, const struct share_options *options)
{
    if (!options->linked || !*options->link.host)
        return;
    char text[512];
    snprintf(text, sizeof text,
             _("The link that you opened leads to the relay %s. Go on only if the person whom you "
               "called sent it to you."),
             options->link.host);
    gui_text(box, text);
}

static GtkWidget *build_entry(struct gui *gui)
{
    gui->code.buffer = gtk_password_entry_buffer_new();
    gtk_entry_buffer_set_max_length(gui->code.buffer, CODE_GROUPED_SIZE - 1);
    GtkWidget *entry = gtk_entry_new_with_buffer(gui->code.buffer);
    g_object_unref(gui->code.buffer); /* the entry's now */
    gui->code.entry = GTK_ENTRY(entry);
    gtk_widget_add_css_class(entry, "code");
    gtk_editable_set_width_chars(GTK_EDITABLE(entry), CODE_DIGITS_LEAST + 4);
    gtk_widget_set_halign(entry, GTK_ALIGN_START);
    gtk_entry_set_input_purpose(gui->code.entry, GTK_INPUT_PURPOSE_DIGITS);
    gtk_entry_set_input_hints(gui->code.entry, GTK_INPUT_HINT_PRIVATE);
    gui_name(entry, _("Security code"));
    GtkEditable *text = gtk_editable_get_delegate(GTK_EDITABLE(entry));
    g_signal_connect(text, "insert-text", G_CALLBACK(on_insert), gui);
    g_signal_connect(entry, "changed", G_CALLBACK(on_changed), gui);
    g_signal_connect(entry, "activate", G_CALLBACK(on_go), gui);
    return entry;
}

GtkWidget *gui_code_build(struct gui *gui)
{
    GtkBox *box = gui_page();
    gui_heading(box, _("Type the security code"));
    GtkLabel *what = gui_text(box, _("Your helper reads it to you. Nothing is shown before you say "
                                     "yes, and you can end at any time."));
    say_where(box, gui->share.options);
    gtk_box_append(box, build_entry(gui));
    gtk_accessible_update_relation(GTK_ACCESSIBLE(gui->code.entry),
                                   GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, what, NULL, -1);
    gui->code.hint = gui_live(box, TRUE);
    GtkBox *row = gui_row(box);
    gui_button(row, _("Back"), NULL, G_CALLBACK(on_back), gui);
    gui->code.go = gui_button(row, _("Continue"), "suggested-action", G_CALLBACK(on_go), gui);
    show_standing(gui);
    return GTK_WIDGET(box);
}
