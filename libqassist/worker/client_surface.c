#include "worker/client_surface.h"

#include <stdlib.h>
#include <string.h>

#include <freerdp/gdi/gdi.h>
#include <freerdp/gdi/gfx.h>
#include <freerdp/gdi/region.h>

#include "rdp/picture.h"
#include "worker/client.h"
#include "worker/quit.h"

static struct {
    gdiGfxSurface *shown;                       /* the one that is the picture; NULL: none */
    BYTE *own;                                  /* the memory that FreeRDP gave it, and frees */
    struct worker_move moves[WORKER_MOVES_MAX]; /* of this frame, and not of what was painted */
    size_t move_count;
    /* FreeRDP's own. */
    pcRdpgfxCreateSurface create_surface;
    pcRdpgfxDeleteSurface delete_surface;
    pcRdpgfxMapSurfaceToOutput map_to_output;
    pcRdpgfxMapSurfaceToScaledOutput map_to_scaled_output;
    pcRdpgfxSurfaceToSurface surface_to_surface;
    pcRdpgfxUpdateSurfaces update_surfaces;
} surface;

static struct client *client_of_gfx(const RdpgfxClientContext *gfx)
{
    const rdpGdi *gdi = gfx->custom;
    return client_of(gdi->context);
}

/* As FreeRDP has it: what was moved is new, as what was painted. */
static bool forget_moves(void)
{
    bool done = true;
    for (size_t i = 0; i < surface.move_count; i++) {
        const struct worker_rect *to = &surface.moves[i].to;
        RECTANGLE_16 rect = {(UINT16)to->x, (UINT16)to->y, (UINT16)(to->x + to->width),
                             (UINT16)(to->y + to->height)};
        REGION16 *painted = &surface.shown->invalidRegion;
        done = done && region16_union_rect(painted, painted, &rect);
    }
    surface.move_count = 0;
    return done;
}

/* The surface goes on as any other, with what it shows. */
void client_surface_detach(void)
{
    gdiGfxSurface *shown = surface.shown;
    if (!shown)
        return;
    if (!forget_moves())
        quit(WORKER_EXIT_MEMORY, "no memory for a region");
    memcpy(surface.own, shown->data, (size_t)shown->scanline * shown->height);
    shown->data = surface.own;
    surface.shown = NULL;
    surface.own = NULL;
}

/* Of the picture's size, and so are its rows. */
static bool can_be_picture(const RdpgfxClientContext *gfx, const gdiGfxSurface *shown)
{
    const rdpGdi *gdi = gfx->custom;
    return shown->outputMapped && !shown->outputOriginX && !shown->outputOriginY &&
           shown->format == gdi->dstFormat && shown->scanline == gdi->stride &&
           shown->mappedWidth == (UINT32)gdi->width && shown->mappedHeight == (UINT32)gdi->height &&
           (size_t)shown->scanline * shown->height <= PICTURE_CAPACITY;
}

static void attach(const RdpgfxClientContext *gfx, gdiGfxSurface *shown, bool was_painted)
{
    rdpGdi *gdi = gfx->custom;
    if (!can_be_picture(gfx, shown))
        return;
    if (was_painted) {
        RECTANGLE_16 all = {0, 0, (UINT16)shown->mappedWidth, (UINT16)shown->mappedHeight};
        memcpy(gdi->primary_buffer, shown->data, (size_t)shown->scanline * shown->height);
        if (!region16_union_rect(&shown->invalidRegion, &shown->invalidRegion, &all))
            quit(WORKER_EXIT_MEMORY, "no memory for a region");
    }
    surface.shown = shown;
    surface.own = shown->data;
    shown->data = gdi->primary_buffer;
}

/* One alone: several that lie on each other are FreeRDP's to put together. */
static bool is_alone(RdpgfxClientContext *gfx, const gdiGfxSurface *shown)
{
    UINT16 count = 0, mapped = 0;
    UINT16 *ids = NULL;
    if (gfx->GetSurfaceIds(gfx, &ids, &count) != CHANNEL_RC_OK)
        return false;
    for (UINT16 i = 0; i < count; i++) {
        const gdiGfxSurface *other = gfx->GetSurfaceData(gfx, ids[i]);
        mapped += other && other != shown && other->outputMapped;
    }
    free(ids);
    return !mapped;
}

static UINT on_map_to_output(RdpgfxClientContext *gfx, const RDPGFX_MAP_SURFACE_TO_OUTPUT_PDU *pdu)
{
    client_surface_detach();
    gdiGfxSurface *shown = gfx->GetSurfaceData(gfx, pdu->surfaceId);
    bool was_painted = shown && !region16_is_empty(&shown->invalidRegion);
    UINT error = surface.map_to_output(gfx, pdu);
    if (!error && shown && is_alone(gfx, shown))
        attach(gfx, shown, was_painted);
    return error;
}

