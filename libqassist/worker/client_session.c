#include <string.h>

#include <freerdp/addin.h>
#include <freerdp/channels/channels.h>
#include <freerdp/channels/drdynvc.h>
#include <freerdp/channels/rdpgfx.h>
#include <freerdp/client/channels.h>
#include <freerdp/client/cmdline.h>
#include <freerdp/event.h>
#include <freerdp/gdi/gfx.h>
#include <freerdp/pointer.h>
#include <freerdp/settings.h>
#include <winpr/ssl.h>

#include "worker/client.h"
#include "worker/client_cache.h"
#include "worker/client_surface.h"
#include "worker/client_timing.h"
#include "worker/client_video.h"
#include "worker/quit.h"

/* What stands in for names that FreeRDP would take from this computer. */
#define SHOWN_NAME "qassist"
/* A first wish; the picture of the server rules. */
#define DESKTOP_WIDTH           1024
#define DESKTOP_HEIGHT          768
#define FRAGMENTED_UPDATE_BYTES 0x3f0000

/* Our own deadline is the one that counts: it waits for a peer that is paused. */
#define ACTIVATION_LIMIT_MS (24u * 3600 * 1000)

struct bool_setting {
    FreeRDP_Settings_Keys_Bool key;
    BOOL value;
};

struct number_setting {
    FreeRDP_Settings_Keys_UInt32 key;
    UINT32 value;
};

static const struct bool_setting bool_settings[] = {
    {FreeRDP_RdpSecurity, TRUE},
    {FreeRDP_TlsSecurity, FALSE},
    {FreeRDP_NlaSecurity, FALSE},
    {FreeRDP_ExtSecurity, FALSE},
    {FreeRDP_RdstlsSecurity, FALSE},
    {FreeRDP_AadSecurity, FALSE},
    {FreeRDP_NegotiateSecurityLayer, TRUE},
    {FreeRDP_Authentication, FALSE},
    {FreeRDP_AutoReconnectionEnabled, FALSE},
    {FreeRDP_SynchronousDynamicChannels, TRUE},
    {FreeRDP_SynchronousStaticChannels, TRUE},
    {FreeRDP_GfxAVC444v2, FALSE},
    {FreeRDP_GfxProgressive, TRUE},
    {FreeRDP_GfxPlanar, TRUE},
    {FreeRDP_NetworkAutoDetect, FALSE},
    {FreeRDP_SupportHeartbeatPdu, FALSE},
    {FreeRDP_SupportMultitransport, FALSE},
    {FreeRDP_SupportDisplayControl, FALSE},
    {FreeRDP_DeviceRedirection, FALSE},
    {FreeRDP_AudioPlayback, FALSE},
    {FreeRDP_AudioCapture, FALSE},
    {FreeRDP_RedirectClipboard, FALSE},
    {FreeRDP_RemoteFxCodec, FALSE},
    {FreeRDP_NSCodec, FALSE},
    {FreeRDP_BitmapCachePersistEnabled, FALSE},
    {FreeRDP_CompressionEnabled, FALSE},
    {FreeRDP_SoftwareGdi, TRUE},
    {FreeRDP_UnicodeInput, TRUE},
    {FreeRDP_HasExtendedMouseEvent, TRUE},
    {FreeRDP_HasHorizontalWheel, TRUE},
    {FreeRDP_FastPathInput, TRUE},
    {FreeRDP_FastPathOutput, TRUE},
    {FreeRDP_DesktopResize, TRUE},
    {FreeRDP_SurfaceFrameMarkerEnabled, TRUE},
    {FreeRDP_RefreshRect, FALSE},
    /* Without it the pointer's place is not told. */
    {FreeRDP_GrabMouse, TRUE},
};

static const struct number_setting number_settings[] = {
    {FreeRDP_ColorDepth, 32},
    {FreeRDP_DesktopWidth, DESKTOP_WIDTH},
    {FreeRDP_DesktopHeight, DESKTOP_HEIGHT},
    {FreeRDP_ConnectionType, CONNECTION_TYPE_LAN},
    /* The sandbox lets no thread start. */
    {FreeRDP_ThreadingFlags, THREADING_FLAGS_DISABLE_THREADS},
    {FreeRDP_LargePointerFlag, LARGE_POINTER_FLAG_96x96 | LARGE_POINTER_FLAG_384x384},
    {FreeRDP_MultifragMaxRequestSize, FRAGMENTED_UPDATE_BYTES},
};

static bool apply_settings(const struct client *client)
{
    rdpSettings *settings = client->context->settings;
    for (size_t i = 0; i < sizeof bool_settings / sizeof *bool_settings; i++)
        if (!freerdp_settings_set_bool(settings, bool_settings[i].key, bool_settings[i].value))
            return false;
    for (size_t i = 0; i < sizeof number_settings / sizeof *number_settings; i++)
        if (!freerdp_settings_set_uint32(settings, number_settings[i].key,
                                         number_settings[i].value))
            return false;
    BOOL graphics = !client->classic_bitmaps;
    BOOL video = graphics && client->video_works;
    return freerdp_settings_set_uint32(settings, FreeRDP_TcpAckTimeout, ACTIVATION_LIMIT_MS) &&
           freerdp_settings_set_bool(settings, FreeRDP_SupportGraphicsPipeline, graphics) &&
           freerdp_settings_set_bool(settings, FreeRDP_GfxH264, video) &&
           /* Without it FreeRDP offers nothing newer than version 8.1; no sharer sends it. */
           freerdp_settings_set_bool(settings, FreeRDP_GfxAVC444, video) &&
           freerdp_settings_set_bool(settings, FreeRDP_SupportDynamicChannels, graphics) &&
           freerdp_settings_set_string(settings, FreeRDP_ServerHostname, SHOWN_NAME) &&
           freerdp_settings_set_string(settings, FreeRDP_ClientHostname, SHOWN_NAME) &&
           freerdp_settings_set_string(settings, FreeRDP_ComputerName, SHOWN_NAME);
}

