/*
 * Tells the peer how long this computer worked at each frame (MS-RDPEGFX 2.2.2.21, without waits
 * for the frame's bytes), so that who paces frames can tell a slow path from a slow computer.
 */
#ifndef WORKER_CLIENT_TIMING_H
#define WORKER_CLIENT_TIMING_H

#include <stdint.h>

#include <freerdp/client/rdpgfx.h>

/* Once per process: FreeRDP leaves no room for a pointer of ours. Follows gfx. */
void client_timing_attach(RdpgfxClientContext *gfx);

/* For so long the stream had nothing, though it would have been read. */
void client_timing_waited(uint64_t waited_us);

#endif
