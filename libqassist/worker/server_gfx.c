#include <freerdp/channels/rdpgfx.h>
#include <winpr/wtsapi.h>

#include "worker/quit.h"
#include "worker/server.h"

#define SURFACE_ID 1

static struct server *server_of_gfx(RdpgfxServerContext *gfx)
{
    return gfx->custom;
}

/* Newest first. They differ in nothing that is used here but in how they tell of H.264. */
static const UINT32 versions[] = {
    RDPGFX_CAPVERSION_107, RDPGFX_CAPVERSION_106, RDPGFX_CAPVERSION_105, RDPGFX_CAPVERSION_104,
    RDPGFX_CAPVERSION_103, RDPGFX_CAPVERSION_102, RDPGFX_CAPVERSION_101, RDPGFX_CAPVERSION_10,
    RDPGFX_CAPVERSION_81,  RDPGFX_CAPVERSION_8};

static RDPGFX_CAPSET *choose(const RDPGFX_CAPS_ADVERTISE_PDU *offer)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        for (UINT16 j = 0; j < offer->capsSetCount; j++)
            if (offer->capsSets[j].version == versions[i])
                return &offer->capsSets[j];
    return NULL;
}

/* Whether the peer takes AVC420. Version 10.1 has no way to say no, so it counts as one. */
static bool takes_video(const RDPGFX_CAPSET *set)
{
    if (set->version == RDPGFX_CAPVERSION_8 || set->version == RDPGFX_CAPVERSION_101)
        return false;
    if (set->version == RDPGFX_CAPVERSION_81)
        return set->flags & RDPGFX_CAPS_FLAG_AVC420_ENABLED;
    return !(set->flags & RDPGFX_CAPS_FLAG_AVC_DISABLED);
}

/* Version 10.1 has no flags. */
static bool has_small_cache(const RDPGFX_CAPSET *set)
{
    return set->version == RDPGFX_CAPVERSION_101 || set->flags & RDPGFX_CAPS_FLAG_SMALL_CACHE;
}

static bool map_surface(RdpgfxServerContext *gfx, const struct tiles *tiles)
{
    RDPGFX_MAP_SURFACE_TO_OUTPUT_PDU map = {.surfaceId = SURFACE_ID};
    RDPGFX_CREATE_SURFACE_PDU create = {.surfaceId = SURFACE_ID,
                                        .width = (UINT16)tiles->width,
                                        .height = (UINT16)tiles->height,
                                        .pixelFormat = GFX_PIXEL_FORMAT_XRGB_8888};
    return gfx->CreateSurface(gfx, &create) == CHANNEL_RC_OK &&
           gfx->MapSurfaceToOutput(gfx, &map) == CHANNEL_RC_OK;
}

void server_gfx_resize(struct server *server)
{
    RdpgfxServerContext *gfx = server->gfx;
    if (!server->gfx_ready)
        return;
    const struct tiles *tiles = &server->tiles;
    /* Where the one monitor is makes no difference to the picture: it tells which one this is. */
    int32_t left = (int32_t)server->generation;
    MONITOR_DEF monitor = {.left = left,
                           .right = left + tiles->width - 1,
                           .bottom = tiles->height - 1,
                           .flags = MONITOR_PRIMARY};
    RDPGFX_DELETE_SURFACE_PDU delete = {.surfaceId = SURFACE_ID};
    RDPGFX_RESET_GRAPHICS_PDU reset = {.width = (UINT32)tiles->width,
                                       .height = (UINT32)tiles->height,
                                       .monitorCount = 1,
                                       .monitorDefArray = &monitor};
    struct encoder *encoder = server->encoder;
    if ((encoder && encoder->resized && !encoder->resized(encoder, tiles->width, tiles->height)) ||
        (server->gfx_surface && gfx->DeleteSurface(gfx, &delete) != CHANNEL_RC_OK) ||
        gfx->ResetGraphics(gfx, &reset) != CHANNEL_RC_OK || !map_surface(gfx, tiles))
        quit(WORKER_EXIT_MEMORY, "graphics reset");
    server->gfx_surface = true;
}

