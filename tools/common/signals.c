#include "common/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static int pipe_ends[2] = {-1, -1};
static volatile sig_atomic_t asked_before;
static void (*volatile last_word)(void);

static void die_of(int number)
{
    void (*restore)(void) = last_word;
    if (restore)
        restore();
    signal(number, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

static void on_end_signal(int number)
{
    int saved = errno;
    if (asked_before)
        die_of(number);
    asked_before = 1;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(pipe_ends[1], &byte, 1);
    (void)written; /* the pipe holds a byte already when it is full */
    errno = saved;
}

static void catch_signal(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

int signals_start(void)
{
    if (pipe_ends[0] < 0 && pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    catch_signal(SIGINT, on_end_signal);
    catch_signal(SIGTERM, on_end_signal);
    catch_signal(SIGHUP, on_end_signal);
    catch_signal(SIGPIPE, SIG_IGN);
    return pipe_ends[0];
}

void signals_stop(void)
{
    asked_before = 0;
    catch_signal(SIGINT, SIG_DFL);
    catch_signal(SIGTERM, SIG_DFL);
    catch_signal(SIGHUP, SIG_DFL);
}

int signals_take(void)
{
    unsigned char byte = 0;
    int number = 0;
    while (read(pipe_ends[0], &byte, 1) == 1)
        number = byte;
    return number;
}

void signals_before_death(void (*restore)(void))
{
    static const int deadly[] = {SIGQUIT, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    last_word = restore;
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        catch_signal(deadly[i], die_of);
}
