#include "worker/client_timing.h"

#include <freerdp/gdi/gdi.h>

#include "base/clock.h"
#include "worker/client.h"

static struct {
    bool wanted;       /* the peer knows the message */
    uint64_t began_us; /* the frame */
    /* FreeRDP's own. */
    pcRdpgfxStartFrame start_frame;
    pcRdpgfxEndFrame end_frame;
} timing;

static UINT on_caps_confirm(RdpgfxClientContext *gfx, const RDPGFX_CAPS_CONFIRM_PDU *pdu)
{
    UINT32 version = pdu->capsSet->version;
    timing.wanted = version >= RDPGFX_CAPVERSION_10 && version != RDPGFX_CAPVERSION_101;
    return CHANNEL_RC_OK;
}

static UINT on_start_frame(RdpgfxClientContext *gfx, const RDPGFX_START_FRAME_PDU *pdu)
{
    timing.began_us = clock_us();
    return timing.start_frame(gfx, pdu);
}

/* Since it began and all of it was there. */
static UINT16 worked_ms(const struct layer *layer)
{
    uint64_t since_us = timing.began_us > layer->there_us ? timing.began_us : layer->there_us;
    uint64_t worked = (clock_us() - since_us) / 1000;
    return worked < UINT16_MAX ? (UINT16)worked : UINT16_MAX;
}

/* Before FreeRDP acknowledges the frame. */
static UINT on_end_frame(RdpgfxClientContext *gfx, const RDPGFX_END_FRAME_PDU *pdu)
{
    const rdpGdi *gdi = gfx->custom;
    UINT error = timing.end_frame(gfx, pdu);
    RDPGFX_QOE_FRAME_ACKNOWLEDGE_PDU told = {.frameId = pdu->frameId,
                                             .timestamp = (UINT32)(timing.began_us / 1000),
                                             .timeDiffSE =
                                                 worked_ms(&client_of(gdi->context)->layer)};
    return error || !timing.wanted ? error : gfx->QoeFrameAcknowledge(gfx, &told);
}

void client_timing_attach(RdpgfxClientContext *gfx)
{
    const rdpGdi *gdi = gfx->custom;
    client_of(gdi->context)->layer.watched = true;
    timing.start_frame = gfx->StartFrame;
    timing.end_frame = gfx->EndFrame;
    gfx->CapsConfirm = on_caps_confirm;
    gfx->StartFrame = on_start_frame;
    gfx->EndFrame = on_end_frame;
}