/* The graphics pipeline and nothing else. */
static BOOL load_channels(freerdp *instance)
{
    rdpContext *context = instance->context;
    if (client_of(context)->classic_bitmaps)
        return TRUE;
    const char *parameters[] = {RDPGFX_CHANNEL_NAME};
    if (!freerdp_client_add_dynamic_channel(context->settings, 1, parameters))
        return FALSE;
    PVIRTUALCHANNELENTRY entry = freerdp_load_channel_addin_entry(
        DRDYNVC_SVC_CHANNEL_NAME, NULL, NULL,
        FREERDP_ADDIN_CHANNEL_STATIC | FREERDP_ADDIN_CHANNEL_ENTRYEX);
    if (!entry)
        return FALSE;
    return freerdp_channels_client_load_ex(context->channels, context->settings,
                                           (PVIRTUALCHANNELENTRYEX)(void (*)(void))entry,
                                           context->settings) == 0;
}

static void on_channel_connected(void *context, const ChannelConnectedEventArgs *event)
{
    rdpContext *rdp_context = context;
    if (strcmp(event->name, RDPGFX_DVC_CHANNEL_NAME) != 0)
        return;
    if (!gdi_graphics_pipeline_init(rdp_context->gdi, event->pInterface))
        quit(WORKER_EXIT_MEMORY, "graphics pipeline");
    client_output_attach(event->pInterface);
    client_video_attach(event->pInterface);
    client_cache_attach(event->pInterface);
    client_surface_attach(event->pInterface);
    client_timing_attach(event->pInterface);
}

static BOOL on_pre_connect(freerdp *instance)
{
    return PubSub_SubscribeChannelConnected(instance->context->pubSub, on_channel_connected) >= 0;
}

static BOOL on_post_connect(freerdp *instance)
{
    struct client *client = client_of(instance->context);
    if (!client_output_init(client))
        return FALSE;
    client_cursor_init(client);
    return TRUE;
}

/* Nobody is here to be asked, and nothing here needs an answer. */
static BOOL on_authenticate(freerdp *instance, char **user, char **password, char **domain,
                            rdp_auth_reason reason)
{
    return TRUE;
}

static DWORD on_verify_certificate(freerdp *instance, const char *host, UINT16 port,
                                   const char *common_name, const char *subject, const char *issuer,
                                   const char *fingerprint, DWORD flags)
{
    return 0;
}

static DWORD on_verify_changed_certificate(freerdp *instance, const char *host, UINT16 port,
                                           const char *common_name, const char *subject,
                                           const char *issuer, const char *fingerprint,
                                           const char *old_subject, const char *old_issuer,
                                           const char *old_fingerprint, DWORD flags)
{
    return 0;
}

static rdpTransportLayer *on_connect_layer(rdpTransport *transport, const char *host, int port,
                                           DWORD timeout)
{
    struct client *client = client_of(transport_get_context(transport));
    if (client->layer_taken)
        return NULL;
    client->layer_taken = true;
    return layer_transport(&client->layer, transport);
}

static BOOL on_new(freerdp *instance, rdpContext *context)
{
    instance->LoadChannels = load_channels;
    instance->PreConnect = on_pre_connect;
    instance->PostConnect = on_post_connect;
    instance->AuthenticateEx = on_authenticate;
    instance->VerifyCertificateEx = on_verify_certificate;
    instance->VerifyChangedCertificateEx = on_verify_changed_certificate;
    return TRUE;
}

static void on_free(freerdp *instance, rdpContext *context)
{
}

static bool set_connect_layer(rdpContext *context)
{
    rdpTransportIo io = *freerdp_get_io_callbacks(context);
    io.ConnectLayer = on_connect_layer;
    return freerdp_set_io_callbacks(context, &io);
}

void client_session_init(struct client *client)
{
    /* FreeRDP would do it while it connects, when no file can be opened any more. */
    if (!winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT))
        quit(WORKER_EXIT_START, "OpenSSL");
    RDP_CLIENT_ENTRY_POINTS entry = {.Size = sizeof entry,
                                     .Version = RDP_CLIENT_INTERFACE_VERSION,
                                     .ContextSize = sizeof(struct client_context),
                                     .ClientNew = on_new,
                                     .ClientFree = on_free};
    rdpContext *context = freerdp_client_context_new(&entry);
    if (!context)
        quit(WORKER_EXIT_START, "client context");
    client->context = context;
    ((struct client_context *)context)->client = client;
    if (!apply_settings(client) || !set_connect_layer(context))
        quit(WORKER_EXIT_START, "client set-up");
}
