#include "qa-help/screen_chooser.h"

#include "common/i18n.h"
#include "qa-help/window_parts.h"

#define NAME_SHOWN 10 /* characters of a name on the button */

static void on_choose(GSimpleAction *action, GVariant *id, gpointer user)
{
    struct screen_chooser *chooser = user;
    chooser->choose(chooser->user, g_variant_get_uint32(id));
}

/* Menus and buttons take an underscore for the mark of a key. */
static char *without_marks(const char *text)
{
    char **parts = g_strsplit(text, "_", -1);
    char *joined = g_strjoinv("__", parts);
    g_strfreev(parts);
    return joined;
}

static char *shortened(const char *name)
{
    if (g_utf8_strlen(name, -1) <= NAME_SHOWN)
        return g_strdup(name);
    char *start = g_utf8_substring(name, 0, NAME_SHOWN - 1);
    char *text = g_strconcat(start, "…", NULL);
    g_free(start);
    return text;
}

static void add_item(struct screen_chooser *chooser, const char *words, guint32 id)
{
    char *label = without_marks(words);
    GMenuItem *item = g_menu_item_new(label, NULL);
    g_menu_item_set_action_and_target(item, "screens.choose", "u", id);
    g_menu_append_item(chooser->menu, item);
    g_object_unref(item);
    g_free(label);
}

static void fill_menu(struct screen_chooser *chooser, const struct screen_list *screens)
{
    g_menu_remove_all(chooser->menu);
    add_item(chooser, _("All screens"), 0);
    for (size_t i = 0; i < screens->count; i++) {
        char *words = g_strdup_printf(
            screens->screens[i].primary ? _("%s: %d × %d at %d, %d, the main screen")
                                        : _("%s: %d × %d at %d, %d"),
            screens->screens[i].name, screens->screens[i].width, screens->screens[i].height,
            screens->screens[i].x, screens->screens[i].y);
        add_item(chooser, words, screens->screens[i].id);
        g_free(words);
    }
}

static char *button_words(const struct screen_list *screens)
{
    const char *name = screen_list_name(screens, screens->chosen);
    if (screens->count < 2)
        return g_strdup(_("One screen"));
    if (!name)
        return g_strdup(_("_View: all"));
    char *brief = shortened(name);
    char *marked = without_marks(brief);
    char *words = g_strdup_printf(_("_View: %s"), marked);
    g_free(brief);
    g_free(marked);
    return words;
}

static void show_possible(struct screen_chooser *chooser)
{
    gtk_widget_set_sensitive(GTK_WIDGET(chooser->button), chooser->several && chooser->possible);
}

void screen_chooser_set(struct screen_chooser *chooser, const struct screen_list *screens)
{
    const char *spoken = screens->count > 1 ? _("Which of the sharer's screens you see")
                                            : _("The sharer has one screen");
    char *words = button_words(screens);
    chooser->several = screens->count > 1;
    fill_menu(chooser, screens);
    g_simple_action_set_state(chooser->action, g_variant_new_uint32(screens->chosen));
    gtk_menu_button_set_label(chooser->button, words);
    gtk_widget_set_tooltip_text(GTK_WIDGET(chooser->button), spoken);
    gtk_accessible_update_property(GTK_ACCESSIBLE(chooser->button),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, spoken, -1);
    g_free(words);
    if (!chooser->several)
        gtk_menu_button_popdown(chooser->button);
    show_possible(chooser);
}

void screen_chooser_enable(struct screen_chooser *chooser, gboolean possible)
{
    chooser->possible = possible;
    show_possible(chooser);
}

void screen_chooser_build(struct screen_chooser *chooser, void (*choose)(void *user, guint32 id),
                          void *user)
{
    static const struct screen_list none;
    chooser->choose = choose;
    chooser->user = user;
    chooser->menu = g_menu_new();
    chooser->action =
        g_simple_action_new_stateful("choose", G_VARIANT_TYPE_UINT32, g_variant_new_uint32(0));
    g_signal_connect(chooser->action, "activate", G_CALLBACK(on_choose), chooser);
    GSimpleActionGroup *group = g_simple_action_group_new();
    g_action_map_add_action(G_ACTION_MAP(group), G_ACTION(chooser->action));
    chooser->button = GTK_MENU_BUTTON(gtk_menu_button_new());
    gtk_widget_insert_action_group(GTK_WIDGET(chooser->button), "screens", G_ACTION_GROUP(group));
    gtk_menu_button_set_menu_model(chooser->button, G_MENU_MODEL(chooser->menu));
    gtk_menu_button_set_use_underline(chooser->button, TRUE);
    window_parts_name(chooser->button, _("Screen"));
    window_parts_name(gtk_menu_button_get_popover(chooser->button),
                      _("Which of the sharer's screens you see"));
    /* Group and button hold them from here on, as long as the button lives. */
    g_object_unref(group);
    g_object_unref(chooser->action);
    g_object_unref(chooser->menu);
    screen_chooser_set(chooser, &none);
}
