#include "link/sigpipe.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static void only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

static bool sigpipe_pending(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

void sigpipe_guard_begin(struct sigpipe_guard *guard)
{
    sigset_t set;
    only_sigpipe(&set);
    /* One that waits already is the program's own: it must still be there at the end. */
    guard->pending_before = sigpipe_pending();
    pthread_sigmask(SIG_BLOCK, &set, &guard->mask_before);
}

void sigpipe_guard_end(struct sigpipe_guard *guard)
{
    if (!guard->pending_before && sigpipe_pending()) {
        sigset_t set;
        only_sigpipe(&set);
        const struct timespec at_once = {0};
        while (sigtimedwait(&set, NULL, &at_once) == -1 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &guard->mask_before, NULL);
}
