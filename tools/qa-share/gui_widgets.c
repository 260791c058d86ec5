#include "qa-share/gui_widgets.h"

#include "common/i18n.h"

#define TEXT_COLUMNS 62

static const char style[] =
    "label.heading { font-size: 22px; font-weight: bold; }"
    "label.plain, label.point { font-size: 16px; }"
    "label.quote { font-size: 17px; padding: 8px 14px; border-left: 4px solid alpha(currentColor,"
    " 0.35); background: alpha(currentColor, 0.06); }"
    "label.live { font-size: 16px; font-weight: bold; }"
    "label.trouble { color: #a51d2d; }"
    "label.who { font-weight: bold; }"
    "label.shared { font-size: 20px; font-weight: bold; padding: 10px 14px; border-radius: 8px;"
    " background: #c64600; color: white; }"
    "label.shared.paused { background: #404a59; }"
    "entry.code { font-size: 34px; font-family: monospace; font-weight: bold; padding: 6px 12px; }"
    "button.plain { font-size: 16px; padding: 8px 18px; }"
    "button.plain.small { font-size: 14px; padding: 3px 10px; }"
    "checkbutton.plain { font-size: 16px; padding: 4px 0; }"
    "expander-widget.chat { font-size: 16px; padding: 0 24px 18px 24px; }";

void gui_style(void)
{
    GtkCssProvider *provider = gtk_css_provider_new();
#if GTK_CHECK_VERSION(4, 12, 0)
    gtk_css_provider_load_from_string(provider, style);
#else
    gtk_css_provider_load_from_data(provider, style, -1);
#endif
    gtk_style_context_add_provider_for_display(gdk_display_get_default(),
                                               GTK_STYLE_PROVIDER(provider),
                                               GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
    g_object_unref(provider);
}

GtkBox *gui_page(void)
{
    GtkWidget *page = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    gtk_widget_set_margin_start(page, 24);
    gtk_widget_set_margin_end(page, 24);
    gtk_widget_set_margin_top(page, 18);
    gtk_widget_set_margin_bottom(page, 18);
    return GTK_BOX(page);
}

static GtkLabel *label(GtkBox *box, const char *text, const char *class, GtkAccessibleRole role)
{
    GtkLabel *made = g_object_new(GTK_TYPE_LABEL, "accessible-role", role, NULL);
    gtk_label_set_text(made, text ? text : "");
    gtk_label_set_wrap(made, TRUE);
    gtk_label_set_wrap_mode(made, PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(made, 0);
    gtk_label_set_max_width_chars(made, TEXT_COLUMNS);
    gtk_widget_set_hexpand(GTK_WIDGET(made), TRUE);
    gtk_widget_set_visible(GTK_WIDGET(made), text && *text);
    gtk_widget_add_css_class(GTK_WIDGET(made), class);
    gtk_box_append(box, GTK_WIDGET(made));
    return made;
}

GtkLabel *gui_heading(GtkBox *box, const char *text)
{
    return label(box, text, "heading", GTK_ACCESSIBLE_ROLE_HEADING);
}

GtkLabel *gui_text(GtkBox *box, const char *text)
{
    return label(box, text, "plain", GTK_ACCESSIBLE_ROLE_LABEL);
}

GtkLabel *gui_quote(GtkBox *box)
{
    return label(box, NULL, "quote", GTK_ACCESSIBLE_ROLE_LABEL);
}

GtkLabel *gui_live(GtkBox *box, gboolean urgent)
{
    return label(box, NULL, "live",
                 urgent ? GTK_ACCESSIBLE_ROLE_ALERT : GTK_ACCESSIBLE_ROLE_STATUS);
}

void gui_points(GtkBox *box, const char *const *points)
{
    for (; *points; points++) {
        GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
        GtkWidget *mark = g_object_new(GTK_TYPE_LABEL, "accessible-role",
                                       GTK_ACCESSIBLE_ROLE_PRESENTATION, "label", "•", NULL);
        gtk_widget_set_valign(mark, GTK_ALIGN_START);
        gtk_widget_add_css_class(mark, "point");
        gtk_box_append(GTK_BOX(row), mark);
        label(GTK_BOX(row), i18n_text(*points), "point", GTK_ACCESSIBLE_ROLE_LABEL);
        gtk_box_append(box, row);
    }
}

GtkBox *gui_row(GtkBox *box)
{
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    gtk_widget_set_halign(row, GTK_ALIGN_END);
    gtk_widget_set_margin_top(row, 6);
    gtk_box_append(box, row);
    return GTK_BOX(row);
}

GtkButton *gui_button(GtkBox *row, const char *text, const char *class, GCallback clicked,
                      gpointer user)
{
    GtkWidget *button = gtk_button_new_with_label(text);
    gtk_widget_add_css_class(button, "plain");
    if (class)
        gtk_widget_add_css_class(button, class);
    g_signal_connect(button, "clicked", clicked, user);
    gtk_box_append(row, button);
    return GTK_BUTTON(button);
}

void gui_describe(gpointer widget, const char *text)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   text, -1);
}

void gui_name(gpointer widget, const char *text)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void gui_say(GtkLabel *live, const char *text)
{
    if (g_str_equal(gtk_label_get_text(live), text))
        return;
    gtk_label_set_text(live, text);
    gtk_widget_set_visible(GTK_WIDGET(live), *text);
#if GTK_CHECK_VERSION(4, 14, 0)
    if (*text && gtk_widget_get_mapped(GTK_WIDGET(live)))
        gtk_accessible_announce(GTK_ACCESSIBLE(live), text,
                                GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
#endif
}

void gui_set_text(GtkLabel *shown, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    gui_say(shown, text);
    g_free(text);
}
