#include "qa-help/x11_picture.h"

#include <stdlib.h>
#include <string.h>

#include <xcb/render.h>
#include <xcb/xfixes.h>

#include "qa-help/x11_cursor.h"
#include "qa-help/x11_format.h"
#include "qa-help/x11_upload.h"

#define SIZE_MAX_X11 32767

struct x11_picture {
    xcb_connection_t *xcb;
    xcb_window_t parent, window;
    struct x11_format format; /* the window's */
    struct x11_upload upload;
    xcb_gcontext_t gc;
    xcb_render_picture_t target; /* draws into the window */
    int width, height;           /* of the pixmap; 0: none yet */
    xcb_pixmap_t pixmap;
    xcb_render_picture_t source; /* reads from the pixmap, scaled to the place */
    struct x11_place place;
    bool mapped;
    struct x11_cursor cursor;
};

static bool empty(const qa_rect *rect)
{
    return rect->width <= 0 || rect->height <= 0;
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static qa_rect both(const qa_rect *a, const qa_rect *b)
{
    int32_t left = most(a->x, b->x), top = most(a->y, b->y);
    int32_t right = least(a->x + a->width, b->x + b->width);
    int32_t bottom = least(a->y + a->height, b->y + b->height);
    return (qa_rect){left, top, right - left, bottom - top};
}

static bool same(const qa_rect *a, const qa_rect *b)
{
    return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

static xcb_window_t make_window(struct x11_picture *picture, xcb_visualid_t visual,
                                xcb_colormap_t colours)
{
    xcb_window_t window = xcb_generate_id(picture->xcb);
    uint32_t values[] = {XCB_BACK_PIXMAP_NONE, 0, XCB_GRAVITY_NORTH_WEST, XCB_EVENT_MASK_EXPOSURE,
                         colours};
    xcb_void_cookie_t cookie =
        xcb_create_window_checked(picture->xcb, picture->format.depth, window, picture->parent, 0,
                                  0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, visual,
                                  XCB_CW_BACK_PIXMAP | XCB_CW_BORDER_PIXEL | XCB_CW_BIT_GRAVITY |
                                      XCB_CW_EVENT_MASK | XCB_CW_COLORMAP,
                                  values);
    xcb_generic_error_t *error = xcb_request_check(picture->xcb, cookie);
    free(error);
    return error ? XCB_NONE : window;
}

/* The pointer is over the parent wherever it is over this window. */
static bool let_input_through(struct x11_picture *picture)
{
    xcb_connection_t *xcb = picture->xcb;
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(xcb, &xcb_xfixes_id);
    if (!extension || !extension->present)
        return false;
    xcb_xfixes_query_version_reply_t *version =
        xcb_xfixes_query_version_reply(xcb, xcb_xfixes_query_version(xcb, 2, 0), NULL);
    bool known = version && version->major_version >= 2;
    free(version);
    if (!known)
        return false;
    xcb_xfixes_region_t nothing = xcb_generate_id(xcb);
    xcb_xfixes_create_region(xcb, nothing, 0, NULL);
    xcb_xfixes_set_window_shape_region(xcb, picture->window, XCB_SHAPE_SK_INPUT, 0, 0, nothing);
    xcb_xfixes_destroy_region(xcb, nothing);
    return true;
}

static bool build(struct x11_picture *picture, const char *display)
{
    picture->xcb = xcb_connect(display, NULL);
    if (xcb_connection_has_error(picture->xcb))
        return false;
    xcb_get_window_attributes_reply_t *parent = xcb_get_window_attributes_reply(
        picture->xcb, xcb_get_window_attributes(picture->xcb, picture->parent), NULL);
    if (!parent)
        return false;
    xcb_visualid_t visual = parent->visual;
    xcb_colormap_t colours = parent->colormap;
    free(parent);
    if (!x11_format_find(picture->xcb, visual, &picture->format))
        return false;
    picture->window = make_window(picture, visual, colours);
    if (!picture->window || !let_input_through(picture) ||
        !x11_upload_init(&picture->upload, picture->xcb))
        return false;
    picture->gc = xcb_generate_id(picture->xcb);
    xcb_create_gc(picture->xcb, picture->gc, picture->window, XCB_GC_GRAPHICS_EXPOSURES,
                  (uint32_t[]){0});
    picture->target = xcb_generate_id(picture->xcb);
    xcb_render_create_picture(picture->xcb, picture->target, picture->window,
                              picture->format.window, 0, NULL);
    x11_cursor_init(&picture->cursor, picture->xcb, picture->window, picture->format.cursor);
    return true;
}

struct x11_picture *x11_picture_new(const char *display, uint32_t parent)
{
    struct x11_picture *picture = calloc(1, sizeof *picture);
    if (!picture)
        return NULL;
    picture->parent = parent;
    if (!build(picture, display)) {
        x11_picture_free(picture);
        return NULL;
    }
    return picture;
}

void x11_picture_free(struct x11_picture *picture)
{
    if (!picture)
        return;
    x11_upload_close(&picture->upload);
    if (picture->xcb)
        xcb_disconnect(picture->xcb); /* takes with it what was made over it */
    free(picture);
}

/* From the pixels that are shown to those of the pixmap, as the server wants it: 16.16. */
static void scale_source(struct x11_picture *picture)
{
    const qa_rect *to = &picture->place.picture;
    if (!picture->source || empty(to))
        return;
    xcb_render_transform_t transform = {
        .matrix11 = (xcb_render_fixed_t)(((int64_t)picture->width << 16) / to->width),
        .matrix22 = (xcb_render_fixed_t)(((int64_t)picture->height << 16) / to->height),
        .matrix33 = 1 << 16,
    };
    xcb_render_set_picture_transform(picture->xcb, picture->source, transform);
    const char *filter = "bilinear";
    xcb_render_set_picture_filter(picture->xcb, picture->source, (uint16_t)strlen(filter), filter,
                                  0, NULL);
}

static void set_mapped(struct x11_picture *picture, bool mapped)
{
    if (mapped == picture->mapped)
        return;
    picture->mapped = mapped;
    if (mapped)
        xcb_map_window(picture->xcb, picture->window);
    else
        xcb_unmap_window(picture->xcb, picture->window);
}

void x11_picture_forget(struct x11_picture *picture)
{
    set_mapped(picture, false);
    if (!picture->pixmap)
        return;
    xcb_render_free_picture(picture->xcb, picture->source);
    xcb_free_pixmap(picture->xcb, picture->pixmap);
    picture->pixmap = picture->source = XCB_NONE;
    picture->width = picture->height = 0;
}

bool x11_picture_resize(struct x11_picture *picture, int width, int height)
{
    xcb_connection_t *xcb = picture->xcb;
    x11_picture_forget(picture);
    if (width <= 0 || height <= 0 || width > SIZE_MAX_X11 || height > SIZE_MAX_X11)
        return false;
    xcb_pixmap_t pixmap = xcb_generate_id(xcb);
    xcb_generic_error_t *error = xcb_request_check(
        xcb, xcb_create_pixmap_checked(xcb, picture->format.depth, pixmap, picture->window,
                                       (uint16_t)width, (uint16_t)height));
    if (error) {
        free(error);
        return false;
    }
    picture->pixmap = pixmap;
    picture->source = xcb_generate_id(xcb);
    picture->width = width;
    picture->height = height;
    /* Without it the edges would be mixed with what is outside. */
    xcb_render_create_picture(xcb, picture->source, pixmap, picture->format.window,
                              XCB_RENDER_CP_REPEAT, (uint32_t[]){XCB_RENDER_REPEAT_PAD});
    scale_source(picture);
    return true;
}

static bool actual_size(const struct x11_picture *picture)
{
    return picture->place.picture.width == picture->width &&
           picture->place.picture.height == picture->height;
}

static int32_t scaled(int64_t value, int32_t to, int32_t from, bool up)
{
    return (int32_t)((value * to + (up ? from - 1 : 0)) / from);
}

/* Where a rectangle of the picture is in the parent window, whole pixels, what it mixes with too.
 */
static qa_rect shown_at(const struct x11_picture *picture, const qa_rect *rect)
{
    const qa_rect *to = &picture->place.picture;
    qa_rect all = {0, 0, picture->width, picture->height};
    qa_rect part = *rect;
    if (!actual_size(picture))
        part = (qa_rect){rect->x - 1, rect->y - 1, rect->width + 2, rect->height + 2};
    part = both(&part, &all);
    if (empty(&part))
        return part;
    int32_t left = scaled(part.x, to->width, picture->width, false);
    int32_t top = scaled(part.y, to->height, picture->height, false);
    int32_t right = scaled((int64_t)part.x + part.width, to->width, picture->width, true);
    int32_t bottom = scaled((int64_t)part.y + part.height, to->height, picture->height, true);
    return (qa_rect){to->x + left, to->y + top, right - left, bottom - top};
}

/* Draws a rectangle of the parent window, as far as it is of the picture and visible. */
static void draw(struct x11_picture *picture, const qa_rect *rect)
{
    const qa_rect *origin = &picture->place.picture, *window = &picture->place.visible;
    qa_rect part = both(rect, window);
    if (!picture->mapped || empty(&part))
        return;
    int16_t from_x = (int16_t)(part.x - origin->x), from_y = (int16_t)(part.y - origin->y);
    int16_t to_x = (int16_t)(part.x - window->x), to_y = (int16_t)(part.y - window->y);
    uint16_t width = (uint16_t)part.width, height = (uint16_t)part.height;
    if (actual_size(picture))
        xcb_copy_area(picture->xcb, picture->pixmap, picture->window, picture->gc, from_x, from_y,
                      to_x, to_y, width, height);
    else
        xcb_render_composite(picture->xcb, XCB_RENDER_PICT_OP_SRC, picture->source, XCB_NONE,
                             picture->target, from_x, from_y, 0, 0, to_x, to_y, width, height);
}

/* The pointer anew, over what is below it. */
static void draw_cursor(struct x11_picture *picture)
{
    const qa_rect *to = &picture->place.picture, *window = &picture->place.visible;
    qa_rect rect;
    if (!picture->mapped || !picture->width || !x11_cursor_rect(&picture->cursor, &rect))
        return;
    qa_rect below = shown_at(picture, &rect);
    draw(picture, &below);
    qa_rect target = {to->x + scaled(rect.x, to->width, picture->width, false) - window->x,
                      to->y + scaled(rect.y, to->height, picture->height, false) - window->y,
                      most(1, scaled(rect.width, to->width, picture->width, false)),
                      most(1, scaled(rect.height, to->height, picture->height, false))};
    x11_cursor_draw(&picture->cursor, picture->target, &target);
}

static void redraw(struct x11_picture *picture, const qa_rect *rects, size_t count)
{
    qa_rect cursor = {0};
    bool touched = false;
    /* Pixels of a scaled picture mix with their neighbours. */
    if (x11_cursor_rect(&picture->cursor, &cursor))
        cursor = (qa_rect){cursor.x - 2, cursor.y - 2, cursor.width + 4, cursor.height + 4};
    for (size_t i = 0; i < count; i++) {
        qa_rect rect = shown_at(picture, &rects[i]);
        draw(picture, &rect);
        qa_rect common = both(&rects[i], &cursor);
        touched = touched || !empty(&common);
    }
    if (touched)
        draw_cursor(picture);
}

/* The pointer was there and is somewhere else, or another, or gone. */
static void uncover(struct x11_picture *picture, const qa_rect *old)
{
    if (picture->width && !empty(old)) {
        qa_rect rect = shown_at(picture, old);
        draw(picture, &rect);
    }
    draw_cursor(picture);
    xcb_flush(picture->xcb);
}

/* Within the X server: not a pixel of it has to go there. */
static void move(struct x11_picture *picture, const qa_frame *frame)
{
    size_t count = 0;
    const qa_move *moves = qa_frame_moves(frame, &count);
    for (size_t i = 0; i < count; i++) {
        const qa_rect *to = &moves[i].to;
        xcb_copy_area(picture->xcb, picture->pixmap, picture->pixmap, picture->gc,
                      (int16_t)moves[i].from_x, (int16_t)moves[i].from_y, (int16_t)to->x,
                      (int16_t)to->y, (uint16_t)to->width, (uint16_t)to->height);
    }
}

static void paint(struct x11_picture *picture, const qa_frame *frame)
{
    size_t count = 0, stride = qa_frame_stride(frame);
    const qa_rect *painted = qa_frame_painted(frame, &count);
    const uint8_t *pixels = qa_frame_pixels(frame);
    qa_rect all = {0, 0, picture->width, picture->height};
    for (size_t i = 0; i < count; i++) {
        qa_rect rect = both(&painted[i], &all);
        if (empty(&rect))
            continue;
        x11_upload_put(&picture->upload,
                       &(struct x11_pixels){
                           .drawable = picture->pixmap,
                           .gc = picture->gc,
                           .depth = picture->format.depth,
                           .x = rect.x,
                           .y = rect.y,
                           .width = rect.width,
                           .height = rect.height,
                           .pixels = pixels + (size_t)rect.y * stride + (size_t)rect.x * 4,
                           .stride = stride,
                       });
    }
}

void x11_picture_put(struct x11_picture *picture, qa_frame *frame)
{
    size_t count = 0;
    const qa_rect *damage = qa_frame_damage(frame, &count);
    move(picture, frame);
    paint(picture, frame);
    redraw(picture, damage, count);
    xcb_flush(picture->xcb);
}

void x11_picture_show(struct x11_picture *picture)
{
    if (!picture->width)
        return;
    draw(picture, &picture->place.visible);
    draw_cursor(picture);
    xcb_flush(picture->xcb);
}

void x11_picture_place(struct x11_picture *picture, const struct x11_place *place)
{
    struct x11_place old = picture->place;
    struct x11_place now = *place;
    now.visible = both(&now.picture, &now.visible);
    picture->place = now;
    if (now.picture.width != old.picture.width || now.picture.height != old.picture.height)
        scale_source(picture);
    if (!empty(&now.visible) && !same(&now.visible, &old.visible)) {
        uint32_t values[] = {(uint32_t)now.visible.x, (uint32_t)now.visible.y,
                             (uint32_t)now.visible.width, (uint32_t)now.visible.height};
        xcb_configure_window(picture->xcb, picture->window,
                             XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
                                 XCB_CONFIG_WINDOW_HEIGHT,
                             values);
    }
    set_mapped(picture, picture->width && !empty(&now.visible));
    xcb_flush(picture->xcb);
}

void x11_picture_cursor(struct x11_picture *picture, const qa_cursor *cursor)
{
    qa_rect old = {0};
    x11_cursor_rect(&picture->cursor, &old);
    x11_cursor_set(&picture->cursor, cursor);
    uncover(picture, &old);
}

void x11_picture_cursor_at(struct x11_picture *picture, int x, int y, bool shown)
{
    qa_rect old = {0};
    x11_cursor_rect(&picture->cursor, &old);
    x11_cursor_move(&picture->cursor, x, y, shown);
    uncover(picture, &old);
}

int x11_picture_fd(const struct x11_picture *picture)
{
    return xcb_get_file_descriptor(picture->xcb);
}

bool x11_picture_dispatch(struct x11_picture *picture)
{
    xcb_generic_event_t *event;
    bool exposed = false;
    while ((event = xcb_poll_for_event(picture->xcb))) {
        exposed = exposed || (event->response_type & 0x7f) == XCB_EXPOSE;
        free(event);
    }
    if (exposed)
        x11_picture_show(picture);
    return !xcb_connection_has_error(picture->xcb);
}
