#include "qa-relay/manager.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "qa-relay/relay_tool.h"

#define FIRST_FD 3

/* A number in the environment; 0 when there is none. */
static unsigned long long number_in(const char *variable)
{
    const char *text = getenv(variable);
    return text && *text >= '0' && *text <= '9' ? strtoull(text, NULL, 10) : 0;
}

/* ---- what is handed over ---- */

static int take_socket(struct relay_options *options, int fd, const char *name)
{
    int *at = strcmp(name, "metrics") ? &options->listen_fd : &options->metrics_fd;
    if (*at) {
        complain("more sockets are handed over than one for the relay and one called metrics");
        return EXIT_USAGE;
    }
    *at = fd;
    return EXIT_DONE;
}

int manager_take_sockets(struct relay_options *options)
{
    unsigned long long count = number_in("LISTEN_FDS");
    char names[256];
    const char *given = getenv("LISTEN_FDNAMES");
    int code = EXIT_DONE;
    if (number_in("LISTEN_PID") != (unsigned long long)getpid())
        count = 0;
    snprintf(names, sizeof names, "%s", given ? given : "");
    char *rest = names;
    for (unsigned long long i = 0; i < count && !code; i++) {
        const char *name = rest ? strsep(&rest, ":") : "";
        code = take_socket(options, FIRST_FD + (int)i, name);
    }
    /* Not for those that this process starts. */
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return code;
}

/* ---- what is told ---- */

static bool address_of(const char *path, struct sockaddr_un *out, socklen_t *size)
{
    size_t length = strlen(path);
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (length < 2 || length >= sizeof out->sun_path || (*path != '/' && *path != '@'))
        return false;
    memcpy(out->sun_path, path, length);
    /* A name without a file. */
    if (*path == '@')
        out->sun_path[0] = '\0';
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

void manager_tell(const char *format, ...)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t size;
    char text[512];
    va_list arguments;
    /* Sessions wait for this, too. */
    const struct timeval patience = {.tv_usec = 250000};
    if (!path || !address_of(path, &address, &size))
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0)
        complain("the service manager at %s does not hear: %s", path, strerror(errno));
    close(fd);
}

void manager_tell_reloading(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    manager_tell("RELOADING=1\nMONOTONIC_USEC=%lld",
                 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

uint64_t manager_watchdog_ms(void)
{
    unsigned long long pid = number_in("WATCHDOG_PID");
    if (pid && pid != (unsigned long long)getpid())
        return 0;
    /* Twice as often as it must be. */
    return number_in("WATCHDOG_USEC") / 2000;
}
