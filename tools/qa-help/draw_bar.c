#include "qa-help/draw_bar.h"

#include "common/i18n.h"
#include "qa-help/window_parts.h"

#define SWATCH 16 /* units */

static const struct {
    const char *label;
    const char *spoken;
} tools[DRAW_TOOLS] = {
    [DRAW_NOTHING] = {N_("_Mouse"), N_("Draw nothing; the mouse does what it did before. Escape")},
    [DRAW_LASER] = {N_("La_ser"), N_("Point with a laser pointer")},
    [DRAW_PEN] = {N_("Pe_n"), N_("Draw by hand")},
    [DRAW_ARROW] = {N_("Arr_ow"), N_("Draw an arrow to where you let go")},
    [DRAW_RECTANGLE] = {N_("Rec_tangle"), N_("Draw a frame around something")},
};

static const struct {
    guint32 colour; /* 0xRRGGBB */
    const char *name;
} colours[DRAW_COLOURS] = {{0xe02020, N_("Red")},
                           {0xffd000, N_("Yellow")},
                           {0x20a040, N_("Green")},
                           {0x2060ff, N_("Blue")},
                           {0x000000, N_("Black")}};

static void add(struct draw_bar *bar, gpointer widget)
{
    gtk_widget_set_focus_on_click(GTK_WIDGET(widget), FALSE);
    gtk_box_append(GTK_BOX(bar->row), GTK_WIDGET(widget));
}

static void add_gap(struct draw_bar *bar)
{
    gtk_box_append(GTK_BOX(bar->row), gtk_separator_new(GTK_ORIENTATION_VERTICAL));
}

static void on_tool(GtkToggleButton *button, gpointer user)
{
    struct draw_bar *bar = user;
    if (bar->updating || !gtk_toggle_button_get_active(button))
        return;
    for (int i = 0; i < DRAW_TOOLS; i++)
        if (bar->tools[i] == button)
            bar->events->tool(bar->user, (enum draw_tool)i);
}

static void on_colour(GtkToggleButton *button, gpointer user)
{
    struct draw_bar *bar = user;
    if (!gtk_toggle_button_get_active(button))
        return;
    for (int i = 0; i < DRAW_COLOURS; i++)
        if (bar->colours[i] == button)
            bar->events->colour(bar->user, colours[i].colour);
}

static void on_undo(GtkButton *button, gpointer user)
{
    struct draw_bar *bar = user;
    bar->events->undo(bar->user);
}

static void on_clear(GtkButton *button, gpointer user)
{
    struct draw_bar *bar = user;
    bar->events->clear(bar->user);
}

static void draw_swatch(GtkDrawingArea *area, cairo_t *cairo, int width, int height, gpointer user)
{
    guint32 colour = GPOINTER_TO_UINT(user);
    cairo_rectangle(cairo, 0.5, 0.5, width - 1, height - 1);
    cairo_set_source_rgb(cairo, (colour >> 16 & 0xff) / 255.0, (colour >> 8 & 0xff) / 255.0,
                         (colour & 0xff) / 255.0);
    cairo_fill_preserve(cairo);
    cairo_set_source_rgb(cairo, 0.5, 0.5, 0.5);
    cairo_set_line_width(cairo, 1);
    cairo_stroke(cairo);
}

static GtkWidget *swatch(guint32 colour)
{
    GtkWidget *area = gtk_drawing_area_new();
    gtk_drawing_area_set_content_width(GTK_DRAWING_AREA(area), SWATCH);
    gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(area), SWATCH);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(area), draw_swatch, GUINT_TO_POINTER(colour),
                                   NULL);
    gtk_widget_set_valign(area, GTK_ALIGN_CENTER);
    return area;
}

static void add_tools(struct draw_bar *bar)
{
    for (int i = 0; i < DRAW_TOOLS; i++) {
        bar->tools[i] = GTK_TOGGLE_BUTTON(gtk_toggle_button_new());
        window_parts_label(GTK_BUTTON(bar->tools[i]), i18n_text(tools[i].label),
                           i18n_text(tools[i].spoken));
        if (i)
            gtk_toggle_button_set_group(bar->tools[i], bar->tools[0]);
        g_signal_connect(bar->tools[i], "toggled", G_CALLBACK(on_tool), bar);
        add(bar, bar->tools[i]);
    }
}

static void add_colours(struct draw_bar *bar)
{
    for (int i = 0; i < DRAW_COLOURS; i++) {
        bar->colours[i] = GTK_TOGGLE_BUTTON(gtk_toggle_button_new());
        gtk_button_set_child(GTK_BUTTON(bar->colours[i]), swatch(colours[i].colour));
        gtk_widget_set_tooltip_text(GTK_WIDGET(bar->colours[i]), i18n_text(colours[i].name));
        window_parts_name(bar->colours[i], i18n_text(colours[i].name));
        if (i)
            gtk_toggle_button_set_group(bar->colours[i], bar->colours[0]);
        g_signal_connect(bar->colours[i], "toggled", G_CALLBACK(on_colour), bar);
        add(bar, bar->colours[i]);
    }
}

static GtkButton *plain(struct draw_bar *bar, const char *label, const char *spoken,
                        GCallback clicked)
{
    GtkButton *button = GTK_BUTTON(gtk_button_new());
    window_parts_label(button, label, spoken);
    g_signal_connect(button, "clicked", clicked, bar);
    add(bar, button);
    return button;
}

void draw_bar_build(struct draw_bar *bar, const struct draw_bar_events *events, void *user)
{
    bar->events = events;
    bar->user = user;
    bar->row = g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_TOOLBAR, "spacing",
                            4, "visible", FALSE, NULL);
    gtk_widget_add_css_class(bar->row, "tools");
    window_parts_name(bar->row, _("Drawing tools"));
    add_tools(bar);
    add_gap(bar);
    add_colours(bar);
    add_gap(bar);
    bar->undo =
        plain(bar, _("Un_do"), _("Take the last mark away, also by Ctrl+Z"), G_CALLBACK(on_undo));
    bar->clear = plain(bar, _("C_lear"), _("Take all marks away"), G_CALLBACK(on_clear));
    gtk_toggle_button_set_active(bar->colours[0], TRUE);
    draw_bar_set_tool(bar, DRAW_NOTHING);
    draw_bar_update(bar, FALSE);
}

void draw_bar_set_tool(struct draw_bar *bar, enum draw_tool tool)
{
    bar->updating = TRUE;
    gtk_toggle_button_set_active(bar->tools[tool], TRUE);
    bar->updating = FALSE;
}

void draw_bar_update(struct draw_bar *bar, gboolean marks)
{
    gtk_widget_set_sensitive(GTK_WIDGET(bar->undo), marks);
    gtk_widget_set_sensitive(GTK_WIDGET(bar->clear), marks);
}
