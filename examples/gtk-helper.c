/*
 * A helper as a part of a GTK 4 program: the library's descriptor is one more source of GLib's main
 * loop, the sharer's screen is a GtkPicture, and clicks on it go to the sharer once control is
 * allowed.
 *
 * Usage: gtk-helper wss://RELAY TOKEN-FILE [CA.pem]
 */
#include <glib-unix.h>
#include <gtk/gtk.h>

#include <qassist/qassist.h>

struct app {
    qa_context *context;
    qa_helper *helper;
    GMainLoop *loop;
    GtkWidget *window, *words, *ask, *picture;
    guint source;
    int32_t width, height; /* of the sharer's picture */
    int error;
};

/* [source] */
/* GLib calls this when the library has something to do; all callbacks below run in here. */
static gboolean on_readable(gint descriptor, GIOCondition condition, gpointer user_data)
{
    struct app *app = user_data;
    qa_context_dispatch(app->context);
    return G_SOURCE_CONTINUE;
}

static void attach(struct app *app)
{
    app->source = g_unix_fd_add(qa_context_get_fd(app->context), G_IO_IN, on_readable, app);
}
/* [end source] */

static void on_code(qa_helper *helper, const char *code, uint32_t seconds, const char *shown_name,
                    const char *organisation, void *user_data)
{
    struct app *app = user_data;
    char *words = g_strdup_printf("Tell the sharer: %s", code);
    gtk_label_set_text(GTK_LABEL(app->words), words);
    g_print("%s\n", words);
    g_free(words);
}

/* [picture] */
/* The frame is lent: GTK gets a copy, with the unused fourth byte made opaque. */
static void on_frame(qa_helper *helper, qa_frame *frame, void *user_data)
{
    struct app *app = user_data;
    app->width = qa_frame_width(frame);
    app->height = qa_frame_height(frame);
    size_t stride = qa_frame_stride(frame), size = stride * (size_t)app->height;
    uint8_t *copy = g_memdup2(qa_frame_pixels(frame), size);
    for (size_t at = 3; at < size; at += 4)
        copy[at] = 255;
    GBytes *bytes = g_bytes_new_take(copy, size);
    GdkTexture *texture =
        gdk_memory_texture_new(app->width, app->height, GDK_MEMORY_B8G8R8A8, bytes, stride);
    gtk_picture_set_paintable(GTK_PICTURE(app->picture), GDK_PAINTABLE(texture));
    g_object_unref(texture);
    g_bytes_unref(bytes);
}
/* [end picture] */

static void on_permissions(qa_helper *helper, unsigned permissions, int reason, void *user_data)
{
    struct app *app = user_data;
    gboolean view = (permissions & QA_PERMISSION_VIEW) != 0;
    gboolean control = (permissions & QA_PERMISSION_CONTROL) != 0;
    gtk_label_set_text(GTK_LABEL(app->words), control ? "You control this screen."
                                              : view  ? "You see this screen."
                                                      : "Nothing is shared.");
    gtk_widget_set_sensitive(app->ask, view && !control);
    g_print("view %d, control %d\n", view, control);
}

static void on_asked(GtkButton *button, gpointer user_data)
{
    struct app *app = user_data;
    int error = qa_helper_request(app->helper, QA_PERMISSION_CONTROL, "To do it for you");
    if (error)
        gtk_label_set_text(GTK_LABEL(app->words), qa_strerror(error));
}

/* [click] */
/* A place of the widget as a place of the sharer's screen: the picture is scaled and centred. */
static bool place_of(struct app *app, double x, double y, int32_t *to_x, int32_t *to_y)
{
    double width = gtk_widget_get_width(app->picture), height = gtk_widget_get_height(app->picture);
    if (app->width == 0)
        return false;
    double scale = MIN(width / app->width, height / app->height);
    *to_x = (int32_t)((x - (width - app->width * scale) / 2) / scale);
    *to_y = (int32_t)((y - (height - app->height * scale) / 2) / scale);
    return *to_x >= 0 && *to_y >= 0 && *to_x < app->width && *to_y < app->height;
}

