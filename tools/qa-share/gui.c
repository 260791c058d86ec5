#include "qa-share/gui.h"

#include <stdlib.h>

#include "common/events.h"
#include "common/exits.h"
#include "common/i18n.h"
#include "qa-share/gui_loop.h"
#include "qa-share/gui_state.h"
#include "qa-share/gui_widgets.h"

#define WIDTH         660
#define DIALOG_WIDTH  640
#define CLOSING_LIMIT 3000 /* milliseconds that a closed window waits for the session's end */

struct gui *gui_of(struct share *share)
{
    return share->face_user;
}

/* Where the keyboard goes first on a page: the safe choice, or where to type. */
static GtkWidget *first_of(struct gui *gui, const char *page)
{
    if (g_str_equal(page, PAGE_WARN))
        return GTK_WIDGET(gui->warn.no);
    if (g_str_equal(page, PAGE_FRAUD))
        return GTK_WIDGET(gui->warn.close);
    if (g_str_equal(page, PAGE_CODE))
        return GTK_WIDGET(gui->code.entry);
    if (g_str_equal(page, PAGE_WAIT))
        return GTK_WIDGET(gui->wait.cancel);
    if (g_str_equal(page, PAGE_SHARED))
        return GTK_WIDGET(gui->shared.pause);
    return GTK_WIDGET(gui->end.close);
}

void gui_fit(struct gui *gui)
{
    gtk_window_set_default_size(gui->window, WIDTH, -1);
}

/* Lines came: the list of what is allowed would scroll before the window grew by itself. */
static void grow(struct gui *gui)
{
    int width, height, wanted;
    gtk_window_get_default_size(gui->window, &width, &height); /* as it is now */
    gtk_widget_measure(GTK_WIDGET(gui->window), GTK_ORIENTATION_VERTICAL, width, NULL, &wanted,
                       NULL, NULL);
    if (wanted > height)
        gtk_window_set_default_size(gui->window, width, -1); /* as far as the screen goes */
}

static gboolean on_dialog_key(GtkEventControllerKey *keys, guint key, guint code,
                              GdkModifierType modifiers, gpointer user)
{
    if (key != GDK_KEY_Escape)
        return FALSE;
    gtk_window_close(user);
    return TRUE;
}

/* Not modal: chat and End must work meanwhile. */
GtkWindow *gui_dialog(struct gui *gui, const char *title, GCallback close_request)
{
    GtkWindow *dialog =
        g_object_new(GTK_TYPE_WINDOW, "accessible-role", GTK_ACCESSIBLE_ROLE_ALERT_DIALOG, "title",
                     title, "default-width", DIALOG_WIDTH, "transient-for", gui->window, NULL);
    g_signal_connect(dialog, "close-request", close_request, gui);
    GtkEventController *keys = gtk_event_controller_key_new();
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_dialog_key), dialog);
    gtk_widget_add_controller(GTK_WIDGET(dialog), keys);
    return dialog;
}

/* One page is visible and the others are hidden, not only covered: screen readers see no others. */
void gui_show(struct gui *gui, const char *page)
{
    if (g_strcmp0(gui->page, page) == 0)
        return;
    gui->page = page;
    GtkWidget *child = gtk_widget_get_first_child(gui->pages);
    for (; child; child = gtk_widget_get_next_sibling(child))
        gtk_widget_set_visible(child, g_str_equal(gtk_widget_get_name(child), page));
    gui_fit(gui);
    gtk_widget_grab_focus(first_of(gui, page));
}

/* ---- the face ---- */

static void say(struct share *share, const char *text)
{
    struct gui *gui = gui_of(share);
    gui_say(gui->shared.news, text);
    grow(gui);
}

static void way_back(struct share *share, const char *text)
{
    struct gui *gui = gui_of(share);
    gui_say(gui->shared.way_back, text);
    grow(gui);
}

static void ask(struct share *share)
{
    gui_say(gui_of(share)->shared.news, "");
    gui_question_open(gui_of(share));
}

static void asked(struct share *share)
{
    gui_question_close(gui_of(share));
}

static void status(struct share *share)
{
    struct gui *gui = gui_of(share);
    if (share->state == QA_STATE_ENDED)
        return;
    gboolean shared = share->permissions & QA_PERMISSION_VIEW;
    if (shared)
        gui_shared_update(gui);
    else
        gui_wait_update(gui);
    gui_chat_update(gui);
    gui_show(gui, shared ? PAGE_SHARED : PAGE_WAIT);
    grow(gui);
}

static void chat(struct share *share, const char *text)
{
    gui_chat_take(gui_of(share), text);
}

static void chat_delivered(struct share *share, unsigned id)
{
    gui_chat_delivered(gui_of(share), id);
}

static void ended(struct share *share, int error, const char *story)
{
    struct gui *gui = gui_of(share);
    gui->running = FALSE;
    if (error)
        complain(&share->options->common, "%s", story);
    gui_report_close(gui);
    gui_chat_clear(gui);
    gui_end_tell(gui, error, story);
    gui_show(gui, PAGE_END);
    if (gui->closing || share->stopping)
        g_main_loop_quit(gui->loop);
}

