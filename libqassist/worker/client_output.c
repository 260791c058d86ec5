#include <string.h>

#include <freerdp/gdi/gdi.h>
#include <freerdp/settings.h>
#include <freerdp/update.h>

#include "rdp/picture.h"
#include "worker/client.h"
#include "worker/client_surface.h"
#include "worker/quit.h"

static int32_t min_int32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t max_int32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static struct worker_rect bounds(const struct worker_rect *a, const struct worker_rect *b)
{
    struct worker_rect result = {.x = min_int32(a->x, b->x), .y = min_int32(a->y, b->y)};
    result.width = max_int32(a->x + a->width, b->x + b->width) - result.x;
    result.height = max_int32(a->y + a->height, b->y + b->height) - result.y;
    return result;
}

static void add_damage(struct worker_frame *frame, int32_t x, int32_t y, int32_t width,
                       int32_t height)
{
    int32_t left = max_int32(x, 0);
    int32_t top = max_int32(y, 0);
    int32_t right = min_int32(x + width, frame->width);
    int32_t bottom = min_int32(y + height, frame->height);
    if (left >= right || top >= bottom)
        return;
    if (frame->count == WORKER_DAMAGE_MAX) {
        for (uint32_t i = 1; i < frame->count; i++)
            frame->rects[0] = bounds(&frame->rects[0], &frame->rects[i]);
        frame->count = 1;
    }
    frame->rects[frame->count++] = (struct worker_rect){left, top, right - left, bottom - top};
}

static void clear(struct worker_frame *frame)
{
    frame->count = 0;
    frame->move_count = 0;
}

static bool is_empty(const struct worker_frame *frame)
{
    return !frame->count && !frame->move_count;
}

void client_output_painted(struct client *client, int32_t x, int32_t y, int32_t width,
                           int32_t height)
{
    struct worker_frame *frame = &client->frame;
    if (client->blank) {
        clear(frame);
        add_damage(frame, 0, 0, frame->width, frame->height);
    } else {
        add_damage(frame, x, y, width, height);
    }
}

bool client_output_moved(struct client *client, const struct worker_move *moves, size_t count)
{
    struct worker_frame *frame = &client->frame;
    if (client->blank || !is_empty(frame) || count > WORKER_MOVES_MAX)
        return false;
    memcpy(frame->moves, moves, count * sizeof *moves);
    frame->move_count = (uint32_t)count;
    return true;
}

void client_output_complete(struct client *client)
{
    client->layer.held = !is_empty(&client->frame);
}

static BOOL on_begin_paint(rdpContext *context)
{
    GDI_WND *window = context->gdi->primary->hdc->hwnd;
    window->invalid->null = TRUE;
    window->ninvalid = 0;
    return TRUE;
}

static BOOL on_end_paint(rdpContext *context)
{
    struct client *client = client_of(context);
    const GDI_WND *window = context->gdi->primary->hdc->hwnd;
    for (INT32 i = 0; i < window->ninvalid; i++) {
        const GDI_RGN *region = &window->cinvalid[i];
        client_output_painted(client, region->x, region->y, region->w, region->h);
    }
    return TRUE;
}

/* The picture's size is the server's to choose, within the shared memory. It is told of once
 * something is drawn: nobody wants to see, or save, the black before. */
static void take_size(struct client *client)
{
    const rdpSettings *settings = client->context->settings;
    UINT32 width = freerdp_settings_get_uint32(settings, FreeRDP_DesktopWidth);
    UINT32 height = freerdp_settings_get_uint32(settings, FreeRDP_DesktopHeight);
    if (width < 1 || width > PICTURE_SIDE_MAX || height < 1 || height > PICTURE_SIDE_MAX)
        quit(WORKER_EXIT_PEER, "a picture of a size that cannot be");
    client->frame = (struct worker_frame){
        .width = (int32_t)width, .height = (int32_t)height, .generation = client->generation};
    memset(client->picture, 0, (size_t)width * height * 4);
    client->blank = true;
}

static BOOL on_desktop_resize(rdpContext *context)
{
    struct client *client = client_of(context);
    client_surface_detach();
    take_size(client);
    return gdi_resize_ex(context->gdi, (UINT32)client->frame.width, (UINT32)client->frame.height,
                         (UINT32)client->frame.width * 4, PIXEL_FORMAT_BGRX32, client->picture,
                         NULL);
}

bool client_output_init(struct client *client)
{
    rdpContext *context = client->context;
    take_size(client);
    if (!gdi_init_ex(context->instance, PIXEL_FORMAT_BGRX32, (UINT32)client->frame.width * 4,
                     client->picture, NULL))
        return false;
    context->update->BeginPaint = on_begin_paint;
    context->update->EndPaint = on_end_paint;
    context->update->DesktopResize = on_desktop_resize;
    return true;
}

static UINT on_reset_graphics(RdpgfxClientContext *gfx, const RDPGFX_RESET_GRAPHICS_PDU *reset)
{
    const rdpGdi *gdi = gfx->custom;
    struct client *client = client_of(gdi->context);
    INT32 left = reset->monitorCount ? reset->monitorDefArray[0].left : 0;
    client->generation = left >= 0 && left <= WORKER_GENERATION_MAX ? (uint32_t)left : 0;
    return client->reset_graphics(gfx, reset);
}

void client_output_attach(RdpgfxClientContext *gfx)
{
    const rdpGdi *gdi = gfx->custom;
    client_of(gdi->context)->reset_graphics = gfx->ResetGraphics;
    gfx->ResetGraphics = on_reset_graphics;
}

/* Of the graphics pipeline: half of it may be in the picture. */
static bool is_in_frame(const struct client *client)
{
    const rdpGdi *gdi = client->context->gdi;
    return gdi && gdi->inGfxFrame;
}

void client_output_tell(struct client *client)
{
    if (client->frame_out)
        return;
    client->layer.held = false;
    /* The next one may have begun with the same bytes; both are told when it is complete. */
    if (is_empty(&client->frame) || is_in_frame(client))
        return;
    union worker_message message = {.frame = client->frame};
    worker_message_init(&message, WORKER_FRAME, sizeof message.frame);
    ipc_send(client->ipc, &message);
    clear(&client->frame);
    client->blank = false;
    client->frame_out = true;
}

bool client_output_refresh(struct client *client)
{
    if (client->blank)
        return true; /* the first frame is whole */
    if (is_in_frame(client))
        return false;
    clear(&client->frame);
    add_damage(&client->frame, 0, 0, client->frame.width, client->frame.height);
    client_output_tell(client);
    return true;
}
