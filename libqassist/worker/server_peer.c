#include <poll.h>
#include <string.h>

#include <freerdp/channels/channels.h>
#include <freerdp/channels/drdynvc.h>
#include <freerdp/constants.h>
#include <freerdp/pointer.h>
#include <freerdp/settings.h>
#include <freerdp/update.h>
#include <winpr/ssl.h>
#include <winpr/wtsapi.h>

#include "base/clock.h"
#include "worker/certificate.h"
#include "worker/quit.h"
#include "worker/server.h"

/* Of a virtual channel; the most that the protocol allows. */
#define CHANNEL_CHUNK_BYTES 16256
/* Of one update in fragments; large enough for the largest pointer. */
#define FRAGMENTED_UPDATE_BYTES 0x3f0000
#define FRAMES_ACKNOWLEDGED     PACING_FRAMES_MAX

struct bool_setting {
    FreeRDP_Settings_Keys_Bool key;
    BOOL value;
};

struct number_setting {
    FreeRDP_Settings_Keys_UInt32 key;
    UINT32 value;
};

static const struct bool_setting bool_settings[] = {
    {FreeRDP_NlaSecurity, FALSE},
    {FreeRDP_TlsSecurity, FALSE},
    {FreeRDP_RdstlsSecurity, FALSE},
    {FreeRDP_ExtSecurity, FALSE},
    {FreeRDP_AadSecurity, FALSE},
    {FreeRDP_RdpSecurity, TRUE},
    {FreeRDP_SupportGraphicsPipeline, TRUE},
    {FreeRDP_SupportMultitransport, FALSE},
    /* Left on, it pulls in the device and sound channels. */
    {FreeRDP_SupportHeartbeatPdu, FALSE},
    {FreeRDP_NetworkAutoDetect, FALSE},
    {FreeRDP_SupportMonitorLayoutPdu, FALSE},
    {FreeRDP_AutoReconnectionEnabled, FALSE},
    {FreeRDP_RemoteFxCodec, FALSE},
    {FreeRDP_NSCodec, FALSE},
    {FreeRDP_SurfaceFrameMarkerEnabled, TRUE},
    {FreeRDP_DrawAllowSkipAlpha, TRUE},
    {FreeRDP_DrawAllowColorSubsampling, FALSE},
    {FreeRDP_DrawAllowDynamicColorFidelity, FALSE},
    {FreeRDP_RefreshRect, TRUE},
    {FreeRDP_SuppressOutput, TRUE},
    {FreeRDP_DesktopResize, TRUE},
    {FreeRDP_CompressionEnabled, FALSE},
    {FreeRDP_FastPathInput, TRUE},
    {FreeRDP_FastPathOutput, TRUE},
    {FreeRDP_UnicodeInput, TRUE},
    {FreeRDP_HasExtendedMouseEvent, TRUE},
    {FreeRDP_HasHorizontalWheel, TRUE},
    {FreeRDP_HasRelativeMouseEvent, FALSE},
    {FreeRDP_HasQoeEvent, FALSE},
};

static const struct number_setting number_settings[] = {
    {FreeRDP_ColorDepth, 32},
    {FreeRDP_EncryptionLevel, ENCRYPTION_LEVEL_NONE},
    {FreeRDP_VCChunkSize, CHANNEL_CHUNK_BYTES},
    {FreeRDP_MultifragMaxRequestSize, FRAGMENTED_UPDATE_BYTES},
    {FreeRDP_FrameAcknowledge, FRAMES_ACKNOWLEDGED},
    {FreeRDP_LargePointerFlag, LARGE_POINTER_FLAG_96x96 | LARGE_POINTER_FLAG_384x384},
    {FreeRDP_PointerCacheSize, 1},
    {FreeRDP_ColorPointerCacheSize, 1},
};

static bool set_desktop_size(struct server *server)
{
    rdpSettings *settings = server->peer->context->settings;
    return freerdp_settings_set_uint32(settings, FreeRDP_DesktopWidth,
                                       (UINT32)server->tiles.width) &&
           freerdp_settings_set_uint32(settings, FreeRDP_DesktopHeight,
                                       (UINT32)server->tiles.height);
}

static bool desktop_size_is_current(const struct server *server)
{
    const rdpSettings *settings = server->peer->context->settings;
    return freerdp_settings_get_uint32(settings, FreeRDP_DesktopWidth) ==
               (UINT32)server->tiles.width &&
           freerdp_settings_get_uint32(settings, FreeRDP_DesktopHeight) ==
               (UINT32)server->tiles.height;
}

static BOOL on_context_new(freerdp_peer *peer, rdpContext *context)
{
    struct server *server = peer->ContextExtra;
    ((struct server_context *)context)->server = server;
    server->channels = WTSOpenServerA((LPSTR)context);
    return server->channels && server->channels != INVALID_HANDLE_VALUE;
}

/* Asked before each activation: whatever size the peer wished, the picture's rules. */
static BOOL on_capabilities(freerdp_peer *peer)
{
    return set_desktop_size(server_of(peer->context));
}

static BOOL on_post_connect(freerdp_peer *peer)
{
    struct server *server = server_of(peer->context);
    rdpSettings *settings = peer->context->settings;
    server->gfx_wanted =
        freerdp_settings_get_bool(settings, FreeRDP_SupportGraphicsPipeline) &&
        WTSVirtualChannelManagerIsChannelJoined(server->channels, DRDYNVC_SVC_CHANNEL_NAME);
    /* The peer's wish; the pictures are packed already. */
    return freerdp_settings_set_bool(settings, FreeRDP_CompressionEnabled, FALSE);
}

