/* qa-relay serve: the service itself, and --dev. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "qa-relay/manager.h"
#include "qa-relay/relay_tool.h"
#include "qa-relay/service.h"
#include "relay/dev.h"
#include "relay/server.h"
#include "relay/workers.h"

/* ---- saying ---- */

/* The host of --listen, as a client can use it. */
static void print_url(const struct settings *settings, unsigned port)
{
    const char *listen = settings->relay.listen;
    int host = (int)(strrchr(listen, ':') - listen);
    bool any = !host || settings->relay.listen_fd || !strncmp(listen, "*", (size_t)host) ||
               !strncmp(listen, "[::]", (size_t)host) || !strncmp(listen, "0.0.0.0", (size_t)host);
    if (settings->dev || any)
        printf("listening on wss://localhost:%u\n", port);
    else
        printf("listening on wss://%.*s:%u\n", host, listen, port);
}

static void print_next_steps(const struct dev_files *files, unsigned port)
{
    printf("\nThis relay is for trying qassist out on this machine. Next:\n"
           "  qa-help --relay wss://localhost:%u --ca '%s' --token-file '%s'\n"
           "It shows a security code. In another terminal:\n"
           "  qa-share --relay wss://localhost:%u --ca '%s'\n"
           "and type the code there. Ctrl+C ends the relay.\n",
           port, files->ca, files->token, port, files->ca);
}

static int say_ready(const struct settings *settings, const struct dev_files *files, unsigned port,
                     unsigned metrics_port)
{
    print_url(settings, port);
    if (settings->dev)
        print_next_steps(files, port);
    if (metrics_port)
        printf("metrics on port %u\n", metrics_port);
    fflush(stdout);
    if (!settings->ready_fd)
        return EXIT_DONE;
    if (dprintf((int)settings->ready_fd, "%u\n", port) < 0) {
        complain("--ready-fd %u cannot be written: %s", settings->ready_fd, strerror(errno));
        return EXIT_USAGE;
    }
    close((int)settings->ready_fd);
    return EXIT_DONE;
}

/* ---- serving ---- */

static int exit_of(int error)
{
    switch (error) {
    case QA_ETRUST:
        return EXIT_CERTIFICATE;
    case QA_EINVAL:
        return EXIT_USAGE;
    case QA_EIO:
        return EXIT_LISTEN;
    case QA_ESTATE:
        return EXIT_STATE;
    default:
        return EXIT_INTERNAL;
    }
}

static int serve(struct service *service, const struct dev_files *files)
{
    const struct settings *settings = &service->settings;
    char why[512];
    int error =
        relay_server_new(&settings->relay, &service->log, &service->server, why, sizeof why);
    if (error) {
        complain("%s", why);
        return exit_of(error);
    }
    int code = service_begin(service);
    if (!code && !settings->relay.worker)
        code = say_ready(settings, files, relay_server_port(service->server),
                         relay_server_metrics_port(service->server));
    if (!code) {
        service_say_ready(service);
        code = relay_server_run(service->server) ? EXIT_INTERNAL : EXIT_DONE;
    }
    service_end(service);
    relay_server_free(service->server);
    return code;
}

/* ---- several processes ---- */

struct serving {
    struct service *service;
    const struct dev_files *files;
    time_t alive_due;
    int code;
};

static bool workers_ready(void *user, unsigned port)
{
    struct serving *serving = user;
    serving->code = say_ready(&serving->service->settings, serving->files, port, 0);
    if (!serving->code)
        manager_tell("READY=1\nSTATUS=Listening on port %u, %u workers", port,
                     serving->service->settings.workers);
    return !serving->code;
}

static void workers_alive(void *user)
{
    struct serving *serving = user;
    uint64_t period = manager_watchdog_ms();
    time_t now = time(NULL);
    /* Also when the clock was set back. */
    if (!period || (now < serving->alive_due && serving->alive_due - now <= 3600))
        return;
    serving->alive_due = now + (time_t)(period / 1000);
    manager_tell("WATCHDOG=1");
}

static int serve_workers(struct service *service, const struct dev_files *files)
{
    const struct settings *settings = &service->settings;
    struct serving serving = {.service = service, .files = files};
    const struct workers_options workers = {.listen = settings->relay.listen,
                                            .listen_fd = settings->relay.listen_fd,
                                            .count = settings->workers,
                                            .argv = service->argv,
                                            .ready = workers_ready,
                                            .alive = workers_alive,
                                            .hangup_ends = settings->dev,
                                            .user = &serving,
                                            .log = &service->log};
    char why[512];
    if (settings->relay.metrics_fd) {
        complain("a socket for metrics cannot be handed over to several workers; use "
                 "metrics-listen, each worker has a port of its own from there on");
        return EXIT_USAGE;
    }
    /* It is not for them. */
    if (settings->ready_fd)
        fcntl((int)settings->ready_fd, F_SETFD, FD_CLOEXEC);
    int result = workers_run(&workers, why, sizeof why);
    manager_tell("STOPPING=1");
    if (result < 0) {
        complain("%s", why);
        return exit_of(result);
    }
    return serving.code ? serving.code : result;
}

/* What --dev makes takes the place of what was not given. */
static int prepare_dev(struct settings *settings, const char *state, struct dev_files *files)
{
    char why[512];
    if (dev_prepare(state, files, why, sizeof why)) {
        complain("%s", why);
        return EXIT_STATE;
    }
    settings->relay.certificate_file = strdup(files->certificate);
    settings->relay.key_file = strdup(files->key);
    return settings->relay.certificate_file && settings->relay.key_file ? EXIT_DONE : EXIT_INTERNAL;
}

static int serve_with(struct service *service)
{
    struct settings *settings = &service->settings;
    struct dev_files files = {0};
    char state[STATE_PATH_MAX];
    int code = open_state(settings->state, state);
    if (code)
        return code;
    if (sodium_init() < 0)
        return EXIT_INTERNAL;
    code = check_accounts(state);
    if (!code && settings->dev)
        code = prepare_dev(settings, state, &files);
    if (!code)
        code = manager_take_sockets(&settings->relay);
    if (code)
        return code;
    settings->relay.state_dir = state;
    signal(SIGPIPE, SIG_IGN);
    service_set_log(service);
    if (settings->relay.worker)
        unsetenv("NOTIFY_SOCKET"); /* the manager hears from the process that it started */
    else if (settings->workers > 1)
        return serve_workers(service, &files);
    return serve(service, &files);
}

int serve_command(int argc, char **argv)
{
    struct service service = {.argc = argc, .argv = argv};
    struct faults faults = complaining;
    int code = settings_load(argc, argv, &service.settings, &faults);
    if (!code) {
        settings_complete(&service.settings, &faults);
        code = faults.count ? EXIT_USAGE : serve_with(&service);
    }
    settings_free(&service.settings);
    return code < 0 ? EXIT_DONE : code;
}
