#include "api/sigpipe.h"

#include <time.h>

static bool is_pending(void)
{
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

void sigpipe_block(struct sigpipe_guard *guard)
{
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    guard->was_pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &pipe, &guard->before);
}

void sigpipe_restore(const struct sigpipe_guard *guard)
{
    if (!guard->was_pending && is_pending()) {
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        const struct timespec now = {0};
        sigtimedwait(&pipe, NULL, &now);
    }
    pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}