static void start_classic(struct server *server)
{
    const rdpSettings *settings = server->peer->context->settings;
    if (freerdp_settings_get_uint32(settings, FreeRDP_ColorDepth) != 32)
        quit(WORKER_EXIT_PEER, "the peer takes no 32-bit bitmaps");
    server_output_forget(server,
                         freerdp_settings_get_bool(settings, FreeRDP_SurfaceFrameMarkerEnabled) &&
                             freerdp_settings_get_uint32(settings, FreeRDP_FrameAcknowledge) > 0);
    server_output_start(server, encoder_classic_new(server->peer->context));
}

void server_peer_fall_back(struct server *server)
{
    if (server->encoder)
        return;
    server->gfx_wanted = false;
    start_classic(server);
    if (!desktop_size_is_current(server))
        server_peer_resize(server);
}

static BOOL on_activate(freerdp_peer *peer)
{
    struct server *server = server_of(peer->context);
    if (server->in_work)
        quit(WORKER_EXIT_PEER, "the peer starts over where it may not");
    server->active = true;
    server_cursor_forget(server);
    if (!server->gfx_wanted && !server->encoder)
        start_classic(server);
    else
        tiles_mark_all_unsent(&server->tiles);
    /* The size changed while the peer was busy with the one before. */
    if (!server->gfx_wanted && !desktop_size_is_current(server))
        server_peer_resize(server);
    return TRUE;
}

static BOOL on_logon(freerdp_peer *peer, const SEC_WINNT_AUTH_IDENTITY *identity, BOOL automatic)
{
    return TRUE;
}

static BOOL on_refresh_rect(rdpContext *context, BYTE count, const RECTANGLE_16 *areas)
{
    struct server *server = server_of(context);
    for (BYTE i = 0; i < count; i++)
        tiles_mark_unsent(&server->tiles, areas[i].left, areas[i].top,
                          areas[i].right - areas[i].left + 1, areas[i].bottom - areas[i].top + 1);
    return TRUE;
}

static BOOL on_suppress_output(rdpContext *context, BYTE allow, const RECTANGLE_16 *area)
{
    server_of(context)->suppressed = !allow;
    return TRUE;
}

static BOOL on_frame_acknowledge(rdpContext *context, UINT32 frame_id)
{
    server_output_acknowledge(server_of(context), frame_id, false);
    return TRUE;
}

static bool apply_settings(rdpSettings *settings)
{
    for (size_t i = 0; i < sizeof bool_settings / sizeof *bool_settings; i++)
        if (!freerdp_settings_set_bool(settings, bool_settings[i].key, bool_settings[i].value))
            return false;
    for (size_t i = 0; i < sizeof number_settings / sizeof *number_settings; i++)
        if (!freerdp_settings_set_uint32(settings, number_settings[i].key,
                                         number_settings[i].value))
            return false;
    return true;
}

static bool attach_layer(struct server *server)
{
    rdpContext *context = server->peer->context;
    rdpTransport *transport = freerdp_get_transport(context);
    rdpTransportLayer *layer = layer_transport(&server->layer, transport);
    return layer && freerdp_get_io_callbacks(context)->AttachLayer(transport, layer);
}

static void set_callbacks(struct server *server)
{
    freerdp_peer *peer = server->peer;
    peer->Capabilities = on_capabilities;
    peer->PostConnect = on_post_connect;
    peer->Activate = on_activate;
    peer->Logon = on_logon;
    rdpUpdate *update = peer->context->update;
    update->RefreshRect = on_refresh_rect;
    update->SuppressOutput = on_suppress_output;
    update->SurfaceFrameAcknowledge = on_frame_acknowledge;
}

void server_peer_init(struct server *server)
{
    if (!winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT) ||
        !WTSRegisterWtsApiFunctionTable(FreeRDP_InitWtsApi()))
        quit(WORKER_EXIT_START, "FreeRDP's libraries");
    freerdp_peer *peer = freerdp_peer_new(-1);
    if (!peer)
        quit(WORKER_EXIT_MEMORY, "no memory for the peer");
    server->peer = peer;
    peer->ContextSize = sizeof(struct server_context);
    peer->ContextExtra = server;
    peer->ContextNew = on_context_new;
    /* FreeRDP encrypts nothing for a local peer; the session's channel does. */
    peer->local = TRUE;
    if (!freerdp_peer_context_new(peer))
        quit(WORKER_EXIT_START, "peer context");
    set_callbacks(server);
    /* Initialize resets some settings, so ours come after it. */
    if (!certificate_install(peer->context->settings) || !peer->Initialize(peer) ||
        !apply_settings(peer->context->settings) || !attach_layer(server))
        quit(WORKER_EXIT_START, "peer set-up");
}

static void take_bytes(struct server *server)
{
    if (!server->peer->CheckFileDescriptor(server->peer))
        quit(WORKER_EXIT_PEER, "the peer's RDP is not valid or has ended");
}

void server_peer_receive(struct server *server)
{
    server->layer.would_block = false;
    while (!server->layer.would_block) {
        take_bytes(server);
        server_gfx_service(server);
    }
    server->heard_us = clock_us();
}

void server_peer_attend(struct server *server)
{
    struct pollfd entry = {.fd = server->layer.fd, .events = POLLIN};
    if (poll(&entry, 1, 0) <= 0)
        return;
    /* What is for channels waits there until they are served. */
    server->in_work = true;
    take_bytes(server);
    server->in_work = false;
}

void server_peer_resize(struct server *server)
{
    if (!server->active)
        return; /* taken up with the activation */
    if (server->gfx_wanted) {
        server_gfx_resize(server);
        return;
    }
    /* Deactivates; the peer answers with another activation. */
    server->active = false;
    if (!server->peer->context->update->DesktopResize(server->peer->context))
        quit(WORKER_EXIT_PEER, "resize");
}