static void on_click(GtkGestureClick *gesture, int presses, double x, double y, gpointer user_data)
{
    struct app *app = user_data;
    int32_t to_x, to_y;
    if (place_of(app, x, y, &to_x, &to_y)) { /* QA_ENOTALLOWED without control: nothing happens */
        qa_helper_pointer_button(app->helper, to_x, to_y, QA_BUTTON_LEFT, true);
        qa_helper_pointer_button(app->helper, to_x, to_y, QA_BUTTON_LEFT, false);
    }
}
/* [end click] */

static void on_end(qa_helper *helper, int error, const char *detail, void *user_data)
{
    struct app *app = user_data;
    app->error = error;
    if (error)
        g_printerr("%s (%s)\n", qa_strerror(error), detail);
    g_main_loop_quit(app->loop);
}

/* The button and the window's own way to close end the session in order; on_end ends the program.
 */
static void on_enough(GtkButton *button, gpointer user_data)
{
    struct app *app = user_data;
    qa_helper_end(app->helper);
}

static gboolean on_close(GtkWindow *window, gpointer user_data)
{
    on_enough(NULL, user_data);
    return TRUE;
}

static void make_window(struct app *app)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    app->window = gtk_window_new();
    app->words = gtk_label_new("Asking for a code ...");
    app->ask = gtk_button_new_with_label("Ask for control");
    GtkWidget *end = gtk_button_new_with_label("End");
    app->picture = gtk_picture_new();
    gtk_widget_set_sensitive(app->ask, FALSE);
    gtk_widget_set_vexpand(app->picture, TRUE);
    gtk_box_append(GTK_BOX(box), app->words);
    gtk_box_append(GTK_BOX(box), app->ask);
    gtk_box_append(GTK_BOX(box), end);
    gtk_box_append(GTK_BOX(box), app->picture);
    GtkGesture *click = gtk_gesture_click_new();
    gtk_widget_add_controller(app->picture, GTK_EVENT_CONTROLLER(click));
    g_signal_connect(click, "pressed", G_CALLBACK(on_click), app);
    g_signal_connect(app->ask, "clicked", G_CALLBACK(on_asked), app);
    g_signal_connect(end, "clicked", G_CALLBACK(on_enough), app);
    g_signal_connect(app->window, "close-request", G_CALLBACK(on_close), app);
    gtk_window_set_title(GTK_WINDOW(app->window), "Support");
    gtk_window_set_default_size(GTK_WINDOW(app->window), 800, 600);
    gtk_window_set_child(GTK_WINDOW(app->window), box);
    gtk_window_present(GTK_WINDOW(app->window));
}

static int start(struct app *app, const char *relay_url, const char *token, const char *ca_file)
{
    qa_context_options context_options = QA_CONTEXT_OPTIONS_INIT;
    context_options.relay_url = relay_url;
    context_options.ca_file = ca_file;
    qa_helper_options options = QA_HELPER_OPTIONS_INIT;
    options.token = token;
    qa_helper_callbacks callbacks = QA_HELPER_CALLBACKS_INIT;
    callbacks.on_code = on_code;
    callbacks.on_frame = on_frame;
    callbacks.on_permissions = on_permissions;
    callbacks.on_end = on_end;
    int error = qa_context_new(&context_options, &app->context);
    if (!error)
        error = qa_helper_new(app->context, &options, &callbacks, app, &app->helper);
    return error ? error : qa_helper_start(app->helper);
}

int main(int argc, char *argv[])
{
    struct app app = {0};
    char *token = NULL;
    if (argc < 3 || !g_file_get_contents(argv[2], &token, NULL, NULL)) {
        g_printerr("Usage: %s wss://RELAY TOKEN-FILE [CA.pem]\n", argv[0]);
        return 2;
    }
    g_set_prgname("gtk-helper");
    gtk_init();
    int error = start(&app, argv[1], g_strstrip(token), argc > 3 ? argv[3] : NULL);
    explicit_bzero(token, strlen(token));
    g_free(token);
    if (error) {
        g_printerr("Cannot start: %s\n", qa_strerror(error));
    } else {
        app.loop = g_main_loop_new(NULL, FALSE);
        make_window(&app);
        attach(&app);
        g_main_loop_run(app.loop);
        g_source_remove(app.source); /* before the context, and its descriptor, go */
        gtk_window_destroy(GTK_WINDOW(app.window));
        g_main_loop_unref(app.loop);
    }
    qa_helper_unref(app.helper);
    qa_context_unref(app.context);
    return error || app.error;
}