static UINT on_caps_advertise(RdpgfxServerContext *gfx, const RDPGFX_CAPS_ADVERTISE_PDU *offer)
{
    struct server *server = server_of_gfx(gfx);
    RDPGFX_CAPSET *chosen = choose(offer);
    if (!chosen)
        return CHANNEL_RC_UNSUPPORTED_VERSION;
    RDPGFX_CAPS_CONFIRM_PDU confirm = {.capsSet = chosen};
    UINT error = gfx->CapsConfirm(gfx, &confirm);
    if (error)
        return error;
    /* A peer may advertise again, to start over; none of its surfaces is left then. */
    if (server->encoder)
        server->encoder->free(server->encoder);
    server->encoder = NULL;
    server->gfx_ready = true;
    server->gfx_surface = false;
    server_gfx_resize(server);
    tiles_mark_all_unsent(&server->tiles);
    server_output_forget(server, true);
    const struct tiles *tiles = &server->tiles;
    struct encoder_peer peer = {.video = server->video_works && takes_video(chosen),
                                .small_cache = has_small_cache(chosen)};
    server_output_start(server,
                        encoder_graphics_new(gfx, SURFACE_ID, tiles->width, tiles->height, &peer));
    return CHANNEL_RC_OK;
}

static UINT on_frame_acknowledge(RdpgfxServerContext *gfx, const RDPGFX_FRAME_ACKNOWLEDGE_PDU *pdu)
{
    struct server *server = server_of_gfx(gfx);
    server_output_acknowledge(server, pdu->frameId,
                              pdu->queueDepth == SUSPEND_FRAME_ACKNOWLEDGEMENT);
    return CHANNEL_RC_OK;
}

/* Comes before the acknowledgement, from our own client and from few others. */
static UINT on_frame_took(RdpgfxServerContext *gfx, const RDPGFX_QOE_FRAME_ACKNOWLEDGE_PDU *pdu)
{
    pacing_peer_took(&server_of_gfx(gfx)->flow.pacing, pdu->frameId, pdu->timeDiffSE * 1000u,
                     pdu->timeDiffEDR * 1000u);
    return CHANNEL_RC_OK;
}

/* The peer said it can and then did not want to. */
static BOOL on_channel_created(void *user, UINT32 channel, INT32 status)
{
    if (status < 0)
        server_peer_fall_back(user);
    return TRUE;
}

void server_gfx_init(struct server *server)
{
    RdpgfxServerContext *gfx = rdpgfx_server_context_new(server->channels);
    if (!gfx || !gfx->Initialize(gfx, TRUE))
        quit(WORKER_EXIT_START, "graphics pipeline");
    gfx->custom = server;
    gfx->rdpcontext = server->peer->context;
    gfx->CapsAdvertise = on_caps_advertise;
    gfx->FrameAcknowledge = on_frame_acknowledge;
    gfx->QoeFrameAcknowledge = on_frame_took;
    server->gfx = gfx;
    WTSVirtualChannelManagerSetDVCCreationCallback(server->channels, on_channel_created, server);
}

static void receive(struct server *server)
{
    for (;;) {
        HANDLE event = rdpgfx_server_get_event_handle(server->gfx);
        if (!event || WaitForSingleObject(event, 0) != WAIT_OBJECT_0)
            return;
        UINT error = rdpgfx_server_handle_messages(server->gfx);
        if (error == ERROR_NO_DATA)
            return;
        if (error)
            quit(WORKER_EXIT_PEER, "the peer's graphics messages are not valid");
    }
}

void server_gfx_service(struct server *server)
{
    if (!server->gfx_wanted || !server->active)
        return;
    layer_cork(&server->layer);
    /* Opens the channel of channels at first, then sends what the channels queued. */
    if (!WTSVirtualChannelManagerCheckFileDescriptor(server->channels))
        quit(WORKER_EXIT_PEER, "channels");
    if (!server->gfx_opened &&
        WTSVirtualChannelManagerGetDrdynvcState(server->channels) == DRDYNVC_STATE_READY) {
        if (!server->gfx->Open(server->gfx))
            quit(WORKER_EXIT_PEER, "the graphics channel does not open");
        server->gfx_opened = true;
    }
    /* In the middle of a look the peer may not start over, which ends the encoder. */
    if (server->gfx_opened && !tiles_are_looked_at(&server->tiles))
        receive(server);
    if (!WTSVirtualChannelManagerCheckFileDescriptor(server->channels))
        quit(WORKER_EXIT_PEER, "channels");
    layer_uncork(&server->layer);
}
