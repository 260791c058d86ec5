/* The page on which the helper signs in: in the browser, or on another device. */
#include "common/events.h"
#include "common/i18n.h"
#include "qa-help/window_state.h"

/* What the page says; a part that is NULL does not show. */
static void show(struct window *window, const char *title, const char *text, const char *address,
                 const char *code)
{
    struct window_sign_in *page = &window->sign_in;
    gtk_label_set_text(page->title, title);
    gtk_label_set_text(page->text, text);
    gtk_label_set_text(page->code, code ? code : "");
    gtk_editable_set_text(page->address, address ? address : "");
    gtk_editable_set_position(page->address, 0);
    gtk_widget_set_visible(GTK_WIDGET(page->code), code != NULL);
    gtk_widget_set_visible(GTK_WIDGET(page->address), address != NULL);
    gtk_widget_set_visible(GTK_WIDGET(page->copy), address != NULL);
    gtk_widget_set_visible(GTK_WIDGET(page->open), address && !code);
    gtk_widget_set_visible(GTK_WIDGET(page->again), !address);
    window_parts_label(page->copy, _("Copy address"), _("Copy the address for signing in"));
    window_show_page(window, PAGE_SIGN_IN);
    gtk_widget_grab_focus(GTK_WIDGET(!address ? page->again : code ? page->copy : page->open));
}

static void show_failed(struct window *window)
{
    char *sentence = g_strdup(complained());
    sentence[0] = g_ascii_toupper(sentence[0]);
    show(window, _("You are not signed in"), sentence, NULL, NULL);
    g_free(sentence);
}

static void face_address(void *user, const char *address, bool opened)
{
    struct window *window = user;
    window_parts_label(window->sign_in.open, opened ? _("Open again") : _("Open in the browser"),
                       _("Open the address in the browser"));
    show(window, _("Sign in in your browser"),
         opened ? _("It opens now. If it does not, open this address on this computer:")
                : _("Open this address on this computer:"),
         address, NULL);
}

static void face_device(void *user, const char *address, const char *code)
{
    show(user, _("Sign in on another device of yours"),
         _("Open this address there and type this code. Never type one that somebody told you."),
         address, code);
}

static gboolean on_signed_in(gpointer user)
{
    struct window *window = user;
    window->sign_in.later = 0;
    window->sign_in.under_way = FALSE;
    sign_in_flow_drop(&window->sign_in.flow);
    window_start_session(window);
    return G_SOURCE_REMOVE;
}

static void face_signed_in(void *user, const char *shown_name, const char *organisation, bool kept)
{
    struct window *window = user;
    window->sign_in.later = g_idle_add(on_signed_in, window);
}

static void face_failed(void *user, int exit_code)
{
    struct window *window = user;
    window->sign_in.under_way = FALSE;
    window->session_over = TRUE;
    window->exit_code = exit_code;
    show_failed(window);
}

static const struct sign_in_face face = {.address = face_address,
                                         .device = face_device,
                                         .signed_in = face_signed_in,
                                         .failed = face_failed};

static void begin_sign_in(struct window *window)
{
    sign_in_flow_drop(&window->sign_in.flow);
    gtk_label_set_text(window->parts.wait_text, _("Asking the relay where to sign in…"));
    window->sign_in.under_way = TRUE;
    window_show_page(window, PAGE_WAIT);
    window->session_over = FALSE;
    int code = sign_in_flow_start(&window->sign_in.flow, window->session.context);
    if (code)
        face_failed(window, code);
}

void window_begin(struct window *window)
{
    const struct help_options *options = window->session.options;
    int code = options->sign_in ? sign_in_take_kept(options, window->session.token) : 0;
    if (code)
        face_failed(window, code);
    else if (options->sign_in && !window->session.token->remembered)
        begin_sign_in(window);
    else
        window_start_session(window);
}

static gboolean on_refused(gpointer user)
{
    struct window *window = user;
    window->sign_in.later = 0;
    help_session_drop(&window->session);
    begin_sign_in(window);
    return G_SOURCE_REMOVE;
}

void window_token_refused(void *user)
{
    struct window *window = user;
    sign_in_forget_kept(window->session.options, window->session.token);
    window->session_over = TRUE;
    if (window->closing)
        g_main_loop_quit(window->loop);
    else
        window->sign_in.later = g_idle_add(on_refused, window);
}

gboolean window_cancel_sign_in(struct window *window)
{
    if (!window->sign_in.under_way)
        return FALSE;
    window->exit_code = (int)exit_code_for(QA_ECANCELED);
    events_end(QA_ECANCELED, "", 0, window->exit_code);
    return TRUE;
}

void window_end_sign_in(struct window *window)
{
    g_clear_handle_id(&window->sign_in.later, g_source_remove);
    sign_in_flow_drop(&window->sign_in.flow);
}

static void on_open(GtkButton *button, gpointer user)
{
    struct window *window = user;
    if (!sign_in_open_browser(gtk_editable_get_text(window->sign_in.address)))
        gtk_label_set_text(window->sign_in.text,
                           _("No browser could be opened. Open this address on this computer:"));
}

static void on_copy(GtkButton *button, gpointer user)
{
    struct window *window = user;
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(button)),
                           gtk_editable_get_text(window->sign_in.address));
    window_parts_label(button, _("Copied"), _("The address is copied"));
}

static void on_again(GtkButton *button, gpointer user)
{
    window_begin(user);
}

static void on_cancel(GtkButton *button, gpointer user)
{
    window_close(user);
}

static GtkButton *add_button(struct window *window, GtkWidget *row, const char *label,
                             const char *spoken, const char *class, GCallback clicked)
{
    GtkButton *button = window_parts_button(label, spoken, class);
    gtk_box_append(GTK_BOX(row), GTK_WIDGET(button));
    g_signal_connect(button, "clicked", clicked, window);
    return button;
}

void window_build_sign_in(struct window *window)
{
    struct window_sign_in *page = &window->sign_in;
    GtkWidget *box = window_parts_page(&window->parts, PAGE_SIGN_IN);
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    page->flow = (struct sign_in_flow){.options = window->session.options,
                                       .token = window->session.token,
                                       .face = &face,
                                       .face_user = window};
    page->title = window_parts_text("", "big");
    page->text = window_parts_text("", NULL);
    page->code = window_parts_text("", "code");
    gtk_label_set_selectable(page->code, TRUE);
    gtk_widget_set_focusable(GTK_WIDGET(page->code), FALSE);
    /* Addresses are long: one line that can be selected, not ten. */
    page->address = GTK_EDITABLE(gtk_entry_new());
    gtk_editable_set_editable(page->address, FALSE);
    gtk_editable_set_width_chars(page->address, 50);
    window_parts_name(page->address, _("Address for signing in"));
    gtk_widget_set_halign(row, GTK_ALIGN_CENTER);
    page->open =
        add_button(window, row, _("Open in the browser"), _("Open the address in the browser"),
                   "suggested-action", G_CALLBACK(on_open));
    page->copy = add_button(window, row, _("Copy address"), _("Copy the address for signing in"),
                            NULL, G_CALLBACK(on_copy));
    page->again = add_button(window, row, _("Try again"), _("Try to sign in again"),
                             "suggested-action", G_CALLBACK(on_again));
    page->cancel = add_button(window, row, _("Cancel"), _("Close the window without signing in"),
                              NULL, G_CALLBACK(on_cancel));
    GtkWidget *parts[] = {GTK_WIDGET(page->title), GTK_WIDGET(page->text),
                          GTK_WIDGET(page->address), GTK_WIDGET(page->code), row};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        gtk_box_append(GTK_BOX(box), parts[i]);
}
