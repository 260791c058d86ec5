/*
 * The surface that the peer shows as all of its picture is the shared picture: what is painted on
 * it need not be copied there, and what was only moved is told as that.
 */
#ifndef WORKER_CLIENT_SURFACE_H
#define WORKER_CLIENT_SURFACE_H

#include <freerdp/client/rdpgfx.h>

/* Takes over from gdi_graphics_pipeline_init, which ran before. */
void client_surface_attach(RdpgfxClientContext *gfx);

/* The picture is about to become another: none is the picture from now on. */
void client_surface_detach(void);

#endif
