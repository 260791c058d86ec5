/*
 * The relay's figures as Prometheus reads them (text format 0.0.4): counts and sizes with few
 * labels of known values; no address, account, name or session.
 */
#ifndef RELAY_METRICS_H
#define RELAY_METRICS_H

#include <stdint.h>

struct buffer;
struct relay_server;

/* The sweep comes: how late is it? */
void metrics_lag(struct relay_server *server, uint64_t now);

/* Appends all figures. 0, QA_ELIMIT, QA_ENOMEM. */
int metrics_write(const struct relay_server *server, struct buffer *out);

#endif
