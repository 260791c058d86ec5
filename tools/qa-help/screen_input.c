#include "qa-help/screen_input.h"

#include <math.h>

#include <qassist/errors.h>

#include "qa-help/keys.h"

#define RETRY_INTERVAL 10   /* milliseconds */
#define WAITING_MAX    4096 /* events; beyond it a full way loses moves first, then everything */
#define SCANCODES      0x180
#define EVDEV_OFFSET   8 /* between X11's and Linux' numbers of a key */

struct screen_input {
    ScreenView *view;
    qa_helper *helper;
    void (*leave)(void *user);
    void *leave_user;
    GQueue waiting; /* of qa_input_event, owned */
    guint retry;
    gboolean keys[SCANCODES]; /* held down */
    guint buttons;            /* bits by qa_button, held down */
    double x, y;              /* the pointer, in the widget */
    double wheel_x, wheel_y;  /* parts of a 120th left over */
};

static int send_now(qa_helper *helper, const qa_input_event *event)
{
    switch (event->type) {
    case QA_INPUT_MOVE:
        return qa_helper_pointer_move(helper, event->x, event->y);
    case QA_INPUT_BUTTON:
        return qa_helper_pointer_button(helper, event->x, event->y, (qa_button)event->button,
                                        event->pressed);
    case QA_INPUT_WHEEL:
        return qa_helper_pointer_wheel(helper, event->x, event->y, event->wheel_x, event->wheel_y);
    default:
        return qa_helper_key(helper, event->scancode, event->pressed);
    }
}

static gboolean on_retry(gpointer user);

/* Sends what waits, in order, until the way is full. */
static void flush(struct screen_input *input)
{
    while (input->helper && !g_queue_is_empty(&input->waiting)) {
        if (send_now(input->helper, g_queue_peek_head(&input->waiting)) == QA_ELIMIT) {
            if (!input->retry)
                input->retry = g_timeout_add(RETRY_INTERVAL, on_retry, input);
            return;
        }
        g_free(g_queue_pop_head(&input->waiting));
    }
}

static gboolean on_retry(gpointer user)
{
    struct screen_input *input = user;
    input->retry = 0;
    flush(input);
    return G_SOURCE_REMOVE;
}

static void send(struct screen_input *input, qa_input_event event)
{
    if (!input->helper)
        return;
    qa_input_event *last = g_queue_peek_tail(&input->waiting);
    if (event.type == QA_INPUT_MOVE && last && last->type == QA_INPUT_MOVE) {
        *last = event; /* only where the pointer is now matters */
    } else if (g_queue_get_length(&input->waiting) < WAITING_MAX) {
        event.size = sizeof event;
        g_queue_push_tail(&input->waiting, g_memdup2(&event, sizeof event));
    }
    flush(input);
}

static void send_key(struct screen_input *input, uint32_t scancode, gboolean pressed)
{
    /* A held key repeats by the sharer's settings; the repeats of this side stay here. */
    if (input->keys[scancode] == pressed)
        return;
    input->keys[scancode] = pressed;
    send(input, (qa_input_event){.type = QA_INPUT_KEY, .scancode = scancode, .pressed = pressed});
}

static void send_button(struct screen_input *input, guint button, gboolean pressed)
{
    int x, y;
    guint bit = 1u << button;
    gboolean inside = screen_view_to_picture(input->view, input->x, input->y, &x, &y);
    if (pressed ? !inside : !(input->buttons & bit))
        return;
    input->buttons = pressed ? input->buttons | bit : input->buttons & ~bit;
    send(input, (qa_input_event){
                    .type = QA_INPUT_BUTTON, .x = x, .y = y, .button = button, .pressed = pressed});
}

static void release_all(struct screen_input *input)
{
    for (uint32_t scancode = 0; scancode < SCANCODES; scancode++)
        send_key(input, scancode, FALSE);
    for (guint button = 1; button <= QA_BUTTON_FORWARD; button++)
        send_button(input, button, FALSE);
}

static void on_motion(GtkEventControllerMotion *controller, double x, double y, gpointer user)
{
    struct screen_input *input = user;
    int at_x, at_y;
    input->x = x;
    input->y = y;
    gboolean inside = screen_view_to_picture(input->view, x, y, &at_x, &at_y);
    if (!input->helper || (!inside && !input->buttons))
        return;
    screen_view_own_pointer_moved(input->view);
    send(input, (qa_input_event){.type = QA_INPUT_MOVE, .x = at_x, .y = at_y});
}

static gboolean known_button(guint button)
{
    return button == QA_BUTTON_LEFT || button == QA_BUTTON_MIDDLE || button == QA_BUTTON_RIGHT ||
           button == QA_BUTTON_BACK || button == QA_BUTTON_FORWARD;
}

static void on_pressed(GtkGestureClick *gesture, int count, double x, double y, gpointer user)
{
    struct screen_input *input = user;
    guint button = gtk_gesture_single_get_current_button(GTK_GESTURE_SINGLE(gesture));
    gtk_widget_grab_focus(GTK_WIDGET(input->view));
    if (!input->helper || !known_button(button))
        return;
    input->x = x;
    input->y = y;
    send_button(input, button, TRUE);
}

static void on_released(GtkGestureClick *gesture, int count, double x, double y, gpointer user)
{
    struct screen_input *input = user;
    guint button = gtk_gesture_single_get_current_button(GTK_GESTURE_SINGLE(gesture));
    if (!input->helper || !known_button(button))
        return;
    input->x = x;
    input->y = y;
    send_button(input, button, FALSE);
}

