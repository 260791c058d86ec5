#include "qa-help/window_parts.h"

#include "common/i18n.h"
#include "qa-help/screen_view.h"

static const char style[] =
    "label.code { font-family: monospace; font-weight: bold; font-size: 60px; padding: 18px 6px; }"
    "label.big { font-size: 18px; }"
    "label.warning-text { font-weight: bold; }"
    /* A full screen has all its pixels for the picture. */
    "window.fullscreen, window.fullscreen screen { border: none; padding: 0; }"
    ".tools { padding: 4px; }"
    ".tools button { padding-left: 8px; padding-right: 8px; }"
    "label.status { padding: 6px 10px; font-size: 15px; }"
    ".chat { padding: 8px; }"
    ".chat-who { font-weight: bold; }"
    ".chat-state { font-size: 12px; opacity: 0.7; }"
    "screen { background: #202020; border: 2px solid transparent; }"
    "screen:focus-visible { border-color: #3584e4; }"
    "label.paused { background: rgba(0,0,0,0.8); color: white; font-size: 20px;"
    " padding: 20px 30px; border-radius: 8px; }";

GtkLabel *window_parts_text(const char *text, const char *class)
{
    GtkWidget *label = gtk_label_new(text);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 60);
    if (class)
        gtk_widget_add_css_class(label, class);
    return GTK_LABEL(label);
}

GtkWidget *window_parts_page(struct window_parts *parts, const char *name)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    gtk_widget_set_halign(box, GTK_ALIGN_CENTER);
    gtk_widget_set_margin_start(box, 24);
    gtk_widget_set_margin_end(box, 24);
    gtk_widget_set_margin_top(box, 24);
    gtk_widget_set_margin_bottom(box, 24);
    gtk_stack_add_named(parts->pages, box, name);
    return box;
}

static void add(GtkWidget *box, gpointer child)
{
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(child));
}

void window_parts_name(gpointer widget, const char *spoken)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                   -1);
}

void window_parts_label(GtkButton *button, const char *label, const char *spoken)
{
    gtk_button_set_label(button, label);
    gtk_button_set_use_underline(button, TRUE);
    gtk_widget_set_tooltip_text(GTK_WIDGET(button), spoken);
    /* The name is the text that is seen; else GTK also reads the underscore. */
    gtk_accessible_reset_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   spoken, -1);
}

GtkButton *window_parts_button(const char *label, const char *spoken, const char *class)
{
    GtkButton *made = GTK_BUTTON(gtk_button_new());
    window_parts_label(made, label, spoken);
    if (class)
        gtk_widget_add_css_class(GTK_WIDGET(made), class);
    return made;
}

static void build_code_page(struct window_parts *parts)
{
    GtkWidget *box = window_parts_page(parts, PAGE_CODE);
    add(box, window_parts_text(
                 _("Call the person you help and read them this security code. They type it "
                   "into qa-share."),
                 "big"));
    parts->code = window_parts_text("", "code");
    gtk_label_set_wrap(parts->code, FALSE);
    add(box, parts->code);
    parts->copy = window_parts_button(_("Copy code"), _("Copy the security code"), NULL);
    gtk_widget_set_halign(GTK_WIDGET(parts->copy), GTK_ALIGN_CENTER);
    add(box, parts->copy);
    parts->code_time = window_parts_text("", "big");
    add(box, parts->code_time);
    parts->code_name = window_parts_text("", NULL);
    add(box, parts->code_name);
    parts->code_notice = window_parts_text("", "warning-text");
    gtk_widget_set_visible(GTK_WIDGET(parts->code_notice), FALSE);
    add(box, parts->code_notice);
}

static void build_wait_page(struct window_parts *parts)
{
    GtkWidget *box = window_parts_page(parts, PAGE_WAIT);
    parts->spinner = GTK_SPINNER(gtk_spinner_new());
    gtk_widget_set_size_request(GTK_WIDGET(parts->spinner), 32, 32);
    add(box, parts->spinner);
    parts->wait_text = window_parts_text("", "big");
    add(box, parts->wait_text);
}

static GtkLabel *build_status(void)
{
    GtkWidget *label =
        g_object_new(GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(label, "status");
    return GTK_LABEL(label);
}

static void build_screen_page(struct window_parts *parts)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *viewport = gtk_viewport_new(NULL, NULL);
    gtk_viewport_set_scroll_to_focus(GTK_VIEWPORT(viewport), FALSE);
    parts->view = screen_view_new();
    gtk_accessible_update_property(GTK_ACCESSIBLE(parts->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("The sharer's screen"), -1);
    gtk_viewport_set_child(GTK_VIEWPORT(viewport), parts->view);
    GtkWidget *scrolled = gtk_scrolled_window_new();
    gtk_scrolled_window_set_overlay_scrolling(GTK_SCROLLED_WINDOW(scrolled), FALSE);
    gtk_scrolled_window_set_propagate_natural_width(GTK_SCROLLED_WINDOW(scrolled), TRUE);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scrolled), TRUE);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), viewport);

    GtkWidget *overlay = gtk_overlay_new();
    gtk_overlay_set_child(GTK_OVERLAY(overlay), scrolled);
    gtk_widget_set_vexpand(overlay, TRUE);
    parts->paused = window_parts_text("", "paused");
    gtk_widget_set_halign(GTK_WIDGET(parts->paused), GTK_ALIGN_CENTER);
    gtk_widget_set_valign(GTK_WIDGET(parts->paused), GTK_ALIGN_CENTER);
    gtk_widget_set_visible(GTK_WIDGET(parts->paused), FALSE);
    gtk_overlay_add_overlay(GTK_OVERLAY(overlay), GTK_WIDGET(parts->paused));
    add(box, overlay);
    parts->status = build_status();
    add(box, parts->status);
    parts->screen_page = box;
    gtk_stack_add_named(parts->pages, box, PAGE_SCREEN);
}

static void build_end_page(struct window_parts *parts)
{
    GtkWidget *box = window_parts_page(parts, PAGE_END);
    parts->end_text = window_parts_text("", "big");
    add(box, parts->end_text);
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    gtk_widget_set_halign(row, GTK_ALIGN_CENTER);
    parts->again = window_parts_button(_("New code"), _("Start a new session with a new code"),
                                       "suggested-action");
    parts->close = window_parts_button(_("Close"), _("Close the window"), NULL);
    add(row, parts->again);
    add(row, parts->close);
    add(box, row);
}

static void build_header(struct window_parts *parts)
{
    GtkWidget *header = gtk_header_bar_new();
    parts->end = window_parts_button(_("End"), _("End the session"), "destructive-action");
    gtk_header_bar_pack_end(GTK_HEADER_BAR(header), GTK_WIDGET(parts->end));
    gtk_window_set_titlebar(parts->window, header);
}

static void add_style(void)
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

void window_parts_build(struct window_parts *parts)
{
    add_style();
    parts->window = GTK_WINDOW(gtk_window_new());
    gtk_window_set_title(parts->window, "qassist");
    gtk_window_set_default_size(parts->window, 680, 460);
    parts->pages = GTK_STACK(gtk_stack_new());
    gtk_stack_set_hhomogeneous(parts->pages, FALSE);
    gtk_stack_set_vhomogeneous(parts->pages, FALSE);
    gtk_widget_set_hexpand(GTK_WIDGET(parts->pages), TRUE);
    parts->content = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    add(parts->content, parts->pages);
    gtk_window_set_child(parts->window, parts->content);
    build_code_page(parts);
    build_wait_page(parts);
    build_screen_page(parts);
    build_end_page(parts);
    build_header(parts);
}
