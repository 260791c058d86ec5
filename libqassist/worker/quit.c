#include "worker/quit.h"

#include <stdio.h>
#include <unistd.h>

static bool quit_verbose;

void quit_set_verbose(bool verbose)
{
    quit_verbose = verbose;
}

_Noreturn void quit(enum worker_exit status, const char *why)
{
    if (quit_verbose && status != WORKER_EXIT_DONE)
        dprintf(STDERR_FILENO, "qassist-worker: %s (exit %d)\n", why, (int)status);
    _exit((int)status);
}
