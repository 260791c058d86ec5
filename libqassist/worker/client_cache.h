/*
 * Holds the bitmap cache that the peer fills to the size that the protocol allows, however many
 * slots there are.
 */
#ifndef WORKER_CLIENT_CACHE_H
#define WORKER_CLIENT_CACHE_H

#include <freerdp/client/rdpgfx.h>

/* The pipeline's own functions are attached already. */
void client_cache_attach(RdpgfxClientContext *gfx);

#endif
