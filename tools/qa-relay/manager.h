/*
 * The service manager that started this process, if one did: what it hands over (LISTEN_FDS) and
 * what it is told (NOTIFY_SOCKET), by systemd's documented protocols, which other managers speak,
 * too.
 */
#ifndef QA_RELAY_MANAGER_H
#define QA_RELAY_MANAGER_H

#include <stdint.h>

#include "relay/server.h"

/*
 * Takes over sockets that listen: the one named "metrics" for the metrics, another one for the
 * relay. EXIT_DONE or EXIT_USAGE after saying what is wrong.
 */
int manager_take_sockets(struct relay_options *options);

/* Tells it such lines as "READY=1", and does not wait long for one that does not read. */
void manager_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "RELOADING=1" with the time of it; "READY=1" is to follow. */
void manager_tell_reloading(void);

/* How often it wants a sign of life, in milliseconds; 0: never. */
uint64_t manager_watchdog_ms(void);

#endif
