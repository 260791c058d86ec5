/* How the relay ends: at once, after telling everybody, or once the sessions that run are over. */
#ifndef RELAY_ENDING_H
#define RELAY_ENDING_H

#include <stdint.h>

struct relay_server;

/* Looks whether it is time. */
void ending_check(struct relay_server *server, uint64_t now);

#endif
