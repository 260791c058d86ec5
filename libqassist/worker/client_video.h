/*
 * H.264 of the graphics pipeline, decoded here instead of in FreeRDP, whose decoder wants threads
 * that the sandbox does not let start.
 */
#ifndef WORKER_CLIENT_VIDEO_H
#define WORKER_CLIENT_VIDEO_H

#include <freerdp/client/rdpgfx.h>

/* Before the sandbox. */
void client_video_prepare(void);

/* Takes over from gdi_graphics_pipeline_init, which ran before. */
void client_video_attach(RdpgfxClientContext *gfx);

#endif
