#include "overlay/banner_paint.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include <pango/pangocairo.h>
#include <qassist/errors.h>

/* Lengths on a display of usual density. */
#define FONT        "Sans 10"
#define EDGE        8
#define STRIPE      6
#define TEXT_WIDE   380 /* at most; what is allowed goes on in the next line */
#define TEXT_LEAST  140
#define TEXT_STEP   16 /* so that another minute does not change the width */
#define BUTTON_IN   10 /* around a button's text */
#define BUTTON_GAP  6
#define BUTTON_TALL 28
#define ICON        9

struct banner_painter {
    double scale;
    int32_t widest;
    PangoFontMap *fonts;
    PangoContext *context;
    PangoFontDescription *plain;
    PangoFontDescription *bold;
};

struct colour {
    double red, green, blue;
};

static const struct colour ground = {0.11, 0.13, 0.16};
static const struct colour border = {0.45, 0.48, 0.53};
static const struct colour words = {1, 1, 1};
static const struct colour stripes[] = {[BANNER_SEES] = {0.20, 0.72, 0.35},
                                        [BANNER_CONTROLS] = {1.00, 0.55, 0.10},
                                        [BANNER_PAUSED] = {0.60, 0.60, 0.60}};
static const struct colour button_ground = {0.24, 0.27, 0.32};
static const struct colour end_ground = {0.70, 0.13, 0.13};

/*
 * Pango reads fonts in a thread of its own. No signal of the program is to be handled there, so it
 * starts with all of them blocked.
 */
static void block_signals(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, before);
}

static void unblock_signals(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

struct banner_painter *banner_painter_new(double scale, int32_t widest)
{
    struct banner_painter *painter = calloc(1, sizeof *painter);
    if (!painter)
        return NULL;
    sigset_t before;
    block_signals(&before);
    painter->scale = scale;
    painter->widest = widest;
    painter->fonts = pango_cairo_font_map_new();
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(painter->fonts), 96 * scale);
    painter->context = pango_font_map_create_context(painter->fonts);
    painter->plain = pango_font_description_from_string(FONT);
    painter->bold = pango_font_description_copy(painter->plain);
    pango_font_description_set_weight(painter->bold, PANGO_WEIGHT_BOLD);
    unblock_signals(&before);
    return painter;
}

void banner_painter_free(struct banner_painter *painter)
{
    if (!painter)
        return;
    pango_font_description_free(painter->plain);
    pango_font_description_free(painter->bold);
    g_object_unref(painter->context);
    g_object_unref(painter->fonts);
    free(painter);
}

static int32_t scaled(const struct banner_painter *painter, double length)
{
    return (int32_t)lround(length * painter->scale);
}

static PangoLayout *lay_out(struct banner_painter *painter, const PangoFontDescription *font,
                            const char *text)
{
    PangoLayout *layout = pango_layout_new(painter->context);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

/* The parts and where they are. */
struct plan {
    PangoLayout *who;
    PangoLayout *what;
    PangoLayout *buttons[BANNER_BUTTONS];
    int32_t text_width;
    int32_t who_height;
    int32_t what_height;
    int32_t width;
    int32_t height;
};

static int32_t plan_buttons(struct banner_painter *painter, const struct banner_look *look,
                            struct plan *plan, qa_rect places[BANNER_BUTTONS])
{
    int32_t total = 0;
    for (int i = 0; i < BANNER_BUTTONS; i++) {
        places[i] = (qa_rect){0};
        if (!look->buttons[i])
            continue;
        plan->buttons[i] = lay_out(painter, painter->plain, look->buttons[i]);
        int width;
        pango_layout_get_pixel_size(plan->buttons[i], &width, NULL);
        width += 2 * scaled(painter, BUTTON_IN);
        if (i != BANNER_TAKE_BACK)
            width += scaled(painter, ICON + BUTTON_GAP);
        places[i].width = width;
        places[i].height = scaled(painter, BUTTON_TALL);
        total += width + scaled(painter, BUTTON_GAP);
    }
    return total;
}

static void plan_text(struct banner_painter *painter, const struct banner_look *look,
                      int32_t for_buttons, struct plan *plan)
{
    plan->who = lay_out(painter, painter->bold, look->lines->who);
    char text[2 * BANNER_LINE_SIZE + 8];
    g_snprintf(text, sizeof text, "%s \302\267 %s", look->lines->what, look->lines->time);
    plan->what = lay_out(painter, painter->plain, text);
    int32_t room = painter->widest - for_buttons - scaled(painter, STRIPE + 3 * EDGE);
    int32_t most = scaled(painter, TEXT_WIDE), least = scaled(painter, TEXT_LEAST);
    most = room < most ? room : most;
    most = most < least ? least : most;
    pango_layout_set_width(plan->who, most * PANGO_SCALE);
    pango_layout_set_ellipsize(plan->who, PANGO_ELLIPSIZE_END);
    pango_layout_set_width(plan->what, most * PANGO_SCALE);
    pango_layout_set_wrap(plan->what, PANGO_WRAP_WORD_CHAR);
    int who, what;
    pango_layout_get_pixel_size(plan->who, &who, &plan->who_height);
    pango_layout_get_pixel_size(plan->what, &what, &plan->what_height);
    int32_t step = scaled(painter, TEXT_STEP);
    plan->text_width = ((who > what ? who : what) + step - 1) / step * step;
}

static void plan_places(struct banner_painter *painter, struct plan *plan, int32_t for_buttons,
                        qa_rect places[BANNER_BUTTONS])
{
    int32_t edge = scaled(painter, EDGE);
    int32_t text = plan->who_height + plan->what_height, tall = scaled(painter, BUTTON_TALL);
    plan->width = scaled(painter, STRIPE) + edge + plan->text_width + edge + for_buttons + edge;
    plan->height = (text > tall ? text : tall) + edge;
    int32_t x = scaled(painter, STRIPE) + 2 * edge + plan->text_width;
    for (int i = 0; i < BANNER_BUTTONS; i++) {
        if (!places[i].width)
            continue;
        places[i].x = x;
        places[i].y = (plan->height - tall) / 2;
        x += places[i].width + scaled(painter, BUTTON_GAP);
    }
}

static void set(cairo_t *cairo, struct colour colour, double light)
{
    cairo_set_source_rgb(cairo, fmin(1, colour.red + light), fmin(1, colour.green + light),
                         fmin(1, colour.blue + light));
}

static void show(cairo_t *cairo, PangoLayout *layout, double x, double y)
{
    set(cairo, words, 0);
    cairo_move_to(cairo, x, y);
    pango_cairo_show_layout(cairo, layout);
}

static void round_rectangle(cairo_t *cairo, const qa_rect *place, double radius)
{
    const double quarter = 2 * atan(1), left = place->x, top = place->y,
                 right = left + place->width, bottom = top + place->height;
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, right - radius, top + radius, radius, -quarter, 0);
    cairo_arc(cairo, right - radius, bottom - radius, radius, 0, quarter);
    cairo_arc(cairo, left + radius, bottom - radius, radius, quarter, 2 * quarter);
    cairo_arc(cairo, left + radius, top + radius, radius, 2 * quarter, 3 * quarter);
    cairo_close_path(cairo);
}

