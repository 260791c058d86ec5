#include "worker/client_video.h"

#include <stdbool.h>

#include <freerdp/gdi/gdi.h>
#include <freerdp/gdi/gfx.h>
#include <freerdp/gdi/region.h>
#include <freerdp/primitives.h>
#ifdef HAVE_LIBYUV
#include <libyuv.h>
#endif

#include "worker/client.h"
#include "worker/quit.h"
#include "worker/video_decoder.h"

/* Surfaces that have video at the same time. */
#define DECODERS_MAX 4
/* How often a frame may paint its surface over, in overlapping rectangles. */
#define OVERLAP_MAX 4

struct surface_decoder {
    uint16_t surface;
    struct video_decoder *decoder; /* NULL: free */
};

struct client_video {
    struct surface_decoder decoders[DECODERS_MAX];
    /* FreeRDP's own. */
    pcRdpgfxSurfaceCommand surface_command;
    pcRdpgfxCreateSurface create_surface;
    pcRdpgfxDeleteSurface delete_surface;
};

static struct client_video *video_of(RdpgfxClientContext *gfx)
{
    const rdpGdi *gdi = gfx->custom;
    return client_of(gdi->context)->video;
}

static void forget(struct client_video *video, uint16_t surface)
{
    for (size_t i = 0; i < DECODERS_MAX; i++)
        if (video->decoders[i].decoder && video->decoders[i].surface == surface) {
            video_decoder_free(video->decoders[i].decoder);
            video->decoders[i].decoder = NULL;
        }
}

static void attend(void *user)
{
    const RdpgfxClientContext *gfx = user;
    const rdpGdi *gdi = gfx->custom;
    client_attend(client_of(gdi->context));
}

static struct video_decoder *decoder_of(RdpgfxClientContext *gfx, const gdiGfxSurface *surface)
{
    struct client_video *video = video_of(gfx);
    struct surface_decoder *unused = NULL;
    for (size_t i = 0; i < DECODERS_MAX; i++) {
        struct surface_decoder *entry = &video->decoders[i];
        if (entry->decoder && entry->surface == surface->surfaceId)
            return entry->decoder;
        if (!entry->decoder)
            unused = entry;
    }
    if (!unused)
        quit(WORKER_EXIT_PEER, "video on too many surfaces");
    *unused =
        (struct surface_decoder){.surface = surface->surfaceId,
                                 .decoder = video_decoder_new(surface->width, surface->height)};
    if (!unused->decoder)
        quit(WORKER_EXIT_MEMORY, "no memory for a decoder");
    video_decoder_set_between(unused->decoder, attend, gfx);
    return unused->decoder;
}

/* Even on the left and at the top, where a pixel of colour begins. */
static bool fits(const RECTANGLE_16 *rect, const gdiGfxSurface *surface)
{
    return rect->left < rect->right && rect->top < rect->bottom && rect->right <= surface->width &&
           rect->bottom <= surface->height && rect->left % 2 == 0 && rect->top % 2 == 0;
}

static uint64_t pixels_of(const RECTANGLE_16 *rect)
{
    return (uint64_t)(rect->right - rect->left) * (uint64_t)(rect->bottom - rect->top);
}

void client_video_prepare(void)
{
#ifdef HAVE_LIBYUV
    InitCpuFlags(); /* it may read a file for that */
#endif
}

/* To blue, green, red and a byte that does not count, as all surfaces have them. */
static void convert(const gdiGfxSurface *surface, const BYTE *const *planes, const UINT32 *strides,
                    BYTE *target, const prim_size_t *size)
{
#ifdef HAVE_LIBYUV
    I420ToARGBMatrix(planes[0], (int)strides[0], planes[1], (int)strides[1], planes[2],
                     (int)strides[2], target, (int)surface->scanline, &kYuvF709Constants,
                     (int)size->width, (int)size->height);
#else
    primitives_get()->YUV420ToRGB_8u_P3AC4R((const BYTE **)planes, strides, target,
                                            surface->scanline, surface->format, size);
#endif
}

static void show(gdiGfxSurface *surface, const struct video_picture *picture,
                 const RECTANGLE_16 *rect)
{
    const BYTE *planes[3];
    for (int i = 0; i < 3; i++) {
        int shift = i ? 1 : 0;
        planes[i] = picture->planes[i] + (size_t)(rect->top >> shift) * picture->strides[i] +
                    (rect->left >> shift);
    }
    prim_size_t size = {(UINT32)(rect->right - rect->left), (UINT32)(rect->bottom - rect->top)};
    BYTE *target = surface->data + (size_t)rect->top * surface->scanline + (size_t)rect->left * 4;
    convert(surface, planes, picture->strides, target, &size);
    region16_union_rect(&surface->invalidRegion, &surface->invalidRegion, rect);
}

static UINT decode(RdpgfxClientContext *gfx, const RDPGFX_SURFACE_COMMAND *command)
{
    const RDPGFX_AVC420_BITMAP_STREAM *stream = command->extra;
    gdiGfxSurface *surface = command->surfaceId <= UINT16_MAX
                                 ? gfx->GetSurfaceData(gfx, (UINT16)command->surfaceId)
                                 : NULL;
    if (!stream || !surface)
        return ERROR_NOT_FOUND;
    struct video_picture picture;
    if (!video_decoder_decode(decoder_of(gfx, surface), stream->data, stream->length, &picture))
        quit(WORKER_EXIT_PEER, "the peer's H.264 is not valid");
    uint64_t room = (uint64_t)surface->width * surface->height * OVERLAP_MAX;
    for (UINT32 i = 0; i < stream->meta.numRegionRects; i++) {
        const RECTANGLE_16 *rect = &stream->meta.regionRects[i];
        if (!fits(rect, surface) || pixels_of(rect) > room)
            return ERROR_INVALID_DATA;
        room -= pixels_of(rect);
        show(surface, &picture, rect);
        attend(gfx);
    }
    const rdpGdi *gdi = gfx->custom;
    return gdi->inGfxFrame ? CHANNEL_RC_OK : gfx->UpdateSurfaces(gfx);
}

static UINT on_surface_command(RdpgfxClientContext *gfx, const RDPGFX_SURFACE_COMMAND *command)
{
    attend(gfx);
    switch (command->codecId) {
    case RDPGFX_CODECID_AVC420:
        return decode(gfx, command);
    case RDPGFX_CODECID_AVC444:
    case RDPGFX_CODECID_AVC444v2:
        return ERROR_NOT_SUPPORTED; /* offered for its version of the pipeline only */
    default:
        return video_of(gfx)->surface_command(gfx, command);
    }
}

static UINT on_create_surface(RdpgfxClientContext *gfx, const RDPGFX_CREATE_SURFACE_PDU *create)
{
    forget(video_of(gfx), create->surfaceId);
    return video_of(gfx)->create_surface(gfx, create);
}

static UINT on_delete_surface(RdpgfxClientContext *gfx, const RDPGFX_DELETE_SURFACE_PDU *delete)
{
    forget(video_of(gfx), delete->surfaceId);
    return video_of(gfx)->delete_surface(gfx, delete);
}

void client_video_attach(RdpgfxClientContext *gfx)
{
    static struct client_video video;
    const rdpGdi *gdi = gfx->custom;
    client_of(gdi->context)->video = &video;
    video.surface_command = gfx->SurfaceCommand;
    video.create_surface = gfx->CreateSurface;
    video.delete_surface = gfx->DeleteSurface;
    gfx->SurfaceCommand = on_surface_command;
    gfx->CreateSurface = on_create_surface;
    gfx->DeleteSurface = on_delete_surface;
}
