/* How the worker ends: at once, with a status that the library understands. */
#ifndef WORKER_QUIT_H
#define WORKER_QUIT_H

#include <stdbool.h>

#include "rdp/worker_protocol.h"

/* Lets quit say why on standard error. */
void quit_set_verbose(bool verbose);

/* No clean-up: the process owns nothing that outlives it. */
_Noreturn void quit(enum worker_exit status, const char *why);

#endif
