#include "qa-help/screen_draw.h"

#include <math.h>

#include <qassist/errors.h>

#define REMIND_MS 1000 /* while the laser pointer rests, for it would vanish */
#define REMINDERS 30   /* of a pointer that nobody moves */
#define THINNEST  4    /* pixels of the picture */
#define LINES     200  /* so many lines of a pen fill a picture's height, where that is thicker */

struct screen_draw {
    ScreenView *view;
    qa_helper *helper;
    enum draw_tool tool;
    guint32 colour;
    void (*failed)(void *user, int error);
    void *user;
    gboolean pointing; /* the laser pointer is there */
    int point_x, point_y;
    guint reminder;
    unsigned reminders;
    gboolean drawing; /* a mark was begun */
    gboolean moved;   /* and has gone on */
    int last_x, last_y;
};

/* ---- laser pointer ---- */

static void hide(struct screen_draw *draw)
{
    g_clear_handle_id(&draw->reminder, g_source_remove);
    if (draw->pointing && draw->helper)
        qa_helper_point_hide(draw->helper);
    draw->pointing = FALSE;
}

static gboolean on_reminder(gpointer user)
{
    struct screen_draw *draw = user;
    if (--draw->reminders && !qa_helper_point(draw->helper, draw->point_x, draw->point_y))
        return G_SOURCE_CONTINUE;
    draw->reminder = 0;
    return G_SOURCE_REMOVE;
}

static void point_at(struct screen_draw *draw, int x, int y)
{
    draw->point_x = x;
    draw->point_y = y;
    draw->pointing = !qa_helper_point(draw->helper, x, y);
    draw->reminders = REMINDERS;
    if (!draw->reminder)
        draw->reminder = g_timeout_add(REMIND_MS, on_reminder, draw);
}

static void on_motion(GtkEventControllerMotion *controller, double x, double y, gpointer user)
{
    struct screen_draw *draw = user;
    int at_x, at_y;
    if (!draw->helper || draw->tool != DRAW_LASER)
        return;
    if (screen_view_to_picture(draw->view, x, y, &at_x, &at_y))
        point_at(draw, at_x, at_y);
    else
        hide(draw);
}

static void on_leave(GtkEventControllerMotion *controller, gpointer user)
{
    hide(user);
}

/* ---- marks ---- */

static gboolean draws_marks(const struct screen_draw *draw)
{
    return draw->helper && draw->tool >= DRAW_PEN;
}

/* As thick on a large screen as on a small one. */
static guint32 pen_width(struct screen_draw *draw)
{
    int width, height;
    screen_view_get_size(draw->view, &width, &height);
    return (guint32)CLAMP(height / LINES, THINNEST, QA_MARK_WIDTH_MAX);
}

static int begin(struct screen_draw *draw, int x, int y)
{
    static const qa_mark_kind kinds[] = {[DRAW_PEN] = QA_MARK_STROKE,
                                         [DRAW_ARROW] = QA_MARK_ARROW,
                                         [DRAW_RECTANGLE] = QA_MARK_RECTANGLE};
    int error =
        qa_helper_mark_begin(draw->helper, kinds[draw->tool], draw->colour, pen_width(draw), x, y);
    draw->drawing = !error;
    return error;
}

static void go_on(struct screen_draw *draw, int x, int y)
{
    if (!draw->drawing || (x == draw->last_x && y == draw->last_y))
        return;
    int error = qa_helper_mark_to(draw->helper, x, y);
    /* A long stroke goes on as another one; where the way is just full, this place is left out. */
    if (error == QA_ELIMIT && draw->tool == DRAW_PEN && !begin(draw, draw->last_x, draw->last_y))
        error = qa_helper_mark_to(draw->helper, x, y);
    if (error == QA_ELIMIT)
        return;
    draw->drawing = !error; /* taken back, paused or another screen: it is gone */
    draw->moved = TRUE;
    draw->last_x = x;
    draw->last_y = y;
}

static void end(struct screen_draw *draw)
{
    if (!draw->drawing || !draw->helper)
        return;
    draw->drawing = FALSE;
    /* An arrow or a frame of no length is a click by mistake; a pen's is a dot. */
    if (draw->moved || draw->tool == DRAW_PEN)
        qa_helper_mark_end(draw->helper);
    else
        qa_helper_undo(draw->helper);
}

static void on_drag_begin(GtkGestureDrag *gesture, double x, double y, gpointer user)
{
    struct screen_draw *draw = user;
    if (!draws_marks(draw) ||
        !screen_view_to_picture(draw->view, x, y, &draw->last_x, &draw->last_y))
        return;
    draw->moved = FALSE;
    int error = begin(draw, draw->last_x, draw->last_y);
    if (error)
        draw->failed(draw->user, error);
}

static void on_drag_update(GtkGestureDrag *gesture, double across, double down, gpointer user)
{
    struct screen_draw *draw = user;
    double x, y;
    int at_x, at_y;
    if (!draws_marks(draw) || !gtk_gesture_drag_get_start_point(gesture, &x, &y))
        return;
    screen_view_to_picture(draw->view, x + across, y + down, &at_x, &at_y);
    go_on(draw, at_x, at_y);
}

static void on_drag_end(GtkGestureDrag *gesture, double across, double down, gpointer user)
{
    on_drag_update(gesture, across, down, user);
    end(user);
}

static void on_cancel(GtkGesture *gesture, GdkEventSequence *sequence, gpointer user)
{
    end(user);
}

/* ---- life ---- */

struct screen_draw *screen_draw_new(ScreenView *view, void (*failed)(void *user, int error),
                                    void *user)
{
    struct screen_draw *draw = g_new0(struct screen_draw, 1);
    draw->view = view;
    draw->failed = failed;
    draw->user = user;
    GtkEventController *motion = gtk_event_controller_motion_new();
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), draw);
    g_signal_connect(motion, "enter", G_CALLBACK(on_motion), draw);
    g_signal_connect(motion, "leave", G_CALLBACK(on_leave), draw);
    gtk_widget_add_controller(GTK_WIDGET(view), motion);
    GtkGesture *drag = gtk_gesture_drag_new();
    g_signal_connect(drag, "drag-begin", G_CALLBACK(on_drag_begin), draw);
    g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), draw);
    g_signal_connect(drag, "drag-end", G_CALLBACK(on_drag_end), draw);
    g_signal_connect(drag, "cancel", G_CALLBACK(on_cancel), draw);
    gtk_widget_add_controller(GTK_WIDGET(view), GTK_EVENT_CONTROLLER(drag));
    return draw;
}

void screen_draw_set(struct screen_draw *draw, qa_helper *helper, enum draw_tool tool)
{
    if (draw->helper == helper && draw->tool == tool)
        return;
    hide(draw);
    end(draw);
    draw->drawing = FALSE;
    draw->helper = helper;
    draw->tool = tool;
    screen_view_set_tool(draw->view, helper && tool != DRAW_NOTHING);
}

void screen_draw_set_colour(struct screen_draw *draw, guint32 colour)
{
    draw->colour = colour;
}

void screen_draw_free(struct screen_draw *draw)
{
    g_clear_handle_id(&draw->reminder, g_source_remove);
    g_free(draw);
}
