/*
 * Tells the peer how long each frame took here (MS-RDPEGFX 2.2.2.21), so that who paces frames can
 * tell a slow path from a slow decoder: as timeDiffSE from its beginning to its end, as timeDiffEDR
 * for how long of that all of its bytes were there.
 */
#ifndef WORKER_CLIENT_TIMING_H
#define WORKER_CLIENT_TIMING_H

#include <freerdp/client/rdpgfx.h>

/* Once per process: FreeRDP leaves no room for a pointer of ours. Follows gfx. */
void client_timing_attach(RdpgfxClientContext *gfx);

#endif
