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

static UINT16 ms_since(uint64_t now_us, uint64_t then_us)
{
    uint64_t ms = (now_us - then_us) / 1000;
    return ms < UINT16_MAX ? (UINT16)ms : UINT16_MAX;
}

/* Before FreeRDP acknowledges the frame. */
static UINT on_end_frame(RdpgfxClientContext *gfx, const RDPGFX_END_FRAME_PDU *pdu)
{
    const rdpGdi *gdi = gfx->custom;
    UINT error = timing.end_frame(gfx, pdu);
    uint64_t there_us = client_of(gdi->context)->layer.there_us;
    uint64_t now_us = clock_us();
    if (there_us < timing.began_us)
        there_us = timing.began_us;
    RDPGFX_QOE_FRAME_ACKNOWLEDGE_PDU told = {.frameId = pdu->frameId,
                                             .timestamp = (UINT32)(timing.began_us / 1000),
                                             .timeDiffSE = ms_since(now_us, timing.began_us),
                                             .timeDiffEDR = ms_since(now_us, there_us)};
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
