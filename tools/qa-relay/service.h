/*
 * A relay as a running service: what signals do, settings that are read again, and what the service
 * manager is told.
 */
#ifndef QA_RELAY_SERVICE_H
#define QA_RELAY_SERVICE_H

#include "qa-relay/log_lines.h"
#include "qa-relay/settings.h"
#include "relay/server.h"

enum { SERVICE_SIGNALS = 4 };

struct service {
    int argc; /* the command line, to be read again */
    char **argv;
    struct settings settings;
    struct log_lines lines;
    struct log log;
    struct relay_server *server;
    uv_signal_t signals[SERVICE_SIGNALS];
    uv_timer_t watchdog, certificate;
};

/* The log as the settings want it. */
void service_set_log(struct service *service);

/* Listens to signals, on the server's loop. EXIT_DONE or EXIT_INTERNAL. */
int service_begin(struct service *service);

/* It is ready; from now on the manager gets signs of life. */
void service_say_ready(struct service *service);

/* Before relay_server_free. */
void service_end(struct service *service);

#endif
