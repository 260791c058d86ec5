#include "worker/client_timing.h"

#include <stdbool.h>

#include <freerdp/gdi/gdi.h>

#include "base/clock.h"

/* What is longer is said as 0. */
#define TOLD_MAX_MS 65000

static struct {
    bool wanted;        /* the peer knows the message */
    uint64_t began_us;  /* the frame */
    uint64_t waited_us; /* since then, for its bytes */
    /* FreeRDP's own. */
    pcRdpgfxCapsConfirm caps_confirm;
    pcRdpgfxStartFrame start_frame;
    pcRdpgfxEndFrame end_frame;
} timing;

void client_timing_waited(uint64_t waited_us)
{
    timing.waited_us += waited_us;
}

static UINT on_caps_confirm(RdpgfxClientContext *gfx, const RDPGFX_CAPS_CONFIRM_PDU *pdu)
{
    UINT32 version = pdu->capsSet->version;
    timing.wanted = version >= RDPGFX_CAPVERSION_10 && version != RDPGFX_CAPVERSION_101;
    return timing.caps_confirm ? timing.caps_confirm(gfx, pdu) : CHANNEL_RC_OK;
}

static UINT on_start_frame(RdpgfxClientContext *gfx, const RDPGFX_START_FRAME_PDU *pdu)
{
    timing.began_us = clock_us();
    timing.waited_us = 0;
    return timing.start_frame(gfx, pdu);
}

/* Before FreeRDP acknowledges the frame. */
static UINT on_end_frame(RdpgfxClientContext *gfx, const RDPGFX_END_FRAME_PDU *pdu)
{
    UINT error = timing.end_frame(gfx, pdu);
    uint64_t took_ms = (clock_us() - timing.began_us - timing.waited_us) / 1000;
    RDPGFX_QOE_FRAME_ACKNOWLEDGE_PDU told = {.frameId = pdu->frameId,
                                             .timestamp = (UINT32)(timing.began_us / 1000),
                                             .timeDiffSE =
                                                 took_ms < TOLD_MAX_MS ? (UINT16)took_ms : 0};
    return error || !timing.wanted ? error : gfx->QoeFrameAcknowledge(gfx, &told);
}

void client_timing_attach(RdpgfxClientContext *gfx)
{
    timing.caps_confirm = gfx->CapsConfirm;
    timing.start_frame = gfx->StartFrame;
    timing.end_frame = gfx->EndFrame;
    gfx->CapsConfirm = on_caps_confirm;
    gfx->StartFrame = on_start_frame;
    gfx->EndFrame = on_end_frame;
}