static const struct share_face window_face = {
    .shows = true,
    .say = say,
    .ask = ask,
    .asked = asked,
    .way_back = way_back,
    .status = status,
    .chat = chat,
    .chat_delivered = chat_delivered,
    .ended = ended,
};

/* ---- life ---- */

void gui_start(struct gui *gui, const char *code)
{
    share_reset(&gui->share);
    gui->running = TRUE;
    gui_say(gui->shared.news, "");
    gui_say(gui->shared.way_back, "");
    gui_wait_update(gui);
    gui_show(gui, PAGE_WAIT);
    share_start(&gui->share, code);
}

static gboolean on_closing_limit(gpointer user)
{
    struct gui *gui = user;
    g_main_loop_quit(gui->loop);
    return G_SOURCE_REMOVE;
}

void gui_close(struct gui *gui)
{
    if (!gui->running) {
        g_main_loop_quit(gui->loop);
        return;
    }
    gui->closing = TRUE;
    gtk_widget_set_visible(GTK_WIDGET(gui->window), FALSE);
    g_timeout_add(CLOSING_LIMIT, on_closing_limit, gui);
    share_end(&gui->share);
}

static gboolean on_close_request(GtkWindow *window, gpointer user)
{
    gui_close(user);
    return TRUE;
}

static void add_page(struct gui *gui, GtkWidget *page, const char *name)
{
    gtk_widget_set_name(page, name);
    gtk_widget_set_vexpand(page, TRUE);
    gtk_widget_set_visible(page, FALSE);
    gtk_box_append(GTK_BOX(gui->pages), page);
}

static void build(struct gui *gui)
{
    gui_style();
    gui->window = GTK_WINDOW(gtk_window_new());
    gtk_window_set_title(gui->window, _("Share my screen"));
    g_signal_connect(gui->window, "close-request", G_CALLBACK(on_close_request), gui);
    gui->pages = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    add_page(gui, gui_warn_build(gui), PAGE_WARN);
    add_page(gui, gui_fraud_build(gui), PAGE_FRAUD);
    add_page(gui, gui_code_build(gui), PAGE_CODE);
    add_page(gui, gui_wait_build(gui), PAGE_WAIT);
    add_page(gui, gui_shared_build(gui), PAGE_SHARED);
    add_page(gui, gui_end_build(gui), PAGE_END);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(GTK_BOX(box), gui->pages);
    gtk_box_append(GTK_BOX(box), gui_chat_build(gui));
    gtk_window_set_child(gui->window, box);
}

static void run(struct gui *gui, const char *trouble)
{
    gui->loop = g_main_loop_new(NULL, FALSE);
    build(gui);
    if (trouble) {
        gui_end_tell(gui, QA_EINVAL, trouble);
        gtk_widget_set_visible(GTK_WIDGET(gui->end.again), FALSE);
    }
    const struct share_options *options = gui->share.options;
    if (options->linked)
        gui_code_fill(gui, options->link.digits);
    else if (options->code)
        gui_code_fill(gui, options->code);
    GSource *source = gui_loop_attach(&gui->share.loop);
    gtk_window_present(gui->window);
    if (!trouble && options->resume)
        gui_start(gui, NULL);
    else
        gui_show(gui, trouble ? PAGE_END : PAGE_WARN);
    g_main_loop_run(gui->loop);
    g_source_destroy(source);
    g_source_unref(source);
    gui_question_close(gui);
    gui_report_close(gui);
    gui_chat_clear(gui);
    gui_code_clear(gui);
    gtk_window_destroy(gui->window);
    g_main_loop_unref(gui->loop);
}

/* The window belongs on the screen that is shared: there sits who is asked. */
static void choose_display(const struct share_options *options)
{
    if (options->display) {
        setenv("DISPLAY", options->display, true);
        gdk_set_allowed_backends("x11");
    }
    gtk_disable_setlocale();
}

int gui_possible(const struct share_options *options)
{
    choose_display(options);
    return gtk_init_check() ? 0 : GUI_UNAVAILABLE;
}

int gui_run(const struct share_options *options, const char *trouble)
{
    choose_display(options);
    i18n_always_utf8();
    g_set_prgname("qa-share");
    g_set_application_name("qa-share");
    if (!gtk_init_check())
        return GUI_UNAVAILABLE;
    gtk_window_set_default_icon_name("qassist");
    struct gui gui = {0};
    char story[512];
    int error = share_open(&gui.share, options);
    gui.share.face = &window_face;
    gui.share.face_user = &gui;
    gui.share.exit_code = EXIT_ENDED;
    if (error && !trouble) {
        exit_story(error, "", 0, EXIT_ROLE_SHARER, story, sizeof story);
        gui.share.exit_code = (int)exit_code_for(error);
        trouble = story;
    }
    run(&gui, trouble);
    share_close(&gui.share);
    return gui.share.exit_code;
}