/* Two buttons at once make the gesture give up; the sharer's side must not keep them down. */
static void on_gesture_cancel(GtkGesture *gesture, GdkEventSequence *sequence, gpointer user)
{
    struct screen_input *input = user;
    for (guint button = 1; button <= QA_BUTTON_FORWARD; button++)
        send_button(input, button, FALSE);
}

/* Whole 120ths go now, the rest waits for the next turn. */
static int whole_steps(double *left)
{
    double whole = trunc(*left);
    *left -= whole;
    return (int)CLAMP(whole, -12000, 12000);
}

static gboolean on_scroll(GtkEventControllerScroll *controller, double dx, double dy, gpointer user)
{
    struct screen_input *input = user;
    int x, y;
    if (!input->helper || !screen_view_to_picture(input->view, input->x, input->y, &x, &y))
        return FALSE;
    double unit = QA_WHEEL_STEP;
#if GTK_CHECK_VERSION(4, 8, 0)
    if (gtk_event_controller_scroll_get_unit(controller) == GDK_SCROLL_UNIT_SURFACE)
        unit = QA_WHEEL_STEP / 15.0; /* smooth scrolling counts pixels */
#endif
    input->wheel_x += dx * unit;
    input->wheel_y -= dy * unit; /* GTK counts downwards */
    int wheel_x = whole_steps(&input->wheel_x), wheel_y = whole_steps(&input->wheel_y);
    if (wheel_x || wheel_y)
        send(input,
             (qa_input_event){
                 .type = QA_INPUT_WHEEL, .x = x, .y = y, .wheel_x = wheel_x, .wheel_y = wheel_y});
    return TRUE;
}

static gboolean takes_keys(const struct screen_input *input)
{
    return input->helper && gtk_widget_has_focus(GTK_WIDGET(input->view));
}

static uint32_t scancode_of(guint keycode)
{
    return keycode >= EVDEV_OFFSET ? keys_from_evdev(keycode - EVDEV_OFFSET) : 0;
}

static gboolean on_key_pressed(GtkEventControllerKey *controller, guint keyval, guint keycode,
                               GdkModifierType modifiers, gpointer user)
{
    struct screen_input *input = user;
    if (!takes_keys(input))
        return FALSE;
    const GdkModifierType wanted = GDK_CONTROL_MASK | GDK_ALT_MASK;
    if (keyval == GDK_KEY_Home && (modifiers & wanted) == wanted) {
        release_all(input);
        input->leave(input->leave_user);
        return TRUE;
    }
    uint32_t scancode = scancode_of(keycode);
    if (scancode)
        send_key(input, scancode, TRUE);
    return TRUE;
}

static void on_key_released(GtkEventControllerKey *controller, guint keyval, guint keycode,
                            GdkModifierType modifiers, gpointer user)
{
    struct screen_input *input = user;
    uint32_t scancode = scancode_of(keycode);
    if (input->helper && scancode)
        send_key(input, scancode, FALSE);
}

static void on_focus_leave(GtkEventControllerFocus *controller, gpointer user)
{
    release_all(user);
}

static void on_active_changed(GtkWindow *window, GParamSpec *property, gpointer user)
{
    if (!gtk_window_is_active(window))
        release_all(user);
}

static void add_pointer_controllers(struct screen_input *input)
{
    GtkWidget *widget = GTK_WIDGET(input->view);
    GtkEventController *motion = gtk_event_controller_motion_new();
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), input);
    g_signal_connect(motion, "enter", G_CALLBACK(on_motion), input);
    gtk_widget_add_controller(widget, motion);

    GtkGesture *click = gtk_gesture_click_new();
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(click), 0);
    g_signal_connect(click, "pressed", G_CALLBACK(on_pressed), input);
    g_signal_connect(click, "released", G_CALLBACK(on_released), input);
    g_signal_connect(click, "cancel", G_CALLBACK(on_gesture_cancel), input);
    gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(click));

    GtkEventController *scroll =
        gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
    g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), input);
    gtk_widget_add_controller(widget, scroll);

    GtkEventController *focus = gtk_event_controller_focus_new();
    g_signal_connect(focus, "leave", G_CALLBACK(on_focus_leave), input);
    gtk_widget_add_controller(widget, focus);
}

/* On the window and before it: Tab and the like belong to the sharer while the view has the focus.
 */
static void add_key_controller(struct screen_input *input, GtkWindow *window)
{
    GtkEventController *keys = gtk_event_controller_key_new();
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key_pressed), input);
    g_signal_connect(keys, "key-released", G_CALLBACK(on_key_released), input);
    gtk_widget_add_controller(GTK_WIDGET(window), keys);
    g_signal_connect(window, "notify::is-active", G_CALLBACK(on_active_changed), input);
}

struct screen_input *screen_input_new(ScreenView *view, GtkWindow *window,
                                      void (*leave)(void *user), void *user)
{
    struct screen_input *input = g_new0(struct screen_input, 1);
    input->view = view;
    input->leave = leave;
    input->leave_user = user;
    g_queue_init(&input->waiting);
    add_pointer_controllers(input);
    add_key_controller(input, window);
    return input;
}

void screen_input_enable(struct screen_input *input, qa_helper *helper)
{
    if (input->helper == helper)
        return;
    if (!helper)
        release_all(input);
    g_queue_clear_full(&input->waiting, g_free);
    memset(input->keys, 0, sizeof input->keys);
    input->buttons = 0;
    input->wheel_x = input->wheel_y = 0;
    input->helper = helper;
}

gboolean screen_input_enabled(const struct screen_input *input)
{
    return input->helper != NULL;
}

void screen_input_free(struct screen_input *input)
{
    screen_input_enable(input, NULL);
    g_clear_handle_id(&input->retry, g_source_remove);
    g_free(input);
}