static UINT on_map_to_scaled_output(RdpgfxClientContext *gfx,
                                    const RDPGFX_MAP_SURFACE_TO_SCALED_OUTPUT_PDU *pdu)
{
    client_surface_detach();
    return surface.map_to_scaled_output(gfx, pdu);
}

/* Of a number that there is already, too: the peer's fault, and FreeRDP forgets the old one. */
static UINT on_create_surface(RdpgfxClientContext *gfx, const RDPGFX_CREATE_SURFACE_PDU *pdu)
{
    if (surface.shown && surface.shown->surfaceId == pdu->surfaceId)
        client_surface_detach();
    return surface.create_surface(gfx, pdu);
}

static UINT on_delete_surface(RdpgfxClientContext *gfx, const RDPGFX_DELETE_SURFACE_PDU *pdu)
{
    if (surface.shown && surface.shown->surfaceId == pdu->surfaceId)
        client_surface_detach();
    return surface.delete_surface(gfx, pdu);
}

static bool lies_within(const rdpGdi *gdi, UINT32 x, UINT32 y, UINT32 width, UINT32 height)
{
    return x + width <= (UINT32)gdi->width && y + height <= (UINT32)gdi->height;
}

/* Before anything is painted in a frame, and of what the library knows from the picture before. */
static bool is_move(const RdpgfxClientContext *gfx, const RDPGFX_SURFACE_TO_SURFACE_PDU *pdu)
{
    const rdpGdi *gdi = gfx->custom;
    const gdiGfxSurface *shown = surface.shown;
    const RECTANGLE_16 *from = &pdu->rectSrc;
    if (!shown || !gdi->inGfxFrame || pdu->surfaceIdSrc != shown->surfaceId ||
        pdu->surfaceIdDest != shown->surfaceId || pdu->destPtsCount != 1 ||
        from->left >= from->right || from->top >= from->bottom ||
        !region16_is_empty(&shown->invalidRegion) || surface.move_count == WORKER_MOVES_MAX)
        return false;
    UINT32 width = (UINT32)(from->right - from->left), height = (UINT32)(from->bottom - from->top);
    return lies_within(gdi, from->left, from->top, width, height) &&
           lies_within(gdi, pdu->destPts[0].x, pdu->destPts[0].y, width, height);
}

static UINT on_surface_to_surface(RdpgfxClientContext *gfx,
                                  const RDPGFX_SURFACE_TO_SURFACE_PDU *pdu)
{
    bool is_told = is_move(gfx, pdu);
    UINT error = surface.surface_to_surface(gfx, pdu);
    if (error || !is_told)
        return error;
    const RECTANGLE_16 *from = &pdu->rectSrc;
    surface.moves[surface.move_count++] =
        (struct worker_move){.to = {.x = pdu->destPts[0].x,
                                    .y = pdu->destPts[0].y,
                                    .width = from->right - from->left,
                                    .height = from->bottom - from->top},
                             .from_x = from->left,
                             .from_y = from->top};
    region16_clear(&surface.shown->invalidRegion);
    return error;
}

/* What FreeRDP would copy into the picture is there. */
static bool tell(struct client *client)
{
    REGION16 *painted = &surface.shown->invalidRegion;
    UINT32 count = 0;
    if (client_output_moved(client, surface.moves, surface.move_count))
        surface.move_count = 0;
    if (!forget_moves())
        return false;
    const RECTANGLE_16 *rects = region16_rects(painted, &count);
    for (UINT32 i = 0; i < count; i++)
        client_output_painted(client, rects[i].left, rects[i].top, rects[i].right - rects[i].left,
                              rects[i].bottom - rects[i].top);
    region16_clear(painted);
    client_output_complete(client);
    return true;
}

static UINT on_update_surfaces(RdpgfxClientContext *gfx)
{
    if (surface.shown && !tell(client_of_gfx(gfx)))
        return ERROR_OUTOFMEMORY;
    return surface.update_surfaces(gfx);
}

void client_surface_attach(RdpgfxClientContext *gfx)
{
    surface.create_surface = gfx->CreateSurface;
    surface.delete_surface = gfx->DeleteSurface;
    surface.map_to_output = gfx->MapSurfaceToOutput;
    surface.map_to_scaled_output = gfx->MapSurfaceToScaledOutput;
    surface.surface_to_surface = gfx->SurfaceToSurface;
    surface.update_surfaces = gfx->UpdateSurfaces;
    gfx->CreateSurface = on_create_surface;
    gfx->DeleteSurface = on_delete_surface;
    gfx->MapSurfaceToOutput = on_map_to_output;
    gfx->MapSurfaceToScaledOutput = on_map_to_scaled_output;
    gfx->SurfaceToSurface = on_surface_to_surface;
    gfx->UpdateSurfaces = on_update_surfaces;
}
