/*
 * The key and certificate that FreeRDP's server side will not start without. Nothing is encrypted
 * with them: RDP runs inside the session's own channel.
 */
#ifndef WORKER_CERTIFICATE_H
#define WORKER_CERTIFICATE_H

#include <stdbool.h>

#include <freerdp/settings.h>

bool certificate_install(rdpSettings *settings);

#endif
