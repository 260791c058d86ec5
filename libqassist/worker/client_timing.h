/*
 * Tells the peer how long this worker worked at each frame (MS-RDPEGFX 2.2.2.21), from when all of
 * its bytes were there, so that who paces frames can tell a slow path from a slow decoder.
 */
#ifndef WORKER_CLIENT_TIMING_H
#define WORKER_CLIENT_TIMING_H

#include <freerdp/client/rdpgfx.h>

/* Once per process: FreeRDP leaves no room for a pointer of ours. Follows gfx. */
void client_timing_attach(RdpgfxClientContext *gfx);

#endif