/* Signs that are understood where no font has the letters, too. */
static void draw_icon(cairo_t *cairo, int button, bool goes_on, double x, double y, double size)
{
    set(cairo, words, 0);
    if (button == BANNER_END) {
        cairo_rectangle(cairo, x, y, size, size);
    } else if (goes_on) {
        cairo_move_to(cairo, x, y);
        cairo_line_to(cairo, x + size, y + size / 2);
        cairo_line_to(cairo, x, y + size);
        cairo_close_path(cairo);
    } else {
        cairo_rectangle(cairo, x, y, size / 3, size);
        cairo_rectangle(cairo, x + size * 2 / 3, y, size / 3, size);
    }
    cairo_fill(cairo);
}

static void draw_button(struct banner_painter *painter, cairo_t *cairo,
                        const struct banner_look *look, int button, PangoLayout *text,
                        const qa_rect *place)
{
    double light = look->hot != button ? 0 : look->active ? 0.25 : 0.1;
    set(cairo, button == BANNER_END ? end_ground : button_ground, light);
    round_rectangle(cairo, place, 4 * painter->scale);
    cairo_fill(cairo);
    int height;
    pango_layout_get_pixel_size(text, NULL, &height);
    double x = place->x + scaled(painter, BUTTON_IN);
    if (button != BANNER_TAKE_BACK) {
        double size = scaled(painter, ICON);
        draw_icon(cairo, button, look->goes_on, x, place->y + (place->height - size) / 2, size);
        x += size + scaled(painter, BUTTON_GAP);
    }
    show(cairo, text, x, place->y + (place->height - height) / 2);
}

static void draw(struct banner_painter *painter, cairo_t *cairo, const struct banner_look *look,
                 const struct plan *plan, const qa_rect places[BANNER_BUTTONS])
{
    set(cairo, ground, 0);
    cairo_paint(cairo);
    set(cairo, stripes[look->tone], 0);
    cairo_rectangle(cairo, 0, 0, scaled(painter, STRIPE), plan->height);
    cairo_fill(cairo);
    set(cairo, border, 0);
    cairo_set_line_width(cairo, 1);
    cairo_rectangle(cairo, 0.5, 0.5, plan->width - 1, plan->height - 1);
    cairo_stroke(cairo);
    double x = scaled(painter, STRIPE + EDGE);
    double y = (plan->height - plan->who_height - plan->what_height) / 2;
    show(cairo, plan->who, x, y);
    show(cairo, plan->what, x, y + plan->who_height);
    for (int i = 0; i < BANNER_BUTTONS; i++)
        if (plan->buttons[i])
            draw_button(painter, cairo, look, i, plan->buttons[i], &places[i]);
}

int banner_paint(struct banner_painter *painter, const struct banner_look *look,
                 struct banner_picture *out)
{
    *out = (struct banner_picture){0};
    struct plan plan = {0};
    sigset_t before;
    block_signals(&before);
    int32_t for_buttons = plan_buttons(painter, look, &plan, out->buttons);
    plan_text(painter, look, for_buttons, &plan);
    plan_places(painter, &plan, for_buttons, out->buttons);
    out->image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, plan.width, plan.height);
    cairo_t *cairo = cairo_create(out->image);
    draw(painter, cairo, look, &plan, out->buttons);
    bool good = cairo_status(cairo) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cairo);
    cairo_surface_flush(out->image);
    g_object_unref(plan.who);
    g_object_unref(plan.what);
    for (int i = 0; i < BANNER_BUTTONS; i++)
        g_clear_object(&plan.buttons[i]);
    unblock_signals(&before);
    if (good)
        return 0;
    cairo_surface_destroy(out->image);
    out->image = NULL;
    return QA_ENOMEM;
}
