/* The page where the security code is typed or pasted; a mistyped digit is said at once. */
#include <string.h>

#include "common/i18n.h"
#include "qa-share/code_digits.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"

#define GROUP_GAP 14 /* points after every fourth digit */

static enum code_standing look(struct gui *gui)
{
    return code_digits_look(gtk_entry_buffer_get_text(gui->code.buffer));
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

static void on_changed(GtkEditable *editable, gpointer user)
{
    show_standing(user);
}

/* Digits pass; what people put between groups is taken silently, the rest is dropped. */
static void on_insert(GtkEditable *text, const char *inserted, int length, int *position,
                      gpointer user)
{
    struct gui *gui = user;
    char digits[CODE_DIGITS_MOST + 1];
    size_t bytes = length < 0 ? strlen(inserted) : (size_t)length;
    bool clean = code_digits_only(inserted, bytes, digits, sizeof digits);
    gui->code.foreign = !clean;
    if (strlen(digits) != bytes) {
        g_signal_stop_emission_by_name(text, "insert-text");
        if (*digits)
            gtk_editable_insert_text(text, digits, -1, position);
        gui->code.foreign = !clean;
        show_standing(gui);
    }
    explicit_bzero(digits, sizeof digits);
}

static void on_go(GtkWidget *widget, gpointer user)
{
    struct gui *gui = user;
    if (look(gui) != CODE_GOOD)
        return;
    char code[CODE_DIGITS_MOST + 1];
    g_strlcpy(code, gtk_entry_buffer_get_text(gui->code.buffer), sizeof code);
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
    gui->code.foreign = FALSE;
    gtk_entry_buffer_set_text(gui->code.buffer, "", 0);
    show_standing(gui);
}

/* Groups of four as the helper reads them; the text itself stays plain digits. */
static PangoAttrList *groups(void)
{
    PangoAttrList *list = pango_attr_list_new();
    for (guint at = 3; at < CODE_DIGITS_MOST; at += 4) {
        PangoAttribute *gap = pango_attr_letter_spacing_new(GROUP_GAP * PANGO_SCALE);
        gap->start_index = at;
        gap->end_index = at + 1;
        pango_attr_list_insert(list, gap);
    }
    return list;
}

static GtkWidget *build_entry(struct gui *gui)
{
    gui->code.buffer = gtk_password_entry_buffer_new();
    gtk_entry_buffer_set_max_length(gui->code.buffer, CODE_DIGITS_MOST);
    GtkWidget *entry = gtk_entry_new_with_buffer(gui->code.buffer);
    g_object_unref(gui->code.buffer); /* the entry's now */
    gui->code.entry = GTK_ENTRY(entry);
    gtk_widget_add_css_class(entry, "code");
    gtk_editable_set_width_chars(GTK_EDITABLE(entry), CODE_DIGITS_LEAST + 2);
    gtk_widget_set_halign(entry, GTK_ALIGN_START);
    gtk_entry_set_input_purpose(gui->code.entry, GTK_INPUT_PURPOSE_DIGITS);
    gtk_entry_set_input_hints(gui->code.entry, GTK_INPUT_HINT_PRIVATE);
    PangoAttrList *list = groups();
    gtk_entry_set_attributes(gui->code.entry, list);
    pango_attr_list_unref(list);
    gui_name(entry, _("Security code"));
    GtkEditable *text = gtk_editable_get_delegate(GTK_EDITABLE(entry));
    g_signal_connect(text, "insert-text", G_CALLBACK(on_insert), gui);
    g_signal_connect(entry, "changed", G_CALLBACK(on_changed), gui);
    g_signal_connect(entry, "activate", G_CALLBACK(on_go), gui);
    return entry;
}

GtkWidget *gui_code_build(struct gui *gui)
{
    GtkBox *box;
    GtkWidget *page = gui_page(&box);
    gui_heading(box, _("Type the security code"));
    GtkLabel *what = gui_text(box, _("Your helper reads it to you. Nothing is shown before you say "
                                     "yes, and you can end at any time."));
    gtk_box_append(box, build_entry(gui));
    gtk_accessible_update_relation(GTK_ACCESSIBLE(gui->code.entry),
                                   GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, what, NULL, -1);
    gui->code.hint = gui_live(box, TRUE);
    GtkBox *row = gui_row(box);
    gui_button(row, _("Back"), NULL, G_CALLBACK(on_back), gui);
    gui->code.go = gui_button(row, _("Continue"), "suggested-action", G_CALLBACK(on_go), gui);
    show_standing(gui);
    return page;
}
